"""The tree of an SPF record, as receivers go through it: what each branch costs, and where they stop."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mactl.audit.names import printable
from mactl.audit.providers import recognise
from mactl.audit.spf.evaluate import MAX_LOOKUPS
from mactl.audit.spf.terms import Directive, Term
from mactl.audit.spf.tree import Branch, NodeState, SpfNode

if TYPE_CHECKING:
    from rich.console import Console

MAX_DEPTH = 10
MAX_LINES = 150
_MAX_WIDTH = 60  # characters of one term

_STATES = {
    NodeState.ABSENT: "no SPF record: permerror",
    NodeState.MULTIPLE: "several SPF records: permerror",
    NodeState.LOOP: "leads back here: permerror",
    NodeState.CUT: "not looked at further",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One term: how far it is indented, what it costs itself and with all below, and what to know.

    `lookups` is None for terms that look nothing up; `stops` marks the line at which receivers stop.
    """

    guide: str
    term: str
    lookups: int | None = None
    service: str = ""
    remarks: tuple[str, ...] = ()
    stops: bool = False


@dataclass(slots=True)
class _Drawing:
    counted: int = 0
    named: set[str] = field(default_factory=set)

    def below(self, node: SpfNode, guide: str, depth: int) -> Iterator[Line]:
        branches = {branch.term.column: branch for branch in node.branches}
        record = node.record
        if record is None:
            return
        terms: list[Term] = list(record.directives)
        if record.redirect is not None:
            terms.append(record.redirect)
        rows = list(_grouped(terms))
        for number, row in enumerate(rows):
            last = number == len(rows) - 1
            here, on = guide + ("└─ " if last else "├─ "), guide + ("   " if last else "│  ")
            branch = branches.get(row.column) if not isinstance(row, str) else None
            if branch is None:
                yield Line(here, row if isinstance(row, str) else _shown(row))
            else:
                yield from self.branch(branch, here, on, depth)

    def branch(self, branch: Branch, here: str, on: str, depth: int) -> Iterator[Line]:
        before, node = self.counted, branch.node
        repeated = node is not None and node.state is NodeState.REPEATED
        deep = node is not None and node.branches and depth >= MAX_DEPTH
        whole = repeated or deep
        self.counted += branch.lookups if whole else 1
        remarks = tuple(_remarks(branch, deep=bool(deep)))
        stops = before <= MAX_LOOKUPS < self.counted
        yield Line(here, _shown(branch.term), branch.lookups, self.service(branch), remarks, stops)
        if node is not None and not whole:
            yield from self.below(node, on, depth + 1)

    def service(self, branch: Branch) -> str:
        """The service behind a branch, at the first of its names."""
        known = recognise([branch.target]) if branch.target else ()
        name = known[0].name if known else ""
        if name in self.named:
            return ""
        self.named.add(name)
        return name


def tree_lines(tree: SpfNode) -> list[Line]:
    """The terms of a record and of all that it leads to, in the order in which receivers look."""
    return list(_Drawing().below(tree, "", 1))


def show_spf_tree(console: "Console", tree: SpfNode) -> None:
    """The tree as text, each branch with what it costs."""
    from rich.text import Text

    if tree.record is None:
        return
    lines = tree_lines(tree)
    costs = f"{tree.lookups} of {MAX_LOOKUPS} lookups, {tree.void_lookups} void"
    console.print(Text.assemble("\n  ", (printable(tree.domain), "bold"), f"  {costs}"))
    width = max((len(line.guide) + len(line.term) for line in lines[:MAX_LINES]), default=0)
    for line in lines[:MAX_LINES]:
        gap = " " * (width - len(line.guide) - len(line.term))
        cost = "" if line.lookups is None else f"{line.lookups:>4}"
        told = ", ".join(filter(None, (line.service, *line.remarks)))
        shown = Text.assemble("  ", (line.guide, "dim"), line.term)
        if cost:
            shown.append(gap + cost, style="bold red" if line.stops else "cyan")
        if told:
            shown.append(f"  {told}", style="dim")
        if line.stops:
            shown.append(f"  ← receivers stop here: lookup {MAX_LOOKUPS + 1}", style="bold red")
        console.print(shown, soft_wrap=True)
    if len(lines) > MAX_LINES:
        console.print(Text(f"  … and {len(lines) - MAX_LINES} more terms", style="dim"))


def _grouped(terms: list[Term]) -> Iterator[Term | str]:
    """The terms, with networks beside each other as one line: they cost nothing."""
    networks: list[Directive] = []
    for term in [*terms, None]:
        if isinstance(term, Directive) and term.network is not None:
            networks.append(term)
            continue
        if len(networks) > 2:
            yield f"{len(networks)} networks, {_shown(networks[0])} to {_shown(networks[-1])}"
        else:
            yield from networks
        networks = []
        if term is not None:
            yield term


def _remarks(branch: Branch, *, deep: bool) -> Iterator[str]:
    node = branch.node
    if branch.void:
        yield f"void: nothing at {printable(branch.void, _MAX_WIDTH)}"
    if branch.failure:
        yield "the DNS failed"
    if branch.dynamic:
        yield "depends on the message"
    if branch.mx_names:
        yield f"{branch.mx_names} MX host{'s' * (branch.mx_names > 1)}"
    if node is None:
        return
    if node.state is NodeState.REPEATED and node.branches == () and node.whole.record is not None:
        yield "counted again"
    elif node.whole.state in _STATES:
        yield _STATES[node.whole.state]
    if deep:
        yield "not drawn further"


def _shown(term: Term) -> str:
    return printable(term.text, _MAX_WIDTH)
