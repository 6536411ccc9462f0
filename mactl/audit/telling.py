"""What is told of all that was found about a domain: one clear word where several would say the same."""

from collections.abc import Iterator
from dataclasses import replace
from typing import TypeVar

from mactl.audit.around import Around
from mactl.audit.cross import cross_check, missing_domain
from mactl.audit.dkim import kinds as dkim_kinds
from mactl.audit.dkim.audit import DkimAudit
from mactl.audit.dmarc import kinds as dmarc_kinds
from mactl.audit.dmarc.audit import DmarcAudit
from mactl.audit.dnssec.audit import DnssecAudit, State
from mactl.audit.kinds import FindingKind, Status, without
from mactl.audit.mta_sts.audit import MtaStsAudit
from mactl.audit.mx import kinds as mx_kinds
from mactl.audit.mx.audit import MxAudit
from mactl.audit.parked import Mail, judge_parked, parked_policy, shows_no_mail
from mactl.audit.spf import kinds as spf_kinds
from mactl.audit.spf.audit import SpfAudit
from mactl.audit.standards import Standards
from mactl.audit.tls_rpt.audit import TlsRptAudit
from mactl.findings import Finding

_Audit = TypeVar(
    "_Audit", SpfAudit, DkimAudit, DmarcAudit, MxAudit, MtaStsAudit, TlsRptAudit, DnssecAudit
)


def quieted(mail: Mail, around: Around) -> tuple[Standards, Around]:
    """The audits without findings that are no news of a domain that is not there, or never sends."""
    if not mail.standards.exists:
        return _of_absent(mail.standards, around)
    if mail.parked:
        return _of_parked(mail, around)
    return _of_silent(mail), around


def _of_absent(standards: Standards, around: Around) -> tuple[Standards, Around]:
    """Of a name that is not there one finding says so, instead of one per standard."""
    standards = replace(
        standards,
        spf=_without(standards.spf, spf_kinds.MISSING),
        dkim=_without(standards.dkim, dkim_kinds.NONE, dkim_kinds.NOT_FOUND),
        dmarc=_without(standards.dmarc, dmarc_kinds.MISSING),
    )
    around = replace(
        around,
        mx=_unless_absent(around.mx),
        mta_sts=_unless_absent(around.mta_sts),
        tls_rpt=_unless_absent(around.tls_rpt),
        dnssec=_unless_absent(around.dnssec),
    )
    return standards, around


def _of_parked(mail: Mail, around: Around) -> tuple[Standards, Around]:
    """A domain that sends no mail needs no key and no MX, and can refuse all mail in its name at once."""
    standards = mail.standards
    standards = replace(
        standards,
        dkim=_without(standards.dkim, dkim_kinds.NONE, dkim_kinds.NOT_FOUND),
        dmarc=_with_fix(standards.dmarc, dmarc_kinds.MISSING, parked_policy(mail.domain)),
    )
    return standards, replace(around, mx=_without(around.mx, mx_kinds.MISSING))


def _of_silent(mail: Mail) -> Standards:
    """A domain that nothing shows to send may begin with refusing all mail, as it is proposed."""
    standards, dmarc = mail.standards, mail.standards.dmarc
    if dmarc.misplaced is None and shows_no_mail(standards.spf, standards.dkim, mail.mx.answer):
        begun = next((f.hint for f in dmarc.findings if f.id == dmarc_kinds.MISSING.id), "")
        fix = f"{parked_policy(mail.domain)} if it sends no mail; else {begun}"
        return replace(standards, dmarc=_with_fix(dmarc, dmarc_kinds.MISSING, fix))
    return standards


def _without(audit: _Audit, *kinds: FindingKind) -> _Audit:
    return replace(audit, findings=without(audit.findings, *kinds))


def _unless_absent(audit: _Audit) -> _Audit:
    return replace(audit, findings=()) if audit.status is Status.NONE else audit


def _with_fix(audit: DmarcAudit, kind: FindingKind, fix: str) -> DmarcAudit:
    """The audit with another fix for findings of `kind`."""
    told = (replace(f, hint=fix) if f.id == kind.id else f for f in audit.findings)
    return replace(audit, findings=tuple(told))


def told(mail: Mail, standards: Standards, around: Around) -> tuple[Finding, ...]:
    """All findings about the domain, gravest first; `standards` and `around` as `quieted` made them."""
    # A zone that is refused as bogus is why all the rest can't be read: it comes first.
    is_bogus = around.dnssec.state is State.BOGUS
    cause = {finding.id for finding in around.dnssec.findings} if is_bogus else set()
    return tuple(
        sorted(
            _found(mail, standards, around),
            key=lambda finding: (-finding.severity.rank, finding.id not in cause),
        )
    )


def _found(mail: Mail, standards: Standards, around: Around) -> Iterator[Finding]:
    yield from standards.findings
    if not standards.exists:
        yield missing_domain(mail.domain, standards.apex)
        return
    yield from around.findings
    yield from cross_check(mail.domain, standards, around)
    yield from judge_parked(mail)
