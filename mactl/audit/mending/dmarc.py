"""DMARC: one record of the domain's own that receivers can follow."""

import asyncio
from collections.abc import Sequence

from mactl.audit.dmarc import kinds
from mactl.audit.dmarc.record import is_dmarc, mildest, repaired
from mactl.audit.dns import Resolver
from mactl.audit.kinds import has_any
from mactl.audit.means import Means
from mactl.audit.mending.zone import Edit
from mactl.audit.parked import shows_no_mail
from mactl.audit.report import DomainAudit
from mactl.audit.spf.fresh import NOTHING
from mactl.audit.spf.record import is_spf, parse_spf
from mactl.audit.subdomains.audit import probe_name, usual_names


async def mend_dmarc(audit: DomainAudit, means: Means) -> Sequence[Edit]:
    """The edits that mend the errors of DMARC."""
    name = f"_dmarc.{audit.domain}"
    published = (await means.resolver.query(name, "TXT")).records
    records = tuple(text for text in published if is_dmarc(text))
    findings = audit.dmarc.findings
    if has_any(findings, kinds.BAD_VERSION) and audit.dmarc.walk.own.meant:
        meant = audit.dmarc.walk.own.meant
        text = repaired(meant) or await _first_record(audit, means.resolver)
        return [Edit(name, "TXT", (meant,), (text,), "DMARC: a record that receivers know")]
    if has_any(findings, kinds.MULTIPLE_RECORDS) and len(records) > 1:
        kept = mildest(records)
        others = tuple(text for text in records if text != kept)
        return [Edit(name, "TXT", others, (), "DMARC: one record alone")]
    if has_any(findings, kinds.BAD_POLICY):
        record = audit.dmarc.record
        own = records if len(records) == 1 else ()
        text = record.rewritten() if record else await _first_record(audit, means.resolver)
        return [Edit(name, "TXT", own, (text,), "DMARC: the policy that receivers apply today")]
    if has_any(findings, kinds.MISSING, kinds.BAD_VERSION, kinds.MULTIPLE_RECORDS):
        return [
            Edit(
                name,
                "TXT",
                (),
                (await _first_record(audit, means.resolver),),
                "DMARC: a first policy",
            )
        ]
    return ()


async def _first_record(audit: DomainAudit, resolver: Resolver) -> str:
    """The record to begin with: reports, and no policy yet; one that refuses all where no mail is sent."""
    if audit.dmarc.misplaced is not None:
        return audit.dmarc.misplaced.never_in_force
    mx = await resolver.query(audit.domain, "MX")
    if shows_no_mail(audit.spf, audit.dkim, mx):
        below = "none" if await _a_subdomain_sends(audit.domain, resolver) else "reject"
        return f"v=DMARC1; p=reject; sp={below}"
    reports = "" if audit.mx.takes_mail is False else f"; rua=mailto:dmarc@{audit.domain}"
    return f"v=DMARC1; p=none{reports}"


async def _a_subdomain_sends(domain: str, resolver: Resolver) -> bool:
    """Whether a name below has servers that may send, as far as few questions tell."""
    names = (*usual_names(domain), probe_name(domain))
    *answers, probe = await asyncio.gather(*(resolver.query(name, "TXT") for name in names))
    return any(
        is_spf(text) and str(parse_spf(text)) != NOTHING
        for answer in answers
        for text in answer.records
        if text not in probe.records
    )
