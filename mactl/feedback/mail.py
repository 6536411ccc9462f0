"""A mail as it can be asked about: whatever of it is damaged reads as if it were not there.

Only its beginning is looked at, where reports say what happened; what a stranger attached costs no memory.
"""

import re
from collections.abc import Callable, Iterator
from datetime import UTC
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime
from functools import cached_property
from html import unescape
from typing import TypeVar

from mactl.clock import to_epoch

LARGEST = 1 << 18
"""Octets of a mail that are looked at."""
_LONGEST_TEXT = 1 << 16  # characters of a part that are read
_LONGEST_HEADER = 1 << 13
_MOST_PARTS = 1_000
_BOUNDARY = re.compile(rb"^--", re.MULTILINE)
_CONTENT_HEADER = re.compile(
    rb"(?:^|(?<=\r))content-[\w-]+:.*(?:\n[ \t].*)*", re.MULTILINE | re.IGNORECASE
)
_LONGEST_CONTENT_HEADER = 1 << 11
_TAG = re.compile(r"<(/?\w*)[^<>]*>")
_ENDS_A_LINE = {"br", "/p", "/div", "/tr", "/li", "/title", "/style"}
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_NAMES_OF_MAIL = ("from", "to", "subject", "date", "received", "message-id", "return-path")

Answer = TypeVar("Answer")


class Mail:
    """One mail. Raises RecursionError where its parts are nested beyond reason."""

    def __init__(self, data: bytes) -> None:
        self.data = _cut(data)
        """Its beginning."""
        self.message: Message = message_from_bytes(self.data)

    @property
    def is_mail(self) -> bool:
        """Whether it has anything that every mail has."""
        return any(name in self.message for name in _NAMES_OF_MAIL)

    def header(self, name: str) -> str:
        """The first header of that name, decoded, on one line; "" where there is none."""
        return header_of(self.message, name)

    def addresses(self, name: str) -> list[str]:
        """The addresses in the headers of that name."""
        return addresses_of(self.message, name)

    @cached_property
    def head(self) -> bytes:
        """All of its headers, as they stand."""
        return re.split(rb"\r?\n\r?\n", self.data, maxsplit=1)[0]

    @cached_property
    def parts(self) -> list[Message]:
        """Its parts, itself first; what lies in a message that it carries is not its own."""
        return list(_own_parts(self.message))

    def parts_of(self, *types: str) -> Iterator[Message]:
        """Its parts of these content types."""
        for part in self.parts:
            if part.get_content_type() in types:
                yield part

    @cached_property
    def text(self) -> str:
        """What it says to people: its first plain part, else the first in HTML without its tags."""
        for type, read in (("text/plain", text_of), ("text/html", _html_text_of)):
            for part in self.parts_of(type):
                text = read(part)
                if text.strip():
                    return text
        return ""

    @property
    def first_line(self) -> str:
        """The first line of what it says to people; "" where it says nothing."""
        return next(iter(self.text.strip().splitlines()), "")

    @property
    def has_no_return_path(self) -> bool:
        """Whether it says that it came from nobody who wants an answer (RFC 5321 4.5.5)."""
        return self.header("return-path").replace(" ", "") == "<>"

    @cached_property
    def original(self) -> Message | None:
        """The message that it carries, or the headers of it, if any."""
        for part in self.parts_of("message/rfc822", "message/global"):
            return carried_by(part)
        headers = ("text/rfc822-headers", "message/global-headers", "text/rfc822")
        for part in self.parts_of(*headers):
            carried = carried_by(part)
            return carried if carried is not None else message_from_bytes(octets_of(part))
        return None

    @cached_property
    def at(self) -> int | None:
        """When it came (epoch seconds): our own server's word for it, else the sender's."""
        received = self.header("received").rpartition(";")[2]
        for text in (received, self.header("date")):
            # Whatever a date can be instead of a date.
            instant = _tried(lambda text=text: parsedate_to_datetime(text.strip()))  # type: ignore[misc]
            if instant is not None:
                aware = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
                return to_epoch(aware)
        return None


def header_of(message: Message, name: str) -> str:
    """The first header called `name`, decoded, on one line; "" where there is none."""
    return next(iter(headers_of(message, name)), "")


def headers_of(message: Message, name: str) -> list[str]:
    """Every header called `name`, decoded, each on one line without control characters."""
    return [
        _CONTROLS.sub(" ", " ".join(_decoded(str(value)).split()))
        for known, value in message.raw_items()
        if known.lower() == name
    ]


def addresses_of(message: Message, name: str) -> list[str]:
    """The addresses in the headers called `name`."""
    found = _tried(lambda: getaddresses(headers_of(message, name))) or []
    return [address for _, address in found if address]


def inner_of(part: Message) -> list[Message]:
    """The parts of a part."""
    payload = part.get_payload() if part.is_multipart() else ()  # of text it may raise
    return [inner for inner in payload if isinstance(inner, Message)]


def octets_of(part: Message) -> bytes:
    """What stands in a part without parts of its own, with its transfer encoding undone."""
    payload = _tried(lambda: part.get_payload(decode=True))
    return payload if isinstance(payload, bytes) else b""


def text_of(part: Message) -> str:
    """The beginning of what stands in a part, in whatever charset it says, or can be."""
    charset = _tried(part.get_content_charset) or "utf-8"
    octets = octets_of(part)[: 4 * _LONGEST_TEXT]
    try:
        text = octets.decode(charset, "replace")
    except (LookupError, ValueError):  # a charset that nobody knows, or that is none
        text = octets.decode("latin-1")
    return text[:_LONGEST_TEXT].replace("\r\n", "\n")


def carried_by(part: Message) -> Message | None:
    """The message that a part of the type message/… carries, also where somebody encoded it (RFC 2046 5.2.1)."""
    carried = next(iter(inner_of(part)), None)
    if carried is None:
        return None
    is_encoded = str(part.get("content-transfer-encoding", "")).strip().lower() == "base64"
    if is_encoded and not carried.keys():
        carried["Content-Transfer-Encoding"] = "base64"
        return message_from_bytes(octets_of(carried))
    return carried


def _cut(data: bytes) -> bytes:
    """The beginning of a mail: so many octets, and so many parts, each described in so many words."""
    # The time that the standard library takes grows with the cube of these headers' length.
    data = _CONTENT_HEADER.sub(lambda found: found[0][:_LONGEST_CONTENT_HEADER], data[:LARGEST])
    for number, boundary in enumerate(_BOUNDARY.finditer(data)):
        if number == _MOST_PARTS:
            return data[: boundary.start()]
    return data


def _own_parts(message: Message) -> Iterator[Message]:
    waiting = [message]
    while waiting:
        part = waiting.pop()
        yield part
        if part.get_content_maintype() == "multipart":
            waiting.extend(reversed(inner_of(part)))


def _html_text_of(part: Message) -> str:
    text = _TAG.sub(lambda tag: "\n" if tag[1].lower() in _ENDS_A_LINE else " ", text_of(part))
    return unescape(text)


def _decoded(raw: str) -> str:
    """A header with its encoded words read (RFC 2047), and its bare octets too."""
    text = raw[:_LONGEST_HEADER].encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    try:
        pieces = decode_header(text)
    except (HeaderParseError, ValueError):
        return text
    return "".join(_word(piece, charset) for piece, charset in pieces)


def _word(piece: str | bytes, charset: str | None) -> str:
    if isinstance(piece, str):
        return piece
    try:
        return piece.decode(charset or "utf-8", "replace")
    except (LookupError, ValueError):
        return piece.decode("latin-1")


def _tried(ask: Callable[[], Answer]) -> Answer | None:
    """What the standard library makes of something damaged, where it does not fall over it.

    Its parsers of dates, parameters and transfer encodings raise whatever the line they stumble on raises.
    """
    try:
        return ask()
    except (ValueError, TypeError, LookupError, AttributeError, OverflowError, AssertionError):
        return None
