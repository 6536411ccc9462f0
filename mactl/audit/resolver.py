"""DNS questions and answers: an interface that an audit is given, and the one that really asks.

Absent, empty, refused and timed out are different answers, never exceptions: what a failure means
is for each standard to say.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import dns.asyncresolver
import dns.exception
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.resolver
from dns.rdtypes.mxbase import MXBase
from dns.rdtypes.nsbase import NSBase
from dns.rdtypes.txtbase import TXTBase

from mactl.audit.names import normalised, printable
from mactl.errors import TryAgainLater, UsageError

DEFAULT_TIMEOUT = 5.0
_TRY_SECONDS = 2.0  # one UDP packet may get lost; ask again well before the lifetime ends
_EDNS_PAYLOAD = 1232  # fits in one unfragmented packet nearly everywhere
_AT_ONCE = 64
_MAX_ALIASES = 8


class Outcome(StrEnum):
    """How a question ended."""

    RECORDS = "records"
    NXDOMAIN = "nxdomain"  # the name does not exist
    NODATA = "nodata"  # it exists, without records of this type
    SERVFAIL = "servfail"  # a server answered that it can't, or answered nonsense
    REFUSED = "refused"
    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"  # no packet reached a server
    UNASKED = "unasked"  # the budget of questions was used up


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one question.

    `records` holds one text per record: the strings of a TXT record joined without a space (each
    octet one character), addresses, names without the final dot, `10 mail.example.com` for an MX.
    `canonical` is the name at the end of the CNAME chain, '' where there is none; `detail` says
    more about a failure.
    """

    name: str
    rdtype: str
    outcome: Outcome
    records: tuple[str, ...] = ()
    canonical: str = ""
    detail: str = ""

    @property
    def absent(self) -> bool:
        """There is surely no such record."""
        return self.outcome in (Outcome.NXDOMAIN, Outcome.NODATA)

    @property
    def failed(self) -> bool:
        """Whether there is such a record can't be told."""
        return not self.absent and self.outcome is not Outcome.RECORDS

    @property
    def answered(self) -> bool:
        """A server did its work, be it by saying that it can't."""
        return self.absent or self.outcome in (Outcome.RECORDS, Outcome.SERVFAIL)

    @property
    def failure(self) -> str:
        """What went wrong, for a message: `TXT _dmarc.example.com: timeout`."""
        detail = f" ({printable(self.detail, 120)})" if self.detail else ""
        return f"{self.rdtype} {printable(self.name)}: {self.outcome}{detail}"

    @property
    def exchanges(self) -> tuple[tuple[int, str], ...]:
        """The preferences and hosts of an MX answer, best first; '' is the host of a null MX."""
        pairs = (record.partition(" ") for record in self.records)
        return tuple(sorted((int(preference), host) for preference, _, host in pairs))


class Resolver(Protocol):
    """What an audit needs of the DNS."""

    async def query(self, name: str, rdtype: str) -> Answer:
        """The answer to one question; failures are answers too."""


class MemoResolver:
    """Asks `resolver` every distinct question once, also when it is asked again meanwhile.

    After `budget` distinct questions the rest stay unasked, so that no zone can keep an audit busy.
    Lives in one event loop.
    """

    def __init__(self, resolver: Resolver, budget: int | None = None) -> None:
        self._resolver = resolver
        self._budget = budget
        self._answers: dict[tuple[str, str], asyncio.Task[Answer]] = {}
        self.unasked = 0

    @property
    def asked(self) -> int:
        """How many distinct questions were put."""
        return len(self._answers)

    @property
    def silent(self) -> bool:
        """Questions were put, and no server did its work: there is no DNS here."""
        done = [task for task in self._answers.values() if task.done() and not task.cancelled()]
        return bool(done) and not any(task.result().answered for task in done)

    async def query(self, name: str, rdtype: str) -> Answer:
        question = (normalised(name), rdtype.upper())
        task = self._answers.get(question)
        if task is None:
            if self._budget is not None and len(self._answers) >= self._budget:
                self.unasked += 1
                detail = f"more than {self._budget} questions"
                return Answer(*question, Outcome.UNASKED, detail=detail)
            task = asyncio.ensure_future(self._resolver.query(*question))
            self._answers[question] = task
        # Whoever waits may be cancelled; the others still want the answer.
        return await asyncio.shield(task)


class DnsResolver:
    """Asks real servers: UDP, TCP where an answer is truncated, EDNS where it is understood.

    `timeout` bounds each question in seconds, over all tries, servers and aliases.
    """

    def __init__(self, resolver: dns.asyncresolver.Resolver, timeout: float) -> None:
        self._resolver = resolver
        self._timeout = timeout
        self._slots = asyncio.Semaphore(_AT_ONCE)

    async def query(self, name: str, rdtype: str) -> Answer:
        try:
            # As octets: from_text would convert a str by IDNA 2003.
            asked = dns.name.from_text(name.encode("utf-8"))
        except (dns.exception.DNSException, ValueError):
            # A name that can't be put in a question can't be in the DNS either.
            return Answer(name, rdtype, Outcome.NXDOMAIN, detail="not a legal domain name")
        async with self._slots:
            try:
                async with asyncio.timeout(self._timeout + 1):  # the resolver's own limit is first
                    return await self._ask(name, asked, rdtype)
            except TimeoutError:
                return Answer(name, rdtype, Outcome.TIMEOUT)

    async def _ask(self, name: str, asked: dns.name.Name, rdtype: str) -> Answer:
        deadline = asyncio.get_running_loop().time() + self._timeout
        target = asked
        for _ in range(_MAX_ALIASES):
            left = deadline - asyncio.get_running_loop().time()
            try:
                answer = await self._resolver.resolve(
                    target, rdtype, lifetime=max(left, 0.0), raise_on_no_answer=False, search=False
                )
            except dns.resolver.NXDOMAIN as problem:
                alias = _alias(problem.canonical_name, asked)
                return Answer(name, rdtype, Outcome.NXDOMAIN, canonical=alias)
            except dns.resolver.NoNameservers as problem:
                if self._resolver.edns >= 0 and _misunderstood(problem.kwargs["errors"]):
                    return await self._without_edns().query(name, rdtype)
                outcome, detail = _failure(problem.kwargs["errors"])
                return Answer(name, rdtype, outcome, detail=detail)
            except dns.resolver.LifetimeTimeout as problem:
                outcome, detail = _failure(problem.kwargs["errors"], Outcome.TIMEOUT)
                return Answer(name, rdtype, outcome, detail=detail)
            except (dns.exception.DNSException, OSError) as problem:
                return Answer(name, rdtype, Outcome.SERVFAIL, detail=str(problem))
            if answer.rrset is not None:
                records = tuple(_text(record) for record in answer.rrset)
                alias = _alias(answer.canonical_name, asked)
                return Answer(name, rdtype, Outcome.RECORDS, records, alias)
            if answer.canonical_name == target:
                return Answer(name, rdtype, Outcome.NODATA, canonical=_alias(target, asked))
            # A server that is only authoritative leaves the rest of the chain to us.
            target = answer.canonical_name
        return Answer(name, rdtype, Outcome.SERVFAIL, detail="a chain of aliases without an end")

    def _without_edns(self) -> "DnsResolver":
        plain = dns.asyncresolver.Resolver(configure=False)
        plain.nameservers = self._resolver.nameservers
        plain.nameserver_ports = self._resolver.nameserver_ports
        plain.timeout = self._resolver.timeout
        return DnsResolver(plain, self._timeout)


def system_resolver(
    nameserver: str | None = None, timeout: float = DEFAULT_TIMEOUT
) -> MemoResolver:
    """A resolver for one run that asks `nameserver` (`HOST:PORT`), else the system's servers.

    Raises UsageError where `nameserver` or `timeout` is none, TryAgainLater where the system names
    no server.
    """
    if not 0 < timeout < float("inf"):
        raise UsageError(f"a timeout of {timeout} seconds is not possible", "try 5")
    try:
        resolver = dns.asyncresolver.Resolver(configure=nameserver is None)
    except dns.resolver.NoResolverConfiguration:
        raise _no_server() from None
    if nameserver is not None:
        address, port = _host_and_port(nameserver)
        resolver.nameservers = [address]
        resolver.nameserver_ports = {address: port}
    if not resolver.nameservers:
        raise _no_server()
    resolver.timeout = min(_TRY_SECONDS, timeout)
    resolver.use_edns(0, 0, _EDNS_PAYLOAD)
    return MemoResolver(DnsResolver(resolver, timeout))


def _no_server() -> TryAgainLater:
    return TryAgainLater("the system names no DNS server", "name one with --nameserver HOST:PORT")


def _host_and_port(text: str) -> tuple[str, int]:
    """`192.0.2.53`, `192.0.2.53:5353`, `::1`, `[::1]:5353` or `localhost:5353`, resolved."""
    hint = "give HOST:PORT, such as 192.0.2.53:53 or [2001:db8::53]:53"
    host, colon, port = text.strip(), "", ""
    if host.startswith("["):
        host, bracket, rest = host[1:].partition("]")
        colon, port = rest[:1], rest[1:]
        if not bracket or colon not in ("", ":"):
            raise UsageError(f"'{printable(text, 80)}' is not a name server", hint)
    elif host.count(":") == 1:
        host, colon, port = host.partition(":")
    if colon and not (port.isascii() and port.isdigit() and 0 < int(port[:6]) < 65536):
        raise UsageError(f"'{printable(text, 80)}' has no port from 1 to 65535", hint)
    try:
        return str(ipaddress.ip_address(host)), int(port or 53)
    except ValueError:
        pass
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_DGRAM) if host else []
    except (OSError, UnicodeError):
        found = []
    if not found:
        raise UsageError(f"'{printable(text, 80)}' is not a name server that can be found", hint)
    return str(found[0][4][0]), int(port or 53)


def _text(record: dns.rdata.Rdata) -> str:
    match record:
        case TXTBase():
            # RFC 7208 3.3, RFC 6376 3.6.2.2, RFC 9989 4.5: joined without a space.
            return b"".join(record.strings).decode("latin-1")
        case MXBase():
            return f"{record.preference} {_name(record.exchange)}"
        case NSBase():  # and CNAME and PTR, which hold a name as NS does
            return _name(record.target)
        case _:
            return record.to_text()


def _name(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).removesuffix(".")


def _alias(canonical: dns.name.Name, asked: dns.name.Name) -> str:
    return "" if canonical == asked else _name(canonical)


_Errors = Sequence[tuple[object, bool, int, object, dns.message.Message | None]]


def _misunderstood(errors: _Errors) -> bool:
    """A server older than EDNS answers so (RFC 6891 7)."""
    codes = {error[4].rcode() for error in errors if error[4] is not None}
    return bool(codes & {dns.rcode.FORMERR, dns.rcode.NOTIMP})


def _failure(errors: _Errors, otherwise: Outcome = Outcome.SERVFAIL) -> tuple[Outcome, str]:
    """What a round of tries without a usable answer comes down to, the most telling try first."""
    codes = {error[4].rcode() for error in errors if error[4] is not None}
    if codes - {dns.rcode.REFUSED}:
        others = codes - {dns.rcode.SERVFAIL, dns.rcode.NOERROR}
        return Outcome.SERVFAIL, ", ".join(sorted(map(dns.rcode.to_text, others)))
    if codes:
        return Outcome.REFUSED, ""
    problems = [error[3] for error in errors if isinstance(error[3], Exception)]
    if any(isinstance(problem, dns.exception.Timeout) for problem in problems):
        return Outcome.TIMEOUT, ""
    if problems and all(isinstance(problem, OSError) for problem in problems):
        return Outcome.UNREACHABLE, str(problems[-1])
    return otherwise, str(problems[-1]) if problems else ""
