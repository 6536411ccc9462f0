"""DNSSEC of one domain: signed, unsigned and bogus told apart, with or without a server that checks.

The signatures of the zone's keys and of its SOA record are verified here; whether the zones above
are in order is left to the name server, whose refusal is heard.
"""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from dns.rdtypes.ANY.DNSKEY import DNSKEY

from mactl.audit.dns import ASK_AGAIN, Answer, Outcome, Resolver
from mactl.audit.dnssec import kinds
from mactl.audit.dnssec.signatures import (
    ALGORITHMS,
    SHA1_ALGORITHMS,
    SHA1_DIGEST,
    Check,
    Checked,
    anchored,
    check_signatures,
    digests_in,
    keys_in,
)
from mactl.audit.dnssec.zones import ZoneTop, zone_of
from mactl.audit.kinds import Status, status_of
from mactl.audit.names import normalised, parent, printable
from mactl.findings import Finding

_SOON = timedelta(days=3)
_SHARE = 0.15  # of its life left; some services sign for two days only, always anew


class State(StrEnum):
    """What a receiver that checks makes of the zone (RFC 4033 5)."""

    SIGNED = "signed"
    UNSIGNED = "unsigned"
    ISLAND = "island"
    BOGUS = "bogus"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class DnssecAudit:
    """What was found about DNSSEC of the zone that the domain is in.

    `expires` is when the first signature ends, in UTC; `top` has the zone's SOA.
    """

    status: Status
    findings: tuple[Finding, ...]
    state: State
    top: ZoneTop
    algorithms: tuple[str, ...] = ()
    expires: datetime | None = None

    @property
    def zone(self) -> str:
        """The name of the zone; '' where it could not be told."""
        return self.top.name

    def as_json(self) -> dict[str, object]:
        """The part of the report about DNSSEC; `expires` is a time of ISO 8601 in UTC."""
        return {
            "status": self.status.value,
            "state": self.state.value,
            "zone": printable(self.zone) or None,
            "algorithms": list(self.algorithms),
            "expires": self.expires.isoformat() if self.expires else None,
        }


async def audit_dnssec(domain: str, resolver: Resolver, now: datetime) -> DnssecAudit:
    """DNSSEC of the zone that `domain` is in, as of `now`, which has a time zone."""
    domain = normalised(domain)
    if domain.count(".") == 1:  # surely a zone of its own, if any
        await _ask_all(domain, resolver)
    top = await zone_of(domain, resolver)
    if not top.name:
        if not top.soa.failed:
            return DnssecAudit(Status.NONE, (), State.UNKNOWN, top)
        return _judged(top, State.UNKNOWN, [_failed(domain, top.soa)])
    ds, keys, _ = await _ask_all(top.name, resolver)
    return _Zone(top, ds, keys, now).audit()


async def _ask_all(zone: str, resolver: Resolver) -> tuple[Answer, Answer, Answer]:
    """All that tells the state of a zone; what a name server refuses is asked for unchecked."""
    ds, keys, soa = await asyncio.gather(
        _ask(zone, "DS", resolver), _ask(zone, "DNSKEY", resolver), resolver.query(zone, "SOA")
    )
    return ds, keys, soa


async def _ask(name: str, rdtype: str, resolver: Resolver) -> Answer:
    answer = await resolver.query(name, rdtype)
    if answer.outcome is not Outcome.SERVFAIL:
        return answer
    again = await resolver.query(name, rdtype, unchecked=True)
    return answer if again.failed else again


def _judged(
    top: ZoneTop,
    state: State,
    findings: Sequence[Finding],
    algorithms: tuple[str, ...] = (),
    expires: datetime | None = None,
) -> DnssecAudit:
    status = status_of(findings, kinds.KINDS)
    return DnssecAudit(status, tuple(findings), state, top, algorithms, expires)


def _failed(name: str, answer: Answer) -> Finding:
    message = f"whether {printable(name)} is signed can't be told: {answer.failure}"
    return kinds.TEMPERROR.found(message, ASK_AGAIN)


class _Zone:
    """The answers about one zone, held against each other."""

    def __init__(self, top: ZoneTop, ds: Answer, keys: Answer, now: datetime) -> None:
        self.top, self.ds, self.keys, self.now = top, ds, keys, now
        self.name = printable(top.name)
        self.above = parent(top.name)

    def audit(self) -> DnssecAudit:
        for answer in (self.ds, self.keys):
            if answer.failed:
                return _judged(self.top, State.UNKNOWN, [_failed(self.top.name, answer)])
        if self.ds.absent:
            return self._without_ds()
        digests = digests_in(self.ds.records)
        if not digests:
            message = f"{self.name} is signed with algorithms that nobody knows"
            return _judged(self.top, State.UNSIGNED, [kinds.UNSUPPORTED.found(message)])
        keys = keys_in(self.keys.records)
        trusted = anchored(self.top.name, keys, digests)
        if not trusted:
            return _judged(self.top, State.BOGUS, [self._no_key(keys)])
        names = tuple(dict.fromkeys(ALGORITHMS[key.algorithm] for key in trusted))
        if not (self.keys.signatures or self.top.soa.signatures or self.ds.signatures):
            return self._without_signatures(names)
        checks = {
            "DNSKEY": self._check("DNSKEY", self.keys, trusted),
            "SOA": self._check("SOA", self.top.soa, keys),
        }
        faults = [self._fault(rdtype, checked) for rdtype, checked in checks.items()]
        findings = [fault for fault in faults if fault is not None]
        ends = [checked.ends for checked in checks.values() if checked.ends is not None]
        expires = min(ends, default=None)
        if not findings and self.top.refused:
            findings = [self._refused()]
        if findings:
            return _judged(self.top, State.BOGUS, findings, names, expires)
        findings = [*self._weak(trusted), *self._expiring(checks)]
        return _judged(self.top, State.SIGNED, findings, names, expires)

    def _check(self, rdtype: str, answer: Answer, keys: Sequence[DNSKEY]) -> Checked:
        return check_signatures(
            self.top.name, rdtype, answer.records, answer.signatures, keys, self.now
        )

    def _without_ds(self) -> DnssecAudit:
        if self.top.refused:
            return _judged(self.top, State.BOGUS, [self._refused()])
        if self.keys.records:
            fix = f"have your registrar publish the DS record of {self.name} in {self.above}"
            message = f"{self.name} has keys, and {self.above} has no DS record for it"
            return _judged(self.top, State.ISLAND, [kinds.ISLAND.found(message, fix)])
        fix = "switch DNSSEC on where the zone is kept, then at the registrar"
        found = kinds.UNSIGNED.found(f"{self.name} is not signed", fix)
        return _judged(self.top, State.UNSIGNED, [found])

    def _without_signatures(self, names: tuple[str, ...]) -> DnssecAudit:
        """A name server that knows no DNSSEC leaves all signatures out; its word may do."""
        if self.top.soa.validated or self.keys.validated:
            return _judged(self.top, State.SIGNED, [], names)
        message = f"{self.name} should be signed, and its signatures can't be seen"
        found = kinds.UNKNOWN.found(message, "ask a name server that gives them, such as your own")
        return _judged(self.top, State.UNKNOWN, [found], names)

    def _no_key(self, keys: Sequence[DNSKEY]) -> Finding:
        has = "another key" if keys else "no key"
        message = f"{self.above} has a DS record for {self.name}, which has {has}"
        fix = "take the DS record out at the registrar"
        if keys:
            fix = "have the registrar publish the DS record of the new key, or take the old one out"
        return kinds.NO_KEY.found(message, fix)

    def _refused(self) -> Finding:
        message = f"the name server refuses {self.name}, and answers when asked not to check"
        fix = "have whoever keeps the zone sign it anew, or take the DS record out"
        return kinds.BOGUS.found(message, fix)

    def _fault(self, rdtype: str, checked: Checked) -> Finding | None:
        where = f"the {rdtype} records of {self.name}"
        fix = "have whoever keeps the zone sign it anew"
        match checked.check:
            case Check.MISSING:
                return kinds.NOT_SIGNED.found(f"{where} have no signature that counts", fix)
            case Check.EXPIRED:
                message = f"the signature of {where} ended on {checked.ends:%Y-%m-%d %H:%M} UTC"
                return kinds.EXPIRED.found(message, fix)
            case Check.NOT_YET:
                message = f"the signature of {where} begins on {checked.begins:%Y-%m-%d %H:%M} UTC"
                return kinds.EXPIRED.found(message, "set the signing server's clock")
            case Check.BROKEN:
                return kinds.BAD_SIGNATURE.found(f"the signature of {where} does not hold", fix)
        return None

    def _weak(self, trusted: Sequence[DNSKEY]) -> Iterator[Finding]:
        if all(key.algorithm in SHA1_ALGORITHMS for key in trusted):
            name = ALGORITHMS[trusted[0].algorithm]
            fix = "change to algorithm 13, ECDSAP256SHA256"
            yield kinds.WEAK_ALGORITHM.found(f"{self.name} is signed with {name}", fix)
        if all(ds.digest_type == SHA1_DIGEST for ds in digests_in(self.ds.records)):
            message = f"{self.above} has only DS records of digest type 1 for {self.name}"
            fix = "have the registrar publish a DS record of digest type 2"
            yield kinds.WEAK_DIGEST.found(message, fix)

    def _expiring(self, checks: dict[str, Checked]) -> Iterator[Finding]:
        for rdtype, checked in checks.items():
            if checked.begins is None or checked.ends is None:
                continue
            left, life = checked.ends - self.now, checked.ends - checked.begins
            if left < _SOON and left < life * _SHARE:
                message = (
                    f"the signature of the {rdtype} records of {self.name} ends on "
                    f"{checked.ends:%Y-%m-%d %H:%M} UTC"
                )
                fix = "see why whoever keeps the zone has not signed it anew"
                yield kinds.EXPIRING.found(message, fix)
                return
