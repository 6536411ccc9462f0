"""Name servers on the loopback that say whatever a test wants, well-formed or not."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
import h2.config
import h2.connection
import h2.events

from mactl.audit.dns.asking import DnsResolver, new_places
from mactl.audit.dns.authorities import Authorities
from mactl.audit.dns.servers import PlainServer

LOOPBACK = "127.0.0.1"
React = Callable[[bytes], Iterable[bytes]]
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def reply(
    wire: bytes,
    *records: str,
    rcode: str = "NOERROR",
    authority: Iterable[str] = (),
    flags: int = 0,
    options: Any = (),
) -> bytes:
    """The answer to a question; a record is `owner TYPE data`."""
    query = dns.message.from_wire(wire)
    response = dns.message.make_response(query)
    response.flags |= flags
    response.set_rcode(dns.rcode.from_text(rcode))
    for section, lines in ((response.answer, records), (response.authority, authority)):
        for line in lines:
            owner, rdtype, data = line.split(" ", 2)
            section.append(dns.rrset.from_text(owner, 60, "IN", rdtype, data))
    if options:
        response.use_edns(0, options=list(options))
    return response.to_wire()


def txt(wire: bytes, text: str = "found") -> bytes:
    return reply(wire, f'{name_of(wire)} TXT "{text}"')


def name_of(wire: bytes) -> str:
    return dns.message.from_wire(wire).question[0].name.to_text()


def number_of(wire: bytes) -> int:
    return int.from_bytes(wire[:2])


@dataclass
class Peer(asyncio.DatagramProtocol):
    """A UDP server that keeps what it was sent, and from which ports."""

    react: React
    port: int = 0
    asked: list[bytes] = field(default_factory=list)
    ports: list[int] = field(default_factory=list)

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, wire: bytes, place: Any) -> None:
        self.asked.append(wire)
        self.ports.append(place[1])
        for answer in self.react(wire):
            self.transport.sendto(answer, place)


@asynccontextmanager
async def udp(react: React, port: int = 0) -> AsyncIterator[Peer]:
    """A server that answers each packet with whatever `react` makes of it."""
    loop = asyncio.get_running_loop()
    transport, peer = await loop.create_datagram_endpoint(
        lambda: Peer(react), local_addr=(LOOPBACK, port)
    )
    peer.port = transport.get_extra_info("sockname")[1]
    try:
        yield peer
    finally:
        transport.close()
        await asyncio.sleep(0)


@asynccontextmanager
async def tcp(
    talk: Talk, port: int = 0, context: ssl.SSLContext | None = None
) -> AsyncIterator[int]:
    """A server that speaks to each connection as `talk` does; its port."""

    async def and_close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                await talk(reader, writer)
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(and_close, LOOPBACK, port, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


@asynccontextmanager
async def both(react: React, talk: Talk) -> AsyncIterator[Peer]:
    """UDP and TCP on one port."""
    while True:
        async with udp(react) as peer:
            with suppress(OSError):
                async with tcp(talk, peer.port):
                    yield peer
                    return


async def read_framed(reader: asyncio.StreamReader) -> bytes:
    return await reader.readexactly(int.from_bytes(await reader.readexactly(2)))


def framed(wire: bytes) -> bytes:
    return len(wire).to_bytes(2) + wire


def truncated(wire: bytes) -> list[bytes]:
    return [reply(wire, flags=dns.flags.TC)]


async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


def resolver_of(*peers: Peer | int, timeout: float = 3.0) -> DnsResolver:
    """What asks these servers in turn, as it would those of the system."""
    ports = [peer if isinstance(peer, int) else peer.port for peer in peers]
    places = new_places()
    authorities = Authorities(timeout, places, ports[0])
    servers = [PlainServer(LOOPBACK, port) for port in ports]
    return DnsResolver(servers, timeout, authorities.at, places)


HttpReact = Callable[[bytes], tuple[int, bytes]]


def http2(react: HttpReact) -> Talk:
    """What speaks HTTP/2: the body of a request → status and body."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
        connection.initiate_connection()
        bodies: dict[int, bytes] = {}
        writer.write(connection.data_to_send())
        while data := await reader.read(65536):
            for event in connection.receive_data(data):
                match event:
                    case h2.events.DataReceived():
                        bodies[event.stream_id] = bodies.get(event.stream_id, b"") + event.data
                    case h2.events.StreamEnded():
                        status, body = react(bodies.pop(event.stream_id, b""))
                        head = [
                            (":status", str(status)),
                            ("content-type", "application/dns-message"),
                        ]
                        connection.send_headers(event.stream_id, head)
                        window = connection.local_flow_control_window(event.stream_id)
                        for start in range(0, min(len(body), window), 16384):
                            connection.send_data(event.stream_id, body[start : start + 16384])
                        if len(body) <= window:
                            connection.end_stream(event.stream_id)
            writer.write(connection.data_to_send())

    return talk


def http1(react: HttpReact) -> Talk:
    """What speaks HTTP/1.1 only, a request after the other."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := (await reader.readuntil(b"\r\n\r\n")).lower():
            length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
            status, body = react(await reader.readexactly(length))
            writer.write(
                b"HTTP/1.1 %d .\r\nContent-Length: %d\r\n\r\n" % (status, len(body)) + body
            )

    return talk
