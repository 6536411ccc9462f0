"""Bytes → text: which encoding a file is in, and which of its characters nobody should send on."""

import builtins
import codecs
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from mactl.people.cells import Mask, Numbers

FALLBACK = "cp1252"
"""What a file is read as that has no BOM, is not UTF-8 and says nothing else: Windows' Western European."""

_LOST = "\uffff"  # stands where bytes could not be decoded; Unicode keeps it free for such use
HEAD = 1 << 16
"""Bytes of a text that tell how it is laid out."""
_BLOCK = 1 << 20  # bytes looked at together: they stay in the processor's cache
_BYTE_ORDER_MARKS = (
    # UTF-32's begins like UTF-16's, so it comes first.
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

Bytes = npt.NDArray[np.uint8]
Reader = Callable[[int], tuple[pa.Buffer, bool]]
"""Takes a text in from its beginning: the next lines, of about so many bytes, and whether they are the last."""


@dataclass(frozen=True, slots=True, eq=False)
class Text:
    """A file's text in UTF-8, its lines ended by a line feed alone.

    `is_assumed` where nothing told the encoding and it is only the usual one.
    """

    data: pa.Buffer
    encoding: str
    is_assumed: bool = False

    @property
    def bytes(self) -> Bytes:
        """The text's bytes, not copied."""
        return np.frombuffer(self.data, np.uint8)

    @property
    def size(self) -> int:
        """How many bytes it has."""
        return int(self.data.size)

    @property
    def head(self) -> builtins.bytes:
        """How it begins."""
        return builtins.bytes(self.data[:HEAD])

    @contextmanager
    def opened(self) -> Iterator[Reader]:
        """What reads it from its beginning, without copying it."""
        begin = 0

        def read(least: int) -> tuple[pa.Buffer, bool]:
            nonlocal begin
            start, begin = begin, _past_line(self.bytes, begin + least)
            return self.data.slice(start, begin - start), begin == self.size

        yield read

    def first_foreign_word(self) -> tuple[int, str]:
        """The first word that is not plain ASCII, and its line; line 0 where there is none."""
        for start in range(0, self.data.size, _BLOCK):
            found = np.flatnonzero(self.bytes[start : start + _BLOCK] >= 0x80)
            if len(found):
                position = start + int(found[0])
                line = 1 + int(np.count_nonzero(self.bytes[:position] == 0x0A))
                around = bytes(self.data[max(0, position - 64) : position + 64])
                words = re.split(r"[^\w'-]+", around.decode("utf-8", "ignore"))
                return line, next((word for word in words if not word.isascii()), "")
        return 0, ""


@dataclass(frozen=True, slots=True, eq=False)
class OddBytes:
    """Positions in a text: of NUL bytes, of undecodable ones, and of control and bidi characters."""

    nul: Numbers
    undecodable: Numbers
    control: Numbers


def _past_line(text: Bytes, position: int) -> int:
    """Where the line ends in which a byte stands, its line feed included."""
    while position < len(text):
        found = np.flatnonzero(text[position : position + _BLOCK] == 0x0A)
        if len(found):
            return position + int(found[0]) + 1
        position += _BLOCK
    return len(text)


def is_encoding(name: str) -> bool:
    """Whether there is an encoding of text called `name`."""
    try:
        "a".encode(name)
    except LookupError:
        return False
    return True


def decode(data: pa.Buffer, declared: str | None = None) -> Text:
    """`data` as text: by its byte order mark, else as UTF-16 where every other byte is NUL, else as UTF-8, else as
    `declared`, else as cp1252.

    Bytes that the encoding does not have become a mark that `find_odd_bytes` finds. A file that is
    UTF-8 but for a few bytes is read as UTF-8 with those bytes marked.
    """
    start = bytes(data[:4])
    for mark, encoding in _BYTE_ORDER_MARKS:
        if start.startswith(mark):
            body = data.slice(len(mark))
            if encoding == "utf-8" and is_utf8(body):
                return Text(with_plain_newlines(body), encoding)
            return Text(_recoded(body, encoding), encoding)
    if declared and not _extends_ascii(declared):
        return Text(_recoded(data, declared), declared)
    unmarked = _unmarked_utf16(np.frombuffer(data, np.uint8)[:_BLOCK])
    if unmarked:
        return Text(_recoded(data, unmarked), unmarked)
    if is_utf8(data):
        return Text(with_plain_newlines(data), "utf-8")
    if _is_mostly_utf8(np.frombuffer(data, np.uint8)):
        return Text(_recoded(data, "utf-8"), "utf-8")
    if declared:
        return Text(_recoded(data, declared), declared)
    return Text(_recoded(data, FALLBACK), FALLBACK, is_assumed=True)


def _unmarked_utf16(start: Bytes) -> str | None:
    """Which UTF-16 a text without a byte order mark is in: in letters of ASCII every other byte is NUL."""
    pairs = start[: len(start) // 2 * 2].reshape(-1, 2)
    if len(pairs) < 2:
        return None
    high, low = (np.count_nonzero(pairs[:, side] == 0) for side in (0, 1))
    if 2 * low > len(pairs) and not high:
        return "utf-16-le"
    return "utf-16-be" if 2 * high > len(pairs) and not low else None


def is_utf8(data: pa.Buffer) -> bool:
    """Whether `data` is nothing but characters of UTF-8, each whole."""
    offsets = pa.py_buffer(np.array([0, data.size], np.int64))
    try:
        pa.Array.from_buffers(pa.large_binary(), 1, [None, offsets, data]).cast(pa.large_string())
    except pa.ArrowInvalid:
        return False
    return True


def _is_mostly_utf8(text: Bytes) -> bool:
    """Whether most of what is not ASCII are the sequences of bytes that UTF-8 is made of.

    In text of any other encoding such a sequence is a rare accident.
    """
    good = stray = 0
    for start in range(0, len(text), _BLOCK):
        block = text[start : start + _BLOCK + 1]
        leads = (block[:-1] >= 0xC2) & (block[:-1] <= 0xF4)
        follows = (block[1:] & 0xC0) == 0x80
        paired = int(np.count_nonzero(leads & follows))
        good += paired
        stray += int(np.count_nonzero(leads)) - paired
        stray += int(np.count_nonzero((block[:-1] < 0x80) & follows))
    return good > stray


def _extends_ascii(encoding: str) -> bool:
    """Whether bytes below 128 stand in it for ASCII and for nothing else; not so in UTF-16 or ISO 2022."""
    foreign = "éяα山".encode(encoding, "ignore")
    return "a,\n".encode(encoding) == b"a,\n" and (not foreign or not foreign.isascii())


def _mark_lost(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return _LOST, error.end


codecs.register_error("mactl-mark-lost", _mark_lost)


def _recoded(data: pa.Buffer, encoding: str) -> pa.Buffer:
    text = bytes(data).decode(encoding, "mactl-mark-lost")
    # Half a surrogate pair is no character, though UTF-16 may hold one.
    return with_plain_newlines(pa.py_buffer(text.encode("utf-8", "replace")))


def with_plain_newlines(data: pa.Buffer) -> pa.Buffer:
    """Lines that end in a carriage return, alone or with a line feed, ended by a line feed."""
    text = np.frombuffer(data, np.uint8)
    if not _has(text, ord("\r")):
        return data
    return pa.py_buffer(bytes(data).replace(b"\r\n", b"\n").replace(b"\r", b"\n"))


def _has(text: Bytes, byte: int) -> bool:
    return any(
        (text[start : start + _BLOCK] == byte).any() for start in range(0, len(text), _BLOCK)
    )


_LEADS = (0xC2, 0xE2, 0xEF)  # what the odd characters of two and three bytes begin with
# How U+00A0, U+1680, U+2000 to 200A, U+2028 to 205F, and U+3000 begin.
_SPACES = ((0xC2, 0xA0), (0xE1, 0x9A), (0xE2, 0x80), (0xE2, 0x81), (0xE3, 0x80))


def find_odd_bytes(text: pa.Buffer) -> OddBytes:
    """Where a text holds what is no part of a name, an address or a sentence.

    Control characters but line feed and tab (C0, DEL, C1), and those that turn the direction of
    writing round (Unicode's bidirectional embeddings, overrides and isolates).
    """
    whole = np.frombuffer(text, np.uint8)
    found = [np.zeros(0, np.int64)]
    for start in range(0, len(whole), _BLOCK):
        block = whole[start : start + _BLOCK]
        newlines = np.count_nonzero(block == 0x0A)
        # Mostly one pass tells: nothing but printable ASCII and line feeds.
        if np.count_nonzero((block - np.uint8(0x20)) > 0x5E) == newlines:
            continue
        odd = [np.flatnonzero(block == lead) for lead in _LEADS]
        if np.count_nonzero(block < 0x20) > newlines or (block == 0x7F).any():
            odd.append(np.flatnonzero(_is_ascii_control(block)))
        found.append(np.sort(np.concatenate(odd)) + start)
    positions = np.concatenate(found)
    first, second, third = (_bytes_at(whole, positions + step) for step in range(3))
    lost = (first == 0xEF) & (second == 0xBF) & (third == 0xBF)
    c1 = (first == 0xC2) & (second >= 0x80) & (second < 0xA0)
    embeds = (first == 0xE2) & (second == 0x80) & (third >= 0xAA) & (third <= 0xAE)
    isolates = (first == 0xE2) & (second == 0x81) & (third >= 0xA6) & (third <= 0xA9)
    control = _is_ascii_control(first) & (first != 0)
    return OddBytes(
        positions[first == 0], positions[lost], positions[control | c1 | embeds | isolates]
    )


def has_loose_space(text: pa.Buffer, delimiter: str) -> bool:
    """Whether white space may stand at the edge of a cell; False where surely none does.

    Anything beside a quote counts, and any character that begins like one of Unicode's spaces.
    """
    whole = np.frombuffer(text, np.uint8)
    if delimiter in " \t" or (len(whole) and (whole[0] in b" \t" or whole[-1] in b" \t")):
        return True
    for start in range(0, len(whole), _BLOCK):
        block = whole[start : start + _BLOCK + 1]
        here, there = block[:-1], block[1:]
        space = (block == 0x20) | (block == 0x09)
        edge = (block == ord(delimiter)) | (block == 0x0A) | (block == ord('"'))
        if (space[:-1] & edge[1:]).any() or (edge[:-1] & space[1:]).any():
            return True
        if block.max() >= 0x80 and any(
            ((here == first) & (there == second)).any() for first, second in _SPACES
        ):
            return True
    return False


def _is_ascii_control(text: Bytes) -> Mask:
    """Which bytes are control characters of ASCII other than line feed and tab."""
    control: Mask = ((text < 0x20) & (text != 0x0A) & (text != 0x09)) | (text == 0x7F)
    return control


def _bytes_at(text: Bytes, positions: Numbers) -> Bytes:
    """The byte at each position; 0 past the end."""
    if not len(text):
        return np.zeros(len(positions), np.uint8)
    inside = np.minimum(positions, len(text) - 1)
    return np.where(positions < len(text), text[inside], 0).astype(np.uint8)
