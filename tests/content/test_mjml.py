"""MJML becomes HTML once, with its tags where they were; what it would drop in silence is told."""

from pathlib import Path
from typing import Any

import pytest

from mactl.content.lint import lint_template
from mactl.content.render import Renderer
from mactl.content.templates import compile_written

from .making import VALUES, compiled, try_compile, written

PAGE = """\
<mjml>
  <mj-head>
    <mj-title>Renew</mj-title>
    <mj-preview>Hidden {{ stage }}</mj-preview>
    <mj-attributes><mj-all font-family="Arial" /><mj-class name="big" font-size="30px" /></mj-attributes>
    <mj-style>.price { color: {{ vars.color }}; } p > b { color: red }</mj-style>
  </mj-head>
  <mj-body>
    {% if contact.clv > 1000 %}
    <mj-section background-color="{{ vars.color }}">
      <mj-column>
        <mj-text mj-class="big">Hello {{ contact.first_name }}<br>&amp; co &nbsp; <b>you</b> < 3</mj-text>
        <mj-button href="{{ vars.link }}">Renew for {{ contact.price | money }}</mj-button>
        <mj-image src="https://acme.example/{{ stage }}.png" alt="A cup" />
      </mj-column>
    </mj-section>
    {% else %}
    <mj-section><mj-column><mj-text>Not you</mj-text></mj-column></mj-section>
    {% endif %}
    {% for line in event.lines %}
    <mj-section><mj-column><mj-text><span class="price">{{ line.name }}</span></mj-text></mj-column></mj-section>
    {% endfor %}
    <mj-section><mj-column>
      <mj-table>{% for line in event.lines %}<tr><td>{{ line.price | money }}</td></tr>{% endfor %}</mj-table>
      <mj-raw><!-- raw --><p>As it is</p></mj-raw>
      <mj-text><a href="{{ unsubscribe_url }}">Stop</a></mj-text>
    </mj-column></mj-section>
  </mj-body>
</mjml>
"""


def page(folder: Path, text: str, **template: Any) -> Any:
    (folder / "offer.mjml").write_text(text)
    return compiled(folder, body="offer.mjml", **template)


def shell(inside: str) -> str:
    """An MJML document with `inside` in its body; the first line of it is line 2."""
    return f"<mjml><mj-body>\n{inside}\n</mj-body></mjml>\n"


def test_a_page_of_mjml_as_it_goes_out(tmp_path: Path) -> None:
    message = Renderer(page(tmp_path, PAGE, preheader="Keep it")).render(VALUES)

    html = message.html
    assert (
        'lang="en-GB"' in html and "Arial" in html and "font-size:30px" in html.replace(": ", ":")
    )
    assert "Hello Ann<br>&amp; co" in html and "<b>you</b>" in html
    assert 'href="https://acme.example/renew?a=1&amp;b=2"' in html and "Renew for €1,249.50" in html
    assert 'src="https://acme.example/mql.png"' in html and "Not you" not in html
    assert html.count("Coffee") == 1 and "Tea &amp; &lt;milk&gt;" in html
    assert "€3.00" in html and ">As it is</p>" in html and "#336699" in html
    # Where the CSS says so: inlined, and inside what MJML made.
    assert 'class="price" style="color: #336699;"' in html
    assert "fonts.googleapis.com" not in html and "{{" not in html and "<mj-" not in html
    assert html.index("Hello Ann") < html.index("Coffee") < html.index("€3.00")
    assert message.text.startswith("Hello Ann\n& co you < 3\n")
    assert "Renew for €1,249.50: https://acme.example/renew?a=1&b=2" in message.text
    assert "As it is" in message.text and "Stop: https://acme.example/u/" in message.text


def test_the_other_branch_leaves_nothing_of_the_first(tmp_path: Path) -> None:
    source = page(tmp_path, PAGE)

    html = Renderer(source).render({**VALUES, "contact": {"clv": 1, "first_name": "Bo"}}).html

    assert "Not you" in html and "Hello" not in html and "Renew for" not in html


def test_mjml_needs_its_own_way_out(tmp_path: Path) -> None:
    (tmp_path / "offer.mjml").write_text(shell("<mj-section></mj-section>"))

    _, findings = try_compile(tmp_path, body="offer.mjml")

    assert [finding.id for finding in findings] == ["no-unsubscribe-link"]


TEXT = "<mj-section><mj-column><mj-text>{}</mj-text></mj-column></mj-section>"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (shell("<mj-section><mj-colunm>x</mj-colunm></mj-section>"), ("unknown-mjml", 2, "did you mean 'mj-column'?")),
        (shell("\n<mj-section>\n<mj-tekst>x</mj-tekst></mj-section>"), ("unknown-mjml", 4, "did you mean 'mj-text'?")),
        (shell("<mj-include path='/etc/passwd' />"), ("unknown-mjml", 2, "write it out")),
        (shell("<mj-section>\n<mj-column></mj-section>"), ("mjml-syntax", 3, None)),
        (shell("<mj-section>\n<mj-column></mj-column>"), ("mjml-syntax", 4, None)),
        ("<mjml><mj-body>\n<mj-section>", ("mjml-syntax", 2, None)),
        ("<p>Hello</p>", ("mjml-syntax", 1, None)),
        (shell(TEXT.format("x <mj-button>y</mj-button>")), ("mjml-syntax", 2, "put it beside or around that")),
        (shell(TEXT.format("<p {% if x %}").replace("x %}", "stage %}")), ("template-syntax", None, None)),
        (shell("\n" + TEXT.format("{{ contct.a }}")), ("unknown-name", 3, "did you mean 'contact'?")),
        (shell("<mj-section {% if stage %}padding='0'{% endif %}></mj-section>"), ("misplaced-tag", 2, None)),
        (shell(TEXT.format("{% if stage %}<div>{% endif %}")), ("unbalanced-markup", 2, None)),
        (shell("\n<mj-column><p>{{ stage }}</p></mj-column>"), ("unknown-mjml", 3, "put it inside mj-text or mj-raw")),
    ],
)  # fmt: skip
def test_what_mjml_would_drop_is_told_at_its_line(
    tmp_path: Path, text: str, expected: tuple[str, int | None, str | None]
) -> None:
    (tmp_path / "offer.mjml").write_text(text)

    source, findings = try_compile(tmp_path, kind="service", body="offer.mjml")

    assert source is None
    id, line, hint = expected
    first = findings[0]
    assert first.id == id and first.place is not None
    assert Path(first.place.path).name == "offer.mjml"
    assert line in (None, first.place.line)
    assert hint in (None, first.hint)


@pytest.mark.parametrize(
    "text",
    [
        "<mj-text>" * 20_000,
        "<mjml><mj-body>" * 20_000,
        shell("<mj-section>" * 5_000 + "</mj-section>" * 5_000),
    ],
)
def test_no_document_takes_the_square_of_its_length(tmp_path: Path, text: str) -> None:
    (tmp_path / "offer.mjml").write_text(text)

    source, findings = try_compile(tmp_path, kind="service", body="offer.mjml")

    assert source is not None or findings


def test_blocks_go_into_mjml_as_html_and_as_mjml(tmp_path: Path) -> None:
    (tmp_path / "hero.mjml").write_text(TEXT.format("Section for {{ stage }}"))
    blocks = {"hero": [{"body": "hero.mjml"}], "line": [{"body": "**bold** {{ stage }}"}]}
    text = shell("{{ block('hero') }}\n" + TEXT.format("Say {{ block('line') }}!"))
    source = page(tmp_path, text, kind="service", blocks=blocks)

    html = Renderer(source).render({**VALUES, "blocks": {"hero": 0, "line": 0}}).html
    assert "Section for mql" in html and "Say <strong>bold</strong> mql!" in html
    html = Renderer(source).render({**VALUES, "blocks": {"hero": None, "line": None}}).html
    assert "Section" not in html and "Say !" in html

    _, findings = try_compile(tmp_path, kind="service", body="{{ block('hero') }}", blocks=blocks)
    assert [(f.id, f.place and Path(f.place.path).name) for f in findings] == [
        ("template-format", "hero.mjml")
    ]


def test_elements_of_mjml_are_linted(tmp_path: Path) -> None:
    inside = "<mj-section><mj-column>\n<mj-image src='a.png' />\n<mj-button href='http://a.example'>x</mj-button>\n"
    (tmp_path / "offer.mjml").write_text(shell(inside + "</mj-column></mj-section>"))
    parts = written(tmp_path, kind="service", body="offer.mjml")
    source, findings = compile_written(parts)
    assert source is not None, findings

    found = [(f.id, f.place and f.place.line) for f in lint_template(parts, source)]

    assert found == [("image-without-alt", 3), ("link-without-https", 4)]
