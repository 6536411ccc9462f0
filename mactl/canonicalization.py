"""A message as it is signed: its fields, and the two canonical forms of header and body (RFC 6376 3.4).

Whoever signs and whoever verifies must come to the same octets. Lines end in CRLF throughout.
"""

import re
from collections.abc import Callable, Iterable

LINE_END = b"\r\n"
_SPACES = re.compile(rb"[ \t]+")

Field = tuple[bytes, bytes]
"""The name in lower case, and the whole field without its last line end."""


def with_line_ends(message: bytes) -> bytes:
    """`message` with CRLF at the end of each line, where a file may have LF alone."""
    return message.replace(LINE_END, b"\n").replace(b"\n", LINE_END)


def split_message(message: bytes) -> tuple[list[Field], bytes]:
    """The fields of a message from the top, and its body."""
    if message.startswith(LINE_END):
        return [], message.removeprefix(LINE_END)
    header, _, body = message.partition(LINE_END * 2)
    return fields_of(header.removesuffix(LINE_END)), body


def fields_of(header: bytes) -> list[Field]:
    """The fields of a header from the top."""
    fields: list[Field] = []
    lines: list[bytes] = []
    for line in header.split(LINE_END):
        if line[:1] in (b" ", b"\t") and lines:
            lines.append(line)
            continue
        if lines:
            fields.append(_field(lines))
        lines = [line]
    return [*fields, _field(lines)]


def _field(lines: list[bytes]) -> Field:
    return lines[0].partition(b":")[0].strip(b" \t").lower(), LINE_END.join(lines)


def simple_header(field: bytes) -> bytes:
    """One header field, without its last line end, as it is signed in the simple form (RFC 6376 3.4.1)."""
    return field


def relaxed_header(field: bytes) -> bytes:
    """The same in the relaxed form (RFC 6376 3.4.2)."""
    name, _, value = field.partition(b":")
    text = _SPACES.sub(b" ", value.replace(LINE_END, b"")).strip(b" ")
    return name.strip(b" \t").lower() + b":" + text


def simple_body(body: bytes) -> bytes:
    """The body as it is signed in the simple form (RFC 6376 3.4.3): an empty one is a line end."""
    return body[: _end(body)] + LINE_END


def relaxed_body(body: bytes) -> bytes:
    """The same in the relaxed form (RFC 6376 3.4.4): an empty one is empty."""
    text = body.replace(b"\t", b" ")
    while b"  " in text:  # a body may have millions of spaces, each a match of an expression
        text = text.replace(b"  ", b" ")
    text = text.replace(b" \r\n", LINE_END)
    text = text.removesuffix(b" ")
    end = _end(text)
    return text[:end] + LINE_END if end else b""


def _end(body: bytes) -> int:
    """Where the empty lines at the end of a body, and the last line end, begin."""
    end = len(body)
    for lines in (LINE_END * 1024, LINE_END):  # some bodies end in millions of them
        while body.endswith(lines, 0, end):
            end -= len(lines)
    return end


def signed_fields(fields: Iterable[Field], names: Iterable[bytes]) -> list[bytes]:
    """The fields that `names` (in any case) stand for, those of one name from the bottom up (RFC 6376 5.4.2).

    A name that comes once more than there are fields of it stands for its absence.
    """
    left: dict[bytes, list[bytes]] = {}
    for name, field in fields:
        left.setdefault(name, []).append(field)
    there = (left.get(name.lower()) for name in names)
    return [found.pop() for found in there if found]


def canonical_headers(
    fields: Iterable[Field], names: Iterable[bytes], form: Callable[[bytes], bytes]
) -> bytes:
    """The fields that `names` stand for, each in `form` and with its line end."""
    return b"".join(form(field) + LINE_END for field in signed_fields(fields, names))
