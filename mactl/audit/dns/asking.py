"""Asking name servers, each question until one of them answers it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

import dns.exception
import dns.name
import dns.rdatatype

from mactl.audit.dns.answers import Answer, Outcome, Resolver
from mactl.audit.dns.datagrams import FIRST_PAUSE
from mactl.audit.dns.reading import ENDLESS, Reading, gravest, plain, read
from mactl.audit.dns.servers import Failure, Server
from mactl.audit.dns.silence import Silence
from mactl.audit.dns.wire import Question

_AT_ONCE = 200  # the answers to more than that, when they come at once, don't fit in usual buffers
_MAX_RESTARTS = 8  # aliases that servers leave to us
_SIGNED = frozenset({"CDNSKEY", "CDS", "DNSKEY", "DS", "NSEC", "NSEC3PARAM", "SOA"})
# What name servers know by themselves: whom they would ask, and RFC 6303 4.2, who they are.
_EVERYBODY_KNOWS = (
    Question(dns.name.root, dns.rdatatype.NS),
    Question(dns.name.from_text("1.0.0.127.in-addr.arpa"), dns.rdatatype.PTR),
)


def new_places() -> asyncio.Semaphore:
    """Room for the questions of a run that wait for an answer which may come at any moment."""
    return asyncio.Semaphore(_AT_ONCE)


class DnsResolver:
    """Asks `servers`, the next where one fails or says nothing; silent ones come last.

    `timeout` bounds each question in seconds, over all tries, servers and aliases; `at` gives what
    asks the server at an address.
    """

    def __init__(
        self,
        servers: Sequence[Server],
        timeout: float,
        at: Callable[[str], Resolver],
        places: asyncio.Semaphore,
        *,
        recursive: bool = True,
    ) -> None:
        self._servers = [_Known(server, self._heard) for server in servers]
        self._timeout = timeout
        self._at = at
        self._places = places
        self._recursive = recursive
        self._silence = Silence(timeout, self._probe)

    async def query(self, name: str, rdtype: str, *, unchecked: bool = False) -> Answer:
        """The answer as the servers give it."""
        try:
            # As octets: from_text would convert a str by IDNA 2003.
            first = dns.name.from_text(name.encode("utf-8"))
        except (dns.exception.DNSException, ValueError):
            # A name that can't be put in a question can't be in the DNS either.
            return Answer(name, rdtype, Outcome.NXDOMAIN, detail="not a legal domain name")
        kind = dns.rdatatype.from_text(rdtype)
        question = Question(first, kind, self._recursive, unchecked, rdtype in _SIGNED)
        async with self._place():
            end = await self._follow(question)
        return Answer(
            name,
            rdtype,
            end.outcome,
            end.records,
            "" if end.name == first else plain(end.name),
            end.detail,
            end.validated,
            end.signatures,
        )

    def at(self, address: str) -> Resolver:
        """One that asks the authoritative server at `address`, without recursion."""
        return self._at(address)

    async def _follow(self, question: Question) -> Reading:
        ends = asyncio.get_running_loop().time() + self._timeout
        validated = True
        for _ in range(_MAX_RESTARTS):
            reading = await self._ask(question, ends)
            validated = validated and reading.validated
            # A server that is asked for its own zones is not asked what is elsewhere.
            if not reading.open or not self._recursive:
                return replace(reading, validated=validated)
            question = replace(question, name=reading.name)
        return Reading(Outcome.SERVFAIL, question.name, ENDLESS)

    async def _ask(self, question: Question, ends: float) -> Reading:
        if self._silence.complete:
            detail = f"no name server has said anything for {self._timeout:g} seconds"
            return Reading(Outcome.TIMEOUT, question.name, detail)
        failures: list[Reading] = []
        try:
            async with self._silence.listening(ends):
                return await self._ask_servers(question, failures)
        except TimeoutError:
            return gravest([*failures, Reading(Outcome.TIMEOUT, question.name)])

    async def _ask_servers(self, question: Question, failures: list[Reading]) -> Reading:
        """The first usable reading, else the gravest; failures are kept for when time runs out."""
        if len(self._servers) == 1:
            return await self._servers[0].ask(question)
        running: dict[asyncio.Task[Reading], tuple[_Known, float]] = {}
        order = sorted(self._servers, key=lambda known: known.silent)
        try:
            while True:
                if order and not (failures and order[0].silent):
                    begun = asyncio.ensure_future(order[0].ask(question))
                    running[begun] = order.pop(0), asyncio.get_running_loop().time()
                elif failures and all(known.silent for known, _ in running.values()):
                    return gravest(failures)
                # Who is asked later does not end the chance of who was asked before.
                done, _ = await asyncio.wait(
                    running, timeout=FIRST_PAUSE, return_when=asyncio.FIRST_COMPLETED
                )
                if not done:
                    for known, since in running.values():
                        known.miss(since)
                for task in done:
                    del running[task]
                    if (reading := task.result()).usable:
                        return reading
                    failures.append(reading)
        finally:
            for task in running:
                task.cancel()

    def _heard(self) -> None:
        self._silence.heard()

    async def _probe(self) -> None:
        """Ask every server what it surely has an answer to, if it answers at all."""
        asking = [
            known.ask(question)
            for known in self._servers
            for question in (*_EVERYBODY_KNOWS, *known.answered)
        ]
        await asyncio.gather(*asking)

    @asynccontextmanager
    async def _place(self) -> AsyncIterator[None]:
        """A place, until the answer comes or is late: one that is late will not come with others."""
        await self._places.acquire()
        place = _Place(self._places)
        timer = asyncio.get_running_loop().call_later(FIRST_PAUSE, place.leave)
        try:
            yield
        finally:
            timer.cancel()
            place.leave()


class _Place:
    def __init__(self, places: asyncio.Semaphore) -> None:
        self._places: asyncio.Semaphore | None = places

    def leave(self) -> None:
        if self._places is not None:
            self._places.release()
            self._places = None


class _Known:
    """A server, and whether it says anything."""

    def __init__(self, server: Server, heard: Callable[[], None]) -> None:
        self._server = server
        self._tell = heard
        self._heard_at = float("-inf")
        self.silent = False
        self.answered: tuple[Question, ...] = ()  # the last question that it had an answer to

    async def ask(self, question: Question) -> Reading:
        reply = await self._server.exchange(question, self._heard)
        if isinstance(reply, Failure):
            return Reading(reply.outcome, question.name, reply.detail)
        if (reading := read(reply, question)).usable:
            self.answered = (question,)
        return reading

    def miss(self, since: float) -> None:
        """Notice that it did not answer, where it has said nothing else either since then."""
        self.silent = self.silent or self._heard_at < since

    def _heard(self) -> None:
        self._heard_at = asyncio.get_running_loop().time()
        self.silent = False
        self._tell()
