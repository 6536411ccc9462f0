"""Template text → Jinja's syntax tree, or what is wrong with it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from jinja2 import TemplateError, TemplateSyntaxError, nodes

from mactl.content.names import FUNCTIONS, SPECIAL_NAMES, Use, find_uses
from mactl.content.sandbox import Sandbox, compile_syntax
from mactl.validation import did_you_mean

MAX_SOURCE = 512 * 1024
"""The longest template, in characters."""

_REFUSED: dict[type[nodes.Node], str] = {
    nodes.Include: "include",
    nodes.Import: "import",
    nodes.FromImport: "from … import",
    nodes.Extends: "extends",
    nodes.Block: "block",
    nodes.ScopedEvalContextModifier: "autoescape",
}
_INSTEAD = {
    "autoescape": "values are always escaped; write HTML in the template itself",
    "safe": "values are always escaped; | markdown formats a value, HTML stands in the template itself",
}
_UNKNOWN_FILTER = re.compile(r"No (filter|test) named '([^']+)'")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in line `line` of a template's text, which counts from 1."""

    id: str
    message: str
    line: int
    hint: str | None = None
    part: int = 0
    """In which of the texts that become one page, counted from 0."""


def parse_template(text: str, environment: Sandbox) -> tuple[nodes.Template | None, list[Problem]]:
    """`text` as a tree that compiles and does nothing refused, or None and every problem."""
    if len(text) > MAX_SOURCE:
        return None, [Problem("template-too-large", "the template is longer than 512 KiB", 1)]
    try:
        tree = environment.parse(text)
        problems = [*_refused(tree), *_unknown(find_uses(tree))]
        # Unknown filters and what Python itself can't compile show only here.
        compile_syntax(environment.parse(text), environment)
    except TemplateSyntaxError as wrong:
        return None, [_syntax_problem(wrong, environment)]
    except (TemplateError, SyntaxError, ValueError, RecursionError, MemoryError, OverflowError):
        return None, [
            Problem("template-syntax", "this is nested too deeply or too large to read", 1)
        ]
    return (None if problems else tree), problems


def _syntax_problem(wrong: TemplateSyntaxError, environment: Sandbox) -> Problem:
    message = wrong.message or "this is no Jinja"
    unknown = _UNKNOWN_FILTER.search(message)
    if unknown:
        kind, name = unknown.groups()
        known = environment.filters if kind == "filter" else environment.tests
        public = sorted(other for other in known if not other.startswith("_"))
        hint = _INSTEAD.get(name) or did_you_mean(name, public) or f"known: {', '.join(public)}"
        return Problem(f"unknown-{kind}", f"there is no {kind} {name!r}", wrong.lineno, hint)
    hint = "write {% raw %}…{% endraw %} around braces that are meant as they stand"
    return Problem("template-syntax", message.rstrip("."), wrong.lineno, hint)


def _refused(tree: nodes.Template) -> Iterator[Problem]:
    for kind, name in _REFUSED.items():
        for node in tree.find_all(kind):
            message = f"a template can't use {{% {name} %}}"
            yield Problem("refused-tag", message, node.lineno, _INSTEAD.get(name))
    for loop in tree.find_all(nodes.For):
        if loop.recursive:
            yield Problem("refused-tag", "a loop can't be recursive", loop.lineno)
    for call in tree.find_all(nodes.Call):
        if isinstance(call.node, nodes.Getattr) and not _is_of_loop(call.node):
            name = call.node.attr
            message = f"values are plain and have no {name}()"
            hint = "use a filter, such as | upper, | replace, | items"
            yield Problem("refused-call", message, call.lineno, hint)


def _is_of_loop(node: nodes.Getattr) -> bool:
    return isinstance(node.node, nodes.Name) and node.node.name == "loop"


def _unknown(uses: list[Use]) -> Iterator[Problem]:
    for use in uses:
        root = use.path.partition(".")[0]
        if root not in SPECIAL_NAMES:
            known = (*SPECIAL_NAMES, *FUNCTIONS)
            hint = did_you_mean(root, known) or f"known here: {', '.join(SPECIAL_NAMES)}"
            yield Problem("unknown-name", f"{root!r} is not known in a template", use.line, hint)
