"""The server of the demo keeps what it is sent, and sends nothing on."""

import mailbox
from pathlib import Path

import pytest

from mactl.delivery.opening import open_transport
from mactl.delivery.server import EmbeddedServer
from mactl.delivery.transport import Envelope, Reply, Unreachable
from tests.delivery.talking import Talk

MESSAGE = b"From: news@acme.test\r\nSubject: Hello\r\n\r\nDear Ann,\r\n..\r\n.\r\n"


def send(server: EmbeddedServer, *recipients: str, return_path: str = "b@acme.test") -> list[Reply]:
    session = Talk(open_transport(server.url, Path())).open()
    answers = [session.deliver(Envelope(return_path, r, MESSAGE)) for r in recipients]
    session.close()
    assert all(isinstance(answer, Reply) for answer in answers)
    return answers  # type: ignore[return-value]


def test_every_message_is_kept_in_the_maildir(tmp_path: Path) -> None:
    with EmbeddedServer(tmp_path / "mail") as server:
        answers = send(server, "ann@example.com", "josé@example.com")
        assert server.url.startswith("smtp://127.0.0.1:")
    assert [str(answer) for answer in answers] == ["250 2.0.0 at the end of the message"] * 2
    kept = sorted((tmp_path / "mail" / "new").iterdir())
    assert [path.read_bytes().partition(b"From:") for path in kept] == [
        (
            f"Return-Path: <b@acme.test>\r\nDelivered-To: {who}@example.com\r\n".encode(),
            b"From:",
            MESSAGE.removeprefix(b"From:"),
        )
        for who in ("ann", "josé")
    ]
    assert len(mailbox.Maildir(tmp_path / "mail", create=False)) == 2


def test_an_empty_return_path_stays_empty(tmp_path: Path) -> None:
    with EmbeddedServer(tmp_path) as server:
        send(server, "ann@example.com", return_path="")
    (path,) = (tmp_path / "new").iterdir()
    assert path.read_bytes().startswith(b"Return-Path: <>\r\n")


def test_two_servers_run_side_by_side(tmp_path: Path) -> None:
    with EmbeddedServer(tmp_path / "a") as one, EmbeddedServer(tmp_path / "b") as other:
        assert one.url != other.url
        send(one, "ann@example.com")
    assert len(list((tmp_path / "a" / "new").iterdir())) == 1
    assert list((tmp_path / "b" / "new").iterdir()) == []


def test_a_full_disk_is_told_and_tried_again_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*arguments: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("mactl.delivery.server.keep_message", full)
    with EmbeddedServer(tmp_path) as server:
        (answer,) = send(server, "ann@example.com")
    assert answer.is_temporary
    assert "No space left" in answer.text


def test_the_server_is_gone_when_it_is_left_also_with_a_session_open(tmp_path: Path) -> None:
    with EmbeddedServer(tmp_path) as server:
        url = server.url
        session = Talk(open_transport(url, Path())).open()
    with pytest.raises(Unreachable):
        Talk(open_transport(url, Path())).open()
    assert not isinstance(session.deliver(Envelope("", "ann@example.com", MESSAGE)), Reply)
