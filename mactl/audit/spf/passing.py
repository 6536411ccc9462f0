"""The addresses that a record passes, where they can be listed: as an include matches them."""

from collections.abc import Iterable

from mactl.audit.addresses import Network, collapsed
from mactl.audit.spf.evaluate import MAX_MX_NAMES
from mactl.audit.spf.terms import Directive
from mactl.audit.spf.tree import Branch, SpfNode

MAX_NETWORKS = 500  # of one term: more than anybody could publish again

Known = dict[int, tuple[Network, ...] | None]
"""What the records of a tree are known to pass, by the identity of their nodes."""


def matched_networks(branch: Branch, known: Known) -> tuple[Network, ...] | None:
    """All that a term matches, for any message; None where that isn't a set of addresses.

    `known` is shared by all terms of one tree: records that include one another in ways without
    number are each looked at once.
    """
    term = branch.term
    if isinstance(term, Directive) and term.domain is not None and term.domain.letters:
        return None  # whose macros they are depends on who asks
    if branch.mechanism in ("a", "mx"):
        exact = branch.certain and branch.mx_names <= MAX_MX_NAMES
        few = len(branch.networks) <= MAX_NETWORKS
        return collapsed(branch.networks) if exact and few else None
    if branch.mechanism == "include" and branch.node is not None:
        return _passed_networks(branch.node, known)
    return None


def _passed_networks(node: SpfNode, known: Known) -> tuple[Network, ...] | None:
    """All that the record of `node` passes, and nothing else (RFC 7208 5.2).

    None where that can't be listed: where it depends on the message, may end in an error, is
    everybody, or where a term that doesn't pass comes before one that does for the same address.
    """
    node = node.whole
    if id(node) not in known:
        known[id(node)] = _listed(node, known)
    return known[id(node)]


def _listed(node: SpfNode, known: Known) -> tuple[Network, ...] | None:
    record = node.record
    if record is None or record.faults:
        return None
    branches = {branch.term.column: branch for branch in node.branches}
    passed: list[Network] = []
    stopped: list[Network] = []
    for directive in record.directives:
        if directive.mechanism == "all":
            if directive.qualifier == "+":
                return None
            break
        matched: tuple[Network, ...] | None
        if directive.network is not None:
            matched = (directive.network,)
        else:
            branch = branches.get(directive.column)
            matched = matched_networks(branch, known) if branch is not None else None
        if matched is None:
            return None
        if directive.qualifier == "+":
            if _overlap(matched, stopped):
                return None
            passed += matched
        else:
            stopped += matched
        if len(passed) + len(stopped) > MAX_NETWORKS:
            return None
    if record.redirect is not None:
        onward = branches[record.redirect.column]
        below = _passed_networks(onward.node, known) if onward.node is not None else None
        if below is None or record.redirect.value.letters or _overlap(below, stopped):
            return None
        passed += below
    return collapsed(passed)


def _overlap(some: Iterable[Network], others: Iterable[Network]) -> bool:
    pairs = ((one, other) for one in some for other in others)
    return any(one.version == other.version and one.overlaps(other) for one, other in pairs)
