"""What SPF says of one client: its results, and what would let it send."""

import asyncio
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from ipaddress import ip_address

from mactl.audit.addresses import is_private
from mactl.audit.dns import ASK_AGAIN, Resolver
from mactl.audit.envelope import Envelope
from mactl.audit.fixes import publish
from mactl.audit.names import excerpt, normalised, printable
from mactl.audit.spf import kinds
from mactl.audit.spf.evaluate import Result, SpfCheck, check_host
from mactl.audit.spf.fixes import MAX_LENGTH
from mactl.audit.spf.record import SpfRecord, is_spf, parse_spf
from mactl.audit.spf.terms import Directive, Modifier
from mactl.findings import Finding

_GRAVITY = (
    Result.PASS,
    Result.NONE,
    Result.NEUTRAL,
    Result.SOFTFAIL,
    Result.TEMPERROR,
    Result.FAIL,
    Result.PERMERROR,
)


@dataclass(frozen=True, slots=True)
class ClientCheck:
    """The checks of one envelope: of its MAIL FROM and, where it is known, of its HELO.

    `record` is the text of the SPF record of the MAIL FROM domain, '' where there isn't one.
    """

    envelope: Envelope
    mail_from: str
    spf: SpfCheck
    helo: SpfCheck | None = None
    record: str = ""

    @property
    def result(self) -> Result:
        """The result that counts for DMARC: that of MAIL FROM."""
        return self.spf.result

    @property
    def domain(self) -> str:
        """The domain of MAIL FROM."""
        return normalised(self.mail_from.rpartition("@")[2])

    def as_json(self) -> dict[str, object]:
        """The check as plain values."""
        spf = self.spf
        matched = {"domain": printable(spf.domain), "term": excerpt(spf.term)}
        shown: dict[str, object] = {
            "ip": self.envelope.ip,
            "mail_from": printable(self.mail_from),
            "helo": printable(self.envelope.helo) or None,
            "result": spf.result.value,
            "matched": matched if spf.term else None,
            "explanation": printable(spf.explanation, 500),
            "problem": printable(spf.problem, 500),
            "lookups": spf.lookups,
            "void_lookups": spf.void_lookups,
            "trace": [step.as_json() for step in spf.trace],
        }
        if self.helo is not None:
            shown["helo_result"] = self.helo.result.value
        return shown


def gravest_check(checks: tuple[ClientCheck, ...]) -> ClientCheck:
    """The one of some checks, at least one, whose result is the worst."""
    return max(checks, key=lambda check: _GRAVITY.index(check.result))


async def check_client(envelope: Envelope, domain: str, resolver: Resolver) -> ClientCheck:
    """What a receiver finds for mail of `domain` in `envelope` (RFC 7208 2.3 and 2.4)."""
    sender = envelope.sender(domain)
    own = normalised(sender.rpartition("@")[2])
    spf, helo, record = await asyncio.gather(
        check_host(envelope.ip, sender, envelope.helo or own, resolver),
        _check_helo(envelope, resolver),
        _record(own, resolver),
    )
    return ClientCheck(envelope, sender, spf, helo, record)


async def _check_helo(envelope: Envelope, resolver: Resolver) -> SpfCheck | None:
    if not envelope.helo:
        return None
    return await check_host(envelope.ip, "", envelope.helo, resolver)


async def _record(domain: str, resolver: Resolver) -> str:
    answer = await resolver.query(domain, "TXT")
    records = [text for text in answer.records if is_spf(text)]
    return records[0] if len(records) == 1 else ""


_KINDS = {
    Result.FAIL: kinds.RESULT_FAIL,
    Result.SOFTFAIL: kinds.RESULT_SOFTFAIL,
    Result.NEUTRAL: kinds.RESULT_NEUTRAL,
    Result.NONE: kinds.RESULT_NONE,
    Result.PERMERROR: kinds.RESULT_PERMERROR,
    Result.TEMPERROR: kinds.RESULT_TEMPERROR,
}


def judge_client(check: ClientCheck, named: Collection[str] = ()) -> Iterator[Finding]:
    """What is wrong for mail from this client; `named` are the terms that let services send."""
    if check.result is not Result.PASS:
        kind, envelope = _KINDS[check.result], check.envelope
        if not envelope.relay:
            yield kind.found(_message(check), _fix(check))
        elif check.result is not Result.TEMPERROR and envelope.term not in named:
            who = f"{printable(envelope.relay)} ({envelope.ip})"
            message = f"{who} is not among those that may send for {_at(check)}: {check.result}"
            yield kinds.RELAY_UNLISTED.found(message, f"where it sends by itself, {_fix(check)}")
    if check.helo is not None and check.helo.result in (Result.FAIL, Result.PERMERROR):
        name = printable(check.envelope.helo)
        yield kinds.HELO_NOT_PASSED.found(
            f"{check.envelope.ip} says that it is {name}: {check.helo.result}{_because(check.helo)}",
            f"name {_term(check)} in the SPF record of {name}",
        )


def _at(check: ClientCheck) -> str:
    return printable(check.domain)


def _message(check: ClientCheck) -> str:
    message = f"mail from {check.envelope.ip} as {printable(check.mail_from)}: {check.result}"
    return f"{message}{_because(check.spf)}"


def _because(spf: SpfCheck) -> str:
    if spf.problem:
        return f", {excerpt(spf.problem)}"
    if spf.term:
        return f", by '{excerpt(spf.term)}' of {printable(spf.domain)}"
    if spf.result is Result.NONE:
        return f", {printable(spf.domain)} has no SPF record"
    return ", nothing in the record matches it"


def _term(check: ClientCheck) -> str:
    """What names the client in a record."""
    address = check.envelope.ip
    return check.envelope.term or f"ip{ip_address(address).version}:{address}"


def _fix(check: ClientCheck) -> str:
    """The very record that lets the client send, or what keeps any from doing so."""
    if is_private(check.envelope.ip):
        return "give the address that receivers see: this one never reaches them"
    if check.result is Result.TEMPERROR:
        return ASK_AGAIN
    if check.result is Result.PERMERROR:
        return f"mend the SPF record of {_at(check)} first: no address passes as it is"
    if not check.record:
        return publish(f"v=spf1 {_term(check)} ~all", check.domain)
    record = allowing(parse_spf(check.record), check)
    fix = publish(record, check.domain)
    if len(record) > MAX_LENGTH:
        fix += f"; with {len(record)} characters it is longer than the {MAX_LENGTH} that always fit"
    return fix


def allowing(record: SpfRecord, check: ClientCheck) -> str:
    """The record with one more term, before the one that decides now."""
    texts = [term.text for term in record.terms]
    place = len(texts)
    for index, term in enumerate(record.terms):
        is_end = isinstance(term, Modifier) and term.name == "redirect"
        decides = check.domain == check.spf.domain and term.text == check.spf.term
        if decides or is_end or (isinstance(term, Directive) and term.mechanism == "all"):
            place = index
            break
    return " ".join(("v=spf1", *texts[:place], _term(check), *texts[place:]))
