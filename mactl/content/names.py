"""Which names a template uses, and whether it minds when one of them holds nothing."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from jinja2 import nodes

SPECIAL_NAMES = (
    "contact",
    "scores",
    "stage",
    "labels",
    "segments",
    "event",
    "recipe",
    "vars",
    "sender",
    "unsubscribe_url",
    "preferences_url",
    "view_url",
    "confirm_url",
)
"""What a template can name (RECIPES, Templates)."""
FUNCTIONS = ("range", "block", "lookup", "code")
"""What a template can call."""
_IMPLICIT = frozenset(("loop", "caller", "varargs", "kwargs"))
_TRUE_ONLY_IF_FILLED = frozenset(("eq", "gt", "gteq", "lt", "lteq", "in"))


@dataclass(frozen=True, slots=True)
class Use:
    """One place where a dotted `path` is used; `may_be_empty` where nothing goes wrong without a value."""

    path: str
    line: int
    may_be_empty: bool


def find_uses(tree: nodes.Template) -> list[Use]:
    """Every use of a name from outside in `tree`, in reading order: `contact.first_name`, `vars.link`.

    A use may be empty under `default`, in a condition, as what a loop goes over, and where an `if` on the same
    name stands around it. A name used as a whole (`contact[column]`) is a path of its own: `contact`.
    """
    walk = _Walk(tree)
    walk.each(tree.body, set(), frozenset())
    return walk.uses


class _Walk:
    """One pass; `local` are the names a template made itself, `filled` the paths that are known to hold a value."""

    def __init__(self, tree: nodes.Template) -> None:
        self.uses: list[Use] = []
        # A macro sees what is set after it as well, since it is called later.
        set_blocks = (node.target for node in tree.find_all(nodes.AssignBlock))
        targets = (*(node.target for node in tree.find_all(nodes.Assign)), *set_blocks)
        self._assigned = {name for target in targets for name in _stored(target)}

    def each(self, many: Iterable[nodes.Node], local: set[str], filled: frozenset[str]) -> None:
        for node in many:
            self.visit(node, local, filled)

    def visit(self, node: nodes.Node, local: set[str], filled: frozenset[str]) -> None:
        if self._use(node, local, filled, may_be_empty=False):
            return
        special = getattr(self, f"_{type(node).__name__.lower()}", None)
        if special:
            special(node, local, filled)
        else:
            self.each(node.iter_child_nodes(), local, filled)

    def _use(
        self, node: nodes.Node, local: set[str], filled: frozenset[str], *, may_be_empty: bool
    ) -> bool:
        """Note the path that `node` is, if it is one; whether it is."""
        found = path_of(node)
        if found is None:
            return False
        root = found.partition(".")[0]
        if root not in local and root not in _IMPLICIT and root not in FUNCTIONS:
            guarded = may_be_empty or any(found == f or found.startswith(f"{f}.") for f in filled)
            self.uses.append(Use(found, node.lineno, guarded))
        self._inside(node, local, filled)
        return True

    def _inside(self, node: nodes.Node, local: set[str], filled: frozenset[str]) -> None:
        """Names in the brackets of a path: `contact[vars.column]`."""
        while isinstance(node, (nodes.Getattr, nodes.Getitem)):
            if isinstance(node, nodes.Getitem):
                self.visit(node.arg, local, filled)
            node = node.node

    def _tolerant(self, node: nodes.Node, local: set[str], filled: frozenset[str]) -> None:
        """Visit where an empty value does no harm."""
        if self._use(node, local, filled, may_be_empty=True):
            return
        if isinstance(
            node, (nodes.And, nodes.Or, nodes.Not, nodes.Compare, nodes.Operand, nodes.Test)
        ):
            for inner in node.iter_child_nodes():
                self._tolerant(inner, local, filled)
        elif lookup := _lookup_of(node):
            # What is looked up by nothing is nothing, which `default` rescues as well.
            for argument in lookup.args:
                self._tolerant(argument, local, filled)
        else:
            self.visit(node, local, filled)

    def _filter(self, node: nodes.Filter, local: set[str], filled: frozenset[str]) -> None:
        if node.node is not None:
            rescued = node.name in ("default", "d")
            (self._tolerant if rescued else self.visit)(node.node, local, filled)
        self.each((*node.args, *node.kwargs), local, filled)

    def _or(self, node: nodes.Or, local: set[str], filled: frozenset[str]) -> None:
        self._tolerant(node.left, local, filled)
        self.visit(node.right, local, filled)

    def _if(self, node: nodes.If, local: set[str], filled: frozenset[str]) -> None:
        self._tolerant(node.test, local, filled)
        self.each(node.body, local, filled | set(_filled_if(node.test)))
        otherwise = filled | set(_filled_unless(node.test))
        self.each(node.elif_, local, otherwise)
        self.each(node.else_, local, otherwise)

    def _condexpr(self, node: nodes.CondExpr, local: set[str], filled: frozenset[str]) -> None:
        self._tolerant(node.test, local, filled)
        self.visit(node.expr1, local, filled | set(_filled_if(node.test)))
        if node.expr2 is not None:
            self.visit(node.expr2, local, filled | set(_filled_unless(node.test)))

    def _for(self, node: nodes.For, local: set[str], filled: frozenset[str]) -> None:
        self._tolerant(node.iter, local, filled)
        inner = local | set(_stored(node.target))
        if node.test is not None:
            self._tolerant(node.test, inner, filled)
        self.each(node.body, inner, filled)
        self.each(node.else_, set(local), filled)

    def _macro(self, node: nodes.Macro, local: set[str], filled: frozenset[str]) -> None:
        local.add(node.name)
        self.each(node.defaults, local, filled)
        inner = local | self._assigned | {argument.name for argument in node.args}
        self.each(node.body, inner, filled)

    def _callblock(self, node: nodes.CallBlock, local: set[str], filled: frozenset[str]) -> None:
        self.visit(node.call, local, filled)
        self.each(node.defaults, local, filled)
        self.each(node.body, local | {argument.name for argument in node.args}, filled)

    def _with(self, node: nodes.With, local: set[str], filled: frozenset[str]) -> None:
        self.each(node.values, local, filled)
        inner = local | {name for target in node.targets for name in _stored(target)}
        self.each(node.body, inner, filled)

    def _assign(self, node: nodes.Assign, local: set[str], filled: frozenset[str]) -> None:
        self.visit(node.node, local, filled)
        local.update(_stored(node.target))

    def _assignblock(
        self, node: nodes.AssignBlock, local: set[str], filled: frozenset[str]
    ) -> None:
        if node.filter is not None:
            self.visit(node.filter, local, filled)
        self.each(node.body, set(local), filled)
        local.update(_stored(node.target))


def _lookup_of(node: nodes.Node) -> nodes.Call | None:
    """The call in `lookup('products', event.sku).name`, or in the call alone; None for anything else."""
    while isinstance(node, (nodes.Getattr, nodes.Getitem)):
        node = node.node
    is_lookup = (
        isinstance(node, nodes.Call)
        and isinstance(node.node, nodes.Name)
        and node.node.name == "lookup"
    )
    return node if is_lookup else None  # type: ignore[return-value]


def path_of(node: nodes.Node) -> str | None:
    """`contact.first_name` for that expression; up to the first bracket that isn't a name. None for others."""
    if isinstance(node, nodes.Name):
        return node.name if node.ctx == "load" else None
    if isinstance(node, nodes.Getattr):
        inner, name = path_of(node.node), node.attr
    elif isinstance(node, nodes.Getitem):
        inner = path_of(node.node)
        constant = node.arg.value if isinstance(node.arg, nodes.Const) else None
        if not isinstance(constant, str):
            return inner
        name = constant
    else:
        return None
    if inner is None or not _is_plain(node.node):
        return inner  # `event.lines[0].sku` needs event.lines
    return f"{inner}.{name}"


def _is_plain(node: nodes.Node) -> bool:
    """Whether a path has names only, no numbers or expressions in brackets."""
    while isinstance(node, (nodes.Getattr, nodes.Getitem)):
        if isinstance(node, nodes.Getitem) and not (
            isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str)
        ):
            return False
        node = node.node
    return True


def _stored(target: nodes.Node) -> Iterator[str]:
    if isinstance(target, nodes.Name):
        yield target.name
    for name in target.find_all(nodes.Name):
        yield name.name


def _filled_if(test: nodes.Node) -> Iterator[str]:
    """The paths that hold a value wherever `test` is true."""
    found = path_of(test)
    if found:
        yield found
    elif isinstance(test, nodes.And):
        yield from _filled_if(test.left)
        yield from _filled_if(test.right)
    elif isinstance(test, nodes.Not):
        yield from _filled_unless(test.node)
    elif isinstance(test, nodes.Compare) and all(op.op in _TRUE_ONLY_IF_FILLED for op in test.ops):
        compared = (test.expr, *(op.expr for op in test.ops))
        if not any(isinstance(side, nodes.Const) and not side.value for side in compared):
            yield from filter(None, map(path_of, compared))
    elif isinstance(test, nodes.Test) and test.name == "defined":
        yield from filter(None, (path_of(test.node),))


def _filled_unless(test: nodes.Node) -> Iterator[str]:
    """The paths that hold a value wherever `test` is false."""
    if isinstance(test, nodes.Not):
        yield from _filled_if(test.node)
    elif isinstance(test, nodes.Or):
        yield from _filled_unless(test.left)
        yield from _filled_unless(test.right)
    elif isinstance(test, nodes.Test) and test.name in ("undefined", "none"):
        yield from filter(None, (path_of(test.node),))
