"""Fetching over real TLS: what comes, what is refused, and what is never asked for."""

import asyncio
import gzip
import socket
import threading
import zlib
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mactl.audit import MemoResolver
from mactl.audit.trust import certificates_in
from mactl.audit.web import HttpsWeb, MemoWeb, Page, Trouble
from mactl.errors import UsageError
from tests.audit.peers import Zone
from tests.audit.web.server import WebServer, certified, ok
from tests.conftest import examples

URL = "https://www.example.com/logo.svg"
SVG = b"<svg/>"


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    return certified(tmp_path_factory.mktemp("tls"), "www.example.com")


@pytest.fixture
def server(certificate):
    with WebServer(certificate) as server:
        server.answers["/logo.svg"] = ok(SVG)
        yield server


@pytest.fixture
def fetch(server, certificate, zone):
    """The page at an address, from the test server unless `http` is None."""

    def fetching(url=URL, largest=10_000, timeout=5.0, http=server.address, ca_file=certificate):
        async def run():
            trusted = certificates_in(ca_file) if ca_file else ()
            return await HttpsWeb(zone, timeout, http, trusted).fetch(url, largest)

        return asyncio.run(run())

    return fetching


def test_a_page_comes_with_its_type_from_the_server_that_is_named(fetch, server):
    page = fetch(f"{URL}?v=2#part")

    server.answers["/logo.svg?v=2"] = ok(SVG, "Image/SVG+XML; charset=utf-8")
    assert page.status == 404
    assert fetch(f"{URL}?v=2") == Page(f"{URL}?v=2", 200, "image/svg+xml", SVG)
    assert server.names == ["www.example.com"] * 2
    first, *headers = server.requests[-1].split("\n")
    assert first == "GET /logo.svg?v=2 HTTP/1.1"
    assert "Host: www.example.com" in headers and not [h for h in headers if "Cookie" in h]
    assert [h for h in headers if h.startswith("User-Agent: mactl/")]


def test_a_certificate_that_nobody_vouches_for_is_refused(fetch, server):
    page = fetch(ca_file=None)

    assert (page.trouble, page.status, page.body) == (Trouble.CERTIFICATE, 0, b"")
    assert server.requests == []


def test_a_certificate_for_another_name_is_refused(fetch, server):
    assert fetch("https://example.com/logo.svg").trouble is Trouble.CERTIFICATE
    assert server.requests == []


def test_a_certificate_that_has_expired_is_refused(zone, tmp_path):
    expired = certified(tmp_path, "www.example.com", days=-1)
    with WebServer(expired) as server:
        web = HttpsWeb(zone, 5, server.address, certificates_in(expired))
        page = asyncio.run(web.fetch(URL, 100))

    assert page.trouble is Trouble.CERTIFICATE and "expired" in page.detail


@pytest.mark.parametrize("host", [".", ".a", "a..b", "x" * 64, "*", "[::1%25lo]", "a_b.", "-"])
def test_a_host_that_no_certificate_can_name_is_no_page(fetch, host):
    assert fetch(f"https://{host}/logo.svg").trouble is not None


def test_answers_before_the_answer_without_end_are_too_much(fetch, server):
    def endless(handler):
        with suppress(OSError):  # the client hangs up
            while True:
                handler.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n" * 500)

    server.answers["/logo.svg"] = endless

    assert fetch(timeout=30.0).trouble is Trouble.TOO_LARGE


def test_a_redirect_is_a_page_and_not_followed(fetch, server):
    server.answers["/logo.svg"] = (
        b"HTTP/1.1 302 Found\r\nLocation: https://www.example.com/other\r\nContent-Length: 0\r\n\r\n"
    )

    assert fetch().failure == "HTTP status 302"
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "answer",
    [
        ok(bytes(101)),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        + b"40\r\n%b\r\n" % bytes(64) * 3
        + b"0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n" + bytes(5000),
        ok(gzip.compress(bytes(5_000_000)), "text/plain", "Content-Encoding: gzip"),
        ok(zlib.compress(bytes(5_000)), "text/plain", "Content-Encoding: deflate"),
    ],
    ids=["length", "chunks", "no-length", "gzip bomb", "deflate"],
)
def test_no_more_is_read_than_was_asked_for(fetch, server, answer):
    server.answers["/logo.svg"] = answer

    page = fetch(largest=100)

    assert (page.trouble, page.body) == (Trouble.TOO_LARGE, b"")


def test_a_page_of_exactly_the_limit_comes(fetch, server):
    server.answers["/logo.svg"] = ok(gzip.compress(bytes(100)), "a/b", "Content-Encoding: gzip")

    assert fetch(largest=100).body == bytes(100)


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH_9.9\r\n",
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nX: " + b"a" * 100_000,
        ok(b"no gzip at all", "a/b", "Content-Encoding: gzip"),
        ok(gzip.compress(bytes(100))[:-9], "a/b", "Content-Encoding: gzip"),
        ok(b"?", "a/b", "Content-Encoding: br"),
    ],
    ids=[
        "another protocol",
        "nothing",
        "half",
        "two lengths",
        "a field without end",
        "no gzip",
        "cut",
        "br",
    ],
)
def test_an_answer_that_is_no_http_is_told(fetch, server, answer):
    server.answers["/logo.svg"] = answer

    assert fetch().trouble is Trouble.NOT_HTTP


def test_a_server_without_tls_is_told(zone):
    with WebServer(None) as server:
        page = asyncio.run(HttpsWeb(zone, 2, server.address).fetch(URL, 100))

    assert page.trouble is Trouble.TLS and not page.may_come_later


def test_a_server_that_keeps_silent_costs_the_timeout_at_most(fetch, server):
    hung = threading.Event()
    server.answers["/logo.svg"] = lambda handler: hung.wait(5)

    page = fetch(timeout=0.3)
    hung.set()

    assert page.trouble is Trouble.TIMEOUT and page.may_come_later


def test_a_server_that_drips_costs_the_timeout_at_most(fetch, server):
    stop = threading.Event()

    def drip(handler):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n")
        for _ in range(100):
            if stop.wait(0.05):
                return
            handler.wfile.write(b"a")

    server.answers["/logo.svg"] = drip

    page = fetch(timeout=0.4)
    stop.set()

    assert page.trouble is Trouble.TIMEOUT


def test_nothing_listens_there(zone):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
    page = asyncio.run(HttpsWeb(zone, 2, address).fetch(URL, 100))

    assert page.trouble is Trouble.UNREACHABLE


@pytest.mark.parametrize(
    ("records", "address"),
    [
        ({"A": "127.0.0.1"}, "127.0.0.1"),
        ({"A": "10.1.2.3"}, "10.1.2.3"),
        ({"A": "169.254.169.254"}, "169.254.169.254"),
        ({"A": "224.0.0.1"}, "224.0.0.1"),
        ({"AAAA": "::1"}, "::1"),
        ({"AAAA": "::ffff:127.0.0.1"}, "::ffff:127.0.0.1"),
        ({"AAAA": "2002:7f00:1::"}, "2002:7f00:1::"),
        ({"AAAA": "64:ff9b::a00:1"}, "64:ff9b::a00:1"),
        ({"AAAA": "fe80::1"}, "fe80::1"),
        ({"CNAME": "inside.example.com"}, "192.168.7.7"),
    ],
)
def test_nothing_is_fetched_from_a_private_address(fetch, zone, connections, records, address):
    zone.put("inside.example.com", "A", "192.168.7.7")
    for rdtype, value in records.items():
        zone.put("www.example.com", rdtype, value)

    page = fetch(http=None)

    assert (page.trouble, page.detail) == (Trouble.PRIVATE_ADDRESS, address)
    assert connections == []


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "10.0.0.1", "[::ffff:10.0.0.1]"])
def test_a_private_address_is_refused_also_where_it_is_written_out(fetch, connections, host):
    assert fetch(f"https://{host}/", http=None).trouble is Trouble.PRIVATE_ADDRESS
    assert connections == []


@pytest.fixture
def connections(monkeypatch):
    """Where connections were tried; none is made."""
    tried = []

    async def connect(host, port, **_):
        tried.append((host, port))
        raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr(asyncio, "open_connection", connect)
    return tried


def test_only_the_address_that_was_checked_is_connected_to(fetch, zone, connections):
    zone.put("www.example.com", "A", ["127.0.0.1", "192.0.2.1"])
    zone.put("www.example.com", "AAAA", ["fd00::1", "2001:db8::1"])

    page = fetch("https://WWW.example.com.:8443/", http=None)

    assert connections == [("192.0.2.1", 8443), ("2001:db8::1", 8443)]
    assert page.trouble is Trouble.UNREACHABLE
    assert sorted(zone.asked) == [("www.example.com", "A"), ("www.example.com", "AAAA")]


def test_a_host_of_a_hundred_addresses_is_tried_four_times(fetch, zone, connections):
    zone.put("www.example.com", "A", [f"192.0.2.{number}" for number in range(100)])

    fetch(http=None)

    assert len(connections) == 4


def test_a_host_without_an_address_is_told_from_a_dns_that_failed(fetch, zone):
    zone.servfail("failing.example.com")

    absent = fetch("https://absent.example.com/", http=None)
    failing = fetch("https://failing.example.com/", http=None)

    assert absent.trouble is Trouble.NO_ADDRESS and not absent.may_come_later
    assert failing.trouble is Trouble.DNS_FAILED and failing.may_come_later


@pytest.mark.parametrize(
    "url",
    ["http://www.example.com/", "ftp://a.test/", "https://", "https://a.test:99999/", "file:///etc",
     "https://www.example.com/a b", "https://www.example.com/\r\nX: y", "", "https://[::1/"],
)  # fmt: skip
def test_nothing_but_https_is_fetched(fetch, server, url):
    assert fetch(url).trouble is Trouble.NOT_FETCHED
    assert server.requests == []


def test_proxies_of_the_environment_are_not_used(fetch, server, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")

    assert fetch().body == SVG


@pytest.mark.parametrize(
    "http", ["", "localhost", "localhost:", "a:99999", "http://a:80", "a:80/b"]
)
def test_a_server_instead_must_be_a_host_and_a_port(zone, http):
    with pytest.raises(UsageError, match="is not a web server"):
        HttpsWeb(zone, 1, http)


def test_a_page_is_fetched_once_in_a_run_and_by_all_who_want_it(server, certificate, zone):
    async def run():
        web = MemoWeb(HttpsWeb(zone, 5, server.address, certificates_in(certificate)))
        together = await asyncio.gather(*(web.fetch(URL, 100) for _ in range(5)))
        return [*together, await web.fetch(URL, 100)]

    pages = asyncio.run(run())

    assert {page.body for page in pages} == {SVG} and len(server.requests) == 1


def test_nobody_waits_longer_than_the_patience(zone):
    class Never:
        async def fetch(self, url, largest):
            await asyncio.Event().wait()

    async def run():
        web = MemoWeb(Never(), patience=0.05)
        return await asyncio.gather(web.fetch(URL, 1), web.fetch(f"{URL}2", 1))

    assert {page.trouble for page in asyncio.run(run())} == {Trouble.TIMEOUT}


def test_a_resolver_with_a_memory_serves_it_too(server, certificate, zone):
    async def run():
        web = HttpsWeb(MemoResolver(zone), 5, server.address, certificates_in(certificate))
        return await web.fetch(URL, 100)

    assert asyncio.run(run()).body == SVG


@settings(
    max_examples=examples(40),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.one_of(
        st.binary(max_size=200),
        st.binary(max_size=200).map(lambda rest: b"HTTP/1.1 200 OK\r\n" + rest),
        st.binary(max_size=200).map(lambda body: ok(body, "a/b", "Content-Encoding: gzip")),
    )
)
def test_no_answer_makes_it_raise_or_read_too_much(server, certificate, answer):
    server.answers["/logo.svg"] = answer

    web = HttpsWeb(Zone(), 5, server.address, certificates_in(certificate))
    page = asyncio.run(web.fetch(URL, 50))

    assert (page.trouble is None) == (page.status > 0) and len(page.body) <= 50
