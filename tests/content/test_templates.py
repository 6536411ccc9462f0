"""Templates as recipes declare them → compiled sources: files, places, refusals, and whole messages."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from mactl.content.layout import is_whole_page
from mactl.content.message import build_message
from mactl.content.render import Renderer
from mactl.content.source import TemplateSource
from mactl.content.templates import FINDINGS, compile_template

from .making import VALUES, compiled, recipe_of, rendered, try_compile

MARKDOWN = """\
# Hello {{ contact.first_name | default('there') }}

Your contract ends on **{{ contact.contract_end | date('d MMMM') }}**. You pay
{{ contact.price | money }} a month; [read more](https://acme.example/more) or call `0800-1234`.

**[Renew now]({{ vars.link }})**

## What you keep

{% for line in event.lines %}
- {{ line.name }}: {{ line.price | money }}
{% endfor %}

{% if contact.clv > 1000 %}
> A month for free, since you are one of our best customers.
{% endif %}

| Plan | Price |
|------|------:|
{% for line in event.lines %}
| {{ line.name }} | {{ line.price | number(2) }} |
{% endfor %}

---

Regards,\\
Acme
"""

PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<title>Renew</title>
<style>
  body { font-family: sans-serif; }
  .price { color: {{ vars.color }}; width: {{ vars.width }}%; }
  td { padding: 4px; }
  @media (max-width: 480px) { td { padding: 2px; } }
</style>
</head>
<body class="{% if contact.clv > 1000 %}best{% else %}rest{% endif %}">
<h1>Hello {{ contact.first_name }} &amp; co</h1>
<table>
{% for line in event.lines if line.price < 10 %}
<tr style="background: {{ loop.cycle('#fff', '#eee') }}"><td>{{ line.name }}</td>
<td class="price">{{ line.price | money }}</td></tr>
{% else %}
<tr><td>Nothing</td></tr>
{% endfor %}
</table>
<p><a href='{{ vars.link }}'>Renew</a> or <a href="{{ unsubscribe_url }}">stop these mails</a>.</p>
</body>
</html>
"""


def bytes_of(source: TemplateSource) -> str:
    message = build_message(
        Renderer(source).render(VALUES),
        from_="Acme <news@acme.example>",
        to="Ann Jansen <ann@example.com>",
        message_id="<0123456789abcdef@acme.example>",
        date=datetime(2026, 12, 1, 9, 0, tzinfo=UTC),
        reply_to="help@acme.example",
        unsubscribe=("https://acme.example/u/t0ken?a=1&b=2", "mailto:u@acme.example?subject=t0ken"),
        one_click=True,
        language="en-GB",
    )
    return message.decode("ascii").replace("\r\n", "\n")


def test_a_markdown_template_as_it_goes_out(tmp_path: Path, snapshot: SnapshotAssertion) -> None:
    (tmp_path / "offer.md").write_text(MARKDOWN)
    source = compiled(
        tmp_path,
        subject="{{ contact.first_name }}, your contract ends {{ contact.contract_end | date('d MMMM') }}",
        preheader="Renew now – and keep your price",
        body="offer.md",
    )

    message = Renderer(source).render(VALUES)

    assert message.html == snapshot(name="html")
    assert message.text == snapshot(name="text")
    assert bytes_of(source) == snapshot(name="message")


def test_a_page_of_html_as_it_goes_out(tmp_path: Path, snapshot: SnapshotAssertion) -> None:
    (tmp_path / "offer.html").write_text(PAGE)
    source = compiled(
        tmp_path, subject="Renew, {{ contact.first_name }}", preheader="Keep it", body="offer.html"
    )

    message = Renderer(source).render(VALUES)

    assert message.html == snapshot(name="html")
    assert message.text == snapshot(name="text")
    assert bytes_of(source) == snapshot(name="message")


def test_a_source_survives_the_queue(tmp_path: Path) -> None:
    source = compiled(tmp_path, body=MARKDOWN, preheader="x", reply_to="a@b.example")

    back = TemplateSource.from_json(source.to_json())

    assert back == source
    assert back.hash == source.hash
    assert Renderer(back).render(VALUES) == Renderer(source).render(VALUES)
    with pytest.raises(ValueError, match="another version"):
        TemplateSource.from_json(source.to_json().replace('"format":2', '"format":3'))


def test_the_hash_changes_with_what_is_written_and_not_with_where(tmp_path: Path) -> None:
    one = compiled(tmp_path, body="Hello **you**\n")
    again = compiled(tmp_path, body="Hello **you**\n")
    (tmp_path / "offer.md").write_text("Hello **you**\n")
    from_file = compiled(tmp_path, body="offer.md")

    assert one.hash == again.hash == from_file.hash
    assert len(one.hash) == 64
    others = [
        compiled(tmp_path, body="Hello *you*\n"),
        compiled(tmp_path, body="Hello **you**\n", subject="Other"),
        compiled(tmp_path, body="Hello **you**\n", preheader="Other"),
        compiled(tmp_path, body="Hello **you**\n", text="Other"),
        compiled(tmp_path, body="Hello **you**\n", kind="service"),
        compiled(tmp_path, body="Hello **you**\n", reply_to="a@b.example"),
        compiled(tmp_path, body="Hello **you**\n", locale="nl_NL"),
    ]
    assert len({one.hash, *(other.hash for other in others)}) == 1 + len(others)


@pytest.mark.parametrize(
    ("value", "id"),
    [
        ("gone.md", "template-file-missing"),
        ("folder.md", "template-file-missing"),
        ("See the offer.md", "template-file-missing"),
        ("x\0y.md", "template-file-outside"),
        ("../outside.md", "template-file-outside"),
        ("sub/../../outside.md", "template-file-outside"),
        ("/etc/hosts.md", "template-file-outside"),
        ("C:\\x.md", "template-file-outside"),
        ("..\\outside.md", "template-file-outside"),
        ("link.md", "template-file-outside"),
        ("linked/outside.md", "template-file-outside"),
        ("offer.docx.txt", "template-file-missing"),
        ("latin1.md", "template-encoding"),
        ("large.md", "template-too-large"),
    ],
)
def test_files_are_read_from_the_recipes_folder_only(tmp_path: Path, value: str, id: str) -> None:
    cookbook = tmp_path / "cookbook"
    (cookbook / "folder.md").mkdir(parents=True)
    (cookbook / "sub").mkdir()
    (tmp_path / "outside.md").write_text("secret")
    (cookbook / "link.md").symlink_to(tmp_path / "outside.md")
    (cookbook / "linked").symlink_to(tmp_path)
    (cookbook / "latin1.md").write_bytes(b"one\ncaf\xe9\n")
    (cookbook / "large.md").write_bytes(b"x" * (512 * 1024 + 1))
    if "\0" in value:
        recipe = recipe_of(
            cookbook, 'recipe: renewal\ntemplates: {offer: {subject: x, body: "x\\0y.md"}}\n'
        )
        source, findings = compile_template("offer", recipe.file.templates["offer"], recipe)
    else:
        source, findings = try_compile(cookbook, body=value)

    assert source is None
    assert [finding.id for finding in findings] == [id]
    place = findings[0].place
    assert place is not None
    assert Path(place.path).name == ("latin1.md" if id == "template-encoding" else "renewal.yaml")
    assert place.line == (2 if id == "template-encoding" else 9 if "\0" not in value else 2)


def test_a_fifo_is_no_file_to_wait_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.md")

    _, findings = try_compile(tmp_path, body="pipe.md")

    assert [finding.id for finding in findings] == ["template-file-missing"]


def test_a_link_within_the_folder_is_followed_and_windows_files_are_read(tmp_path: Path) -> None:
    (tmp_path / "real.md").write_bytes(b"\xef\xbb\xbf# Hi\r\n\r\nyou\r\n")
    (tmp_path / "link.md").symlink_to("real.md")

    assert rendered(tmp_path, kind="service", body="link.md").text.startswith("Hi\n===\n\nyou\n")


@pytest.mark.parametrize(
    ("yaml", "line"),
    [
        ("    body: '{{ contct.a }}'\n", 5),
        ("    body: |\n      one\n\n      {{ contct.a }}\n", 8),
        ("    body: >-  # folded\n      {{ contct.a }}\n", 6),
        ("    body:\n      - x\n    text: x\n", 0),
    ],
)
def test_a_mistake_is_shown_at_its_line_of_the_recipe(tmp_path: Path, yaml: str, line: int) -> None:
    text = f"recipe: renewal\ntemplates:\n  offer:\n    subject: x\n{yaml}"
    if not line:
        return
    recipe = recipe_of(tmp_path, text)

    _, findings = compile_template("offer", recipe.file.templates["offer"], recipe)

    assert [finding.place and finding.place.line for finding in findings] == [line]
    assert findings[0].hint == "did you mean 'contact'?"


def test_every_part_is_checked_at_once(tmp_path: Path) -> None:
    (tmp_path / "offer.md").write_text("one\n{{ stage | uper }}\n")

    _, findings = try_compile(
        tmp_path, subject="{{ x }}", preheader="{{ vars.lnk }}", body="offer.md", text="{% if %}"
    )

    assert [(f.id, f.hint) for f in findings][1:3] == [
        ("unknown-name", "did you mean 'link'?"),
        ("unknown-filter", "did you mean 'upper'?"),
    ]
    assert [finding.id for finding in findings] == [
        "unknown-name", "unknown-name", "unknown-filter", "template-syntax",
    ]  # fmt: skip
    assert {finding.id for finding in findings} <= set(FINDINGS)


def test_marketing_with_a_page_of_its_own_needs_its_own_way_out(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<html><body><p>Buy</p></body></html>")

    source, findings = try_compile(tmp_path, body="page.html")
    assert source is None
    assert [finding.id for finding in findings] == ["no-unsubscribe-link"]

    assert "Buy" in rendered(tmp_path, kind="service", body="page.html").html


def test_our_layout_adds_the_way_out_where_the_author_did_not(tmp_path: Path) -> None:
    ours = rendered(tmp_path, body="Hi\n")
    authors = rendered(tmp_path, body="Hi, [stop]({{ unsubscribe_url }})\n")

    way_out = "https://acme.example/u/t0ken?a=1&amp;b=2"
    assert ours.html.count(way_out) == authors.html.count(way_out) == 1
    assert ">Unsubscribe</a>" in ours.html and ">Unsubscribe</a>" not in authors.html
    assert ours.text.count("u/t0ken") == authors.text.count("u/t0ken") == 1


def test_part_of_a_page_gets_our_layout(tmp_path: Path) -> None:
    (tmp_path / "part.html").write_text("<h1>Hi</h1><style>h1 { color: red }</style>")

    html = rendered(tmp_path, body="part.html").html

    assert is_whole_page(html) and html.count("<body") == 1
    assert "color: red" in html.partition("<h1")[2].partition(">")[0]
    assert "Keizersgracht" in html


@pytest.mark.parametrize(
    ("locale", "lang", "direction", "word"),
    [
        ("nl_NL", "nl-NL", "ltr", "Afmelden"),
        ("de", "de", "ltr", "Abmelden"),
        ("ar_EG", "ar-EG", "rtl", "Unsubscribe"),
        ("zh_Hant_TW", "zh-Hant-TW", "ltr", "Unsubscribe"),
        ("nonsense", "en", "ltr", "Unsubscribe"),
    ],
)
def test_the_layout_speaks_the_projects_language(
    tmp_path: Path, locale: str, lang: str, direction: str, word: str
) -> None:
    message = Renderer(compiled(tmp_path, locale=locale)).render(VALUES)

    assert f'<html lang="{lang}" dir="{direction}">' in message.html
    assert f">{word}</a>" in message.html
    assert f"\n{word}: https://" in message.text


def test_the_layout_reads_nothing_from_outside(tmp_path: Path) -> None:
    (tmp_path / "secret.css").write_text("p { color: purple }")
    (tmp_path / "page.html").write_text(
        f"<html><head><link rel=stylesheet href='{tmp_path}/secret.css'>"
        "<link rel=stylesheet href='secret.css'><style>@import url('secret.css');</style></head>"
        "<body><p>x</p></body></html>"
    )

    assert "purple" not in rendered(tmp_path, kind="service", body="page.html").html
