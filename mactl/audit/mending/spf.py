"""SPF: one record that every receiver can evaluate, and that does not let everybody send."""

import asyncio
from collections.abc import Iterator, Sequence

from mactl.audit.dns import Resolver
from mactl.audit.kinds import Status
from mactl.audit.means import Means
from mactl.audit.mending.zone import Edit
from mactl.audit.names import is_within
from mactl.audit.report import DomainAudit
from mactl.audit.spf import kinds
from mactl.audit.spf.absent import find_misplaced, meant_as_spf, repaired
from mactl.audit.spf.audit import SpfAudit
from mactl.audit.spf.cure import cure_of
from mactl.audit.spf.evaluate import MAX_MX_NAMES
from mactl.audit.spf.fresh import NOTHING, fresh_record
from mactl.audit.spf.judge import one_record
from mactl.audit.spf.terms import Directive
from mactl.audit.spf.tree import Branch, NodeState, SpfNode
from mactl.findings import Severity

_WHY = "SPF"
_MOST_HOSTS = 30


async def mend_spf(audit: DomainAudit, means: Means) -> Sequence[Edit]:
    """The edits that mend the errors of SPF, in the records of the domain and of names below it."""
    spf, name = audit.spf, audit.domain
    found = {finding.id for finding in spf.findings if finding.severity is Severity.ERROR}
    found -= {id for id in found if kinds.KINDS[id].status is Status.TEMPERROR}
    if not found:
        return ()
    tree = spf.tree
    if tree.state is NodeState.ABSENT:
        return [await _first_record(audit, means.resolver)]
    fresh = await _first_guess(name, means.resolver)
    edits = [
        edit for node, passes in tree.reach() for edit in _mend_node(tree, node, passes, fresh)
    ]
    if not edits and kinds.TOO_MANY_MX.id in found:
        edits = list(await _without_large_mx(tree, means.resolver))
    if not edits and kinds.TOO_MANY_VOID_LOOKUPS.id in found:
        edits = list(_without_voids(tree))
    if not edits and spf.flattened is not None:
        edits = list(_shorter(spf))
    return edits


async def _first_record(audit: DomainAudit, resolver: Resolver) -> Edit:
    """The record of a domain that has none: what was meant as one, or stands elsewhere, before a new one."""
    name = audit.domain
    published = (await resolver.query(name, "TXT")).records
    meant = tuple(text for text in published if meant_as_spf(text))
    text = next(filter(None, map(repaired, meant)), "")
    if not meant and (misplaced := await find_misplaced(name, resolver)) is not None:
        why = f"{_WHY}: what stands at {misplaced.place}, where nobody looks"
        return Edit(name, "TXT", (), (misplaced.record,), why)
    if not text and audit.dkim.may_sign and not audit.mx.answer.is_null_mx:
        text = await _first_guess(name, resolver)
    text = text or fresh_record(await resolver.query(name, "MX"))
    why = "who may send"
    if not meant and text == NOTHING:
        why = f"nobody may send, as {name} takes no mail either; name its servers if it has any"
    return Edit(name, "TXT", meant, (text,), f"{_WHY}: {why}")


async def _first_guess(domain: str, resolver: Resolver) -> str:
    """A record for a domain that sends, and named nobody: where its mail is taken, or its own server."""
    mx = await resolver.query(domain, "MX")
    if mx.absent and not (await resolver.query(domain, "A")).records:
        return "v=spf1 ~all"
    fresh = fresh_record(mx, signs=True)
    return "v=spf1 ~all" if fresh == NOTHING else fresh


def _mend_node(tree: SpfNode, node: SpfNode, passes: bool, fresh: str) -> Iterator[Edit]:
    """What to change in the record of one node, where it is the domain's own or of a name below it.

    `fresh` is the record to begin with, in place of the domain's own where that names nobody any more.
    """
    if not is_within(node.domain, tree.domain):
        return
    if node.state is NodeState.MULTIPLE:
        texts = tuple(record.text for record in node.records)
        yield Edit(node.domain, "TXT", texts, (one_record(node.records),), f"{_WHY}: one record")
        return
    record = node.record
    if record is None:
        return
    cure = cure_of(node, tree, passes=passes)
    dropped = cure.without
    if not (dropped or cure.instead or cure.all or record.faults):
        return
    text = cure.applied(record)
    if not text:
        is_known = any(term.text in fresh.split() for term in dropped)
        text = fresh if node is tree and not is_known else "v=spf1 ~all"
    why = f"{_WHY}, without {', '.join(term.text for term in dropped)}" if dropped else _WHY
    if text != record.text:
        yield Edit(node.domain, "TXT", (record.text,), (text,), why)


def _shorter(spf: SpfAudit) -> Iterator[Edit]:
    """The flattened record, in place of the domain's own."""
    assert spf.flattened is not None and spf.record is not None
    terms = ", ".join(one.term for one in spf.flattened.replaced)
    why = f"{_WHY}: addresses in place of {terms}; renew them when those change"
    for name, text in spf.flattened.records:
        own = (spf.record.text,) if name == spf.tree.domain else ()
        yield Edit(name, "TXT", own, (text,), why if terms else _WHY)


def _without_voids(tree: SpfNode) -> Iterator[Edit]:
    """The record without the terms that lead nowhere, be it through the records of others."""
    if tree.record is None:
        return
    own = {branch.term.column: branch.listed for branch in tree.branches if branch.is_void}
    through = {branch.term.column: "" for branch in tree.branches if branch.void_lookups}
    text = tree.record.rewritten(instead=own or through)
    if text != tree.record.text:
        yield Edit(tree.domain, "TXT", (tree.record.text,), (text,), _WHY)


async def _without_large_mx(tree: SpfNode, resolver: Resolver) -> Sequence[Edit]:
    """The record with the addresses of MX hosts in place of an mx term for more than 10 of them."""
    record = tree.record
    if record is None:
        return ()
    large = [branch for branch in tree.branches if branch.mx_names > MAX_MX_NAMES]
    instead = {b.term.column: " ".join(await _listed(b, resolver)) for b in large}
    text = record.rewritten(instead=instead)
    return [Edit(tree.domain, "TXT", (record.text,), (text,), _WHY)] if large else ()


async def _listed(branch: Branch, resolver: Resolver) -> Sequence[str]:
    """The hosts of an mx term as addresses, with its qualifier."""
    qualifier = branch.term.qualifier if isinstance(branch.term, Directive) else "+"
    sign = "" if qualifier == "+" else qualifier
    mx = await resolver.query(branch.target or "", "MX")
    hosts = [host for _, host in mx.exchanges[:_MOST_HOSTS]]
    answers = await asyncio.gather(
        *(resolver.query(host, rdtype) for host in hosts for rdtype in ("A", "AAAA"))
    )
    addresses = dict.fromkeys(
        f"{sign}ip{4 if answer.rdtype == 'A' else 6}:{address}"
        for answer in answers
        for address in answer.records
    )
    return tuple(addresses)
