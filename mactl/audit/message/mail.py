"""A message as a file holds it: its fields, its body, and who it is from."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.header import decode_header

from mactl.audit.dkim.verify import SignedMessage
from mactl.audit.message.words import without_comments
from mactl.audit.names import audited_domain
from mactl.canonicalization import split_message, with_line_ends
from mactl.errors import UnreadableInput, UsageError

LARGEST = 32 << 20
"""Octets of a message that are read."""
_LARGEST_HEADER = 1 << 20
_LONGEST_FIELD = 1 << 14  # octets of a field that are looked at
_MOST_FIELDS = 100  # of one name
_MBOX_LINE = re.compile(rb"From [^\n]*\n")
_NEXT_MESSAGE = re.compile(rb"\r?\n\r?\nFrom \S+ [^\n]*\d\d:\d\d")
_MBOX_QUOTE = re.compile(rb"^>(>*From )", re.MULTILINE)
_ANGLE = re.compile(r"<([^<>]*)>\s*\Z")
_NAMES_OF_MAIL = (
    b"from",
    b"to",
    b"subject",
    b"date",
    b"received",
    b"message-id",
    b"dkim-signature",
)


@dataclass(frozen=True, slots=True)
class ReceivedMessage:
    """A message with CRLF line ends; `signed` is what signatures are held against."""

    signed: SignedMessage

    def values(self, name: str) -> list[str]:
        """The values of the fields called `name` (in lower case) from the top, each on one line."""
        wanted = name.encode("ascii")
        found = [field for known, field in self.signed.fields if known == wanted]
        return [_unfolded(field) for field in found[:_MOST_FIELDS]]

    def count(self, name: str) -> int:
        """How many fields are called `name`."""
        return sum(known == name.encode("ascii") for known, _ in self.signed.fields)

    @property
    def subject(self) -> str:
        """Its subject, decoded; '' where it has none."""
        return next(map(_decoded, self.values("subject")), "")

    @property
    def authors(self) -> tuple[str, ...]:
        """The addresses in From, as they stand there."""
        return tuple(a for value in self.values("from") for a in _addresses(value))

    @property
    def author_domains(self) -> tuple[str, ...]:
        """The distinct domains in From, as A-labels; those that can be none are left out."""
        return tuple(dict.fromkeys(filter(None, map(domain_of, self.authors))))


def read_message(octets: bytes, name: str) -> ReceivedMessage:
    """The message in a file: LF or CRLF, an mbox with one message too.

    Raises UnreadableInput, with `name`, for what is too large, no message, or several.
    """
    if len(octets) > LARGEST:
        raise UnreadableInput(f"{name}: larger than {LARGEST >> 20} MB", "give one message")
    octets = octets.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
    if first := _MBOX_LINE.match(octets):
        octets = octets[first.end() :]
        if _NEXT_MESSAGE.search(octets):
            raise UnreadableInput(f"{name}: several messages", "give a file with one of them")
        octets = _MBOX_QUOTE.sub(rb"\1", octets)
    octets = with_line_ends(octets)
    if octets.find(b"\r\n\r\n", 0, _LARGEST_HEADER) < 0 and len(octets) > _LARGEST_HEADER:
        raise UnreadableInput(f"{name}: more than 1 MB of headers", "give one message")
    fields, body = split_message(octets)
    if not any(known in _NAMES_OF_MAIL for known, _ in fields):
        raise UnreadableInput(
            f"{name}: not a message", "save it whole, with its headers ('show original')"
        )
    return ReceivedMessage(SignedMessage(fields, body))


def domain_of(address: str) -> str:
    """The domain of an address as A-labels, in lower case; '' where it has none."""
    domain = address.rpartition("@")[2].strip()
    try:
        return audited_domain(domain) if "@" in address else ""
    except UsageError:
        return ""


def _addresses(value: str) -> Iterator[str]:
    """The addresses of a list of mailboxes and groups (RFC 5322 3.4)."""
    plain = without_comments(value)
    # The name of a group ends in a colon, the group in a semicolon.
    plain = re.sub(r"(?:^|(?<=[,;]))[^<>,;:@]*:", ",", plain).replace(";", ",")
    for mailbox in plain.split(","):
        angle = _ANGLE.search(mailbox)
        address = (angle[1] if angle else mailbox).strip()
        if address:
            yield re.sub(r" ?([@.]) ?", r"\1", " ".join(address.split()))


def _unfolded(field: bytes) -> str:
    value = field[:_LONGEST_FIELD].partition(b":")[2].replace(b"\r\n", b"")
    try:
        return value.decode("utf-8").strip()
    except UnicodeDecodeError:
        return value.decode("latin-1").strip()


def _decoded(value: str) -> str:
    """A text with its encoded words read (RFC 2047); as it stands where they can't be."""
    try:
        pieces = [
            piece if isinstance(piece, str) else piece.decode(charset or "latin-1", "replace")
            for piece, charset in decode_header(value[:2000])
        ]
    except (ValueError, LookupError):
        return value
    return "".join(pieces)
