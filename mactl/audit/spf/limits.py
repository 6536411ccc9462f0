"""How a tree stands to the limits of receivers (RFC 7208 4.6.4), and what it pays for twice."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from mactl.audit.names import excerpt, printable
from mactl.audit.spf import kinds
from mactl.audit.spf.evaluate import MAX_LOOKUPS, MAX_VOID_LOOKUPS
from mactl.audit.spf.ranges import Reached
from mactl.audit.spf.terms import Term
from mactl.audit.spf.tree import Branch, SpfNode
from mactl.findings import Finding

NEAR = MAX_LOOKUPS - 1  # lookups from which on the limit is near
_NAMED = 5


class Published(Protocol):
    """To publish the record with some changes and without its errors; `otherwise` where that can't be told."""

    def __call__(
        self,
        otherwise: str,
        *,
        without: Iterable[Term] = (),
        instead: Mapping[int, str] | None = None,
    ) -> str: ...


def judge_limits(
    tree: SpfNode, reached: Reached, published: Published, shorter: str = ""
) -> Iterator[Finding]:
    """What receivers may stop at; `shorter` is what to do about too many lookups."""
    at = printable(tree.domain)
    costs = sorted(tree.branches, key=lambda branch: -branch.lookups)
    dearest = ", ".join(f"{_shown(b)} ({b.lookups})" for b in costs[:3])
    if tree.lookups > MAX_LOOKUPS:
        yield kinds.TOO_MANY_LOOKUPS.found(
            f"{at} needs {tree.lookups} lookups, {MAX_LOOKUPS} are allowed; dearest: {dearest}",
            shorter
            or "leave out senders that are no longer used, or give one its own subdomain to send from",
        )
    elif tree.lookups >= NEAR:
        yield kinds.NEAR_LOOKUP_LIMIT.found(
            f"{at} needs {tree.lookups} of the {MAX_LOOKUPS} lookups that are allowed; "
            f"dearest: {dearest}",
            shorter or None,
        )
    if tree.void_lookups > MAX_VOID_LOOKUPS:
        yield _voids(tree, reached, published)
    yield from _repeated(tree, reached, published)


def _voids(tree: SpfNode, reached: Reached, published: Published) -> Finding:
    """The limit on what does not exist, with every term that leads nowhere by name."""
    void = [(branch, node) for node, _ in reached for branch in node.branches if branch.is_void]
    named = [f"'{_shown(branch)}' of {printable(node.domain)}" for branch, node in void]
    more = f" and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
    fix = "leave out the terms that lead nowhere"
    own = {branch.term.column: branch.listed for branch, node in void if node is tree}
    if own and len(own) == len(void) and (shorter := published("", instead=own)):
        fix += f": {shorter}"
    return kinds.TOO_MANY_VOID_LOOKUPS.found(
        f"{printable(tree.domain)} looks up {tree.void_lookups} things that do not exist, "
        f"{MAX_VOID_LOOKUPS} are allowed: {', '.join(named[:_NAMED])}{more}",
        fix,
    )


@dataclass(frozen=True, slots=True)
class _Way:
    """How the tree comes to a record: the nodes from the root on, and the term in the last one.

    `passes` holds where what the record passes would pass at the root.
    """

    nodes: tuple[SpfNode, ...]
    branch: Branch
    passes: bool = True

    def __str__(self) -> str:
        return " > ".join(printable(node.domain) for node in self.nodes)


def _repeated(tree: SpfNode, reached: Reached, published: Published) -> Iterator[Finding]:
    """Records that are included more than once: by one record, or on different ways."""
    ways: dict[str, list[_Way]] = {}
    for way in _includes(tree, reached):
        ways.setdefault(way.branch.target or "", []).append(way)
    at = printable(tree.domain)
    for target, found in ways.items():
        own = [
            w.branch.term for w in found if len(w.nodes) == 1 and w.branch.mechanism == "include"
        ]
        if len(own) > 1:
            yield kinds.REPEATED_INCLUDE.found(
                f"{at} includes {printable(target)} {len(own)} times",
                published("include it once", without=own[1:]),
            )
        if len({way.nodes[-1].domain for way in found}) > 1:
            yield _shared(tree, target, found)


def _includes(tree: SpfNode, reached: Reached) -> Iterable[_Way]:
    """Each include and redirect of each node once, by the first way that leads to the node."""
    ways = {tree.domain: ((tree,), True)}
    for node, _ in reached:
        nodes, passes = ways.get(node.domain, ((tree, node), False))
        for branch in node.branches:
            if branch.node is None or branch.node.whole.record is None:
                continue
            below = branch.node.whole
            yield _Way(nodes, branch, passes and branch.passes)
            ways.setdefault(below.domain, ((*nodes, below), passes and branch.passes))


def _shared(tree: SpfNode, target: str, ways: list[_Way]) -> Finding:
    at, name = printable(tree.domain), printable(target)
    first, second = _two_of(ways)
    saved = ways[0].branch.lookups
    counts = f"{saved} lookup{'s' if saved > 1 else ''}"
    message = f"{at} comes to {name} by {first} and by {second}, and pays {counts} each time"
    own = next((way.branch for way in ways if way.nodes[-1] is tree), None)
    through = next((way for way in ways if way.nodes[-1] is not tree and way.passes), None)
    if own is None or through is None or own.mechanism != "include":
        return kinds.SHARED_INCLUDE.found(message, f"leaving one out would save {counts}")
    fix = (
        f"leaving out '{_shown(own)}' would save {counts}, for as long as "
        f"{printable(through.nodes[-1].domain)} includes it"
    )
    return kinds.SHARED_INCLUDE.found(message, fix)


def _two_of(ways: list[_Way]) -> tuple[_Way, _Way]:
    first = ways[0]
    return first, next(way for way in ways if way.nodes[-1] is not first.nodes[-1])


def _shown(branch: Branch) -> str:
    return excerpt(branch.term.text)
