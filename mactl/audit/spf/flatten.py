"""A shorter record that says the same: addresses in place of the dearest terms that look up."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from mactl.audit.addresses import Network
from mactl.audit.fixes import publish
from mactl.audit.names import excerpt, normalised, printable
from mactl.audit.spf.evaluate import MAX_LOOKUPS
from mactl.audit.spf.layout import Run, lay_out
from mactl.audit.spf.macros import MacroString
from mactl.audit.spf.passing import Known, matched_networks
from mactl.audit.spf.terms import Directive, Modifier
from mactl.audit.spf.tree import Branch, SpfNode

TARGET = 7  # lookups: a few to spare, for the next service and for those that add some
MAX_NETWORKS = 120  # in place of one term
MAX_TOGETHER = 400  # in place of all: more than ten records hold
MAX_TERMS = 100  # of a record that anybody wrote


@dataclass(frozen=True, slots=True)
class Replaced:
    """A term, and the networks in its place: to be renewed when it comes to others."""

    term: str
    networks: tuple[Network, ...] = ()


@dataclass(frozen=True, slots=True)
class Flattened:
    """The records to publish, by name, the domain's own first; and what they do without.

    `left_out` are terms that match nothing, or nothing that an earlier one doesn't.
    """

    records: tuple[tuple[str, str], ...]
    replaced: tuple[Replaced, ...]
    left_out: tuple[str, ...]
    lookups: int

    @property
    def record(self) -> str:
        """The domain's own record."""
        return self.records[0][1]

    @property
    def advice(self) -> str:
        """What to publish, and what to look after from then on."""
        steps = [publish(value, name) for name, value in self.records[1:]]
        steps.append(
            f"{publish(self.record, self.records[0][0])}, which needs {self.lookups} lookups"
        )
        advice = ", then ".join(steps)
        if self.left_out:
            advice += (
                f"; it leaves out {_listed(self.left_out)}: they match nothing, or nothing new"
            )
        if self.replaced:
            terms = _listed(one.term for one in self.replaced)
            advice += f"; it holds what {terms} come{'s' * (len(self.replaced) == 1)} to today: "
            advice += "renew it whenever that changes"
        return advice

    def as_json(self) -> dict[str, object]:
        """The records and what they replace, as plain values."""
        return {
            "record": printable(self.record),
            "records": [{"name": n, "value": printable(v)} for n, v in self.records],
            "replaced": [
                {"term": printable(r.term), "networks": [str(n) for n in r.networks]}
                for r in self.replaced
            ],
            "left_out": [printable(term) for term in self.left_out],
            "lookups": self.lookups,
        }


def _listed(terms: Iterable[str]) -> str:
    return ", ".join(f"'{excerpt(term)}'" for term in terms)


@dataclass(frozen=True, slots=True)
class _Slot:
    """One directive as it stands in the root's place, with its costs and what it comes to."""

    directive: Directive
    lookups: int = 0
    networks: tuple[Network, ...] | None = None
    idle: bool = False  # nothing matches it

    @property
    def is_replaceable(self) -> bool:
        return self.lookups > 0 and 0 < len(self.networks or ()) <= MAX_NETWORKS


@dataclass(frozen=True, slots=True)
class _Plan:
    """The slots of a record, what stands behind them, and the redirects that were resolved."""

    slots: tuple[_Slot, ...]
    tail: tuple[str, ...]
    redirects: tuple[Replaced, ...] = ()
    redirect_lookups: int = 0


def flatten(tree: SpfNode, taken: Collection[str] = ()) -> Flattened | None:
    """The record to publish instead of the tree's; None where there is none that costs less.

    For every address it gives the result that the tree gives without a limit, as long as what is
    replaced stays what it is. `taken` are names that no record can be put at.
    """
    record = tree.record
    if record is None or record.faults or len(record.terms) > MAX_TERMS:
        return None
    found = []
    for plan in _plans(tree):
        shorter = _shortest(plan, tree.domain, taken)
        if shorter is not None and shorter.lookups <= TARGET:
            return shorter
        found.append(shorter)
    best = min((f for f in found if f is not None), key=lambda f: f.lookups, default=None)
    worse = best is None or best.lookups > MAX_LOOKUPS or best.lookups >= tree.lookups
    return None if worse else best


def _shortest(plan: _Plan, domain: str, taken: Collection[str]) -> Flattened | None:
    """Replace the dearest terms, one after the other, until it is cheap; then none in vain."""
    kept, left_out = _without_idle(plan.slots)
    order = [index for index, slot in enumerate(kept) if slot.is_replaceable]
    order.sort(key=lambda index: (-kept[index].lookups, len(kept[index].networks or ())))

    def trial(chosen: Collection[int]) -> Flattened:
        return _written(kept, chosen, plan, left_out, domain, taken)

    best, chosen = trial(()), set[int]()
    networks = 0
    for count, index in enumerate(order, 1):
        networks += len(kept[index].networks or ())
        if best.lookups <= TARGET or networks > MAX_TOGETHER:
            break
        another = trial(order[:count])
        if another.lookups < best.lookups:
            best, chosen = another, set(order[:count])
    for index in sorted(chosen, key=lambda index: kept[index].lookups):
        another = trial(chosen - {index})
        if another.lookups <= max(best.lookups, TARGET):
            best, chosen = another, chosen - {index}
    return best


def _plans(tree: SpfNode) -> Iterator[_Plan]:
    """The record as it is and, where it redirects, with what stands there in its place."""
    record = tree.record
    assert record is not None
    slots = _slots(tree)
    modifiers = [term for term in record.terms if isinstance(term, Modifier)]
    ends = [term.text for term in record.directives if term.mechanism == "all"]
    tail = [m.text for m in modifiers if m.name != "redirect" or not ends]
    cost = sum(b.lookups for b in tree.branches if b.mechanism == "redirect")
    yield _Plan(slots, (*ends, *tail), (), cost)
    resolved = _resolved(tree) if record.redirect is not None else None
    if resolved is not None and record.modifier("exp") is None:
        below, ends, redirects = resolved
        others = [m.text for m in modifiers if m.name != "redirect"]
        yield _Plan((*slots, *below), (*ends, *others), redirects)


def _resolved(
    node: SpfNode,
) -> tuple[tuple[_Slot, ...], list[str], tuple[Replaced, ...]] | None:
    """What the redirects of a record lead to, as terms that may stand in any record."""
    slots: tuple[_Slot, ...] = ()
    redirects: tuple[Replaced, ...] = ()
    while (
        branch := next((b for b in node.branches if b.mechanism == "redirect"), None)
    ) is not None:
        node = (branch.node or node).whole
        record = node.record
        if record is None or record.faults or record.modifier("exp") is not None:
            return None
        if isinstance(branch.term, Modifier) and branch.term.value.letters:
            return None
        if any(d.domain is not None and "d" in d.domain.letters for d in record.directives):
            return None  # it would stand for another domain
        redirects = (*redirects, Replaced(branch.term.text))
        slots = (*slots, *(_at_home(slot, node.domain) for slot in _slots(node)))
    record = node.record
    ends = [term.text for term in record.directives if term.mechanism == "all"] if record else []
    return slots, ends, redirects


def _at_home(slot: _Slot, domain: str) -> _Slot:
    """`a`, `mx` and `ptr` without a name, named: they are about the domain that they stand in."""
    directive = slot.directive
    if directive.domain is not None or directive.mechanism not in ("a", "mx", "ptr"):
        return slot
    named = replace(directive, domain=MacroString((domain,)))
    return replace(slot, directive=replace(named, text=str(named)))


def _slots(node: SpfNode) -> tuple[_Slot, ...]:
    branches = {branch.term.column: branch for branch in node.branches}
    record = node.record
    directives = record.directives if record is not None else ()
    known: Known = {}
    return tuple(
        _slot(directive, branches.get(directive.column), known)
        for directive in directives
        if directive.mechanism != "all"
    )


def _slot(directive: Directive, branch: Branch | None, known: Known) -> _Slot:
    if branch is None:
        return _Slot(directive)
    networks = matched_networks(branch, known)
    idle = networks == () or (branch.mechanism == "exists" and bool(branch.void))
    return _Slot(directive, branch.lookups, networks, idle)


def _without_idle(slots: Sequence[_Slot]) -> tuple[list[_Slot], tuple[str, ...]]:
    """The slots that can match something that none before them does."""
    kept: list[_Slot] = []
    idle: list[str] = []
    seen: set[object] = set()
    for slot in slots:
        directive = slot.directive
        name = normalised(str(directive.domain)) if directive.domain is not None else None
        key = (directive.mechanism, name, directive.network, directive.cidr4, directive.cidr6)
        if slot.idle or key in seen:
            idle.append(directive.text)
        else:
            kept.append(slot)
        seen.add(key)
    return kept, tuple(idle)


def _written(
    slots: Sequence[_Slot],
    chosen: Collection[int],
    plan: _Plan,
    left_out: tuple[str, ...],
    domain: str,
    taken: Collection[str],
) -> Flattened:
    numbered = list(enumerate(slots))
    runs = [
        _run(qualifier, list(group), chosen)
        for qualifier, group in groupby(numbered, key=lambda pair: pair[1].directive.qualifier)
    ]
    records = lay_out(domain, runs, plan.tail, taken)
    kept = sum(slot.lookups for index, slot in numbered if index not in chosen)
    replaced = [Replaced(s.directive.text, s.networks or ()) for i, s in numbered if i in chosen]
    lookups = kept + plan.redirect_lookups + len(records) - 1
    return Flattened(records, (*plan.redirects, *replaced), left_out, lookups)


def _run(qualifier: str, slots: Iterable[tuple[int, _Slot]], chosen: Collection[int]) -> Run:
    """Terms of one qualifier beside each other: their order changes no result."""
    own: list[Network] = []
    kept: list[str] = []
    new: list[Network] = []
    for index, slot in slots:
        if index in chosen:
            new += slot.networks or ()
        elif slot.directive.network is not None:
            own.append(slot.directive.network)
        else:
            kept.append(slot.directive.text)
    return Run.of(qualifier, own, new, kept)
