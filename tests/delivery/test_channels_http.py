"""One request, and what its answer, or the lack of one, means."""

import socket
import threading
import time
from pathlib import Path

import pytest

from mactl.delivery.channels.http import Endpoint, HttpReply, HttpSession, Patience, parse_endpoint
from mactl.delivery.transport import Answer, Lost, Reply, Unreachable
from mactl.errors import ConfigurationError
from tests.certificates import Certificate
from tests.delivery.webs import HANG_UP, HANG_UP_EARLY, Behaviour, web_server

QUICK = Patience(connection=2, answer=0.5)


def session(url: str, **headers: str) -> HttpSession:
    return HttpSession(parse_endpoint("webhooks.crm", url, headers), patience=QUICK)


def post(behave: Behaviour, body: bytes = b"{}") -> Answer:
    with web_server(behave) as web:
        opened = session(web.url)
        try:
            return opened.post(body, "the-key")
        finally:
            opened.close()


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_two_hundred_and_something_is_taken(status: int) -> None:
    answer = post(lambda number: (status, {}, b""))
    assert isinstance(answer, Reply) and answer.is_taken and not answer.is_temporary


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504, 408, 425, 401, 403, 530])
def test_what_is_not_about_the_message_is_refused_for_now(status: int) -> None:
    answer = post(lambda number: status)
    assert isinstance(answer, Reply) and answer.code == status
    assert answer.is_temporary and not answer.is_taken


@pytest.mark.parametrize("status", [400, 404, 409, 410, 413, 422, 301, 302, 307, 308])
def test_all_else_is_refused_for_good(status: int) -> None:
    with web_server() as elsewhere:
        where = {"Location": elsewhere.url}
        answer = post(lambda number: (status, where, b"no such number"))
    assert isinstance(answer, Reply) and answer.code == status and answer.text == "no such number"
    assert not answer.is_taken and not answer.is_temporary and not answer.blames_address
    assert elsewhere.requests == []  # and a redirect is not followed


def test_a_connection_that_ends_after_the_request_was_written_leaves_a_doubt() -> None:
    answer = post(lambda number: HANG_UP)
    assert isinstance(answer, Lost) and answer.is_in_doubt


def test_a_server_that_takes_too_long_leaves_a_doubt() -> None:
    started = time.monotonic()
    answer = post(lambda number: 5.0)
    assert isinstance(answer, Lost) and answer.is_in_doubt
    assert "no answer in time" in str(answer)
    assert time.monotonic() - started < 3


def test_a_server_that_answers_drop_by_drop_does_not_hold_us() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        opened = session(f"http://127.0.0.1:{listening.getsockname()[1]}/")
        connection, _ = listening.accept()
        with connection:
            over = threading.Event()

            def drip() -> None:
                for letter in b"HTTP/1.1 200 OK\r\n" * 100:
                    if over.wait(0.05):
                        return
                    connection.sendall(bytes([letter]))

            dripping = threading.Thread(target=drip)
            dripping.start()
            started = time.monotonic()
            answer = opened.post(b"{}", "key")
            over.set()
            dripping.join()
    assert isinstance(answer, Lost) and answer.is_in_doubt
    assert time.monotonic() - started < 2


def test_a_connection_that_ends_while_the_request_is_written_leaves_none() -> None:
    answer = post(lambda number: HANG_UP_EARLY, b"x" * 20_000_000)
    assert isinstance(answer, Lost) and not answer.is_in_doubt


@pytest.mark.parametrize(
    "said", [b"220 mail.test ESMTP\r\n", b"\x00" * 100, b"HTTP/1.1 abc OK\r\n\r\n"]
)
def test_what_does_not_speak_http_leaves_a_doubt_and_no_traceback(said: bytes) -> None:
    answer = post(lambda number: said)
    assert isinstance(answer, Lost) and answer.is_in_doubt


def test_a_huge_answer_is_not_read_to_its_end() -> None:
    answer = post(lambda number: (400, {}, b"no\x00\x1b[31m " + b"x" * 5_000_000))
    assert isinstance(answer, Reply) and len(answer.text) <= 500
    assert answer.text.isprintable()


def test_what_goes_out_is_json_with_its_key_and_the_headers_of_mactl_yaml() -> None:
    with web_server() as web:
        opened = session(f"{web.url}?a=é&b=1", **{"X-Token": "s3cret"})
        opened.post('{"text": "Grüße"}'.encode(), "the-key")
        opened.close()
    (request,) = web.requests
    assert request.path == "/messages?a=%C3%A9&b=1"
    assert request.json == {"text": "Grüße"}
    assert request.key == "the-key"
    assert request.headers["Content-Type"] == "application/json"
    assert request.headers["X-Token"] == "s3cret"
    assert request.headers["Host"] == f"127.0.0.1:{web.port}"


def test_one_connection_serves_many_requests() -> None:
    with web_server() as web:
        opened = session(web.url)
        for number in range(5):
            assert opened.is_open
            opened.post(b"{}", str(number))
        opened.close()
    assert web.connections == 1 and len(web.requests) == 5


def test_a_connection_that_the_server_closed_meanwhile_is_noticed_before_the_next_request() -> None:
    with web_server(lambda number: (200, {"Connection": "close"}, b"{}")) as web:
        opened = session(web.url)
        opened.post(b"{}", "1")
        assert not opened.is_open
    with socket.create_server(("127.0.0.1", 0)) as listening:
        opened = session(f"http://127.0.0.1:{listening.getsockname()[1]}/")
        connection, _ = listening.accept()
        assert opened.is_open
        connection.close()
        time.sleep(0.05)
        assert not opened.is_open


def test_nobody_there_is_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    with pytest.raises(Unreachable, match=r"webhooks.crm \(127.0.0.1:\d+\): Connection refused"):
        session(f"http://127.0.0.1:{port}/")


def test_proxies_of_the_environment_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with web_server() as proxy, web_server() as web:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        opened = session(web.url)
        opened.post(b"{}", "key")
        opened.close()
    assert proxy.requests == [] and len(web.requests) == 1


def test_a_certificate_that_does_not_hold_stops_it(tmp_path: Path) -> None:
    certificate = Certificate(tmp_path)
    with web_server(tls=certificate.server) as web:
        url = f"https://127.0.0.1:{web.port}/"
        with pytest.raises(ConfigurationError, match="its certificate does not hold"):
            session(url)
        endpoint = parse_endpoint("webhooks.crm", url)
        trusting = HttpSession(endpoint, tls=certificate.client, patience=QUICK)
        answers = [trusting.post(b"{}", "key") for _ in range(3) if trusting.is_open]
        trusting.close()
    assert [isinstance(answer, HttpReply) and answer.is_taken for answer in answers] == [True] * 3


def test_plain_http_does_not_leave_private_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    class There(socket.socket):
        def getpeername(self) -> tuple[str, int]:
            return ("93.184.215.14", 80)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        where = listening.getsockname()

        def create_connection(address: object, timeout: float) -> socket.socket:
            connected = There()
            connected.connect(where)
            return connected

        monkeypatch.setattr(socket, "create_connection", create_connection)
        with pytest.raises(ConfigurationError, match="in the clear"):
            session("http://crm.example.com/")


@pytest.mark.parametrize(
    "url",
    ["", "crm.example.com", "ftp://crm.example.com", "https://", "https://h:x/", "file:///etc/passwd",
     "https://h.example/\nX: y", "https://[::1/"],
)  # fmt: skip
def test_what_is_no_address_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        parse_endpoint("channels.sms.webhook", url)
    assert refused.value.message == "`channels.sms.webhook` is not the address of a web server"


@pytest.mark.parametrize(
    ("header", "value"),
    [("X", "s3cret\r\nEvil: 1"), ("X", "s3crét"), ("X Y", "s3cret"), ("Host", "s3cret"), ("X", "")],
)
def test_a_header_that_could_start_another_is_refused_without_its_value(
    header: str, value: str
) -> None:
    with pytest.raises(ConfigurationError) as refused:
        parse_endpoint("webhooks.crm", "https://crm.example.com/", {header: value})
    assert "s3cr" not in str(refused.value)


def test_user_and_password_of_the_address_are_shown_to_nobody_but_the_server() -> None:
    endpoint: Endpoint = parse_endpoint(
        "webhooks.crm", "https://ann:s3cret@h.example/hook?token=t0p"
    )
    assert endpoint.headers["Authorization"] == "Basic YW5uOnMzY3JldA=="
    assert "s3cret" not in f"{endpoint} {endpoint!r}" and "t0p" not in f"{endpoint} {endpoint!r}"
