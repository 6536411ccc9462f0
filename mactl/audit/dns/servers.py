"""One name server, however it is spoken to: what it makes of a question."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

import dns.message
import dns.rcode

from mactl.audit.dns.answers import Outcome
from mactl.audit.dns.datagrams import Datagrams
from mactl.audit.dns.streams import TlsPlace, TlsStream, exchange_once
from mactl.audit.dns.wire import Question, is_truncated, parse
from mactl.connections import trouble_of

_TCP_SECONDS = 3.0
_TOO_OLD = frozenset({dns.rcode.FORMERR, dns.rcode.NOTIMP})  # RFC 6891 7: it knows no EDNS


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a server gave no usable answer."""

    outcome: Outcome
    detail: str = ""


Reply = dns.message.Message | Failure


class Server(Protocol):
    """A name server."""

    async def exchange(self, question: Question, heard: Callable[[], None]) -> Reply:
        """What it answers; waits until it is cancelled where it says nothing.

        `heard` is called when it has said anything at all that answers a question.
        """


class PlainServer:
    """Over UDP, and over TCP where an answer does not fit in a packet."""

    def __init__(self, address: str, port: int = 53) -> None:
        self._place = (address, port)
        self._datagrams = Datagrams(address, port)
        self._edns = True

    async def exchange(self, question: Question, heard: Callable[[], None]) -> Reply:
        """Its answer, asked without EDNS where the server is older than that."""
        edns = self._edns
        reply = await self._ask(question, edns, heard)
        if not edns or isinstance(reply, Failure) or reply.rcode() not in _TOO_OLD:
            return reply
        plain = await self._ask(question, False, heard)
        if not isinstance(plain, Failure) and plain.rcode() not in _TOO_OLD:
            self._edns = False
        return plain

    async def _ask(self, question: Question, edns: bool, heard: Callable[[], None]) -> Reply:
        try:
            wire = await self._datagrams.exchange(question, edns)
        except OSError as problem:
            return _failure(problem)
        heard()
        if is_truncated(wire):  # RFC 7766 5
            return await self._ask_over_tcp(question, edns)
        return _parsed(wire)

    async def _ask_over_tcp(self, question: Question, edns: bool) -> Reply:
        try:
            async with asyncio.timeout(_TCP_SECONDS):
                wire = await exchange_once(*self._place, question, edns)
        except OSError as problem:  # TimeoutError is one
            failure = _failure(problem)
            return Failure(failure.outcome, f"too long for UDP, and over TCP: {failure.detail}")
        return _parsed(wire)


class TlsServer:
    """Over TLS (RFC 7858), with the certificate verified."""

    def __init__(self, place: TlsPlace) -> None:
        self._stream = TlsStream(place)

    async def exchange(self, question: Question, heard: Callable[[], None]) -> Reply:
        """Its answer."""
        return await _over(self._stream.exchange(question), heard)


class HttpsServer:
    """Over HTTPS (RFC 8484), with the certificate verified."""

    def __init__(self, url: str, context: ssl.SSLContext) -> None:
        from mactl.audit.dns.https import HttpsPlace  # httpcore2 loads only when it is used

        self._place = HttpsPlace(url, context)

    async def exchange(self, question: Question, heard: Callable[[], None]) -> Reply:
        """Its answer."""
        return await _over(self._place.exchange(question), heard)


async def _over(asking: Awaitable[bytes], heard: Callable[[], None]) -> Reply:
    try:
        wire = await asking
    except OSError as problem:
        return _failure(problem)
    heard()
    return _parsed(wire)


def _parsed(wire: bytes) -> Reply:
    message = parse(wire)
    return Failure(Outcome.SERVFAIL, "a malformed answer") if message is None else message


def _failure(problem: OSError) -> Failure:
    if isinstance(problem, TimeoutError):
        return Failure(Outcome.TIMEOUT, "no answer in time")
    if isinstance(problem, ssl.SSLCertVerificationError):
        detail = f"its certificate does not hold: {problem.verify_message}"
        return Failure(Outcome.UNREACHABLE, detail)
    return Failure(Outcome.UNREACHABLE, trouble_of(problem) or str(problem))
