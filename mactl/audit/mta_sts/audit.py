"""MTA-STS of one domain: its record, its policy, and whether that names the hosts of its MX."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from mactl.audit.dns import ASK_AGAIN, Answer, Resolver
from mactl.audit.fixes import leave_one, publish, to_keep
from mactl.audit.kinds import Status, status_of
from mactl.audit.mta_sts import kinds
from mactl.audit.mta_sts.judge import judge_page, judge_policy
from mactl.audit.mta_sts.policy import MAX_OCTETS, Mode, StsPolicy, parse_sts_policy
from mactl.audit.mta_sts.record import (
    StsRecord,
    is_sts,
    looks_like_sts,
    parse_sts_record,
    repaired,
)
from mactl.audit.mx.audit import MxAudit
from mactl.audit.names import excerpt, normalised, printable
from mactl.audit.web import Page, Trouble, Web
from mactl.findings import Finding

_MAX_HOSTS = 20


@dataclass(frozen=True, slots=True)
class MtaStsAudit:
    """What was found about MTA-STS."""

    status: Status
    findings: tuple[Finding, ...]
    record: StsRecord | None = None
    policy: StsPolicy | None = None

    def as_json(self) -> dict[str, object]:
        """The part of the report about MTA-STS."""
        return {
            "status": self.status.value,
            "record": printable(self.record.text) if self.record else None,
            "id": self.record.id or None if self.record else None,
            "policy": self.policy.as_json() if self.policy else None,
        }


def policy_address(domain: str) -> str:
    """Where the policy of `domain` is (RFC 8461 3.3)."""
    return f"https://mta-sts.{domain}/.well-known/mta-sts.txt"


async def audit_mta_sts(domain: str, resolver: Resolver, web: Web) -> MtaStsAudit:
    """MTA-STS of `domain` but for its MX, which `against_mx` adds."""
    domain = normalised(domain)
    name, host = f"_mta-sts.{domain}", f"mta-sts.{domain}"
    answer = await resolver.query(name, "TXT")
    found = [text for text in answer.records if is_sts(text)]
    if answer.failed:
        message = f"{name} can't be read: {answer.failure}"
        temporary = kinds.TEMPERROR.found(message, ASK_AGAIN)
        return MtaStsAudit(Status.TEMPERROR, (temporary,))
    at_host = await resolver.query(host, "A")
    if at_host.absent:  # it may have IPv6 alone, behind an alias as well
        at_host = await resolver.query(host, "AAAA")
    if not found and at_host.absent:
        return _judged(None, None, list(_absent(domain, answer)))
    if at_host.absent:
        page = Page(policy_address(domain), trouble=Trouble.NO_ADDRESS)
    else:
        page = await web.fetch(policy_address(domain), MAX_OCTETS)
    if not found:
        return _judged(None, None, list(_unannounced(domain, answer, page)))
    record = parse_sts_record(found[0]) if len(found) == 1 else None
    findings = list(_judge_record(domain, found, record))
    faults = list(judge_page(domain, page))
    policy = None if faults else parse_sts_policy(page.body)
    if policy is not None:
        faults = list(judge_policy(domain, policy))
    return _judged(record, policy, findings + faults)


def _judged(
    record: StsRecord | None, policy: StsPolicy | None, findings: list[Finding]
) -> MtaStsAudit:
    status = status_of(findings, kinds.KINDS)
    return MtaStsAudit(status, tuple(findings), record, policy)


def _absent(domain: str, answer: Answer) -> Iterator[Finding]:
    meant = next((text for text in answer.records if looks_like_sts(text)), None)
    if meant is not None:
        message = f"_mta-sts.{domain}: '{excerpt(meant)}' is no MTA-STS record"
        yield kinds.BAD_VERSION.found(message, publish(repaired(meant), f"_mta-sts.{domain}"))
        return
    yield kinds.MISSING.found(f"there is no MTA-STS record at _mta-sts.{domain}")


def _unannounced(domain: str, answer: Answer, page: Page) -> Iterator[Finding]:
    """A host `mta-sts` may be there for other reasons; only a policy on it counts."""
    meant = next(_absent(domain, answer))
    served = not page.failure and not parse_sts_policy(page.body).faults
    if meant.id == kinds.BAD_VERSION.id or not served:
        yield meant
        return
    message = f"{page.url} has a policy, and _mta-sts.{domain} no record"
    fix = f"{publish(repaired(''), f'_mta-sts.{domain}')}, or take the policy down"
    yield kinds.NO_RECORD.found(message, fix)


def _judge_record(domain: str, found: list[str], record: StsRecord | None) -> Iterator[Finding]:
    at = f"_mta-sts.{domain}"
    if record is None:
        fix = leave_one(to_keep(found, lambda text: not parse_sts_record(text).faults))
        yield kinds.MULTIPLE_RECORDS.found(f"{at} has {len(found)} MTA-STS records", fix)
        return
    for fault in record.faults[:1]:
        yield kinds.SYNTAX.found(f"{at}: {fault}", publish(repaired(record.text), at))


def against_mx(audit: MtaStsAudit, domain: str, mx: MxAudit) -> MtaStsAudit:
    """The audit with what the policy means for the hosts that take the domain's mail.

    A domain without such hosts need not be told that it has no MTA-STS.
    """
    if not mx.hosts and audit.status is Status.NONE:
        return replace(audit, findings=())
    if audit.policy is None:
        return audit
    findings = [*audit.findings, *_covered(audit.policy, domain, mx)]
    return _judged(audit.record, audit.policy, findings)


def _covered(policy: StsPolicy, domain: str, mx: MxAudit) -> Iterator[Finding]:
    if policy.faults or policy.mode is Mode.NONE or mx.answer.failed or mx.null:
        return
    named = dict.fromkeys(normalised(host) for _, host in mx.answer.exchanges if host)
    hosts = list(named) or [domain] * bool(mx.own_addresses)
    kind = kinds.MX_NOT_COVERED if policy.mode is Mode.ENFORCE else kinds.MX_NOT_COVERED_TESTING
    for host in hosts[:_MAX_HOSTS]:
        if not policy.covers(host):
            shown = excerpt(host)
            message = f"the policy of {domain} does not name its mail host {shown}"
            fix = f"add the line 'mx: {shown}' to {policy_address(domain)}, then change the id"
            yield kind.found(message, fix)
    for pattern in policy.mx[:_MAX_HOSTS]:
        if hosts and not any(StsPolicy("", mx=(pattern,)).covers(host) for host in hosts):
            message = f"the policy of {domain} names {printable(pattern)}, which no MX record does"
            yield kinds.MX_UNUSED.found(message)
