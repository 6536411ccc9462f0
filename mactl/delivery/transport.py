"""The way a message takes: a transport opens sessions, and a session delivers one message after another.

Each session has one caller at a time. Several connections are several sessions of one transport.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

from mactl.errors import TryAgainLater
from mactl.refusals import Refusal, RefusalKind, judge_refusal

_ENHANCED = re.compile(r"([245])\.(\d{1,3})\.(\d{1,3})(?=\s|$)")
_MAILBOX = re.compile(r"[^\s<>]+@[^\s<>@]+")
_LONGEST = 254  # octets, RFC 5321 4.5.3.1.3 without the brackets


class Unreachable(TryAgainLater):
    """The server takes no messages for the time being."""


class Stage(StrEnum):
    """How far a message has come; only from `MESSAGE` on may the server have taken it."""

    MAIL = "MAIL FROM"
    RCPT = "RCPT TO"
    DATA = "DATA"
    MESSAGE = "the end of the message"


@dataclass(frozen=True, slots=True)
class Envelope:
    """One message to one recipient: `message` is what goes out, byte for byte, with CRLF line ends."""

    return_path: str
    """Where bounces go; "" for nowhere."""
    recipient: str
    message: bytes

    @property
    def obstacle(self) -> "Undeliverable | None":
        """What is wrong with its addresses, if anything."""
        if not is_mailbox(self.recipient):
            reason = f"{self.recipient!r} cannot be written to: it is not an address"
            return Undeliverable(reason, RefusalKind.ADDRESS)
        if self.return_path and not is_mailbox(self.return_path):
            reason = f"{self.return_path!r} cannot take bounces: it is not an address"
            return Undeliverable(reason, RefusalKind.PROTOCOL)
        return None


@dataclass(frozen=True, slots=True)
class Reply:
    """What the server said last, and at which stage; a message was taken only by a 2xx at its end."""

    code: int
    text: str
    stage: Stage

    @property
    def is_taken(self) -> bool:
        """The message is the server's now."""
        return self.code // 100 == 2 and self.stage is Stage.MESSAGE

    @property
    def is_temporary(self) -> bool:
        """Refused, but it may be tried again (RFC 5321 4.2.1)."""
        return self.code // 100 == 4

    @property
    def is_closing(self) -> bool:
        """The server ends the session, whatever was asked (RFC 5321 3.8)."""
        return self.code == 421

    @property
    def enhanced(self) -> str | None:
        """The enhanced status code (RFC 2034 4), such as 5.1.1."""
        match = _ENHANCED.match(self.text)
        return match.group() if match and match.group(1) == str(self.code)[0] else None

    @property
    def refusal(self) -> Refusal:
        """What it means, where it refuses."""
        refusal = judge_refusal(self.enhanced, self.text, self.code)
        if refusal.kind is RefusalKind.ADDRESS and self.stage is Stage.MAIL:
            return replace(refusal, kind=RefusalKind.POLICY)  # no recipient was named: it is ours
        return refusal

    @property
    def blames_address(self) -> bool:
        """Refused for good because there is no such mailbox or domain."""
        return not self.is_temporary and self.refusal.kind is RefusalKind.ADDRESS

    def __str__(self) -> str:
        return f"{self.code} {self.enhanced or ''}".rstrip() + f" at {self.stage}"


@dataclass(frozen=True, slots=True)
class Lost:
    """The connection ended before the server had answered for the message."""

    stage: Stage
    why: str

    @property
    def is_in_doubt(self) -> bool:
        """Whether the server may have taken the message."""
        return self.stage is Stage.MESSAGE

    def __str__(self) -> str:
        return f"the connection was lost at {self.stage}: {self.why}"


@dataclass(frozen=True, slots=True)
class Undeliverable:
    """The message cannot go this way at all; nothing was sent."""

    reason: str
    kind: RefusalKind = RefusalKind.CONTENT

    def __str__(self) -> str:
        return self.reason


Answer = Reply | Lost | Undeliverable


Begin = Callable[[], Awaitable[bool]]
"""Asked before the first byte of a message goes out: whether it may, which is then on record."""
Following = Callable[[], Envelope | None]
"""Asked which message comes after this one, as soon as it could be announced; None for none so far."""


async def at_once() -> bool:
    """A `Begin` that keeps no record."""
    return True


def nothing() -> None:
    """A `Following` for a message that is on its own."""
    return


class Session(Protocol):
    """An open way for messages."""

    @property
    def is_open(self) -> bool:
        """Whether it can take another message."""
        ...

    async def deliver(
        self, envelope: Envelope, begin: Begin = at_once, following: Following = nothing
    ) -> Answer | None:
        """Sends one message and says what came of it; errors of the other side are answers, not exceptions.

        None where `begin` did not let it: nothing of the message went out. What `following` gave is delivered next, or
        the session is closed.
        """
        ...

    async def close(self) -> None:
        """Ends the session in good order; never raises for what the other side does."""
        ...


class Transport(Protocol):
    """Where sessions come from."""

    async def open(self) -> Session:
        """A new session. Raises Unreachable, or ConfigurationError where trying again cannot help."""
        ...


def is_mailbox(address: str) -> bool:
    """Whether `address` can stand in an envelope: nothing in it ends a line or a path (RFC 5321 4.1.2)."""
    return (
        bool(_MAILBOX.fullmatch(address))
        and address.isprintable()
        and len(address.encode("utf-8", "replace")) <= _LONGEST
    )
