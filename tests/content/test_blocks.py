"""Whole contents by rule: each contact gets the one that fits, wherever its block stands."""

from pathlib import Path
from typing import Any

import pytest

from mactl.content.lint import lint_template
from mactl.content.parts import Written
from mactl.content.render import CannotRender, Renderer
from mactl.content.source import names_used
from mactl.content.templates import compile_written

from .making import VALUES, compiled, try_compile, written

HERO = {
    "hero": [
        {"when": {"field": "clv", "gt": 1000}, "body": "# Best, {{ contact.first_name }}\n\nA **call**?\n"},
        {"body": "One sentence for {{ stage }}.\n"},
    ]
}  # fmt: skip


A = "{{ block('a') }}\n"


def shown(folder: Path, body: str, choice: int | None, **template: Any) -> tuple[str, str]:
    """What stands in the page's body and in the plain text above the footer."""
    declared = {"kind": "service", "blocks": HERO, **template}
    source = compiled(folder, body=body, **declared)
    message = Renderer(source).render({**VALUES, "blocks": {"hero": choice}})
    return message.html, message.text.partition("\n--\n")[0].strip()


def test_each_contact_gets_the_content_that_was_chosen(tmp_path: Path) -> None:
    body = "Before\n\n{{ block('hero') }}\n\nAfter\n"

    html, text = shown(tmp_path, body, 0)
    assert ">Best, Ann</h1>" in html and "<strong>call</strong>" in html and "sentence" not in html
    assert text == "Before\n\nBest, Ann\n================\n\nA call?\n\nAfter"
    html, text = shown(tmp_path, body, 1)
    assert "One sentence for mql." in html and "Best" not in html
    assert text == "Before\n\nOne sentence for mql.\n\nAfter"


def test_a_block_none_of_whose_contents_fits_is_empty(tmp_path: Path) -> None:
    html, text = shown(tmp_path, "Before\n\n{{ block('hero') }}\n\nAfter\n", None)

    assert "sentence" not in html and "Best" not in html and "None" not in html
    assert text == "Before\n\nAfter"


def test_a_sentence_goes_into_a_sentence(tmp_path: Path) -> None:
    contents = {"hero": [{"when": {"tag": "x"}, "body": "one **bold** word"}, {"body": "two\n"}]}
    body = "Say {{ block('hero') }}, or *{{ block(\"hero\") }}*.\n"

    html, text = shown(tmp_path, body, 0, blocks=contents)

    assert "Say one <strong>bold</strong> word, or <em>one <strong>bold</strong> word</em>." in html
    assert text == "Say one bold word, or one bold word."


def test_what_is_chosen_follows_the_pages_css_and_its_conditions(tmp_path: Path) -> None:
    page = (
        "<html lang='en'><head><style>h1 { color: red }</style></head><body>"
        "{% if stage == 'mql' %}<div>{{- block('hero') -}}</div>{% endif %}</body></html>"
    )
    (tmp_path / "page.html").write_text(page)

    html, _ = shown(tmp_path, "page.html", 0)

    assert '<h1 style="color: red;">Best, Ann</h1>' in html


def test_a_given_plain_text_has_blocks_too(tmp_path: Path) -> None:
    text = "Hi\n\n  {{ block('hero') }}\nand {{ block('hero') }} it is.\n"

    assert shown(tmp_path, "x\n", 1, text=text)[1] == (
        "Hi\n\nOne sentence for mql.\nand One sentence for mql. it is."
    )


def test_contents_are_files_of_any_kind_beside_the_recipe(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# From Markdown\n")
    (tmp_path / "b.html").write_text("<h2>From HTML</h2>")
    blocks = {"hero": [{"when": {"tag": "x"}, "body": "a.md"}, {"body": "b.html"}]}

    assert "From Markdown</h1>" in shown(tmp_path, "{{ block('hero') }}\n", 0, blocks=blocks)[0]
    assert "From HTML</h2>" in shown(tmp_path, "{{ block('hero') }}\n", 1, blocks=blocks)[0]


def test_a_choice_that_is_missing_holds_the_message(tmp_path: Path) -> None:
    source = compiled(tmp_path, kind="service", blocks=HERO, body="{{ block('hero') }}\n")

    with pytest.raises(CannotRender, match=r"'blocks\.hero' is not known here"):
        Renderer(source).render(VALUES)


def test_names_and_mistakes_lead_to_the_contents_file(tmp_path: Path) -> None:
    (tmp_path / "hero.md").write_text("one\n\n{{ contact.company }}\n")
    blocks = {"hero": [{"body": "hero.md"}]}
    source = compiled(tmp_path, kind="service", blocks=blocks, body="x\n\n{{ block('hero') }}\n")

    use = names_used(source)["contact.company"]
    assert (Path(use.place.path).name, use.line, use.has_default) == ("hero.md", 3, False)
    with pytest.raises(CannotRender) as caught:
        Renderer(source).render({**VALUES, "blocks": {"hero": 0}})
    assert caught.value.place == use.place
    (tmp_path / "hero.md").write_text("one\n\n{{ contct.company }}\n")
    _, findings = try_compile(tmp_path, blocks=blocks, body="x\n\n{{ block('hero') }}\n")
    assert [(f.id, f.place and (Path(f.place.path).name, f.place.line)) for f in findings] == [
        ("unknown-name", ("hero.md", 3))
    ]


@pytest.mark.parametrize(
    ("template", "ids"),
    [
        ({"body": "{{ block('heroes') }}\n"}, ["unknown-block"]),
        ({"body": "{{ block(stage) }}\n"}, ["bad-call"]),
        ({"body": "{{ block() }}\n"}, ["bad-call"]),
        ({"body": "{{ block('he' 'ro') }}\n"}, ["misplaced-block"]),
        ({"body": "x\n", "text": "{{ block('he' 'ro') }}\n"}, ["misplaced-block"]),
        ({"body": "{{ block('hero', 1) }}\n"}, ["bad-call"]),
        ({"body": "{{ block(name='hero') }}\n"}, ["bad-call"]),
        ({"body": "{{ block }}\n"}, ["bad-call"]),
        ({"body": "{% set block = 1 %}x\n"}, ["bad-call"]),
        ({"body": "{{ block('hero') | upper }}\n"}, ["misplaced-block"]),
        ({"body": "{{ 'x' ~ block('hero') }}\n"}, ["misplaced-block"]),
        ({"body": "{% if block('hero') %}x{% endif %}\n"}, ["misplaced-block"]),
        ({"body": "{% set x = block('hero') %}{{ x }}\n"}, ["misplaced-block"]),
        ({"body": "[x]({{ block('hero') }})\n"}, ["misplaced-block"]),
        ({"body": "<p title='{{ block('hero') }}'>x</p>\n"}, ["misplaced-block"]),
        ({"body": "<p style='color: {{ block(\"hero\") }}'>x</p>\n"}, ["misplaced-block"]),
        ({"body": "<p {% if stage %}title='{{ block(\"hero\") }}'{% endif %}>x</p>\n"}, ["misplaced-block"]),
        ({"body": "<style>p { color: {{ block('hero') }} }</style>\n\nx\n"}, ["misplaced-block"]),
        ({"body": "Say {{ block('hero') }} now.\n"}, ["unbalanced-markup"]),
        ({"subject": "{{ block('hero') }}"}, ["misplaced-block"]),
        ({"preheader": "{{ block('hero') }}"}, ["misplaced-block"]),
        ({"sms": "{{ block('hero') }}"}, ["misplaced-block"]),
        ({"body": "{{ block('a') }}\n", "blocks": {"a": [{"body": "x {{ block('a') }}\n"}]}}, ["misplaced-block"]),
        ({"body": "{{ block('a') }}\n", "blocks": {"a": [{"body": "{{ block('b') }}\n"}], "b": [{"body": "x"}]}},
         ["misplaced-block"]),
        ({"blocks": {"a": [{"body": "../outside.md"}]}}, ["template-file-outside"]),
        ({"blocks": {"a": [{"body": "/etc/hosts.txt"}]}}, ["template-file-outside"]),
        ({"blocks": {"a": [{"body": "gone.md"}], "b": [{"body": "gone.html"}]}}, ["template-file-missing"] * 2),
        ({"body": A, "blocks": {"a": [{"body": "<html><body>x</body></html>\n"}]}}, ["misplaced-tag"]),
        ({"body": A, "blocks": {"a": [{"body": "{% if stage %}<div>{% endif %}\n"}]}}, ["unbalanced-markup"]),
        ({"body": A, "blocks": {"a": [{"body": "{{ range(9) | sort | nope }}\n"}]}}, ["unknown-filter"]),
    ],
)  # fmt: skip
def test_a_block_stands_by_itself_where_contents_may_stand(
    tmp_path: Path, template: dict[str, Any], ids: list[str]
) -> None:
    source, findings = try_compile(tmp_path, **{"blocks": HERO, **template})

    assert source is None
    assert [finding.id for finding in findings] == ids


def test_blocks_without_bound_are_refused(tmp_path: Path) -> None:
    blocks = {"a": [{"when": {"tag": "x"}, "body": "x" * 100_000 + "\n"} for _ in range(10)]}

    _, findings = try_compile(tmp_path, blocks=blocks, body="{{ block('a') }}\n\n" * 50)

    assert [finding.id for finding in findings] == ["template-too-large"]


def test_contents_are_linted_at_their_place(tmp_path: Path) -> None:
    (tmp_path / "hero.md").write_text("x\n\n<img src='a.png'>\n")
    parts = written(
        tmp_path, body="{{ block('hero') }}\n", blocks={"hero": [{"body": "hero.md"}], "b": [{"body": "x"}]}
    )  # fmt: skip
    source, _ = compile_written(parts)
    assert source is not None

    found = [(f.id, f.place and Path(f.place.path).name) for f in lint_template(parts, source)]

    assert found == [("image-without-alt", "hero.md"), ("block-unused", "renewal.yaml")]


def test_what_was_written_survives_the_way_to_a_process_of_its_own(tmp_path: Path) -> None:
    parts = written(tmp_path, body="{{ block('hero') }}\n", blocks=HERO, sms="Hi", preheader="x")

    assert Written.from_json(parts.to_json()) == parts
