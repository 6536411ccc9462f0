"""Whatever an author writes becomes a source or findings, and whatever a contact holds a message or a reason."""

from typing import get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from mactl.content.files import Format
from mactl.content.lint import lint_template
from mactl.content.parts import Kind, Part, Written
from mactl.content.render import CannotRender, Renderer
from mactl.content.source import TemplateSource, names_used
from mactl.content.templates import compile_written
from mactl.content.tracing import Tracer
from tests.conftest import examples

from .making import VALUES

PIECES = """
{{ }} {% %} {# #} {{- -}} {%- -%} {%+ +%} if else elif endif for in endfor set endset macro endmacro raw endraw
{{contact.first_name}} {{stage|upper}} {{contact.company|default('x')}} {%if\tstage%} {%else%} {%endif%}
{%for\tx\tin\tevent.lines%} {{x.name}} {%endfor%} {%set\ty=1%} {%set\tz%} {%endset%} {%raw%} {%endraw%}
{{unsubscribe_url}} {{vars.color}} contact stage | ~ ( ) ' " \\ < > & ; = <p> </p> <p\tclass=" style=" style=' href="
> <table> <tr> <td> </td> </tr> </table> <ul> <li> </ul> <style> p{color:red} </style> <!-- --> <!--[if\tmso]>
<![endif]--> <html> <head> </head> <body> </body> </html> <br> <img\tsrc=x> <title> </title> <textarea>
# ## - * ** _ ` ``` > 1. | |-| --- [a]( ) [b]: ![c]( <https://x.example> http:// @ {%endfor%}{%endif%} é 😀 \x00
{{block('a')}} {{block("a")}} {{code('c')}} {{lookup('t','k').x}} {{lookup('t',stage)}} block lookup
""".split()  # noqa: SIM905
texts = st.lists(
    st.sampled_from([*(piece.replace("\t", " ") for piece in PIECES), "\n", "\n\n", " ", "  "]),
    max_size=30,
).map("".join)


MJML_PIECES = """
<mjml> </mjml> <mj-body> </mj-body> <mj-section> </mj-section> <mj-column> </mj-column> <mj-text> </mj-text> <mj-raw>
</mj-raw> <mj-table> </mj-table> <mj-image\tsrc="x"\t/> <mj-button\thref="{{vars.color}}"> </mj-button> <mj-head>
</mj-head> <mj-style> </mj-style> <mj-preview> </mj-preview> <mj-txt> {{stage}} {%if\tstage%} {%else%} {%endif%} <br> &
<p> </p> <tr><td> </td></tr> < > " ' {{block('a')}} {{unsubscribe_url}} <!-- --> a <mj-include\tpath="x"\t/>
""".split()  # noqa: SIM905
documents = st.lists(
    st.sampled_from([piece.replace("\t", " ") for piece in MJML_PIECES]), max_size=15
).map(lambda pieces: f"<mjml><mj-body>{''.join(pieces)}</mj-body></mjml>")


def template_of(
    body: str, kind: Kind, format: Format, text: str | None, blocks: tuple[str, ...] = ()
) -> Written:
    return Written(
        recipe="renewal",
        name="offer",
        kind=kind,
        from_=None,
        reply_to=None,
        constants={"vars": {"color": "#336699"}, "recipe": {"id": "renewal", "title": None}},
        subject=Part("{{ stage }}", "a", 1),
        preheader=Part("x", "a", 1),
        body=Part(body, "a", 1, format),
        text=None if text is None else Part(text, "a", 1),
        texts={"sms": Part("{{ stage }}", "a", 1)},
        blocks={"a": tuple(Part(block, "b", 1, "markdown") for block in blocks)},
    )


def check(written: Written) -> None:
    assert Written.from_json(written.to_json()) == written

    source, findings = compile_written(written)

    assert (source is None) == bool(findings)
    assert all(finding.place and finding.place.line >= 1 for finding in findings)
    if source is None:
        return
    lint_template(written, source)
    names_used(source)
    assert TemplateSource.from_json(source.to_json()) == source
    values = {**VALUES, "blocks": {"a": 0}, "codes": {"c": "C-1"}}
    rows = Tracer(source).rows(values, lambda table, key: {"x": "y"})
    try:
        message = Renderer(source).render({**values, "lookups": rows})
    except CannotRender:
        return
    assert message.subject == "mql" and "None" not in message.html + message.text
    if written.kind == "marketing":
        assert "u/t0ken" in message.html and "u/t0ken" in message.text


@settings(max_examples=examples(400))
@given(
    texts,
    st.sampled_from(get_args(Kind)),
    st.sampled_from(["markdown", "html"]),
    st.none() | texts,
)
def test_any_text_compiles_or_is_explained(
    body: str, kind: Kind, format: Format, text: str | None
) -> None:
    check(template_of(body, kind, format, text, ("x", "y")))


@settings(max_examples=examples(200))
@given(texts, st.lists(texts, min_size=1, max_size=2), st.none() | texts)
def test_any_block_compiles_or_is_explained(body: str, blocks: list[str], text: str | None) -> None:
    whole = f"{body}\n\n{{{{ block('a') }}}}\n"
    check(template_of(whole, "marketing", "markdown", text, tuple(blocks)))


@settings(max_examples=examples(200))
@given(documents, texts)
def test_any_mjml_compiles_or_is_explained(body: str, block: str) -> None:
    check(template_of(body, "service", "mjml", None, (block,)))
