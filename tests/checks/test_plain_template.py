"""A template that is called plain is one in which compiling and linting find nothing: proven by compiling it."""

import json

from hypothesis import event, given, settings
from hypothesis import strategies as st

from mactl.checks.plain_template import is_plain
from mactl.content.lint import lint_template
from mactl.content.reading import read_every
from mactl.content.templates import compile_written
from tests.checks.making import recipe_of
from tests.conftest import examples

PIECES = [
    "Hello", " ", " ", "\n", "\n\n", "- ", "1. ", "# ", "## ", "* ", "**", "*", "_", "~~", "---\n", "\n===\n",
    "+ ", "{{ contact.first_name }}", "{{ contact.first_name | default('you') }}", "{{ vars.link }}",
    "{{ vars.nothing }}", "{{ event.order }}", "{{ nobody }}", "{{ contact.x | nofilter }}",
    "{{ contact.d | date('d MMMM') }}", "{{ unsubscribe_url }}", "{% if contact.x %}", "{% endif %}",
    "{# note #}", "{{", "}}", "{", "}", "[text](https://a.example/x)", "[text]({{ vars.link }})",
    "[a {{ contact.x }}]({{ vars.link }})", "[text](http://a.example)", "[text](javascript:x)", "[text]()",
    "[a]: https://a.example\n", "![alt](https://a.example/x.png)", "<b>", "</b>", "<a href='x'>", "`code`",
    "> ", "    ", "\t", "|", "&amp;", "\\", "www.example.com", "https://a.example", "http://a.example",
    "a@example.com", "!", "**[Go]({{ vars.link }})**", "{ { x } }", "{contact.x}", "é", "\u2028", "\x0c", "50%",
    "{{ block('x') }}", "{{ code('x') }}",
]  # fmt: skip


@given(
    st.lists(st.sampled_from(PIECES), max_size=14).map("".join),
    st.lists(st.sampled_from(PIECES), max_size=4).map("".join),
)
@settings(max_examples=examples(300))
def test_a_plain_template_has_nothing_that_compiling_would_find(body: str, subject: str) -> None:
    texts = f"subject: {json.dumps(subject)}, body: {json.dumps(body)}"
    recipe, _ = recipe_of(
        "a", f"vars: {{link: 'https://a.example'}}\ntemplates: {{a: {{{texts}}}}}\n"
    )
    if recipe is None:
        return
    many, _ = read_every("a", recipe.file.templates["a"], recipe)
    for written in many:
        if is_plain(written):
            event("plain")
            source, problems = compile_written(written)
            assert problems == []
            assert source is not None
            assert lint_template(written, source) == []


def plain(body: str, subject: str = "Hello") -> bool:
    recipe, problems = recipe_of(
        "a", f"vars: {{link: x}}\ntemplates: {{a: {{subject: '{subject}', body: '{body}'}}}}\n"
    )
    assert recipe is not None, problems
    many, _ = read_every("a", recipe.file.templates["a"], recipe)
    return all(map(is_plain, many))


def test_what_most_mails_say_is_plain() -> None:
    assert plain(
        'Hello {{ contact.first_name | default("you") }}. [Read on]({{ vars.link }}) or **[buy](https://a.example)**'
    )
    assert not plain("Hello <b>you</b>")
    assert not plain("Hello {{ vars.lnk }}")
    assert not plain("Hello {{ contact.x | upcase }}")
    assert not plain("Hello", subject=" ")
