"""A rendered message → the bytes that go out: multipart/alternative, written directly.

The standard library's `EmailMessage` says the same in thirty times the time; it is the referee in the tests.
"""

import re
from binascii import b2a_base64, b2a_qp
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache
from hashlib import sha256

from mactl.content.headers import (
    BadHeader,
    mailbox_field,
    plain_field,
    refuse_controls,
    text_field,
    uri_list_field,
)
from mactl.content.render import Rendered

ONE_CLICK = "List-Unsubscribe=One-Click"
"""What a mail provider posts to unsubscribe somebody (RFC 8058 3.1)."""

_MESSAGE_ID = re.compile(r"<[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9.-]+>")
_LANGUAGE = re.compile(r"[A-Za-z0-9]{1,8}(?:-[A-Za-z0-9]{1,8})*")  # BCP 47
_WORTH_KEEPING = 1_000  # characters of a line; of longer ones few come again
_LINE_END = re.compile(r"\r\n?|\n")
_OURS = frozenset(
    """from to cc bcc sender reply-to subject date message-id mime-version content-type content-transfer-encoding
    content-language list-unsubscribe list-unsubscribe-post auto-submitted feedback-id return-path
    received""".split()  # noqa: SIM905
)


def build_message(
    rendered: Rendered,
    *,
    from_: str,
    to: str,
    message_id: str,
    date: datetime,
    reply_to: str | None = None,
    unsubscribe: Sequence[str] = (),
    one_click: bool = False,
    language: str | None = None,
    auto_submitted: bool = False,
    feedback_id: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> bytes:
    """The message with CRLF line ends, no line over 998 bytes; the same arguments make the same bytes.

    `from_`, `to` and `reply_to` are mailboxes as people write them; `message_id` has its angle brackets; `date`
    has a zone. `unsubscribe` are https: or mailto: addresses for List-Unsubscribe (RFC 2369), of which
    `one_click` needs one with https (RFC 8058 3.1; both headers must be signed). `auto_submitted` (RFC 3834) is
    for service mail: marketing is bulk, which List-Unsubscribe says. `headers` are further ones, in ASCII.
    Raises BadHeader where a value would break a header or start one of its own; nothing is dropped in silence.
    """
    if not _MESSAGE_ID.fullmatch(message_id):
        raise BadHeader("Message-ID", message_id, "is not <something@a.domain>")
    fields = [
        _from_field("From", from_),
        mailbox_field("To", to),
        *([_from_field("Reply-To", reply_to)] if reply_to else ()),
        text_field("Subject", rendered.subject),
        f"Date: {_date(date)}",
        plain_field("Message-ID", message_id),
        *_unsubscribe_fields(tuple(unsubscribe), one_click),
    ]
    if auto_submitted:
        fields.append("Auto-Submitted: auto-generated")
    if feedback_id is not None:
        fields.append(plain_field("Feedback-ID", feedback_id))
    if language is not None:
        if not _LANGUAGE.fullmatch(language):
            raise BadHeader("Content-Language", language, "is not a language tag such as nl-NL")
        fields.append(f"Content-Language: {language}")
    for name, value in (headers or {}).items():
        if name.lower() in _OURS:
            raise BadHeader(name, value, "is a header that mactl writes itself")
        fields.append(plain_field(name, value))
    # `=_` can't occur in quoted-printable or base64 (RFC 2045 6.7), so no line of a part looks like it.
    boundary = f"=_{sha256(message_id.encode()).hexdigest()[:32]}"
    fields += [
        "MIME-Version: 1.0",
        f'Content-Type: multipart/alternative;\r\n boundary="{boundary}"',
        "",
        "",
    ]
    delimiter = f"--{boundary}".encode()
    return b"".join((
        "\r\n".join(fields).encode("ascii"),
        delimiter, _part("plain", rendered.text),
        delimiter, _part("html", rendered.html),
        delimiter, b"--\r\n",
    ))  # fmt: skip


def _part(subtype: str, text: str) -> bytes:
    """A part's headers and encoded body, from the line end after the delimiter to the one before the next."""
    lines = _LINE_END.sub("\n", text) if "\r" in text else text
    # Quoted-printable takes three bytes for one that isn't ASCII and little more for one that is.
    is_quoted = lines.isascii() or _is_mostly_ascii(lines)
    encoding = "quoted-printable" if is_quoted else "base64"
    head = (
        f"\r\nContent-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    ).encode()
    # The line end before a delimiter is the delimiter's (RFC 2046 5.1.1).
    return head + (_quoted(lines) if is_quoted else _base64(lines.replace("\n", "\r\n").encode()))


def _is_mostly_ascii(text: str) -> bool:
    try:
        size = len(text.encode())
    except UnicodeEncodeError as wrong:
        raise BadHeader("Content-Type", text[wrong.start : wrong.end], "is not text") from None
    return (size - len(text)) * 12 <= size


def _quoted(text: str) -> bytes:
    """Quoted-printable (RFC 2045 6.7), in which every line stands for itself: most are the same in all messages."""
    lines = text.split("\n")
    is_usual = max(map(len, lines)) <= _WORTH_KEEPING
    return b"".join(map(_quote_again if is_usual else _quote, lines))


def _quote(line: str) -> bytes:
    return b2a_qp(f"{line}\r\n".encode(), istext=True)


_quote_again = lru_cache(4_096)(_quote)


def _base64(data: bytes) -> bytes:
    encoded = b2a_base64(data, newline=False)
    return b"".join(encoded[at : at + 76] + b"\r\n" for at in range(0, len(encoded), 76))


@lru_cache(256)
def _from_field(header: str, mailbox: str) -> str:
    """The same for every message of a run."""
    return mailbox_field(header, mailbox)


@lru_cache(256)
def _date(date: datetime) -> str:
    if date.utcoffset() is None:
        raise BadHeader("Date", date.isoformat(), "has no time zone")
    return format_datetime(date.astimezone(UTC))


def _unsubscribe_fields(uris: tuple[str, ...], one_click: bool) -> list[str]:
    if one_click and not any(uri.startswith("https://") for uri in uris):
        raise BadHeader("List-Unsubscribe-Post", ONE_CLICK, "needs an https address (RFC 8058 3.1)")
    for uri in uris:
        if not uri.startswith(("https://", "mailto:")):
            raise BadHeader(
                "List-Unsubscribe",
                refuse_controls("List-Unsubscribe", uri),
                "is neither https: nor mailto:",
            )
    fields = [uri_list_field("List-Unsubscribe", uris)] if uris else []
    return [*fields, f"List-Unsubscribe-Post: {ONE_CLICK}"] if one_click else fields
