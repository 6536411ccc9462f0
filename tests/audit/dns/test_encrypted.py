"""DNS over TLS and over HTTPS, with servers whose certificate is this test's own."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import dns.edns
import pytest

from mactl.audit import Answer, MemoResolver, Outcome, system_resolver
from tests.audit.dns.wires import (
    LOOPBACK,
    framed,
    hang,
    http1,
    http2,
    read_framed,
    reply,
    tcp,
    txt,
)
from tests.certificates import Certificate


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return Certificate(tmp_path_factory.mktemp("certificate"), "dns.example.com")


class Tls:
    """A server of DNS over TLS that counts its connections."""

    def __init__(self, certificate: Certificate) -> None:
        self.certificate = certificate
        self.connections = 0
        self.each = 10_000
        self.answers = txt

    @asynccontextmanager
    async def running(self) -> AsyncIterator[int]:
        async with tcp(self.talk, context=self.certificate.context()) as port:
            yield port

    async def talk(self, reader, writer) -> None:
        self.connections += 1
        for _ in range(self.each):
            writer.write(framed(self.answers(await read_framed(reader))))
        await writer.drain()


@pytest.fixture
def tls(certificate) -> Tls:
    return Tls(certificate)


class Https:
    """A server of DNS over HTTPS that counts its connections."""

    def __init__(self, certificate: Certificate) -> None:
        self.certificate = certificate
        self.connections = 0
        self.asked: list[bytes] = []
        self.react = lambda wire: (200, txt(wire))
        self.speaks = http2

    @asynccontextmanager
    async def running(self) -> AsyncIterator[int]:
        protocol = "h2" if self.speaks is http2 else "http/1.1"
        async with tcp(self.talk, context=self.certificate.context(protocol)) as port:
            yield port

    async def talk(self, reader, writer) -> None:
        self.connections += 1
        await self.speaks(self.keep)(reader, writer)

    def keep(self, wire: bytes) -> tuple[int, bytes]:
        self.asked.append(wire)
        return self.react(wire)

    def ask(self, count: int = 1, path: str = "/dns-query") -> list[Answer]:
        async def run() -> list[Answer]:
            async with self.running() as port:
                named = f"https://{LOOPBACK}:{port}{path}"
                return await ask(system_resolver(named, 10, self.certificate.trusted), count)

        return asyncio.run(run())


@pytest.fixture
def https(certificate) -> Https:
    return Https(certificate)


async def ask(resolver: MemoResolver, count: int = 1) -> list[Answer]:
    return await asyncio.gather(*(resolver.query(f"{n}.test", "TXT") for n in range(count)))


def test_many_questions_go_over_one_connection(tls):
    async def run() -> list[Answer]:
        async with tls.running() as port:
            resolver = system_resolver(f"tls://{LOOPBACK}:{port}", 10, tls.certificate.trusted)
            return [*await ask(resolver, 300), *await ask(resolver, 310)]

    assert {answer.records for answer in asyncio.run(run())} == {("found",)}
    assert tls.connections == 1


@pytest.mark.parametrize("scheme", ["tls", "https"])
def test_a_resolver_that_is_dropped_leaves_nothing_open(tls, https, scheme):
    server = tls if scheme == "tls" else https

    async def run() -> None:
        async with server.running() as port:
            for _ in range(3):
                named = f"{scheme}://{LOOPBACK}:{port}"
                await ask(system_resolver(named, 10, server.certificate.trusted))
                gc.collect()  # a task that is lost is told as an error

    asyncio.run(run())


def test_a_server_that_ends_its_connections_is_asked_over_new_ones(tls):
    tls.each = 3

    async def run() -> list[Answer]:
        async with tls.running() as port:
            resolver = system_resolver(f"tls://{LOOPBACK}:{port}", 10, tls.certificate.trusted)
            return [(await resolver.query(f"{n}.test", "TXT")) for n in range(10)]

    assert {answer.records for answer in asyncio.run(run())} == {("found",)}
    assert tls.connections == 4


def test_a_server_that_answers_nothing_and_closes_is_unreachable(tls):
    tls.each = 0

    async def run() -> list[Answer]:
        async with tls.running() as port:
            return await ask(
                system_resolver(f"tls://{LOOPBACK}:{port}", 10, tls.certificate.trusted), 5
            )

    assert {answer.outcome for answer in asyncio.run(run())} == {Outcome.UNREACHABLE}


@pytest.mark.parametrize(
    ("host", "holds"),
    [
        (LOOPBACK + ":{port}#dns.example.com", True),
        (LOOPBACK + ":{port}#other.example.com", False),
        ("localhost:{port}", False),
    ],
)
def test_the_certificate_must_hold_the_name(tls, host, holds):
    async def run() -> Answer:
        async with tls.running() as port:
            named = f"tls://{host.format(port=port)}"
            (answer,) = await ask(system_resolver(named, 10, tls.certificate.trusted))
            return answer

    answer = asyncio.run(run())

    assert (answer.outcome is Outcome.RECORDS) is holds
    assert holds or "certificate does not hold" in answer.detail


@pytest.mark.parametrize("scheme", ["tls", "https"])
def test_a_certificate_that_nobody_vouches_for_is_refused(tls, scheme):
    async def run() -> Answer:
        async with tls.running() as port:
            resolver = system_resolver(f"{scheme}://{LOOPBACK}:{port}", 10)
            (answer,) = await ask(resolver)
            assert resolver.silent and "certificate does not hold" in resolver.trouble
            return answer

    answer = asyncio.run(run())

    assert answer.outcome is Outcome.UNREACHABLE
    assert "certificate does not hold" in answer.detail


@pytest.mark.parametrize("scheme", ["tls", "https"])
def test_a_server_that_speaks_no_tls_is_unreachable(certificate, scheme):
    async def talk(reader, writer) -> None:
        writer.write(b"220 mail.example.com ESMTP\r\n")
        await reader.read()

    async def run() -> Answer:
        async with tcp(talk) as port:
            named = f"{scheme}://{LOOPBACK}:{port}"
            (answer,) = await ask(system_resolver(named, 10, certificate.trusted))
            return answer

    assert asyncio.run(run()).outcome is Outcome.UNREACHABLE


@pytest.mark.parametrize("scheme", ["tls", "https"])
@pytest.mark.parametrize("encrypted", [True, False])
def test_a_server_that_hangs_costs_the_timeout_once(certificate, scheme, encrypted):
    async def run() -> list[Answer]:
        context = certificate.context("h2") if encrypted else None
        async with tcp(hang, context=context) as port:
            named = f"{scheme}://{LOOPBACK}:{port}"
            resolver = system_resolver(named, 0.5, certificate.trusted)
            async with asyncio.timeout(20):
                return [(await resolver.query(f"{n}.test", "TXT")) for n in range(200)]

    assert {answer.outcome for answer in asyncio.run(run())} == {Outcome.TIMEOUT}


@pytest.mark.parametrize("path", ["/dns-query", "", "/dns-query{?dns}"])
def test_questions_over_https_share_a_connection(https, path):
    answers = https.ask(150, path)

    assert {answer.records for answer in answers} == {("found",)}
    assert https.connections == 1
    assert {wire[:2] for wire in https.asked} == {b"\0\0"}


def test_an_older_server_is_asked_over_a_few_connections(https):
    https.speaks = http1

    assert {answer.records for answer in https.ask(50)} == {("found",)}
    assert https.connections <= 4


@pytest.mark.parametrize(
    ("status", "body", "detail"),
    [
        (500, b"", "HTTP status 500"),
        (302, b"", "HTTP status 302"),
        (200, b"", "what it sent is no answer"),
        (200, b"<html>", "what it sent is no answer"),
        (200, b"x" * 65_530 + b"x" * 6, "more than a message holds"),
    ],
)
def test_what_is_no_answer_over_https_is_told(https, status, body, detail):
    https.react = lambda wire: (status, body)

    (answer,) = https.ask()

    assert (answer.outcome, answer.detail) == (Outcome.UNREACHABLE, detail)


def test_a_failure_that_is_told_over_https_is_the_servers(https):
    reason = dns.edns.EDEOption(dns.edns.EDECode.DNSSEC_BOGUS)
    https.react = lambda wire: (200, reply(wire, rcode="SERVFAIL", options=[reason]))

    (answer,) = https.ask()

    assert (answer.outcome, answer.detail) == (Outcome.SERVFAIL, "dnssec bogus")
