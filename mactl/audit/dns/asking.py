"""Asking real servers."""

import asyncio
from collections.abc import Sequence

import dns.asyncresolver
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.resolver
from dns.nameserver import Nameserver
from dns.rdtypes.mxbase import MXBase
from dns.rdtypes.nsbase import NSBase
from dns.rdtypes.txtbase import TXTBase

from mactl.audit.dns.answers import Answer, Outcome

EDNS_PAYLOAD = 1232  # fits in one unfragmented packet nearly everywhere
_AT_ONCE = 64
_MAX_ALIASES = 8


class DnsResolver:
    """Asks real servers: UDP, TCP where an answer is truncated, EDNS where it is understood.

    `timeout` bounds each question in seconds, over all tries, servers and aliases.
    """

    def __init__(self, resolver: dns.asyncresolver.Resolver, timeout: float) -> None:
        self._resolver = resolver
        self._timeout = timeout
        self._slots = asyncio.Semaphore(_AT_ONCE)

    async def query(self, name: str, rdtype: str, *, unchecked: bool = False) -> Answer:
        """The answer as the servers give it."""
        if unchecked:
            flags = dns.flags.RD | dns.flags.CD
            return await self._like(flags, self._resolver.nameservers).query(name, rdtype)
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
                    plain = self._like(self._resolver.flags, self._resolver.nameservers)
                    plain._resolver.use_edns(-1)
                    return await plain.query(name, rdtype)
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

    def at(self, address: str) -> "DnsResolver":
        """One that asks the server at `address` itself, for what it is authoritative for."""
        other = self._like(0, [address])
        ports = set(self._resolver.nameserver_ports.values())
        other._resolver.port = ports.pop() if len(ports) == 1 else 53
        return other

    def _like(self, flags: int | None, nameservers: Sequence[str | Nameserver]) -> "DnsResolver":
        other = dns.asyncresolver.Resolver(configure=False)
        other.nameservers = nameservers
        other.nameserver_ports = self._resolver.nameserver_ports
        other.timeout = self._resolver.timeout
        other.flags = flags
        other.use_edns(0, 0, EDNS_PAYLOAD)
        return DnsResolver(other, self._timeout)


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
