"""A name server for domains that send mail as companies do, each answer after a delay, over UDP and TCP.

    python benchmarks/name_server.py --address 127.0.0.2 --port 53 --domains 1000 --delay 0.05

Its answers are made before the first question, so that it keeps up with whoever asks.
"""

import argparse
import asyncio
import base64
import signal
import socket
import struct
from contextlib import suppress
from typing import Any

import dns.message
import dns.name
import dns.reversename
import dns.rrset

Zone = dict[str, dict[str, list[str]]]

_BUFFER = 4 << 20
_NAME_ERROR = 3
_EDNS = bytes.fromhex("0000 2904d0 00000000 0000".replace(" ", ""))


def domain(number: int) -> str:
    return f"d{number}.example"


def shared() -> Zone:
    """Services that many domains include: asked once by whoever remembers."""
    return {
        "example": {"SOA": ["ns.example. root.example. 1 2 3 4 5"]},
        "_spf.mailbox.test": {
            "TXT": ["v=spf1 include:_n1.mailbox.test include:_n2.mailbox.test ~all"]
        },
        "_n1.mailbox.test": {"TXT": ["v=spf1 ip4:198.51.100.0/25 ip6:2001:db8:1::/48 ~all"]},
        "_n2.mailbox.test": {"TXT": ["v=spf1 ip4:198.51.100.128/25 ip6:2001:db8:2::/48 ~all"]},
        "spf.newsletter.test": {"TXT": ["v=spf1 ip4:203.0.113.0/26 -all"]},
        "spf.tickets.test": {"TXT": ["v=spf1 ip4:203.0.113.64/26 include:spf.cloud.test -all"]},
        "spf.cloud.test": {"TXT": ["v=spf1 ip4:203.0.113.128/26 -all"]},
        "key.newsletter.test": {"TXT": [_key()]},
        "reports.test": {"MX": ["10 mx.reports.test."], "A": ["192.0.2.90"]},
        "mx.reports.test": {"A": ["192.0.2.91"]},
        **{
            f"mx{n}.mailbox.test": {"A": [f"192.0.2.{n}"], "AAAA": [f"2001:db8:3::{n}"]}
            for n in (1, 2)
        },
        **{
            _reverse(address): {"PTR": [f"mx{n}.mailbox.test."]}
            for n in (1, 2)
            for address in (f"192.0.2.{n}", f"2001:db8:3::{n}")
        },
    }


def of_domain(name: str) -> Zone:
    """What a domain publishes: two mail hosts, three services, two keys, a policy, reports."""
    spf = (
        "v=spf1 include:_spf.mailbox.test include:spf.newsletter.test include:spf.tickets.test -all"
    )
    return {
        name: {
            "SOA": [f"ns1.{name}. root.{name}. 1 2 3 4 5"],
            "NS": [f"ns1.{name}.", f"ns2.{name}."],
            "MX": ["10 mx1.mailbox.test.", "20 mx2.mailbox.test."],
            "TXT": [spf, "site-verification=0123456789abcdef"],
            "A": ["192.0.2.80"],
        },
        f"www.{name}": {"CNAME": [f"{name}."]},
        f"ns1.{name}": {"A": ["192.0.2.53"]},
        f"ns2.{name}": {"A": ["198.51.100.53"]},
        f"_dmarc.{name}": {"TXT": [f"v=DMARC1; p=reject; rua=mailto:dmarc@{name}"]},
        f"default._domainkey.{name}": {"TXT": [_key()]},
        f"k1._domainkey.{name}": {"CNAME": ["key.newsletter.test."]},
        f"_smtp._tls.{name}": {"TXT": [f"v=TLSRPTv1; rua=mailto:tls@{name}"]},
    }


def _reverse(address: str) -> str:
    return dns.reversename.from_address(address).to_text(omit_final_dot=True)


def _key() -> str:
    """A key of 2048 bits that nobody has the other half of."""
    modulus = bytes(1) + b"\x80" + bytes(254) + b"\1"
    integers = b"\x02\x82\x01\x01" + modulus + b"\x02\x03\x01\x00\x01"
    rsa = b"\x30\x82" + len(integers).to_bytes(2) + integers
    bits = b"\x03\x82" + (len(rsa) + 1).to_bytes(2) + b"\0" + rsa
    kind = bytes.fromhex("300d06092a864886f70d0101010500")
    whole = kind + bits
    der = b"\x30\x82" + len(whole).to_bytes(2) + whole
    return f"v=DKIM1; k=rsa; p={base64.b64encode(der).decode()}"


class Answers:
    """The octets that follow the question, by name and type; everything else is absent."""

    def __init__(self, zone: Zone) -> None:
        self._known: dict[bytes, tuple[int, bytes]] = {}
        self._names: set[bytes] = set()
        for name, records in zone.items():
            for rdtype in sorted({*records, "TXT", "A", "AAAA", "MX"}):
                chain = self._chain(zone, name, rdtype)
                if chain:
                    self._keep(name, rdtype, chain)
            labels = dns.name.from_text(name)
            while labels != dns.name.root:
                self._names.add(labels.to_wire() or b"")
                labels = labels.parent()

    def _chain(self, zone: Zone, name: str, rdtype: str) -> list[tuple[str, str, list[str]]]:
        chain = []
        while name in zone and rdtype not in zone[name] and "CNAME" in zone[name]:
            chain.append((name, "CNAME", zone[name]["CNAME"]))
            name = zone[name]["CNAME"][0].rstrip(".")
        if records := zone.get(name, {}).get(rdtype):
            chain.append((name, rdtype, records))
        return chain

    def _keep(self, name: str, rdtype: str, chain: list[tuple[str, str, list[str]]]) -> None:
        query = dns.message.make_query(name, rdtype)
        response = dns.message.make_response(query)
        count = 0
        for owner, kind, records in chain:
            texts = [_quoted(text) for text in records] if kind == "TXT" else records
            response.answer.append(dns.rrset.from_text_list(f"{owner}.", 60, "IN", kind, texts))
            count += len(records)
        wire = response.to_wire()
        size = len(query.to_wire())
        self._known[wire[12:size]] = count, wire[size:]

    def to(self, wire: bytes) -> bytes:
        """The answer to a packet that asks one question."""
        end = 12
        while wire[end]:
            end += wire[end] + 1
        question = wire[12 : end + 5]
        number = wire[:2]
        count, rest = self._known.get(question.lower(), (0, b""))
        exists = count or question[:-4].lower() in self._names
        flags = 0x8580 | (0 if exists else _NAME_ERROR)
        edns = int(wire[11] > 0)
        head = struct.pack("!HHHHH", flags, 1, count, 0, edns)
        return number + head + question + rest + _EDNS * edns


def _quoted(text: str) -> str:
    return " ".join(f'"{text[start : start + 255]}"' for start in range(0, len(text), 255))


class Server(asyncio.DatagramProtocol):
    def __init__(self, answers: Answers, delay: float) -> None:
        self._answers = answers
        self._delay = delay
        self._loop = asyncio.get_running_loop()

    def connection_made(self, transport: Any) -> None:
        self._send = transport.sendto

    def datagram_received(self, wire: bytes, place: Any) -> None:
        self._loop.call_later(self._delay, self._send, self._answers.to(wire), place)


async def serve(answers: Answers, given: argparse.Namespace) -> None:
    endpoint = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    endpoint.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
    endpoint.bind((given.address, given.port))
    loop = asyncio.get_running_loop()
    await loop.create_datagram_endpoint(lambda: Server(answers, given.delay), sock=endpoint)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            while True:
                wire = await reader.readexactly(int.from_bytes(await reader.readexactly(2)))
                await asyncio.sleep(given.delay)
                answer = answers.to(wire)
                writer.write(len(answer).to_bytes(2) + answer)
        writer.close()

    await asyncio.start_server(talk, given.address, given.port)
    print("ready", flush=True)
    stop = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    await stop.wait()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--address", default="127.0.0.2")
    parser.add_argument("--port", type=int, default=53)
    parser.add_argument("--domains", type=int, default=1000)
    parser.add_argument("--delay", type=float, default=0.05, help="seconds")
    given = parser.parse_args()
    zone = shared()
    for number in range(given.domains):
        zone |= of_domain(domain(number))
    asyncio.run(serve(Answers(zone), given))


if __name__ == "__main__":
    main()
