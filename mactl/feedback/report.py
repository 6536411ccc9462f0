"""A report: what one mail says about a message of ours."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a mail is."""

    HARD = "hard"
    """It never arrived, and nothing will: there is no such mailbox or domain."""
    SOFT = "soft"
    """It did not arrive, for a reason that may pass, or that is not the address's."""
    COMPLAINT = "complaint"
    UNSUBSCRIBE = "unsubscribe"
    REPLY = "reply"
    """A person answered."""
    AUTO_REPLY = "auto_reply"
    """A machine answered: on holiday, on another address, read."""
    NONE = "none"
    """None of these."""


class Cause(StrEnum):
    """What a message failed of."""

    ADDRESS = "address"
    """There is no such mailbox or domain."""
    MAILBOX = "mailbox"
    """The mailbox, or the way to it, takes nothing for the time being."""
    SENDER = "sender"
    """Who sent it or what it said was not welcome, which says nothing about the address."""
    DELAY = "delay"
    """Nothing yet: a server is still trying."""


@dataclass(frozen=True, slots=True)
class Report:
    """What one mail says.

    `sends` are the ids of sends that it proves to know, by a token or a Message-ID that nobody can guess, the surest
    first; without one it is hearsay. `to` is whom it says that the message was for; `status` an enhanced status code
    (RFC 3463) of a bounce, the feedback type of a complaint, the disposition of a receipt; `at` (epoch seconds) when
    it came.
    """

    kind: Kind
    reason: str
    """Why it is judged so, in words."""
    to: str | None = None
    status: str | None = None
    cause: Cause | None = None
    """Of a bounce."""
    sends: tuple[str, ...] = ()
    at: int | None = None
    is_damaged: bool = False
    """Whether it could not be read as a mail at all."""


def damaged(reason: str) -> Report:
    """What can't be read."""
    return Report(Kind.NONE, reason, is_damaged=True)
