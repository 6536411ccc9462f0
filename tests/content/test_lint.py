"""What reads badly, gets clipped or looks like spam is found at its line."""

from pathlib import Path

import pytest

from mactl.content.lint import LINTS, lint_template
from mactl.content.templates import compile_written

from .making import written


def found(folder: Path, **template: str) -> list[tuple[str, int]]:
    parts = written(folder, **template)
    source, findings = compile_written(parts)
    assert source is not None, findings
    return [(f.id, f.place.line if f.place else 0) for f in lint_template(parts, source)]


FINE = "# Hi {{ stage }}\n\n![A cup](https://x.example/a.png) [a](https://x.example) [b]({{ vars.link }})\n"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (FINE, []),
        ("x\n\n<img src='a.png'>\n", [("image-without-alt", 3)]),
        ("<img src='a.png' alt=''>\n", []),
        ("x\n\n[a](http://x.example) and\n[b](https://x.example)\n", [("link-without-https", 3)]),
        ("x\n\n<a href='javascript:x()'>a</a>\n", [("link-unsafe", 3)]),
        ("<a href=' data:text/html,x'>a</a>\n", [("link-unsafe", 1)]),
        ("[a](mailto:a@x.example) [b](tel:+31) <a name='x'>c</a> <a href='{{ vars.link }}:x'>d</a>\n", []),
        ("x\n\n[a]()\n\n[b](#)\n", [("link-empty", 3), ("link-empty", 5)]),
        ("one\nHi { { contact.first_name } }\n", [("tag-typo", 2), ("tag-typo", 2)]),
        ("Hi {contact.first_name} and {contact.last_name }\n", [("tag-typo", 1), ("tag-typo", 1)]),
        ("Hi contact.first_name }} {{ stage }}\n", [("tag-typo", 1)]),
        ("{% raw %}{ { x } }{% endraw %} {{ {'a': 1} | length }} {# { { #} {fine}{\n", []),
        ("x" * (101 * 1024) + "\n", [("page-large", 1)]),
    ],
)  # fmt: skip
def test_a_body_is_linted(tmp_path: Path, body: str, expected: list[tuple[str, int]]) -> None:
    (tmp_path / "offer.md").write_text(body)

    assert found(tmp_path, body="offer.md") == expected


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("<html lang=en><body><style>@media x { p { color: red }}</style>{}</body></html>", []),
        ("<html>\n<body>{}</body></html>", [("language-missing", 1)]),
        ("<!doctype html>\n<html lang=''>\n<body>\n<img src=x>\n{}</body></html>",
         [("language-missing", 2), ("image-without-alt", 4)]),
    ],
)  # fmt: skip
def test_a_page_is_linted(tmp_path: Path, page: str, expected: list[tuple[str, int]]) -> None:
    way_out = "<a href='{{ unsubscribe_url }}'>stop</a>"
    (tmp_path / "page.html").write_text(page.replace("{}", way_out))

    assert found(tmp_path, body="page.html") == expected


def test_a_subject_is_linted(tmp_path: Path) -> None:
    line = 4 + 2
    assert found(tmp_path, subject=" ") == [("subject-empty", line + 2)]
    assert found(tmp_path, subject="x" * 101) == [("subject-long", line + 2)]
    assert (
        found(tmp_path, subject="x" * 60 + "{{ contact.first_name | default('" + "y" * 60 + "') }}")
        == []
    )
    assert found(tmp_path, subject="{contact.first_name}") == [("tag-typo", line + 2)]


def test_every_rule_says_why_and_what_next() -> None:
    assert len({lint.id for lint in LINTS}) == len(LINTS)
    assert all(lint.why and lint.hint for lint in LINTS)
