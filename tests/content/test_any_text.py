"""Whatever an author writes becomes a source or findings, and whatever a contact holds a message or a reason."""

from typing import get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from mactl.content.lint import lint_template
from mactl.content.parts import Kind, Part, Written
from mactl.content.render import CannotRender, Renderer
from mactl.content.source import TemplateSource, names_used
from mactl.content.templates import compile_written

from .making import VALUES

PIECES = """
{{ }} {% %} {# #} {{- -}} {%- -%} {%+ +%} if else elif endif for in endfor set endset macro endmacro raw endraw
{{contact.first_name}} {{stage|upper}} {{contact.company|default('x')}} {%if\tstage%} {%else%} {%endif%}
{%for\tx\tin\tevent.lines%} {{x.name}} {%endfor%} {%set\ty=1%} {%set\tz%} {%endset%} {%raw%} {%endraw%}
{{unsubscribe_url}} {{vars.color}} contact stage | ~ ( ) ' " \\ < > & ; = <p> </p> <p\tclass=" style=" style=' href="
> <table> <tr> <td> </td> </tr> </table> <ul> <li> </ul> <style> p{color:red} </style> <!-- --> <!--[if\tmso]>
<![endif]--> <html> <head> </head> <body> </body> </html> <br> <img\tsrc=x> <title> </title> <textarea>
# ## - * ** _ ` ``` > 1. | |-| --- [a]( ) [b]: ![c]( <https://x.example> http:// @ {%endfor%}{%endif%} é 😀 \x00
""".split()  # noqa: SIM905
texts = st.lists(
    st.sampled_from([*(piece.replace("\t", " ") for piece in PIECES), "\n", "\n\n", " ", "  "]),
    max_size=30,
).map("".join)


def template_of(body: str, kind: Kind, format: str, text: str | None) -> Written:
    return Written(
        recipe="renewal",
        name="offer",
        kind=kind,
        from_=None,
        reply_to=None,
        constants={"vars": {"color": "#336699"}, "recipe": {"id": "renewal", "title": None}},
        subject=Part("{{ stage }}", "a", 1),
        preheader=Part("x", "a", 1),
        body=Part(body, "a", 1, "html" if format == "html" else "markdown"),
        text=None if text is None else Part(text, "a", 1),
    )


@settings(max_examples=400, deadline=None)
@given(
    texts,
    st.sampled_from(get_args(Kind)),
    st.sampled_from(["markdown", "html"]),
    st.none() | texts,
)
def test_any_text_compiles_or_is_explained(
    body: str, kind: Kind, format: str, text: str | None
) -> None:
    written = template_of(body, kind, format, text)
    assert Written.from_json(written.to_json()) == written

    source, findings = compile_written(written)

    assert (source is None) == bool(findings)
    assert all(finding.place and finding.place.line >= 1 for finding in findings)
    if source is None:
        return
    lint_template(written, source)
    names_used(source)
    assert TemplateSource.from_json(source.to_json()) == source
    try:
        message = Renderer(source).render(VALUES)
    except CannotRender:
        return
    assert message.subject == "mql"
    if kind == "marketing":
        assert "u/t0ken" in message.html and "u/t0ken" in message.text
