"""What to change in a record so that nothing in it is an error any more, all at once."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from mactl.audit.names import is_within
from mactl.audit.spf.evaluate import MAX_MX_NAMES
from mactl.audit.spf.ranges import HUGE
from mactl.audit.spf.record import SpfRecord, parse_spf
from mactl.audit.spf.slips import suggestion
from mactl.audit.spf.terms import Directive, Term, is_term
from mactl.audit.spf.tree import Branch, NodeState, SpfNode

_LOST = (NodeState.ABSENT, NodeState.MULTIPLE, NodeState.LOOP)


@dataclass(frozen=True, slots=True)
class Cure:
    """The changes to a record: terms that it loses, other texts for terms by column, another end; '' for its own.

    Slips are corrected besides. `is_clear` holds where nothing is left out that might have been
    meant as a sender.
    """

    without: tuple[Term, ...] = ()
    instead: Mapping[int, str] = field(default_factory=dict)
    all: str = ""
    is_clear: bool = True

    def applied(
        self,
        record: SpfRecord,
        *,
        without: Iterable[Term] = (),
        instead: Mapping[int, str] | None = None,
        all: str = "",
    ) -> str:
        """The record with these changes, and with more of them; '' where it lets nobody send by name then."""
        dropped = (*self.without, *without)
        columns = {term.column for term in dropped}
        texts = {**self.instead, **(instead or {})}
        kept = {column: text for column, text in texts.items() if column not in columns}
        text = record.rewritten(without=dropped, all=all or self.all, instead=kept)
        return text if parse_spf(text).keeps_senders(without=()) else ""


def cure_of(node: SpfNode, tree: SpfNode, *, passes: bool) -> Cure:
    """What mends the record of `node`, in the hands of the owner of `tree`; what it passes at the root, if `passes`."""
    record = node.record
    if record is None:
        return Cure()
    dead = list(_dead_terms(node))
    meant = {t.column: s for t in dead if (s := suggestion(t.text, is_term))}
    dropped = [term for term in dead if term.column not in meant]
    dropped += _broad_terms(node) if passes else ()
    unclear = {fault.start: "" for fault in record.faults if not fault.suggestion}
    softer = _softer_end(tree, node, record, dropped) if passes else ""
    return Cure(tuple(dropped), meant | unclear, softer, not unclear)


def _softer_end(tree: SpfNode, node: SpfNode, record: SpfRecord, dropped: Iterable[Term]) -> str:
    """The end for a record that let more send than it will: who they are is not known, so that
    nobody is refused; '' for one that keeps its own."""
    end = record.all
    if record.redirect is not None and record.redirect in dropped:
        return "~all"
    if end is None or end.qualifier not in ("+", "-"):
        return ""
    if end.qualifier == "+" or (node is tree and _passes_all(tree)):
        return "~all"
    return ""


def _dead_terms(node: SpfNode) -> Iterator[Term]:
    """The terms that end every evaluation in an error, or that let everybody send through another's record."""
    known: dict[tuple[int, bool], bool] = {}  # a record may be included in ways without number
    for branch in node.branches:
        below = branch.node
        if below is None:
            continue
        key = id(below.whole), branch.passes
        if key not in known:
            known[key] = _is_dead(branch, below, is_within(below.domain, node.domain))
        if known[key]:
            yield branch.term


def _is_dead(branch: Branch, below: SpfNode, is_own: bool) -> bool:
    if below.whole.state in (NodeState.ABSENT, NodeState.LOOP):
        return True
    if is_own:
        return False  # its own record is mended
    return _breaks(below) or (branch.passes and _passes_all(below))


def _breaks(node: SpfNode) -> bool:
    """Whether evaluating the record of `node` may end in a permerror."""
    return any(
        below.state in _LOST
        or (below.record is not None and below.record.faults)
        or any(branch.mx_names > MAX_MX_NAMES for branch in below.branches)
        for below, _ in node.reach()
    )


def _is_open(node: SpfNode) -> bool:
    """Whether the record of `node` by itself lets everybody send, or a large part of the world."""
    end = node.record.all if node.record is not None else None
    return (end is not None and end.qualifier == "+") or any(_broad_terms(node))


def _passes_all(node: SpfNode) -> bool:
    """Whether the record of `node` lets everybody send, be it through another's."""
    return any(_is_open(below) for below, passes in node.reach() if passes)


def _broad_terms(node: SpfNode) -> Iterator[Directive]:
    """The terms that let a large part of the world send, or all of it."""
    for branch in node.branches:
        if isinstance(branch.term, Directive) and branch.passes:
            is_always = branch.mechanism == "exists" and branch.found
            if is_always or any(n.prefixlen <= HUGE[n.version] for n in branch.networks):
                yield branch.term
    for directive in node.record.directives if node.record is not None else ():
        network = directive.network
        if network is None or directive.qualifier != "+":
            continue
        if network.prefixlen <= HUGE[network.version]:
            yield directive
