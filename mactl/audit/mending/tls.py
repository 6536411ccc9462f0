"""MTA-STS and TLS-RPT: records that senders can read; the policy itself is on a web server."""

from collections.abc import Sequence

from mactl.audit.kinds import has_any
from mactl.audit.means import Means
from mactl.audit.mending.zone import Edit
from mactl.audit.mta_sts import kinds as mta_sts
from mactl.audit.mta_sts.record import is_sts, looks_like_sts, parse_sts_record
from mactl.audit.mta_sts.record import repaired as repaired_sts
from mactl.audit.report import DomainAudit
from mactl.audit.tls_rpt import kinds as tls_rpt
from mactl.audit.tls_rpt.record import is_tls_rpt, looks_like_tls_rpt, parse_tls_rpt
from mactl.audit.tls_rpt.record import repaired as repaired_tls_rpt


async def mend_mta_sts(audit: DomainAudit, means: Means) -> Sequence[Edit]:
    """The edits that mend the MTA-STS record."""
    wrong = (mta_sts.MULTIPLE_RECORDS, mta_sts.BAD_VERSION, mta_sts.SYNTAX)
    if not has_any(audit.mta_sts.findings, *wrong):
        return ()
    name = f"_mta-sts.{audit.domain}"
    published = (await means.resolver.query(name, "TXT")).records
    meant = [text for text in published if is_sts(text) or looks_like_sts(text)]
    if not meant:
        return ()
    kept = [text for text in meant if is_sts(text) and not parse_sts_record(text).faults]
    text = kept[0] if kept else repaired_sts(meant[0])
    return [_one(name, meant, text, "MTA-STS: one record that senders can read")]


async def mend_tls_rpt(audit: DomainAudit, means: Means) -> Sequence[Edit]:
    """The edits that mend the TLS-RPT record."""
    wrong = (
        tls_rpt.MULTIPLE_RECORDS,
        tls_rpt.BAD_VERSION,
        tls_rpt.SYNTAX,
        tls_rpt.NO_ADDRESS,
    )
    if not has_any(audit.tls_rpt.findings, *wrong):
        return ()
    name = f"_smtp._tls.{audit.domain}"
    published = (await means.resolver.query(name, "TXT")).records
    meant = [text for text in published if is_tls_rpt(text) or looks_like_tls_rpt(text)]
    kept = [text for text in meant if is_tls_rpt(text) and parse_tls_rpt(text).is_usable]
    text = kept[0] if kept else repaired_tls_rpt(" ".join(meant), audit.domain)
    return [_one(name, meant, text, "TLS-RPT: one record that can be used")]


def _one(name: str, meant: Sequence[str], text: str, why: str) -> Edit:
    removed = tuple(other for other in meant if other != text)
    return Edit(name, "TXT", removed, () if text in meant else (text,), why)
