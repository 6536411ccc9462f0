"""Names below a domain that mail could be forged under, as far as few questions tell."""

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mactl.audit.dmarc.audit import DmarcAudit
from mactl.audit.dmarc.record import Policy, is_dmarc, parse_dmarc
from mactl.audit.dns import Answer, Outcome, Resolver
from mactl.audit.fixes import publish
from mactl.audit.names import (
    excerpt,
    is_queryable,
    is_within,
    normalised,
    printable,
    unlikely_label,
)
from mactl.audit.spf.record import is_spf, parse_spf
from mactl.audit.subdomains import kinds
from mactl.findings import Finding

USUAL = ("mail", "email", "news", "newsletter", "www")
MAX_NAMES = 10


@dataclass(frozen=True, slots=True)
class Subdomains:
    """What was asked: the TXT answers at `_dmarc.` of each name, and of one that nobody has."""

    domain: str
    records: dict[str, Answer]
    probe: Answer

    @property
    def wildcard(self) -> bool:
        """Whether every name below the domain exists."""
        return self.probe.outcome in (Outcome.RECORDS, Outcome.NODATA)


def usual_names(domain: str) -> tuple[str, ...]:
    """The names below `domain` that are asked for whatever else is known."""
    return tuple(name for label in USUAL if is_queryable(name := f"{label}.{domain}"))


def names_below(domain: str, hosts: Iterable[str]) -> tuple[str, ...]:
    """The usual names, and those of `hosts` that are below `domain`, underscored ones left out."""
    found = [normalised(host) for host in hosts if is_queryable(host)]
    own = [
        host
        for host in found
        if is_within(host, domain) and host != domain and "_" not in host and "*" not in host
    ]
    return tuple(dict.fromkeys((*usual_names(domain), *own)))[:MAX_NAMES]


async def look_below(domain: str, hosts: Iterable[str], resolver: Resolver) -> Subdomains:
    """Ask for the policies of names below `domain`; `hosts` are names that are known to exist."""
    names = names_below(domain, hosts)
    *answers, probe = await asyncio.gather(
        *(_policy_at(name, resolver) for name in (*names, probe_name(domain)))
    )
    return Subdomains(domain, dict(zip(names, answers, strict=True)), probe)


async def _policy_at(name: str, resolver: Resolver) -> Answer:
    asked = f"_dmarc.{name}"
    if not is_queryable(asked):
        return Answer(asked, "TXT", Outcome.NXDOMAIN, detail="longer than a name may be")
    return await resolver.query(asked, "TXT")


def probe_name(domain: str) -> str:
    """A name below `domain` that nobody has; the same every time, so that a run can be repeated."""
    return f"{unlikely_label(domain)}.{domain}"


async def judge_below(below: Subdomains, dmarc: DmarcAudit, resolver: Resolver) -> list[Finding]:
    """The findings about names below the domain; asks which exist only where that matters."""
    findings: list[Finding] = []
    enforced = dmarc.policies.subdomain in (Policy.QUARANTINE, Policy.REJECT)
    if below.wildcard:
        findings += _judge_wildcard(below)
    if dmarc.enforced or enforced:
        findings += _judge_own(below)
    if dmarc.enforced and dmarc.policies.subdomain is Policy.NONE:
        testing = dmarc.record is not None and dmarc.record.testing
        fix = "take 't=y' out" if testing else "set 'sp=' as 'p=' is in the DMARC record"
        findings += await _exposed(below, fix, resolver)
    return findings


def _judge_wildcard(below: Subdomains) -> Iterator[Finding]:
    star = f"*.{below.domain}"
    yield kinds.WILDCARD.found(f"{star} has records, so every name below {below.domain} exists")
    if _policy(below.probe) is Policy.NONE:
        message = f"{star} answers for _dmarc names with 'p=none'"
        fix = f"leave the DMARC record of {star} out: that of {below.domain} applies then"
        yield kinds.WILDCARD_POLICY.found(message, fix)
    for text in below.probe.records:
        if is_spf(text) and any(
            directive.mechanism == "all" and directive.qualifier == "+"
            for directive in parse_spf(text).directives
        ):
            message = f"{star} has '{excerpt(text)}'"
            yield kinds.WILDCARD_SPF.found(message, publish("v=spf1 -all", star))


def _judge_own(below: Subdomains) -> Iterator[Finding]:
    for name, answer in below.records.items():
        if _policy(answer) is Policy.NONE and answer.records != below.probe.records:
            at = f"_dmarc.{printable(name)}"
            fix = f"once its reports are clean, leave {at} out, or publish 'p=reject' there"
            yield kinds.POLICY_NONE.found(f"{at} has 'p=none'", fix)


def _policy(answer: Answer) -> Policy | None:
    """The policy that a TXT answer at a _dmarc name sets; None where it sets none."""
    records = [parse_dmarc(text) for text in answer.records if is_dmarc(text)]
    if len(records) != 1:
        return None
    record = records[0]
    if record.p is None or record.bad_policies:
        return Policy.NONE if record.has_report_address else None
    return record.p.milder if record.testing else record.p


async def _exposed(below: Subdomains, fix: str, resolver: Resolver) -> list[Finding]:
    inheriting = [n for n, answer in below.records.items() if _policy(answer) is None]
    answers = await asyncio.gather(*(resolver.query(name, "A") for name in inheriting))
    there = [
        printable(name) for name, answer in zip(inheriting, answers, strict=True) if answer.records
    ]
    if not there:
        return []
    exist = "exists" if len(there) == 1 else "exist"
    message = f"{', '.join(there)} {exist}, and the policy below {below.domain} is none"
    return [kinds.EXPOSED.found(message, fix)]
