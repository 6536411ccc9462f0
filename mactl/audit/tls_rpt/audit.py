"""TLS-RPT of one domain: its record, and whether reports can get anywhere."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from mactl.audit.dns import ASK_AGAIN, Answer, Resolver
from mactl.audit.fixes import leave_one, publish, to_keep
from mactl.audit.kinds import Status, status_of
from mactl.audit.mx.audit import MxAudit
from mactl.audit.mx.delivery import lost_mail
from mactl.audit.names import excerpt, normalised, printable
from mactl.audit.tls_rpt import kinds
from mactl.audit.tls_rpt.record import (
    TlsRptRecord,
    is_tls_rpt,
    looks_like_tls_rpt,
    parse_tls_rpt,
    repaired,
)
from mactl.findings import Finding


@dataclass(frozen=True, slots=True)
class TlsRptAudit:
    """What was found about TLS-RPT."""

    status: Status
    findings: tuple[Finding, ...]
    record: TlsRptRecord | None = None

    def as_json(self) -> dict[str, object]:
        """The part of the report about TLS-RPT."""
        rua = self.record.rua if self.record else ()
        return {
            "status": self.status.value,
            "record": printable(self.record.text) if self.record else None,
            "rua": [printable(address.text) for address in rua],
        }


async def audit_tls_rpt(domain: str, resolver: Resolver) -> TlsRptAudit:
    """TLS-RPT of `domain`."""
    domain = normalised(domain)
    answer = await resolver.query(f"_smtp._tls.{domain}", "TXT")
    found = [text for text in answer.records if is_tls_rpt(text)]
    if len(found) != 1:
        return _judged(None, list(_without_record(domain, answer, found)))
    record = parse_tls_rpt(found[0])
    hosts = (address.host for address in record.rua if address.is_mail and not address.fault)
    return _judged(record, list(_judge(domain, record, await lost_mail(hosts, resolver))))


def for_mx(audit: TlsRptAudit, mx: MxAudit) -> TlsRptAudit:
    """The audit, but for a record that is missing where there are no hosts that take mail."""
    if not mx.hosts and audit.status is Status.NONE:
        return replace(audit, findings=())
    return audit


def _judged(record: TlsRptRecord | None, findings: list[Finding]) -> TlsRptAudit:
    status = status_of(findings, kinds.KINDS)
    return TlsRptAudit(status, tuple(findings), record)


def _without_record(domain: str, answer: Answer, found: list[str]) -> Iterator[Finding]:
    at = f"_smtp._tls.{domain}"
    meant = next((text for text in answer.records if looks_like_tls_rpt(text)), None)
    proposed = publish(repaired(meant or "", domain), at)
    if answer.failed:
        message = f"{at} can't be read: {answer.failure}"
        yield kinds.TEMPERROR.found(message, ASK_AGAIN)
    elif found:
        fix = leave_one(to_keep(found, lambda text: parse_tls_rpt(text).is_usable))
        yield kinds.MULTIPLE_RECORDS.found(f"{at} has {len(found)} TLS-RPT records", fix)
    elif meant is not None:
        message = f"{at}: '{excerpt(meant)}' is no TLS-RPT record"
        yield kinds.BAD_VERSION.found(message, proposed)
    else:
        yield kinds.MISSING.found(f"there is no TLS-RPT record at {at}", proposed)


def _judge(domain: str, record: TlsRptRecord, lost: Mapping[str, str]) -> Iterator[Finding]:
    at = f"_smtp._tls.{domain}"
    for fault in record.faults[:1]:
        yield kinds.SYNTAX.found(f"{at}: {fault}", publish(repaired(record.text, domain), at))
    if record.faults:
        return
    bad = [address for address in record.rua if address.fault]
    for address in bad:
        message = f"{at} has '{excerpt(address.text)}': {printable(address.fault)}"
        yield kinds.BAD_ADDRESS.found(message, "write 'mailto:' and an e-mail address")
    for host, reason in lost.items():
        message = f"{at} sends reports to {printable(host)}: {reason}"
        yield kinds.UNDELIVERABLE.found(message, "name an address that takes mail")
    if len(bad) == len(record.rua):
        fix = publish(repaired(record.text, domain), at)
        yield kinds.NO_ADDRESS.found(f"no address of {at} can take reports", fix)
