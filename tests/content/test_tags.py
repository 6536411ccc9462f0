"""Tags put away before HTML tools and put back after them leave the same message."""

from pathlib import Path
from typing import Any

import css_inline
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mactl.content.inlining import inline_css
from mactl.content.markup import put_away_html
from mactl.content.render import Renderer
from mactl.content.sandbox import HTML, compile_syntax
from mactl.content.tags import PutAway, Tag, split_tags
from tests.conftest import examples

from .making import VALUES, try_compile

INLINER = css_inline.CSSInliner(
    load_remote_stylesheets=False, keep_style_tags=True, remove_inlined_selectors=True
)
AS_PARSED = css_inline.CSSInliner(
    inline_style_tags=False, keep_style_tags=True, load_remote_stylesheets=False
)

STYLES = [
    "<style>p { color: red; margin: 0 } a { color: blue } td { padding: 4px }</style>",
    "<style>p { color: {{ vars.color }}; width: {{ vars.width }}% } .x > td { color: red }</style>",
    "<style>.big { font-size: 2em } @media (max-width: 9px) { p { margin: 0 } } a:hover { color: red }</style>",
]
TEXTS = [
    "plain",
    " a &lt; b &amp;&amp; c &gt; d ",
    "{{ contact.first_name }}",
    "{{ contact.company | default('<none> & \"more\"') }}",
    "{{ contact.first_name ~ ' < ' ~ stage }}",
    "{% raw %}{{ raw }} {% if %}{% endraw %}",
    "{# a comment with <b> #}",
    "&#123;&#123; not a tag }}",
    "<br>",
    "<img src='a.png' alt=\"{{ contact.first_name }}\">",
    "<!-- a comment {{ stage }} -->",
    "<!--[if mso]>{{ stage }}<![endif]-->",
    "<input {% if stage == 'mql' %}checked{% endif %}>",
    "{% set x = 1 %}",
]
WRAPPED = [
    "<p>{}</p>",
    "<p class='x {{{{ stage }}}}'>{}</p>",
    '<a href="{{{{ vars.link }}}}&amp;c={{{{ scores.fit }}}}">{}</a>',
    "<a href={{{{ vars.link }}}}>{}</a>",
    "<a {{% if scores.fit > 10 %}}class=\"huge\"{{% else %}}class='small'{{% endif %}} href='#'>{}</a>",
    "<a class=\"{{% if scores.fit < 10 %}}a{{% else %}}b{{% endif %}}\">{}</a>",
    "{{% if scores.fit > 10 and stage == 'mql' %}}{}{{% endif %}}",
    "{{% if contact.company %}}no{{% else %}}{}{{% endif %}}",
    "{{% for line in event.lines %}}{} {{{{ loop.index }}}} {{{{ line.name }}}}{{% endfor %}}",
    "{{%- if 1 < 2 -%}} {} {{%- endif -%}}",
    "<table><tr><td>{}</td></tr>{{% for line in event.lines %}}<tr class=x><td>{{{{ line.price }}}}</td></tr>"
    "{{% endfor %}}</table>",
    "<table>{{% for line in event.lines %}}<tr><td>{}</td></tr>{{% endfor %}}</table>",
    "<ul>{{% for line in event.lines %}}<li>{}</li>{{% endfor %}}</ul>",
]  # fmt: skip


@st.composite
def pages(draw: st.DrawFn) -> str:
    def body(depth: int) -> str:
        parts = []
        for _ in range(draw(st.integers(1, 3))):
            if depth and draw(st.booleans()):
                parts.append(draw(st.sampled_from(WRAPPED)).format(body(depth - 1)))
            else:
                parts.append(draw(st.sampled_from(TEXTS)))
        return "".join(parts)

    styles = "".join(draw(st.lists(st.sampled_from(STYLES), max_size=2)))
    return f"<html><head>{styles}</head><body><div>{body(2)}</div></body></html>"


def render(template: str, values: dict[str, Any]) -> str:
    tree = HTML.parse(template)
    return compile_syntax(tree, HTML).render(values)


@settings(max_examples=examples(300))
@given(pages())
def test_inlined_once_and_rendered_is_what_rendered_and_inlined_is(page: str) -> None:
    values = {
        **VALUES,
        "vars": {"link": "https://x.example/?a=1&b=2", "color": "#369", "width": 40},
    }
    values["contact"] = {**VALUES["contact"], "company": ""}
    away = PutAway(page)
    put, problems = put_away_html(page, away)
    inlined, more = inline_css(put, away)
    if problems or more:
        # An element may not stand in another of its kind; both ways have their own idea then.
        assert {problem.id for problem in problems + more} <= {"misplaced-tag", "unbalanced-markup"}
        return

    once = render(away.back_to_html(inlined)[0], values)

    each = INLINER.inline(render(page, values)).replace("<style></style>", "")
    assert AS_PARSED.inline(once) == AS_PARSED.inline(each)


@given(pages())
def test_tags_put_away_and_back_are_the_same_tags(page: str) -> None:
    away = PutAway(page)
    put, _ = put_away_html(page, away)

    back, _ = away.back_to_html(put)

    assert not away.word.search(back)
    assert _tags(back) == _tags(page)


def _tags(text: str) -> list[str]:
    # Braces of raw blocks come back as a print of one brace; lines within tags are ours.
    kept = (piece.text for piece in split_tags(text) if isinstance(piece, Tag) and piece.text)
    tags = ["".join(tag.split()).strip("-") for tag in kept]
    return [tag for tag in tags if tag != "{{'{'}}"]


@pytest.mark.parametrize(
    ("style", "shown"),
    [
        ("color: {{ vars.color }}", "color: #336699"),
        ("{% if scores.fit > 10 %}width: 10px;{% endif %} color: red", "width: 10px; color: red"),
        ("{{ 'top: 1px' }}", "top: 1px"),
        ("font-family: '{{ stage }}'; width: {{ vars.width }}%", "font-family: 'mql'; width: 40%"),
    ],
)
@pytest.mark.parametrize("quote", ['"', "'"])
def test_tags_in_a_style_attribute_win_over_the_rules(
    tmp_path: Path, style: str, shown: str, quote: str
) -> None:
    if quote == "'":
        style, shown = style.replace("'", '"'), shown.replace("'", "&quot;")
    rules = "<style>p { color: green; margin: 0 }</style>"
    page = f"<html><head>{rules}</head><body><p style={quote}{style}{quote}>x</p></body></html>"
    (tmp_path / "page.html").write_text(page)
    source, findings = try_compile(tmp_path, kind="service", body="page.html")
    assert source is not None, findings

    html = Renderer(source).render(VALUES).html

    assert f'<p style="color: green;margin: 0;{shown}">x</p>' in html


def test_a_style_element_with_conditions_is_left_where_it_is(tmp_path: Path) -> None:
    css = "p { color: red } {% if stage == 'mql' %}p { color: blue }{% endif %}"
    (tmp_path / "page.html").write_text(
        f"<html><head><style>{css}</style></head><body><p>x</p></body></html>"
    )
    source, _ = try_compile(tmp_path, kind="service", body="page.html")
    assert source is not None

    html = Renderer(source).render(VALUES).html

    assert "<style>p { color: red } p { color: blue }</style>" in html
    assert "<p>x</p>" in html


@pytest.mark.parametrize(
    ("body", "id", "line"),
    [
        ("<table>{% if stage %}\n<tr>{{ stage }}<td>x</td></tr>{% endif %}</table>", "misplaced-tag", 2),
        ("x\n<table>{% for l in event.lines %}\n{{ l.name }}{% endfor %}</table>", "misplaced-tag", 3),
        ("<p>\n{% if stage %}<div>{% else %}<div class=x>{% endif %}x</div></p>", "unbalanced-markup", 2),
        ("<table><tr>{% if stage %}<td id=x>{% else %}<td>{% endif %}x</td></tr></table>", "unbalanced-markup", 1),
        ("<table>\n{% if stage %}<td>x</td>{% endif %}</table>", "unbalanced-markup", 2),
        ("<p {% if stage %}class=x>{% else %}>{% endif %}x</p>", "unbalanced-markup", 1),
        ("<p>\n\n<a href='x'' class=y>x</a></p>", "markup-syntax", 3),
        ("<p>{{ stage }}\n<a href='x'\n<b>x</b></p>", "markup-syntax", 3),
        ("<p style='color'>x</p><style>p { margin: 0 }</style>", "css-syntax", 1),
    ],
)  # fmt: skip
def test_what_html_would_move_or_lose_is_found_at_its_line(
    tmp_path: Path, body: str, id: str, line: int
) -> None:
    (tmp_path / "page.html").write_text(body)

    source, findings = try_compile(tmp_path, kind="service", body="page.html")

    assert source is None
    assert findings[0].id == id
    assert findings[0].place is not None and findings[0].place.line == line


def test_lines_of_the_final_text_lead_back_to_the_authors(tmp_path: Path) -> None:
    page = "<p>{{ stage }} {{ contact.first_name }}\n{{ scores.fit }}</p>\n\n{% if stage %}\nx{% endif %}"
    away = PutAway(page)
    put, _ = put_away_html(page, away)

    text, lines = away.back_to_html(put)

    found = {own: authors for own, authors, _ in lines}
    for number, line in enumerate(text.split("\n"), 1):
        for name, authors in (("stage }}", 1), ("contact", 1), ("scores", 2), ("if stage", 4)):
            if name in line:
                assert found[number] == authors
