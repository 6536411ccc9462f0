"""MX of one domain: who takes its mail, and what keeps mail from getting there."""

from dataclasses import dataclass, replace

from mactl.audit.dns import ASK_AGAIN, Answer, Resolver
from mactl.audit.kinds import Status, status_of
from mactl.audit.mx import kinds
from mactl.audit.mx.hosts import MxHost, addresses_of, hosts_of
from mactl.audit.mx.judge import judge_hosts, judge_records, judge_reverse
from mactl.audit.names import normalised
from mactl.findings import Finding


@dataclass(frozen=True, slots=True)
class MxAudit:
    """What was found about where mail is taken.

    `own_addresses` are those of the domain itself, which count where it has no MX record.
    """

    status: Status
    findings: tuple[Finding, ...]
    answer: Answer
    hosts: tuple[MxHost, ...] = ()
    own_addresses: tuple[str, ...] = ()

    @property
    def null(self) -> bool:
        """The domain says that it takes no mail."""
        return self.answer.is_null_mx

    @property
    def takes_mail(self) -> bool | None:
        """Whether mail to the domain can get anywhere; None where the DNS failed to tell."""
        if self.answer.failed:
            return None
        if self.answer.absent:
            return bool(self.own_addresses)
        return not self.null and any(host.usable for host in self.hosts)

    @property
    def addresses(self) -> tuple[str, ...]:
        """The public addresses of all hosts."""
        return tuple(dict.fromkeys(r.address for host in self.hosts for r in host.public))

    def as_json(self) -> dict[str, object]:
        """The part of the report about MX."""
        return {
            "status": self.status.value,
            "hosts": [host.as_json() for host in self.hosts],
            "null": self.null,
            "implicit": self.answer.absent and bool(self.own_addresses),
        }


async def audit_mx(domain: str, resolver: Resolver) -> MxAudit:
    """MX of `domain`, its hosts with their addresses, and what these are called."""
    domain = normalised(domain)
    answer = await resolver.query(domain, "MX")
    if answer.failed:
        message = f"the MX records of {domain} can't be read: {answer.failure}"
        found = kinds.TEMPERROR.found(message, ASK_AGAIN)
        return MxAudit(Status.TEMPERROR, (found,), answer)
    if answer.absent:
        return await _without_records(domain, answer, resolver)
    hosts = await hosts_of(answer, resolver)
    findings = (*judge_records(domain, answer), *judge_hosts(domain, hosts))
    return _judged(MxAudit(Status.PASS, findings, answer, hosts))


async def _without_records(domain: str, answer: Answer, resolver: Resolver) -> MxAudit:
    """RFC 5321 5.1: the domain's own address is its mail host then."""
    found, _, failure = await addresses_of(domain, resolver)
    own = tuple(str(place) for place in found)
    if failure:
        message = f"whether {domain} has an address can't be told: {failure}"
        finding = kinds.HOST_TEMPERROR.found(message, ASK_AGAIN)
    elif own:
        finding = kinds.IMPLICIT.found(
            f"{domain} has no MX record; mail goes to {own[0]}",
            f"publish '{domain}. MX 10 HOST' with the host that takes its mail,"
            f" or '{domain}. MX 0 .' if none does",
        )
    else:
        finding = kinds.MISSING.found(
            f"{domain} has neither an MX record nor an address",
            f"publish '{domain}. MX 10 HOST' with the host that takes replies and bounces",
        )
    return _judged(MxAudit(Status.PASS, (finding,), answer, own_addresses=own))


def with_senders(audit: MxAudit, senders: frozenset[str]) -> MxAudit:
    """The audit with what reverse DNS comes to; `senders` are the addresses that SPF lets send."""
    found = tuple(judge_reverse(audit.hosts, senders))
    return _judged(replace(audit, findings=(*audit.findings, *found)))


def _judged(audit: MxAudit) -> MxAudit:
    status = status_of(audit.findings, kinds.KINDS)
    if status is Status.TEMPERROR and any(host.public for host in audit.hosts):
        status = Status.WARN  # one host that is known to work is enough
    return replace(audit, status=status)
