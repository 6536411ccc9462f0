"""The heartbeat, heard by real web servers."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from mactl.delivery import heartbeat
from mactl.delivery.channels.http import Patience
from mactl.delivery.heartbeat import beat
from tests.certificates import Certificate
from tests.delivery.webs import HANG_UP, Behaviour, Web, web_server

NAME, TOKEN = "heartbeat.url", "5e71c0de"


@pytest.fixture(autouse=True)
def in_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "_PATIENCE", Patience(0.5, 0.5))
    monkeypatch.setattr(heartbeat, "_AGAIN_AFTER", 0.01)


@pytest.fixture
def monitor(request: pytest.FixtureRequest) -> Iterator[Web]:
    behave: Behaviour = getattr(request, "param", lambda number: 200)
    with web_server(behave) as web:
        yield web


def address(web: Web) -> str:
    return f"http://127.0.0.1:{web.port}/api/push/{TOKEN}?status=up&msg=OK&ping="


def test_it_is_one_get_without_a_body_to_the_very_address(monitor: Web) -> None:
    assert beat(NAME, address(monitor)) is None

    (request,) = monitor.requests
    assert (request.method, request.path) == (
        "GET",
        f"/api/push/{TOKEN}?status=up&msg=OK&ping=",
    )
    assert request.body == b""
    assert request.headers["User-Agent"].startswith("mactl/")
    assert "Content-Length" not in request.headers


@pytest.mark.parametrize(
    ("monitor", "why", "asked"),
    [
        (lambda number: 404, "HTTP 404 Not Found", 1),
        (lambda number: 500, "HTTP 500", 2),
        (lambda number: HANG_UP, "Connection reset by peer", 2),
        (lambda number: 2.0, "no answer in time", 2),
        (lambda number: b"220 mail.example ESMTP\r\n", "does not speak HTTP", 2),
        (lambda number: (302, {"Location": "http://127.0.0.1/"}, b""), "not followed", 1),
    ],
    indirect=["monitor"],
)
def test_what_is_not_heard_says_why_and_never_where(monitor: Web, why: str, asked: int) -> None:
    told = beat(NAME, address(monitor))

    assert told is not None and why in told
    assert told.startswith(f"heartbeat.url (127.0.0.1:{monitor.port}): ")
    assert TOKEN not in told
    assert len(monitor.requests) == asked


@pytest.mark.parametrize(
    "monitor",
    [
        lambda number: 503 if number == 1 else 200,
        lambda number: HANG_UP if number == 1 else 200,
    ],
    indirect=True,
)
def test_what_was_lost_once_is_tried_again(monitor: Web) -> None:
    assert beat(NAME, address(monitor)) is None
    assert len(monitor.requests) == 2


def test_nobody_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    told = beat(NAME, f"http://127.0.0.1:{port}/{TOKEN}")
    assert told == f"heartbeat.url (127.0.0.1:{port}): Connection refused"


def test_a_certificate_that_does_not_hold_gets_no_address(tmp_path: Path) -> None:
    with web_server(tls=Certificate(tmp_path).server) as web:
        told = beat(NAME, f"https://127.0.0.1:{web.port}/{TOKEN}")
    assert told is not None and "its certificate does not hold" in told
    assert web.requests == []


@pytest.mark.parametrize("url", ["", "hc.example/5e71c0de", "mailto:ops@example.com", "https://"])
def test_what_is_no_address_is_told(url: str) -> None:
    told = beat(NAME, url)
    assert told == "`heartbeat.url` is not the address of a web server"
