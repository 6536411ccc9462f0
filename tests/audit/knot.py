"""Knot, a real authoritative name server, on a port of the loopback interface, with zones of tests."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import dns.exception
import dns.message
import dns.query

from tests.audit.peers import Zone, presented

_CONFIGURATION = """\
server:
  rundir: {folder}
  listen: 127.0.0.1@{port}
  udp-workers: 1
  tcp-workers: 1
  background-workers: 1
log:
  - target: {folder}/log
    any: info
database:
  storage: {folder}
template:
  - id: default
    storage: {folder}
    journal-content: none
    zonefile-load: whole
    zonefile-sync: -1
    semantic-checks: soft
zone:
"""
_SOA = "@ 60 IN SOA ns.invalid. root.invalid. 1 60 60 60 60\n@ 60 IN NS ns.invalid.\n"
_AT_THE_TOP = (
    "SOA",
    "NS",
    "DS",
    "DNSKEY",
    "RRSIG",
)  # of a zone; what is served is in the middle of one
_PATIENCE = 20.0  # seconds until it answers


@dataclass(frozen=True)
class Knot:
    """A running server."""

    address: str
    """`HOST:PORT` for UDP and TCP."""


@contextmanager
def knot(folder: Path, zones: Mapping[str, Zone]) -> Iterator[Knot]:
    """A server that has each of `zones` below the name it goes by; its files are in `folder`."""
    files = {name: _SOA + zone_file(zone, name) for name, zone in zones.items()}
    with served(folder, files) as running:
        yield running


@contextmanager
def served(folder: Path, zones: Mapping[str, str]) -> Iterator[Knot]:
    """A server of zones, each by its name as a zone file; `folder` is where it keeps them."""
    program = shutil.which("knotd", path="/usr/sbin:/usr/local/sbin:/usr/bin")
    assert program, "needs Debian's knot"
    for name, text in zones.items():
        (folder / f"{name}.zone").write_text(text)
    port = _free_port()
    names = "".join(f"  - domain: {name}.\n" for name in zones)
    configuration = folder / "knot.conf"
    configuration.write_text(_CONFIGURATION.format(folder=folder, port=port) + names)
    with (folder / "stderr").open("wb") as said:
        process = subprocess.Popen([program, "-c", str(configuration)], stdout=said, stderr=said)
        try:
            for name in zones:
                _wait_for(f"{name}.", port, process, folder)
            yield Knot(f"127.0.0.1:{port}")
        finally:
            process.terminate()
            process.wait(_PATIENCE)


def zone_file(zone: Zone, below: str) -> str:
    """The names and records of `zone` as a zone file, every name with `below` put behind it."""
    lines = []
    for name, entry in zone.names.items():
        for rdtype, records in entry.items():
            if rdtype in _AT_THE_TOP:
                continue
            for record in records:
                data = presented(rdtype, record)
                if rdtype in ("MX", "CNAME", "NS", "PTR"):
                    data = (
                        f"{data.removesuffix('.')}.{below}." if record[-1:] != " " else f"{record}."
                    )
                lines.append(f"{name}.{below}. 60 IN {rdtype} {data}\n")
    return "".join(lines)


def _free_port() -> int:
    with closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(name: str, port: int, process: "subprocess.Popen[bytes]", folder: Path) -> None:
    ends = time.monotonic() + _PATIENCE
    query = dns.message.make_query(name, "SOA")
    while time.monotonic() < ends and process.poll() is None:
        try:
            if dns.query.udp(query, "127.0.0.1", timeout=0.5, port=port).answer:
                return
        except (OSError, dns.exception.DNSException):
            pass
        time.sleep(0.05)
    told = [(folder / file).read_text() for file in ("stderr", "log") if (folder / file).exists()]
    raise AssertionError(f"knot does not serve {name}: {' '.join(told)[-2000:]}")
