"""What is wrong with an SPF tree, and what to publish instead."""

from collections import Counter
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network, IPv6Network, collapse_addresses

from mactl.audit.addresses import Network, is_private
from mactl.audit.dns import Answer, Outcome
from mactl.audit.names import normalised, printable
from mactl.audit.spf import kinds
from mactl.audit.spf.evaluate import MAX_LOOKUPS, MAX_MX_NAMES, MAX_VOID_LOOKUPS
from mactl.audit.spf.record import MECHANISMS, Directive, Modifier, SpfRecord
from mactl.audit.spf.tree import Branch, NodeState, SpfNode
from mactl.findings import Finding

_MAX_FAULTS = 20  # of one record; who has more knows enough
_SHOWN = 200

_HUGE = {4: 8, 6: 16}  # prefix lengths from which on a range is huge, or merely wide
_WIDE = {4: 12, 6: 24}


def judge_tree(tree: SpfNode) -> list[Finding]:
    """All findings of a tree whose root has exactly one record."""
    root = tree.record
    if root is None:
        return []
    findings: list[Finding] = []
    reached = tree.reach()
    for node, passing in reached:
        way = "" if node is tree else f", which {tree.domain} comes to"
        findings += _node_findings(node, passing, way, root if node is tree else None)
    findings += _limits(tree, root)
    findings += _ranges(tree, reached, root)
    findings += _endings(tree, root)
    findings += _style(tree, root)
    return findings


def _node_findings(
    node: SpfNode, passing: bool, way: str, root: SpfRecord | None
) -> Iterator[Finding]:
    at = printable(node.domain)
    if node.state is NodeState.MULTIPLE:
        yield multiple_records(node.domain, node.records, way)
    if node.record is None:
        return
    record = node.record
    yield from _syntax(at, record, way, root)
    for branch in node.branches:
        yield from _branch_findings(at, branch)
    for directive in record.directives:
        if directive.mechanism == "ptr":
            fix = record.rewritten(without=[directive]) if root else None
            message = f"{at} uses '{_shown(directive)}'{way}"
            yield kinds.PTR.found(message, f"publish '{printable(fix)}'" if fix else None)
    end = record.all
    if passing and end is not None and end.qualifier == "+":
        if root:
            fix = f"publish '{printable(root.rewritten(all='~all'))}'"
        else:
            fix = f"leave {at} out, or have its owner end the record in -all"
        yield kinds.PASS_ALL.found(f"{at} ends in '{_shown(end)}'{way}: any address passes", fix)


def multiple_records(domain: str, records: tuple[SpfRecord, ...], way: str = "") -> Finding:
    """Several records at one name, with the one that says the same as all of them."""
    at = printable(domain)
    terms: dict[str, None] = {}
    ends: list[str] = []
    for record in records:
        for term in record.terms:
            if isinstance(term, Directive) and term.mechanism == "all":
                ends.append(term.text)
            else:
                terms.setdefault(term.text)
    # The mildest end loses no mail; a stricter one can follow once all senders are known.
    end = next((text for mild in "+?~-" for text in ends if text.startswith(mild)), "~all")
    merged = printable(" ".join(("v=spf1", *terms, end)))
    return kinds.MULTIPLE_RECORDS.found(
        f"{at} has {len(records)} SPF records{way}", f"publish one: '{merged}'"
    )


def _syntax(at: str, record: SpfRecord, way: str, root: SpfRecord | None) -> Iterator[Finding]:
    corrected = root is not None and all(fault.suggestion for fault in record.faults)
    for fault in record.faults[:_MAX_FAULTS]:
        term = printable(fault.term, _SHOWN)
        message = printable(fault.message, _SHOWN)
        fix = f"leave out '{term}'"
        if fault.suggestion:
            fix = f"write '{fault.suggestion}' instead of '{term}'"
            if corrected:
                fix += f": publish '{printable(record.rewritten())}'"
        where = f"(character {fault.column}{way})"
        yield kinds.SYNTAX.found(f"{at}: '{term}': {message} {where}", fix)


def _branch_findings(at: str, branch: Branch) -> Iterator[Finding]:
    term = _shown(branch.term)
    if branch.failure:
        yield kinds.TEMPERROR.found(
            f"'{term}' of {at} can't be resolved: {branch.failure}",
            "have the DNS of that name repaired, or try again later",
        )
    if branch.dynamic:
        yield kinds.DYNAMIC.found(f"'{term}' of {at} looks up another name for each message")
    if branch.mx_names > MAX_MX_NAMES:
        yield kinds.TOO_MANY_MX.found(
            f"'{term}' of {at} leads to {branch.mx_names} MX hosts, {MAX_MX_NAMES} are allowed",
            f"name the sending hosts with ip4 and ip6 instead of '{term}'",
        )
    if branch.void:
        yield _void(at, branch)
    node = branch.node
    if node is None:
        return
    if node.state is NodeState.LOOP:
        yield kinds.LOOP.found(
            f"'{term}' of {at} leads back to {printable(node.domain)}", f"leave out '{term}'"
        )
    state = (node.original or node).state
    if state is NodeState.ABSENT and node.answer is not None:
        kind = kinds.REDIRECT_NO_RECORD
        if branch.mechanism == "include":
            kind = kinds.INCLUDE_NO_RECORD
        why = absence(node.answer)
        yield kind.found(f"'{term}' of {at}: {why}", f"correct '{term}', or leave it out")


def _void(at: str, branch: Branch) -> Finding:
    term, target = _shown(branch.term), printable(branch.void)
    if branch.mechanism == "mx":
        why = f"{target} has no MX record"
    elif branch.networks:
        why = f"{target} has no IPv4 address"
    else:
        why = f"{target} has no address"
    return kinds.VOID_LOOKUP.found(f"'{term}' of {at}: {why}", f"leave out '{term}'")


def absence(answer: Answer) -> str:
    """Why a name has no SPF record: it does not exist, has no TXT records, or only others."""
    name = printable(answer.name)
    if answer.outcome is Outcome.NXDOMAIN:
        return f"{name} does not exist"
    if answer.outcome is Outcome.NODATA:
        return f"{name} has no TXT record"
    return f"{name} has TXT records, but none for SPF"


def _limits(tree: SpfNode, root: SpfRecord) -> Iterator[Finding]:
    at = printable(tree.domain)
    if tree.lookups > MAX_LOOKUPS:
        costs = sorted(tree.branches, key=lambda branch: -branch.lookups)
        dearest = ", ".join(f"{_shown(b.term)} ({b.lookups})" for b in costs[:3])
        yield kinds.TOO_MANY_LOOKUPS.found(
            f"{at} needs {tree.lookups} lookups, {MAX_LOOKUPS} are allowed; dearest: {dearest}",
            "leave out senders that are no longer used, or give one its own subdomain to send from",
        )
    elif tree.lookups >= MAX_LOOKUPS - 1:
        yield kinds.NEAR_LOOKUP_LIMIT.found(
            f"{at} needs {tree.lookups} of the {MAX_LOOKUPS} lookups that are allowed"
        )
    if tree.void_lookups > MAX_VOID_LOOKUPS:
        yield kinds.TOO_MANY_VOID_LOOKUPS.found(
            f"{at} looks up {tree.void_lookups} things that do not exist, "
            f"{MAX_VOID_LOOKUPS} are allowed",
            "leave out the terms that lead nowhere",
        )
    includes = Counter(b.target for b in tree.branches if b.mechanism == "include" and b.target)
    for target, times in includes.items():
        if times > 1:
            yield kinds.REPEATED_INCLUDE.found(
                f"{at} includes {printable(target)} {times} times", "include it once"
            )


def _ranges(
    tree: SpfNode, reached: Iterable[tuple[SpfNode, bool]], root: SpfRecord
) -> Iterator[Finding]:
    """What all ranges that pass come to together: two halves of the internet are all of it."""
    at = printable(tree.domain)
    passing: list[Network] = []
    for node, passes in reached:
        for network, written in _networks(node):
            if is_private(network):
                where = "" if node is tree else f" in {printable(node.domain)}"
                yield kinds.PRIVATE_ADDRESS.found(
                    f"{at} allows {network}{where}, which no mail on the internet comes from",
                    f"leave out '{written}'",
                )
            elif passes and written[:1] not in "-~?":
                passing.append(network)
    v4 = [network for network in passing if isinstance(network, IPv4Network)]
    v6 = [network for network in passing if isinstance(network, IPv6Network)]
    together: list[Network] = [*collapse_addresses(v4), *collapse_addresses(v6)]
    for network in together:
        if network.prefixlen == 0:
            yield kinds.PASS_ALL.found(
                f"the ranges of {at} are together every IPv{network.version} address",
                "name the addresses that send",
            )
        elif network.prefixlen <= _HUGE[network.version]:
            yield kinds.HUGE_RANGE.found(
                f"{at} allows all of {network}", "name the addresses that send"
            )
        elif network.prefixlen <= _WIDE[network.version]:
            yield kinds.WIDE_RANGE.found(
                f"{at} allows all of {network}", "name the addresses that send"
            )


def _networks(node: SpfNode) -> Iterator[tuple[Network, str]]:
    if node.record is None:
        return
    for directive in node.record.directives:
        if directive.network is not None:
            yield directive.network, _shown(directive)
    for branch in node.branches:
        for network in branch.networks:
            yield network, _shown(branch.term)


def _endings(tree: SpfNode, root: SpfRecord) -> Iterator[Finding]:
    """How the record ends, wherever its redirects lead."""
    last = tree.last_word
    if last.record is None:
        return
    where = printable(tree.domain)
    if last is not tree:
        where += f" (by its redirect, {printable(last.domain)})"
    fix = f"publish '{printable(last.record.rewritten(all='~all'))}'"
    if last.all == "?all":
        yield kinds.NEUTRAL_ALL.found(f"the record of {where} ends in '?all'", fix)
    elif last.all is None and last.record.redirect is None:
        yield kinds.NO_ALL.found(f"the record of {where} has no 'all'", fix)


def _style(tree: SpfNode, root: SpfRecord) -> Iterator[Finding]:
    at = printable(tree.domain)
    if root.unreachable and root.all is not None:
        terms = " ".join(_shown(term) for term in root.unreachable)
        fix = root.rewritten()
        yield kinds.TERMS_AFTER_ALL.found(
            f"{at} has '{terms}' behind '{_shown(root.all)}'", f"publish '{printable(fix)}'"
        )
    redirect = root.modifier("redirect")
    if redirect is not None and root.all is not None:
        fix = root.rewritten()
        yield kinds.REDIRECT_IGNORED.found(
            f"{at} has both '{_shown(redirect)}' and '{_shown(root.all)}'",
            f"publish '{printable(fix)}'",
        )
    for term in root.terms:
        if isinstance(term, Modifier) and term.name not in ("redirect", "exp"):
            fix = f"leave out '{_shown(term)}'"
            if term.name in MECHANISMS:
                fix = f"write '{_shown(term).replace('=', ':', 1)}'"
            yield kinds.UNKNOWN_MODIFIER.found(f"{at} has '{_shown(term)}'", fix)
    if tree.answer is not None and (size := _answer_size(tree.answer)) > 512:
        yield kinds.LARGE_ANSWER.found(f"the TXT records of {at} take {size} bytes together")


def _answer_size(answer: Answer) -> int:
    """Octets of the answer on the wire without EDNS (RFC 1035 4): header, question, records."""
    question = len(normalised(answer.name)) + 2 + 4
    records = sum(12 + len(text) + max(1, -(-len(text) // 255)) for text in answer.records)
    return 12 + question + records


def _shown(term: Directive | Modifier) -> str:
    return printable(term.text, _SHOWN)
