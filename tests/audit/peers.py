"""A DNS in memory, and the same zones behind real sockets."""

import asyncio
import socket
import socketserver
import struct
import threading
from datetime import UTC, datetime
from typing import Any

import dns.flags
import dns.message
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from mactl.audit import Answer, Means, Outcome, Resolver
from mactl.audit.names import is_within
from mactl.audit.web import Page, Trouble

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)

FAILURES = {
    "SERVFAIL": Outcome.SERVFAIL,
    "REFUSED": Outcome.REFUSED,
    "TIMEOUT": Outcome.TIMEOUT,
}


class Zone:
    """Names with records, and names whose server fails; a resolver by itself.

    `of` takes the compact form of the case files: a text is a TXT record, a list several, one of
    SERVFAIL, REFUSED and TIMEOUT a failure for every type, a mapping says it by type. RRSIG records
    come along with what they cover. Names below one in `bogus` are refused to who wants them checked.
    """

    def __init__(self) -> None:
        self.names: dict[str, dict[str, Any]] = {}
        self.asked: list[tuple[str, str]] = []
        self.servers: dict[str, Zone] = {}
        self.bogus: set[str] = set()

    @classmethod
    def of(cls, mapping: dict[str, Any]) -> "Zone":
        zone = cls()
        for name, entry in mapping.items():
            if isinstance(entry, dict):
                for rdtype, value in entry.items():
                    zone.put(name, rdtype, value)
            elif entry is not None:
                failure = isinstance(entry, str) and entry in FAILURES
                zone.put(name, "*" if failure else "TXT", entry)
        return zone

    def put(self, name: str, rdtype: str, value: Any) -> "Zone":
        whole = isinstance(value, list) or value in FAILURES
        records = value if whole else [value]
        self.names.setdefault(name.lower(), {})[rdtype] = records
        return self

    def txt(self, name: str, *texts: str) -> "Zone":
        return self.put(name, "TXT", list(texts))

    def servfail(self, name: str) -> "Zone":
        return self.put(name, "*", "SERVFAIL")

    def timeout(self, name: str) -> "Zone":
        return self.put(name, "*", "TIMEOUT")

    def records(self, name: str) -> dict[str, Any] | None:
        """What is at a name: its own, an empty non-terminal's nothing, a wildcard's, or None."""
        name = name.lower()
        if name in self.names:
            return self.names[name]
        if any(other.endswith(f".{name}") for other in self.names):
            return {}
        while "." in name:
            name = name.partition(".")[2]
            if f"*.{name}" in self.names:
                return self.names[f"*.{name}"]
            # RFC 4592 3.3.1: a wildcard further up does not reach below a name that exists.
            if name in self.names or any(other.endswith(f".{name}") for other in self.names):
                return None
        return None

    def look_up(self, name: str, rdtype: str) -> tuple[Outcome, list[str], list[str]]:
        """The outcome, the records, and the names that CNAMEs lead through."""
        chain: list[str] = []
        while len(chain) < 9:
            found = self.records(chain[-1] if chain else name)
            if found is None:
                return Outcome.NXDOMAIN, [], chain
            records = found.get(rdtype, found.get("*"))
            if isinstance(records, str):
                return FAILURES[records], [], chain
            if records:
                return Outcome.RECORDS, [str(record) for record in records], chain
            if "CNAME" not in found:
                return Outcome.NODATA, [], chain
            chain.append(str(found["CNAME"][0]).lower())
        return Outcome.SERVFAIL, [], chain

    async def query(self, name: str, rdtype: str, *, unchecked: bool = False) -> Answer:
        self.asked.append((name, rdtype))
        await asyncio.sleep(0)
        outcome, records, chain = self.look_up(name, rdtype)
        if not unchecked and rdtype != "DS" and any(is_within(name, top) for top in self.bogus):
            return Answer(name, rdtype, Outcome.SERVFAIL)
        made = (self.records(name) or {}).get("RRSIG", [])
        signatures = tuple(text for text in made if text.split()[0] == rdtype)
        alias = chain[-1] if chain else ""
        return Answer(name, rdtype, outcome, tuple(records), alias, signatures=signatures)

    def at(self, address: str) -> "Zone":
        """What the server at `address` says: `servers` holds those that say something else."""
        return self.servers.get(address, self)


class Pages:
    """A web in memory: a page, or why none comes, by address; whatever is not there is a 404."""

    def __init__(self, pages: dict[str, Page] | None = None) -> None:
        self.pages = pages or {}
        self.fetched: list[str] = []

    @classmethod
    def of(cls, mapping: dict[str, Any]) -> "Pages":
        """From the compact form of the case files: a body, or `status`, `type`, `body`, `trouble`."""
        return cls({url: _page(url, entry) for url, entry in mapping.items() if entry is not None})

    async def fetch(self, url: str, largest: int) -> Page:
        self.fetched.append(url)
        await asyncio.sleep(0)
        page = self.pages.get(url, Page(url, 404, "text/plain", b"not found"))
        if len(page.body) > largest:
            return Page(url, trouble=Trouble.TOO_LARGE, detail=f"more than {largest} octets")
        return page


def _page(url: str, entry: Any) -> Page:
    if not isinstance(entry, dict):
        entry = {"body": entry}
    body = entry.get("body", b"")
    return Page(
        url,
        0 if "trouble" in entry else entry.get("status", 200),
        entry.get("type", "text/plain"),
        body if isinstance(body, bytes) else body.encode(),
        Trouble(entry["trouble"]) if "trouble" in entry else None,
    )


def means_of(resolver: Resolver, pages: Pages | None = None, now: datetime = NOW) -> Means:
    """The means that tests give an audit."""
    return Means(resolver, pages or Pages(), now)


class DnsServer:
    """Answers for a zone over UDP and TCP on one port of the loopback interface.

    `udp_limit` is the size from which UDP answers are truncated; `silent` names get no answer;
    `knows_edns` false makes it as old as some middleboxes are.
    """

    def __init__(self, zone: Zone, host: str = "127.0.0.1", port: int = 0) -> None:
        self.zone = zone
        self.udp_limit = 1232
        self.knows_edns = True
        self.chases_aliases = True
        self.asked: list[tuple[str, str, str]] = []
        server = self

        class Udp(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                wire, sender = self.request
                if (answer := server.answer(wire, "udp")) is not None:
                    sender.sendto(answer, self.client_address)

        class Tcp(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                (length,) = struct.unpack("!H", self.request.recv(2, socket.MSG_WAITALL))
                wire = self.request.recv(length, socket.MSG_WAITALL)
                if (answer := server.answer(wire, "tcp")) is not None:
                    self.request.sendall(struct.pack("!H", len(answer)) + answer)

        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        udp_type = type("UdpServer", (socketserver.UDPServer,), {"address_family": family})
        tcp_type = type(
            "TcpServer",
            (socketserver.TCPServer,),
            {"address_family": family, "allow_reuse_address": True},
        )
        while True:  # the same port must be free for both
            self._tcp = tcp_type((host, port), Tcp)
            self.port = self._tcp.server_address[1]
            try:
                self._udp = udp_type((host, self.port), Udp)
                break
            except OSError:
                self._tcp.server_close()
        self.address = f"[{host}]:{self.port}" if ":" in host else f"{host}:{self.port}"
        self._threads = [
            threading.Thread(target=s.serve_forever, args=(0.02,)) for s in (self._udp, self._tcp)
        ]

    def __enter__(self) -> "DnsServer":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        for listener in (self._udp, self._tcp):
            listener.shutdown()
            listener.server_close()
        for thread in self._threads:
            thread.join()

    def answer(self, wire: bytes, transport: str) -> bytes | None:
        query = dns.message.from_wire(wire)
        name = query.question[0].name.to_text(omit_final_dot=True)
        rdtype = dns.rdatatype.to_text(query.question[0].rdtype)
        self.asked.append((name.lower(), rdtype, transport))
        if not self.knows_edns and query.edns >= 0:
            query.use_edns(-1)
            response = dns.message.make_response(query)
            response.set_rcode(dns.rcode.FORMERR)
            return response.to_wire()
        response = dns.message.make_response(query)
        outcome, records, chain = self.zone.look_up(name, rdtype)
        if outcome is Outcome.TIMEOUT:
            return None
        if not self.chases_aliases and chain:
            outcome, records, chain = Outcome.RECORDS, [], chain[:1]
        owner = name
        for target in chain:
            self._add(response, owner, "CNAME", [presented("CNAME", target)])
            owner = target
        match outcome:
            case Outcome.NXDOMAIN:
                response.set_rcode(dns.rcode.NXDOMAIN)
            case Outcome.SERVFAIL | Outcome.REFUSED:
                response.set_rcode(dns.rcode.from_text(outcome.upper()))
            case Outcome.RECORDS if records:
                self._add(response, owner, rdtype, [presented(rdtype, r) for r in records])
        whole = response.to_wire(max_size=65535)
        if transport == "udp" and len(whole) > self.udp_limit:
            response.flags |= dns.flags.TC
            response.answer = []
            return response.to_wire()
        return whole

    @staticmethod
    def _add(response: dns.message.Message, owner: str, rdtype: str, records: list[str]) -> None:
        rrset = dns.rrset.from_text_list(f"{owner}.", 60, dns.rdataclass.IN, rdtype, records)
        response.answer.append(rrset)


def presented(rdtype: str, record: str) -> str:
    """A record as a zone file has it."""
    if rdtype in ("TXT", "SPF"):
        octets = record.encode("latin-1")
        parts = [octets[start : start + 255] for start in range(0, len(octets), 255)] or [b""]
        return " ".join('"' + "".join(f"\\{octet:03d}" for octet in p) + '"' for p in parts)
    return f"{record}." if rdtype in ("MX", "PTR", "NS", "CNAME") else record
