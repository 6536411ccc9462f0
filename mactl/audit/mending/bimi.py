"""BIMI: one record that mailbox providers can read; the logo and its certificate are on the web."""

from collections.abc import Sequence

from mactl.audit.bimi import kinds
from mactl.audit.bimi.record import is_bimi, looks_like_bimi, parse_bimi, repaired
from mactl.audit.dns import Resolver
from mactl.audit.fixes import to_keep
from mactl.audit.kinds import has_any
from mactl.audit.means import Means
from mactl.audit.mending.zone import Edit
from mactl.audit.report import DomainAudit


async def mend_bimi(audit: DomainAudit, means: Means) -> Sequence[Edit]:
    """The edits that mend the BIMI record of the domain, be it that of the domain above."""
    findings = audit.bimi.findings
    if not has_any(findings, kinds.MULTIPLE_RECORDS, kinds.BAD_VERSION, kinds.SYNTAX):
        return ()
    name, records = await _published(audit, means.resolver)
    found = [text for text in records if is_bimi(text)]
    if len(found) > 1:
        kept = to_keep(found, lambda text: parse_bimi(text).is_usable)
        others = tuple(text for text in found if text != kept)
        return [Edit(name, "TXT", others, (), "BIMI: one record alone")]
    if found:
        text = str(parse_bimi(found[0]).tags)
        return [Edit(name, "TXT", (found[0],), (text,), "BIMI: a list of tags")]
    why = "BIMI: a record that begins as it must"
    return [Edit(name, "TXT", records, (repaired(records[0]),), why)] if records else ()


async def _published(audit: DomainAudit, resolver: Resolver) -> tuple[str, tuple[str, ...]]:
    """The name where providers find records, and those that are meant as BIMI."""
    name = ""
    for domain in dict.fromkeys((audit.domain, audit.dmarc.walk.organizational_domain)):
        name = f"{audit.bimi.selector}._bimi.{domain}"
        answer = await resolver.query(name, "TXT")
        records = tuple(t for t in answer.records if is_bimi(t) or looks_like_bimi(t))
        if records:
            return name, records
    return name, ()
