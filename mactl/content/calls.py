"""The calls in a template: `block('hero')`, `lookup('products', event.sku)`, `code('birthday')`.

Their first argument is written out, so that what a template needs is known before anyone gets it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from jinja2 import nodes

from mactl.content.supplies import Supplies
from mactl.content.syntax import Problem
from mactl.validation import did_you_mean

_ARGUMENTS = {"block": 1, "lookup": 2, "code": 1}
_EXAMPLES = {
    "block": "{{ block('hero') }}",
    "lookup": "{{ lookup('products', event.sku).name }}",
    "code": "{{ code('birthday') }}",
}


@dataclass(frozen=True, slots=True)
class Called:
    """One call of `function` with `name` as its first argument; `node` is the call in the tree."""

    function: str
    name: str
    node: nodes.Call

    @property
    def line(self) -> int:
        """The line of the template's text."""
        return self.node.lineno


def calls_in(tree: nodes.Template) -> list[Called]:
    """Every call in `tree` whose name is written out, in reading order."""
    found = []
    for call in tree.find_all(nodes.Call):
        function, name = _function_of(call), _name_of(call)
        if function and name is not None:
            found.append(Called(function, name, call))
    return found


def names_called(tree: nodes.Template, function: str) -> set[str]:
    """What `function` is called with in `tree`."""
    return {called.name for called in calls_in(tree) if called.function == function}


def call_problems(tree: nodes.Template, supplies: Supplies) -> Iterator[Problem]:
    """Calls that are not as they must be, and what they ask for that mactl.yaml lacks."""
    called = {id(call.node) for call in tree.find_all(nodes.Call)}
    for name in tree.find_all(nodes.Name):
        if name.name in _ARGUMENTS and (name.ctx != "load" or id(name) not in called):
            message = f"{name.name} is a function and can't be anything else"
            yield Problem("bad-call", message, name.lineno, f"call it: {_EXAMPLES[name.name]}")
    for call in tree.find_all(nodes.Call):
        function = _function_of(call)
        if function and not _is_well_formed(call, function):
            message = f"{function}() is called with a name between quotes"
            yield Problem("bad-call", message, call.lineno, f"write {_EXAMPLES[function]}")
    for one in calls_in(tree):
        known = {"lookup": supplies.tables, "code": supplies.codes}.get(one.function)
        if known is not None and one.name not in known:
            key = "data" if one.function == "lookup" else "codes"
            message = f"mactl.yaml has no {one.name!r} under `{key}`"
            hint = (
                did_you_mean(one.name, known) or f"declare it: {key}: {{{one.name}: {{file: …}}}}"
            )
            yield Problem(
                "unknown-table" if key == "data" else "unknown-codes", message, one.line, hint
            )


def _function_of(call: nodes.Call) -> str | None:
    name = call.node.name if isinstance(call.node, nodes.Name) else None
    return name if name in _ARGUMENTS else None


def _name_of(call: nodes.Call) -> str | None:
    first = call.args[0] if call.args else None
    is_text = isinstance(first, nodes.Const) and isinstance(first.value, str)
    return first.value if is_text else None  # type: ignore[union-attr]


def _is_well_formed(call: nodes.Call, function: str) -> bool:
    rest = call.kwargs or call.dyn_args or call.dyn_kwargs
    return not rest and len(call.args) == _ARGUMENTS[function] and _name_of(call) is not None
