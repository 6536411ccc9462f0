"""Mails in files, Maildirs and mboxes."""

import mailbox
import os
import tracemalloc
from pathlib import Path

import pytest

from mactl.errors import ConfigurationError, UnreadableInput, UsageError
from mactl.feedback.mail import LARGEST
from mactl.feedback.mailboxes.files import Files
from mactl.feedback.mailboxes.opening import open_mailbox

ONE = b"From: ann@example.com\nSubject: one\n\nHello\n"
TWO = b"From: bob@example.com\nSubject: two\n\nFrom here on\n\nFrom there on\n"


def told(path: Path) -> dict[str, bytes]:
    return {
        str(Path(letter.path).relative_to(path.parent)): letter.data
        for letter in Files(path).letters()
    }


def test_a_maildir_is_read_new_and_seen_and_nothing_else(tmp_path: Path) -> None:
    maildir = mailbox.Maildir(tmp_path / "mail")
    maildir.add(ONE)
    seen = mailbox.MaildirMessage(TWO)
    seen.set_subdir("cur")
    maildir.add(seen)
    (tmp_path / "mail/tmp/half").write_bytes(b"From: half")
    (tmp_path / "mail/dovecot.index").write_bytes(b"\x00")
    maildir.add_folder("Archive").add(ONE)

    assert sorted(told(tmp_path / "mail").values()) == sorted([ONE, TWO])
    assert Files(tmp_path / "mail").count == 2


def test_an_mbox_is_read_mail_by_mail(tmp_path: Path) -> None:
    box = mailbox.mbox(tmp_path / "mbox")
    for mail in (ONE, TWO, ONE):
        box.add(mail)
    box.close()

    found = told(tmp_path / "mbox")

    assert list(found) == ["mbox#1", "mbox#2", "mbox#3"]
    assert [data.strip() for data in found.values()] == [ONE.strip(), TWO.strip(), ONE.strip()]


def test_a_folder_is_read_with_what_is_below_it(tmp_path: Path) -> None:
    (tmp_path / "in/deep").mkdir(parents=True)
    (tmp_path / "in/b.eml").write_bytes(TWO)
    (tmp_path / "in/deep/a.eml").write_bytes(ONE)
    (tmp_path / "in/.hidden").write_bytes(ONE)
    mailbox.Maildir(tmp_path / "in/mail").add(ONE)

    assert sorted(told(tmp_path / "in").values()) == sorted([ONE, ONE, TWO])


def test_one_file_is_one_mail(tmp_path: Path) -> None:
    (tmp_path / "one.eml").write_bytes(ONE)
    (tmp_path / "empty").write_bytes(b"")

    assert told(tmp_path / "one.eml") == {"one.eml": ONE}
    assert told(tmp_path / "empty") == {"empty": b""}


@pytest.mark.parametrize("name", ["mbox", "one.eml"])
def test_a_large_mail_costs_little_memory(tmp_path: Path, name: str) -> None:
    mail = (b"From x Tue\n" if name == "mbox" else b"") + ONE + (b"A" * 76 + b"\n") * 700_000
    (tmp_path / name).write_bytes(mail + b"\nFrom y Tue\n" + ONE)
    del mail
    tracemalloc.start()
    try:
        sizes = [len(letter.data) for letter in Files(tmp_path / name).letters()]
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert max(sizes) < 2 * LARGEST
    assert len(sizes) == (2 if name == "mbox" else 1)
    assert peak < 10 * LARGEST


def test_a_mail_that_another_reader_moves_meanwhile_is_left_to_it(tmp_path: Path) -> None:
    maildir = mailbox.Maildir(tmp_path / "mail")
    for mail in (ONE, TWO):
        maildir.add(mail)
    files = Files(tmp_path / "mail")
    for file in (tmp_path / "mail/new").iterdir():
        file.rename(tmp_path / "mail/cur" / f"{file.name}:2,S")

    assert list(files.letters()) == []


def test_a_file_that_cannot_be_read_is_said_and_the_others_are_read(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/b.eml").write_bytes(ONE)
    (tmp_path / "in/a.eml").write_bytes(TWO)
    files = Files(tmp_path / "in")
    (tmp_path / "in/a.eml").unlink()
    (tmp_path / "in/a.eml").mkdir()  # root may read any file, but nobody a folder

    first, second = files.letters()

    assert (first.fault, first.data) == (os.strerror(21), b"")
    assert second.data == ONE


def test_what_is_no_mailbox_is_refused_in_words(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UnreadableInput, match="neither a file nor a folder"):
        Files(tmp_path / "pipe")
    with pytest.raises(UnreadableInput, match=r"nowhere: No such file"):
        Files(tmp_path / "nowhere")
    for url in ("pop3://ann:secret@mail.example.com", "https://ann:secret@mail.example.com"):
        with pytest.raises(UsageError, match="IMAP") as refused:
            open_mailbox(url)
        assert "secret" not in str(refused.value)
    with pytest.raises((ConfigurationError, UsageError)):
        open_mailbox("imaps://[::1/INBOX")
