"""Messages into a Maildir instead of out: whole or not at all, and on the disk when it says so.

https://cr.yp.to/proto/maildir.html
"""

import itertools
import os
import socket
import time
from pathlib import Path

from mactl.delivery.transport import (
    Answer,
    Begin,
    Envelope,
    Following,
    Lost,
    Reply,
    Stage,
    Unreachable,
    at_once,
    nothing,
)

_counter = itertools.count()


def maildir_of(url: str) -> str | None:
    """The PATH of maildir:PATH, as it stands there; None where `url` is another way to send, or names no folder."""
    scheme, _, path = url.lstrip().partition(":")
    return path.removeprefix("//") or None if scheme.lower() == "maildir" else None


class MaildirTransport:
    """A folder that takes every message."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def open(self) -> "MaildirSession":
        """The folder, made where it is missing; Unreachable where it can't be."""
        try:
            make_maildir(self._folder)
        except OSError as error:
            raise Unreachable(f"{self._folder}: {error.strerror}") from error
        return MaildirSession(self._folder)


class MaildirSession:
    """One who puts messages into a Maildir."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._is_open = True

    @property
    def is_open(self) -> bool:
        """Whether the last message found its place."""
        return self._is_open

    async def deliver(
        self, envelope: Envelope, begin: Begin = at_once, following: Following = nothing
    ) -> Answer | None:
        """Keeps the message under its envelope, as the last server on a way does (RFC 5321 4.4)."""
        obstacle = envelope.obstacle
        if obstacle:
            return obstacle
        if not await begin():
            return None
        try:
            name = keep_message(self._folder, envelope)
        except OSError as error:
            self._is_open = False
            return Lost(Stage.DATA, f"{self._folder}: {error.strerror}")
        return Reply(250, f"kept as {name}", Stage.MESSAGE)

    async def close(self) -> None:
        """Nothing is left to do."""
        self._is_open = False


def make_maildir(folder: Path) -> None:
    """Makes the folders of a Maildir, for the owner alone. Raises OSError."""
    for part in ("tmp", "new", "cur"):
        (folder / part).mkdir(mode=0o700, parents=True, exist_ok=True)


def keep_message(folder: Path, envelope: Envelope) -> str:
    """Puts a message into `new`, and returns its name there. Raises OSError, and then it is not there."""
    name = f"{time.time_ns()}.P{os.getpid()}Q{next(_counter)}.{_host()}"
    draft, final = folder / "tmp" / name, folder / "new" / name
    header = f"Return-Path: <{envelope.return_path}>\r\nDelivered-To: {envelope.recipient}\r\n"
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(header.encode() + envelope.message)
            file.flush()
            os.fsync(file.fileno())
        # Whoever reads `new` finds all of it or nothing; a link, unlike a rename, never replaces another.
        os.link(draft, final)
        try:
            _sync_folder(final.parent)
        except OSError:
            final.unlink(missing_ok=True)
            raise
    finally:
        draft.unlink(missing_ok=True)
    return name


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _host() -> str:
    return socket.gethostname().replace("/", r"\057").replace(":", r"\072")
