"""Delivery status notifications: what servers say of messages in a form of their own (RFC 3464, RFC 6533)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from email.parser import HeaderParser

from mactl.feedback.mail import Mail, carried_by, header_of, inner_of, text_of
from mactl.feedback.report import Cause
from mactl.feedback.status import Verdict, judge_delay, judge_failure

_TYPES = ("message/delivery-status", "message/global-delivery-status")
_BLANK = re.compile(r"\n[ \t]*\n")
_MOST_RECIPIENTS = 1_000
_UNICODE = re.compile(r"\\x\{([0-9a-fA-F]{2,6})\}")


@dataclass(frozen=True, slots=True)
class Notified:
    """What a notification says; no verdict where the message arrived, or nothing is said of anybody."""

    to: str | None
    verdict: Verdict | None
    reason: str


def read_delivery_status(mail: Mail) -> Notified | None:
    """What the notification says; None where the mail is none.

    Of several recipients, whom one message became on its way, the one that fared best speaks for the address.
    """
    found: list[Notified] = []
    part = None
    for part in mail.parts_of(*_TYPES):
        found += [notified for block in _blocks(part) if (notified := _of_recipient(block))]
    if found:
        return min(found, key=_harm)
    if part is None:
        return None
    return Notified(None, None, "the notification breaks off before it says what happened")


def _harm(notified: Notified) -> int:
    if notified.verdict is None:
        return 0
    return 1 + (Cause.DELAY, Cause.SENDER, Cause.MAILBOX, Cause.ADDRESS).index(
        notified.verdict.cause
    )


def _blocks(part: Message) -> Iterator[Message]:
    """The groups of fields that a part consists of, the message's first (RFC 3464 2.1)."""
    blocks = inner_of(part)
    if part.get_content_type() == _TYPES[0] and any(block.keys() for block in blocks):
        yield from blocks[:_MOST_RECIPIENTS]
        return
    # Encoded, or in the type of RFC 6533, which the parser takes for a whole message.
    carried = carried_by(part)
    if carried is not None and carried.keys():
        text = carried.as_string(maxheaderlen=0)
    else:
        text = text_of(_with_encoding(part, carried))
    for group in _BLANK.split(text, _MOST_RECIPIENTS)[:_MOST_RECIPIENTS]:
        yield HeaderParser().parsestr(group.lstrip("\n"))


def _with_encoding(part: Message, carried: Message | None) -> Message:
    """The text inside a part, to be decoded as the part says."""
    if carried is None:
        return part
    carried["Content-Transfer-Encoding"] = str(part.get("content-transfer-encoding", "7bit"))
    carried["Content-Type"] = "text/plain; charset=utf-8"
    return carried


def _of_recipient(block: Message) -> Notified | None:
    """What a group says of its recipient; None for the group that is about the message."""
    original = _address(header_of(block, "original-recipient"))
    final = _address(header_of(block, "final-recipient"))
    action = header_of(block, "action").lower()
    status = header_of(block, "status")
    if not (original or final or action):
        return None
    said = header_of(block, "diagnostic-code")
    to = original or final
    # Some servers write a comment behind the word, and OpenSMTPD another word.
    if action.startswith(("delivered", "relayed", "expanded")):
        return Notified(to, None, f"it was {action.split()[0].rstrip(';,')}")
    if action.startswith("delay"):
        verdict = judge_delay(status)
    elif action.startswith(("fail", "error")) or status.startswith(("4", "5")):
        verdict = judge_failure(status, said)
    else:
        return Notified(to, None, "the notification does not say that it failed")
    return Notified(to, verdict, verdict.reason)


def _address(field: str) -> str | None:
    """The address in a field `type; address`, with or without the type."""
    type, _, address = field.rpartition(";")
    address = address.strip().strip("<>").strip()
    if type.strip().lower() == "utf-8":  # RFC 6533 3
        address = _UNICODE.sub(lambda found: _letter(int(found[1], 16)), address)
    return address or None


def _letter(number: int) -> str:
    return chr(number) if 0x20 < number < 0x110000 and not 0xD800 <= number < 0xE000 else "\ufffd"
