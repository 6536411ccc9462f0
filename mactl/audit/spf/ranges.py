"""Which addresses a tree lets send: everybody, too many, or some that nobody has."""

from collections.abc import Iterable, Iterator

from mactl.audit.addresses import Network, collapsed, is_private
from mactl.audit.names import excerpt, printable
from mactl.audit.spf import kinds
from mactl.audit.spf.fixes import by_owner
from mactl.audit.spf.terms import Directive
from mactl.audit.spf.tree import SpfNode
from mactl.findings import Finding

HUGE = {4: 8, 6: 16}
"""Prefix lengths from which on a range is huge: 16 million IPv4 addresses or more."""
_WIDE = {4: 12, 6: 24}

Reached = Iterable[tuple[SpfNode, bool]]
"""Nodes of a tree, and whether what each passes passes at the root."""
_Hosts = tuple[int, bool]


def judge_ranges(tree: SpfNode, reached: Reached) -> Iterator[Finding]:
    """What all ranges that pass come to together: two halves of the internet are all of it."""
    at = printable(tree.domain)
    passing: list[Network] = []
    seen: set[_Hosts] = set()
    for node, passes in reached:
        if passes:
            yield from _always(tree, node)
        for network, directive in _networks(node, seen, passes=passes):
            if is_private(network):
                where = "" if node is tree else f" in {printable(node.domain)}"
                fix = f"leave out '{excerpt(directive.text)}'"
                yield kinds.PRIVATE_ADDRESS.found(
                    f"{at} allows {network}{where}, which no mail on the internet comes from",
                    by_owner(fix, node.domain, tree.domain),
                )
            elif passes and directive.qualifier == "+":
                passing.append(network)
    for network in collapsed(passing):
        if network.prefixlen == 0:
            yield kinds.PASS_ALL.found(
                f"the ranges of {at} are together every IPv{network.version} address",
                "name the addresses that send",
            )
        elif network.prefixlen <= _WIDE[network.version]:
            kind = kinds.WIDE_RANGE
            if network.prefixlen <= HUGE[network.version]:
                kind = kinds.HUGE_RANGE
            yield kind.found(f"{at} allows all of {network}", "name the addresses that send")


def _always(tree: SpfNode, node: SpfNode) -> Iterator[Finding]:
    """An exists term without a macro asks nothing about the message (RFC 7208 5.7)."""
    for branch in node.branches:
        if branch.mechanism == "exists" and branch.passes and branch.found:
            shown = excerpt(branch.term.text)
            yield kinds.PASS_ALL.found(
                f"'{shown}' of {printable(node.domain)} is true whatever the address",
                by_owner(f"leave out '{shown}'", node.domain, tree.domain),
            )


def _networks(
    node: SpfNode, seen: set[_Hosts], *, passes: bool
) -> Iterator[tuple[Network, Directive]]:
    """The networks that a record names or leads to; those of hosts only where they were not `seen`."""
    if node.record is None:
        return
    for directive in node.record.directives:
        if directive.network is not None:
            yield directive.network, directive
    for branch in node.branches:
        if isinstance(branch.term, Directive):
            hosts = (id(branch.networks), passes and branch.term.qualifier == "+")
            if hosts in seen:
                continue  # thousands of terms may lead to the same thousands of addresses
            seen.add(hosts)
            for network in branch.networks:
                yield network, branch.term
