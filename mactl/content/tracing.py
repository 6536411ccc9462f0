"""Which rows of which tables a message will ask for, found out at planning.

A template is cut down to what decides its lookups (loops, conditions, assignments), and that is run: nothing else
tells `lookup('products', line.sku)` in a loop from the values of a contact, and a whole rendering takes far longer.
"""

from collections.abc import Callable, Mapping
from typing import Any

from jinja2 import Template, nodes

from mactl.content.calls import calls_in
from mactl.content.context import names_of
from mactl.content.fields import as_fields
from mactl.content.lookups import Row, key_of, lookup_in
from mactl.content.sandbox import TemplateContext, compile_syntax
from mactl.content.source import TemplateSource

_SETS = (nodes.Assign, nodes.AssignBlock, nodes.Macro)
_MERELY_WRITES = frozenset(("range", "block", "code"))


class Tracer:
    """Finds out which rows a message of one template will ask for."""

    def __init__(self, source: TemplateSource) -> None:
        self._templates: list[Template] = []
        self._constants = {name: as_fields(value, name) for name, value in source.constants.items()}
        shapes: list[list[nodes.Node]] = []
        for _, text, environment in source.parts:
            tree, shape = environment.parse(text), _skeleton(environment.parse(text).body)
            looks_up = any(called.function == "lookup" for called in calls_in(tree))
            # Plain text that was made from the page asks for the same again.
            if looks_up and shape not in shapes:
                shapes.append(shape)
                tree.body = _skeleton(tree.body)
                self._templates.append(compile_syntax(tree, environment))

    @property
    def is_needed(self) -> bool:
        """Whether the template looks anything up."""
        return bool(self._templates)

    def rows(
        self, values: Mapping[str, Any], find: Callable[[str, str], Row | None]
    ) -> dict[str, dict[str, Row | None]]:
        """Table → key → the row (null where there is none) that a message with `values` asks for.

        `find` gives a table's row by its key. What can't be worked out is left for the message itself, which then
        can't be written and says why.
        """
        found: dict[str, dict[str, Row | None]] = {}
        known = lookup_in(found)

        def find_and_note(table: str, key: Any) -> Any:
            wanted = key_of(key)
            if wanted is not None and wanted not in found.setdefault(table, {}):
                found[table][wanted] = find(table, wanted)
            return known(table, key)

        names = {**names_of(self._constants, values), "lookup": find_and_note}
        for template in self._templates:
            _run(template, names)
        return found


def _run(template: Template, names: dict[str, Any]) -> None:
    context = TemplateContext(template.environment, dict(names), template.name, {})
    try:
        for _ in template.root_render_func(context):
            pass
    except Exception:  # whatever an author wrote: the message fails on it too, and tells
        return


def _skeleton(body: list[nodes.Node]) -> list[nodes.Node]:
    """Of `body` what decides which lookups are made, and with which keys; what is merely written is left out."""
    kept: list[nodes.Node] = []
    for node in body:
        if isinstance(node, nodes.Output):
            node.nodes = [inner for inner in node.nodes if _calls(inner)]
            if node.nodes:
                kept.append(node)
        elif _calls(node) or isinstance(node, _SETS) or any(True for _ in node.find_all(_SETS)):
            _cut_down(node)
            kept.append(node)
    return kept


def _cut_down(node: nodes.Node) -> None:
    """Shorten the branches of a statement. What `{% set x %}…{% endset %}` writes is a value, and stays."""
    if isinstance(node, (nodes.If, nodes.For)):
        node.body, node.else_ = _skeleton(node.body), _skeleton(node.else_)
        for branch in node.elif_ if isinstance(node, nodes.If) else ():
            branch.body = _skeleton(branch.body)


def _calls(node: nodes.Node) -> bool:
    """Whether something in `node` is called that may look things up: `lookup` itself, or a macro."""
    own = [node] if isinstance(node, nodes.Call) else []
    return any(
        isinstance(call.node, nodes.Name) and call.node.name not in _MERELY_WRITES
        for call in [*own, *node.find_all(nodes.Call)]
    )
