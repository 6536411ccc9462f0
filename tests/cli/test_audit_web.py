"""`mactl audit` with a name server and a web server of its own."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from tests.audit.bimi.files import all_files
from tests.audit.cases import HEALTHY
from tests.audit.keys import rsa_key, with_keys
from tests.audit.peers import DnsServer, Zone
from tests.audit.web.server import WebServer, certified, ok
from tests.cli.conftest import Mactl

AT = "2026-11-20T12:00:00Z"


@pytest.fixture
def dns() -> Iterator[DnsServer]:
    with DnsServer(Zone.of(with_keys(HEALTHY, {"rsa2048": rsa_key(2048)}))) as server:
        yield server


@pytest.fixture
def tls(tmp_path: Path) -> Path:
    return certified(tmp_path, "example.com", "mta-sts.example.com")


@pytest.fixture
def web(tls: Path) -> Iterator[WebServer]:
    with WebServer(tls) as server:
        files = all_files()
        server.answers["/logo.svg"] = ok(files["logo"])
        policy = b"version: STSv1\nmode: enforce\nmx: mail.example.com\nmax_age: 604800\n"
        server.answers["/.well-known/mta-sts.txt"] = ok(policy, "text/plain")
        server.answers["/logo.pem"] = ok(files["mark"], "application/pem-certificate-chain")
        yield server


def test_the_logo_and_the_certificate_come_from_the_server_that_is_named(
    mactl: Mactl, dns: DnsServer, web: WebServer, tls: Path, tmp_path: Path
) -> None:
    trusted = tmp_path / "trusted.pem"
    root = all_files().root.public_bytes(Encoding.PEM).decode()
    trusted.write_text(tls.read_text() + root, encoding="ascii")

    told = mactl(
        "audit", "example.com", "--nameserver", dns.address, "--http", web.address,
        "--ca-file", trusted, "--format", "json", "--now", AT,
    )  # fmt: skip

    (report,) = json.loads(told.out)["domains"]
    assert (told.status, report["findings"], report["verdict"]) == (0, [], "pass")
    assert report["bimi"]["image"]["title"] == "Example"
    assert report["bimi"]["mark"]["trusted"] and report["bimi"]["mark"]["matches_logo"]
    assert sorted(request.split()[1] for request in web.requests) == [
        "/.well-known/mta-sts.txt",
        "/logo.pem",
        "/logo.svg",
    ]


def test_a_web_server_that_nobody_vouches_for_is_an_error(
    mactl: Mactl, dns: DnsServer, web: WebServer
) -> None:
    told = mactl("audit", "example.com", "--nameserver", dns.address, "--http", web.address)

    assert told.status == 1 and "bimi-fetch-failed" in told.out and web.requests == []


def test_without_a_server_instead_no_private_address_is_asked(
    mactl: Mactl, dns: DnsServer, tls: Path
) -> None:
    dns.zone.put("example.com", "A", "127.0.0.1")

    told = mactl("audit", "example.com", "--nameserver", dns.address, "--ca-file", tls)

    assert told.status == 1 and "private address (127.0.0.1)" in " ".join(told.out.split())


@pytest.mark.parametrize(
    ("option", "value", "says"),
    [("--http", "nonsense", "not a web server"), ("--ca-file", "absent.pem", "can't be read")],
)
def test_a_server_or_a_file_that_is_none_is_a_usage_error(
    mactl: Mactl, dns: DnsServer, option: str, value: str, says: str
) -> None:
    told = mactl("audit", "example.com", "--nameserver", dns.address, option, value)

    assert told.status == 2 and says in told.err
