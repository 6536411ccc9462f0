"""A Maildir takes every message, whole or not at all."""

import mailbox
import os
from pathlib import Path

import pytest

from mactl.delivery import maildir
from mactl.delivery.maildir import MaildirTransport, maildir_of
from mactl.delivery.opening import open_transport, stays_here
from mactl.delivery.transport import (
    Answer,
    Envelope,
    Lost,
    Reply,
    Undeliverable,
    Unreachable,
)
from mactl.errors import ConfigurationError
from tests.delivery.talking import Talk

MESSAGE = b"Subject: Hello\r\n\r\nDear Ann,\r\n.\r\nBye"


def deliver(folder: Path, recipient: str = "ann@example.com") -> Answer:
    session = Talk(MaildirTransport(folder)).open()
    answer = session.deliver(Envelope("b-1@acme.test", recipient, MESSAGE))
    session.close()
    return answer


def test_a_message_is_kept_under_its_envelope(tmp_path: Path) -> None:
    answer = deliver(tmp_path / "out" / "mail")
    (path,) = (tmp_path / "out" / "mail" / "new").iterdir()
    assert path.read_bytes() == (
        b"Return-Path: <b-1@acme.test>\r\nDelivered-To: ann@example.com\r\n" + MESSAGE
    )
    assert isinstance(answer, Reply) and answer.is_taken
    assert answer.text == f"kept as {path.name}"
    assert path.stat().st_mode & 0o777 == 0o600


def test_other_programs_can_read_it(tmp_path: Path) -> None:
    for _ in range(50):
        deliver(tmp_path)
    box = mailbox.Maildir(tmp_path, create=False)
    assert [message["Subject"] for message in box] == ["Hello"] * 50
    assert list((tmp_path / "tmp").iterdir()) == []


@pytest.mark.parametrize("step", ["fsync", "link", "open"])
def test_a_message_that_cannot_be_kept_is_not_there_and_not_in_doubt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    session = Talk(MaildirTransport(tmp_path)).open()

    def full(*arguments: object, **options: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(maildir.os, step, full)
    answer = session.deliver(Envelope("", "ann@example.com", MESSAGE))
    monkeypatch.undo()
    assert isinstance(answer, Lost)
    assert not answer.is_in_doubt
    assert "No space left on device" in answer.why
    assert not session.is_open
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_folder_that_does_not_reach_the_disk_leaves_no_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = os.fsync, 0

    def fails_second(descriptor: int) -> None:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise OSError(5, "Input/output error")
        real(descriptor)

    monkeypatch.setattr(maildir.os, "fsync", fails_second)
    assert isinstance(deliver(tmp_path), Lost)
    assert list((tmp_path / "new").iterdir()) == []


def test_a_folder_that_cannot_be_made_is_unreachable(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Unreachable):
        Talk(MaildirTransport(tmp_path / "file")).open()


@pytest.mark.parametrize("recipient", ["ann@example.com\r\nSubject: other", "", "<a@b.test>"])
def test_an_envelope_puts_no_header_into_the_message(tmp_path: Path, recipient: str) -> None:
    assert isinstance(deliver(tmp_path, recipient), Undeliverable)
    assert list((tmp_path / "new").iterdir()) == []


@pytest.mark.parametrize(
    ("url", "folder"),
    [("maildir:out", "out"), ("maildir:out/mail box", "out/mail box"), ("maildir://out", "out")],
)
def test_a_url_names_a_folder_seen_from_the_project(tmp_path: Path, url: str, folder: str) -> None:
    Talk(open_transport(url, tmp_path)).open()
    assert (tmp_path / folder / "new").is_dir()


def test_a_url_may_name_a_folder_anywhere(tmp_path: Path) -> None:
    Talk(open_transport(f"maildir:{tmp_path / 'mail'}", Path("/nowhere"))).open()
    assert (tmp_path / "mail" / "new").is_dir()


@pytest.mark.parametrize(
    "url", ["", "maildir:", "maildir", "mail", "http://ann:hunter2@host", "smtp"]
)
def test_a_url_that_names_no_way_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(ConfigurationError, match="names no way to send"):
        open_transport(url, tmp_path)


@pytest.mark.parametrize(
    ("url", "folder"),
    [
        ("maildir:outbox", "outbox"),
        ("maildir://outbox", "outbox"),
        ("maildir:/var/mail/out box", "/var/mail/out box"),
        ("MAILDIR:[out", "[out"),
        ("maildir:", None),
        ("maildir", None),
        ("smtp://maildir:x@relay.example", None),
        ("/maildir:outbox", None),
    ],
)
def test_a_url_of_a_maildir_is_known_and_its_mail_stays_here(url: str, folder: str | None) -> None:
    assert maildir_of(url) == folder
    assert stays_here(url) is (folder is not None)
