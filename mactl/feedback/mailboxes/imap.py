"""Mails in a folder of an IMAP server (RFC 9051), over TLS wherever anything is secret."""

import imaplib
import re
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from imap_tools import BaseMailBox, MailBox, MailBoxUnencrypted
from imap_tools.errors import (
    ImapToolsError,
    MailboxFolderSelectError,
    MailboxLoginError,
)
from imap_tools.utils import encode_folder

from mactl.connections import certificate_fault, readable, trouble_of
from mactl.errors import ConfigurationError, TryAgainLater, UnreadableInput
from mactl.feedback.mail import LARGEST
from mactl.feedback.mailboxes.mailbox import Letter
from mactl.network import Security, parse_location

SCHEMES: dict[str, Security] = {"imap": "none", "imaps": "tls", "imap+starttls": "starttls"}
_PORTS: dict[Security, int] = {"none": 143, "tls": 993, "starttls": 143}
_PATIENCE = 60.0  # seconds to wait for the server
_AT_ONCE = 20  # mails that are asked for together
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_UID = re.compile(rb"\bUID (\d+)")
_EXAMPLE = "write imaps://user:password@host/FOLDER, with @ : / in a password as %40 %3A %2F"


@dataclass(frozen=True, slots=True)
class Server:
    """A folder on a server, and how to get there."""

    host: str
    port: int
    security: Security
    user: str
    password: str = field(repr=False)
    folder: str = "INBOX"

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class PutAway:
    """What becomes of mails that are done with: moved to a folder, or deleted where none is named."""

    folder: str | None = None


def parse_mailbox(url: str) -> Server:
    """The folder that imaps://, imap+starttls:// or, on this machine, imap:// names; INBOX where none is named.

    Raises ConfigurationError, without the password, where it is none, or where the password would go out in the clear.
    """
    there = parse_location(url, SCHEMES)
    if there is None or not there.user or there.query:
        raise ConfigurationError("this is not the address of a mailbox", _EXAMPLE)
    if any(_CONTROLS.search(word) for word in (there.user, there.password, there.path)):
        raise ConfigurationError(
            "the address of the mailbox has control characters in it", _EXAMPLE
        )
    if there.is_in_clear:
        raise ConfigurationError(
            f"the password would go to {there.host} in the clear",
            "write imaps:// or imap+starttls://",
        )
    return Server(
        there.host,
        there.port or _PORTS[there.security],
        there.security,
        there.user,
        there.password,
        there.path or "INBOX",
    )


class ImapFolder:
    """The mails in a folder; a context manager. They are neither marked nor moved, unless `away` says so.

    `tls` replaces the verification against the system's authorities.
    """

    def __init__(
        self, server: Server, away: PutAway | None = None, tls: ssl.SSLContext | None = None
    ) -> None:
        self._server = server
        self._away = away
        self._box = _open(server, tls)
        try:
            with _in_our_words(server):
                self._select()
                self._offers = _offers(self._box)
                self._uids = self._box.uids("ALL", charset=None)
        except BaseException:
            self.close()
            raise

    @property
    def count(self) -> int | None:
        """How many mails the folder has."""
        return len(self._uids)

    def letters(self) -> Iterator[Letter]:
        """Every mail, the oldest first. Raises TryAgainLater where the server is lost on the way."""
        wanted = f"(UID BODY.PEEK[]<0.{LARGEST}>)"
        for first in range(0, len(self._uids), _AT_ONCE):
            some = ",".join(self._uids[first : first + _AT_ONCE])
            with _in_our_words(self._server):
                answer = _done(self._box.client.uid("FETCH", some, wanted))
            for uid, data in _fetched(answer):
                yield Letter(f"{self._server.folder};UID={uid}", data)

    def put_away(self, letters: Sequence[Letter]) -> None:
        """Moves or deletes these, and no others that somebody marked as deleted."""
        uids = [letter.path.rpartition("=")[2] for letter in letters]
        if self._away is None or not uids:
            return
        some = ",".join(uids)
        with _in_our_words(self._server):
            if self._away.folder is None:
                self._delete(some)
            elif "MOVE" in self._offers:  # RFC 6851
                self._move("MOVE", some, self._away.folder)
            else:
                self._move("COPY", some, self._away.folder)
                self._delete(some)

    def close(self) -> None:
        """Says goodbye; whatever the server answers."""
        with suppress(OSError, ImapToolsError, imaplib.IMAP4.error):
            self._box.logout()
        _hang_up(self._box)

    def _select(self) -> None:
        try:
            self._box.folder.set(self._server.folder, readonly=self._away is None)
        except MailboxFolderSelectError as error:
            raise UnreadableInput(
                f"{self._server}: there is no folder {self._server.folder}",
                "name it in the path of the address: imaps://user@host/FOLDER",
            ) from error

    def _move(self, command: str, uids: str, folder: str) -> None:
        answer = self._box.client.uid(command, uids, encode_folder(folder).decode())
        if answer[0] != "OK":
            raise UnreadableInput(
                f"{self._server}: nothing can be moved to {folder}: {_words(answer[1])}",
                "make the folder first",
            )

    def _delete(self, uids: str) -> None:
        client = self._box.client
        _done(client.uid("STORE", uids, "+FLAGS.SILENT", r"(\Deleted)"))
        if "UIDPLUS" in self._offers:  # RFC 4315; without it others' mails would go, too
            _done(client.uid("EXPUNGE", uids))


def _open(server: Server, tls: ssl.SSLContext | None) -> BaseMailBox:
    """A session that is secured and logged in."""
    try:
        with _in_our_words(server):
            box = _connect(server, tls)
    except ssl.SSLCertVerificationError as error:
        raise certificate_fault(server, error) from error
    try:
        with _in_our_words(server):
            _log_in(box, server)
    except BaseException:
        _hang_up(box)
        raise
    return box


def _connect(server: Server, tls: ssl.SSLContext | None) -> BaseMailBox:
    if server.security == "none":
        return MailBoxUnencrypted(server.host, server.port, _PATIENCE)
    tls = tls or ssl.create_default_context()  # verifies the chain and the name
    if server.security == "tls":
        return MailBox(server.host, server.port, timeout=_PATIENCE, ssl_context=tls)
    box = MailBoxUnencrypted(server.host, server.port, _PATIENCE)
    try:
        if "STARTTLS" not in box.client.capabilities:
            raise ConfigurationError(
                f"{server}: it offers no STARTTLS, and nothing goes out without", "try imaps://"
            )
        box.client.starttls(tls)
    except BaseException:
        _hang_up(box)
        raise
    return box


def _hang_up(box: BaseMailBox) -> None:
    with suppress(OSError):
        box.client.shutdown()


def _log_in(box: BaseMailBox, server: Server) -> None:
    is_plain = (server.user + server.password).isascii()
    log_in = box.login if is_plain else box.login_utf8
    try:
        log_in(server.user, server.password, initial_folder=None)
    except imaplib.IMAP4.abort:
        raise
    except (MailboxLoginError, imaplib.IMAP4.error) as error:
        raise ConfigurationError(
            f"{server}: it refuses the user {server.user}: {_words(error)}",
            "look at the user and the password in the address of the mailbox",
        ) from error


@contextmanager
def _in_our_words(server: Server) -> Iterator[None]:
    """What goes wrong between us and the server, as TryAgainLater; a certificate that does not hold stays as it is."""
    try:
        yield
    except ssl.SSLCertVerificationError:
        raise
    except (OSError, imaplib.IMAP4.error, ImapToolsError, _Refused) as error:
        raise TryAgainLater(f"{server}: {_words(error)}") from error


class _Refused(Exception):
    """The server would not do what every server can."""


def _offers(box: BaseMailBox) -> frozenset[str]:
    """What the server can do for who is logged in, which is more than it said before."""
    told = _done(box.client.capability())
    return frozenset(
        b" ".join(part for part in told if part).decode("ascii", "replace").upper().split()
    )


def _done(answer: tuple[str, list[Any]]) -> list[Any]:
    if answer[0] != "OK":
        raise _Refused(_words(answer[1]))
    return answer[1]


def _fetched(answer: Sequence[Any]) -> Iterator[tuple[str, bytes]]:
    """The UIDs and the octets in what a server answers; imaplib gives what goes before octets with them, and what comes
    after, where the UID may stand too, on its own."""
    for place, item in enumerate(answer):
        if not isinstance(item, tuple):
            continue
        after = answer[place + 1] if place + 1 < len(answer) else b""
        told = item[0] + (after if isinstance(after, bytes) else b"")
        if found := _UID.search(told):
            yield found[1].decode(), item[1]


def _words(error: object) -> str:
    """What went wrong on one line that is safe to show."""
    if trouble := trouble_of(error):
        return trouble
    if isinstance(error, MailboxLoginError):
        error = error.command_result[1]
    if isinstance(error, (list, tuple)):
        error = b" ".join(part for part in error if isinstance(part, bytes)).decode(
            "utf-8", "replace"
        )
    return readable(str(error)) or type(error).__name__
