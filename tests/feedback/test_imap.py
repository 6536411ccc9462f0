"""Mails on an IMAP server: a real one."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import closing
from zlib import crc32

import pytest

from mactl.errors import ConfigurationError, TryAgainLater, UnreadableInput
from mactl.feedback.mail import LARGEST
from mactl.feedback.mailboxes.imap import ImapFolder, PutAway, parse_mailbox
from mactl.feedback.mailboxes.mailbox import Letter
from tests.delivery.servers import scripted_server
from tests.feedback.dovecot import USER, Dovecot, dovecot

pytestmark = pytest.mark.filterwarnings("error::ResourceWarning")


@pytest.fixture(scope="module")
def server() -> Iterator[Dovecot]:
    with dovecot() as running:
        yield running


@pytest.fixture
def folder(server: Dovecot, request: pytest.FixtureRequest) -> str:
    """A folder of the test's own."""
    name = f"folder {crc32(request.node.name.encode()):x}"
    with server.mailbox() as opened:
        opened.folder.create(name)
    return name


def mail(subject: str, body: bytes = b"x") -> bytes:
    return b"From: ann@example.com\nSubject: %s\n\n%s\n" % (subject.encode(), body)


def trusting(server: Dovecot) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(server.certificate))


def read(server: Dovecot, folder: str, scheme: str = "imap") -> list[Letter]:
    tls = None if scheme == "imap" else trusting(server)
    with closing(ImapFolder(parse_mailbox(server.url(scheme, folder)), tls=tls)) as opened:
        letters = list(opened.letters())
        assert opened.count == len(letters)
        opened.put_away(letters)  # it was not opened to do so
    return letters


@pytest.mark.debian("dovecot-imapd")
@pytest.mark.parametrize("scheme", ["imap", "imaps", "imap+starttls"])
def test_a_folder_is_read_and_nothing_in_it_is_marked(
    server: Dovecot, folder: str, scheme: str
) -> None:
    server.put(*(mail(f"number {n}") for n in range(45)), folder=folder)

    letters = read(server, folder, scheme)

    assert [letter.path for letter in letters] == [f"{folder};UID={n}" for n in range(1, 46)]
    assert letters[-1].data == mail("number 44").replace(b"\n", b"\r\n")
    assert server.subjects(folder) == [f"number {n}" for n in range(45)]


@pytest.mark.debian("dovecot-imapd")
def test_a_folder_may_be_called_anything(server: Dovecot) -> None:
    name = "Zurück & [mehr]"
    server.put(mail("one"), folder=name)

    (letter,) = read(server, "Zur%C3%BCck%20%26%20%5Bmehr%5D")

    assert letter.path == f"{name};UID=1"


@pytest.mark.debian("dovecot-imapd")
def test_of_a_large_mail_only_the_beginning_is_asked_for(server: Dovecot, folder: str) -> None:
    server.put(mail("large", b"A" * (4 * LARGEST)), folder=folder)

    (letter,) = read(server, folder)

    assert len(letter.data) == LARGEST
    assert letter.data.startswith(b"From: ann@example.com\r\n")


@pytest.mark.debian("dovecot-imapd")
def test_an_empty_folder_has_no_mails(server: Dovecot, folder: str) -> None:
    assert read(server, folder) == []


def put_away(server: Dovecot, folder: str, away: PutAway, *numbers: int) -> None:
    with closing(ImapFolder(parse_mailbox(server.url("imap", folder)), away)) as opened:
        letters = list(opened.letters())
        opened.put_away([letters[number] for number in numbers])
        opened.put_away([])


def mark_deleted(server: Dovecot, folder: str, uid: str) -> None:
    with server.mailbox(folder) as opened:
        opened.client.uid("STORE", uid, "+FLAGS", r"(\Deleted)")


@pytest.mark.debian("dovecot-imapd")
def test_what_is_done_with_is_deleted_and_what_others_marked_stays(
    server: Dovecot, folder: str
) -> None:
    server.put(*map(mail, ("one", "two", "three")), folder=folder)
    mark_deleted(server, folder, "2")

    put_away(server, folder, PutAway(), 0)

    assert server.subjects(folder) == [r"two \Deleted", "three"]


@pytest.mark.debian("dovecot-imapd")
def test_what_is_done_with_is_moved(server: Dovecot, folder: str) -> None:
    server.put(*map(mail, ("one", "two", "three")), folder=folder)
    server.put(folder=f"{folder}-done")

    put_away(server, folder, PutAway(f"{folder}-done"), 0, 2)

    assert server.subjects(folder) == ["two"]
    assert server.subjects(f"{folder}-done") == ["one", "three"]


@pytest.mark.debian("dovecot-imapd")
@pytest.mark.parametrize(
    ("offers", "left"),
    [
        ("IMAP4rev1 UIDPLUS", [r"two \Deleted", "three"]),
        ("IMAP4rev1", [r"one \Deleted", r"two \Deleted", "three"]),
    ],
)
def test_a_server_that_cannot_move_copies_and_deletes_as_well_as_it_can(
    offers: str, left: list[str]
) -> None:
    with dovecot(f"imap_capability = {offers}") as server:
        server.put(*map(mail, ("one", "two", "three")))
        server.put(folder="done")
        mark_deleted(server, "INBOX", "2")

        put_away(server, "INBOX", PutAway("done"), 0)

        assert server.subjects() == left
        assert server.subjects("done") == ["one"]


@pytest.mark.debian("dovecot-imapd")
def test_a_folder_to_move_to_that_is_not_there_is_said(server: Dovecot, folder: str) -> None:
    server.put(mail("one"), folder=folder)

    with pytest.raises(UnreadableInput, match="nothing can be moved to nowhere"):
        put_away(server, folder, PutAway("nowhere"), 0)
    assert server.subjects(folder) == ["one"]


@pytest.mark.debian("dovecot-imapd")
@pytest.mark.parametrize("scheme", ["imaps", "imap+starttls"])
def test_a_certificate_that_nobody_vouches_for_is_refused(server: Dovecot, scheme: str) -> None:
    with pytest.raises(ConfigurationError, match="certificate does not hold"):
        ImapFolder(parse_mailbox(server.url(scheme)))


@pytest.mark.debian("dovecot-imapd")
@pytest.mark.parametrize("password", ["wrong", "wröng"])
def test_a_wrong_password_is_said_and_not_shown(server: Dovecot, password: str) -> None:
    with pytest.raises(ConfigurationError, match=f"refuses the user {USER}") as refused:
        ImapFolder(parse_mailbox(server.url("imap", password=password)))
    assert password not in refused.value.message


@pytest.mark.debian("dovecot-imapd")
def test_a_folder_that_is_not_there_is_said(server: Dovecot) -> None:
    with pytest.raises(UnreadableInput, match="there is no folder Elsewhere"):
        ImapFolder(parse_mailbox(server.url("imap", "Elsewhere")))


@pytest.mark.debian("dovecot-imapd")
def test_without_starttls_nothing_goes_out() -> None:
    with dovecot("ssl = no") as server, pytest.raises(ConfigurationError, match="no STARTTLS"):
        ImapFolder(parse_mailbox(server.url("imap+starttls")))


@pytest.mark.debian("dovecot-imapd")
def test_a_server_that_is_lost_is_tried_again_later() -> None:
    with dovecot() as server:
        server.put(*(mail(f"number {n}") for n in range(45)))
        with closing(ImapFolder(parse_mailbox(server.url()), PutAway())) as opened:
            letters = opened.letters()
            first = next(letters)
            server.stop()
            with pytest.raises(TryAgainLater, match=f"127.0.0.1:{server.plain}"):
                list(letters)
            with pytest.raises(TryAgainLater, match=f"127.0.0.1:{server.plain}"):
                opened.put_away([first])


def test_what_does_not_speak_imap_is_tried_again_later() -> None:
    with (
        scripted_server(b"220 mx.example.com ESMTP\r\n", None) as other,
        pytest.raises(TryAgainLater, match=r"127\.0\.0\.1"),
    ):
        ImapFolder(parse_mailbox(f"imap://ann:secret@127.0.0.1:{other.port}"))


def test_nobody_there_is_tried_again_later() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(TryAgainLater, match=f"127.0.0.1:{port}: Connection refused"):
        ImapFolder(parse_mailbox(f"imap://ann:secret@127.0.0.1:{port}"))


@pytest.mark.parametrize(
    "url",
    [
        "imap://ann:secret@mail.example.com/INBOX",
        "imap://ann:secret@192.0.2.1/INBOX",
        "imaps://mail.example.com/INBOX",
        "imaps://ann:secret@/INBOX",
        "imaps://ann:secret@mail.example.com:port/INBOX",
        "imaps://ann:secret@mail.example.com/INBOX?x=1",
        "imaps://ann:secret%0D%0Ax@mail.example.com/INBOX",
        "imaps://ann:secret@mail.example.com/INBOX%0D%0Ax",
        "imaps://ann:secret@[mail/INBOX",
        "smtp://ann:secret@mail.example.com",
    ],
)
def test_an_address_that_leads_nowhere_safe_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        parse_mailbox(url)
    assert "secret" not in f"{refused.value.message} {refused.value.hint}"


def test_an_address_says_all_that_is_needed() -> None:
    server = parse_mailbox("imaps://ann%40example.com:p%3A%2F@mail.example.com/Back/Bounces/")

    assert (server.host, server.port, server.security) == ("mail.example.com", 993, "tls")
    assert (server.user, server.password, server.folder) == (
        "ann@example.com",
        "p:/",
        "Back/Bounces",
    )
    assert "p:/" not in repr(server)
    assert parse_mailbox("imap+starttls://a:b@h").port == 143
    assert parse_mailbox("imap://a:b@localhost").folder == "INBOX"
