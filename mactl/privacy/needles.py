"""What is searched for when somebody must be gone: their keys, in every way that bytes may spell them."""

import base64
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import cached_property
from uuid import UUID

import idna
import pyarrow as pa
import pyarrow.compute as pc

SHORTEST = 6
"""Characters; what is shorter is found everywhere by chance."""
_FEW_DIGITS = 9  # a number with fewer is an amount or an instant as likely as anybody's key
_CHARSETS = ("utf-8", "utf-16-le", "utf-16-be", "cp1252")
_WORTH_A_PATTERN = 1 << 17  # bytes; to make its automaton takes as long as to look through so many
_AROUND = 512  # bytes on either side of what may be spelt in it
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]+={0,2}")
_HEX = re.compile(rb"[0-9a-fA-F]+")


def is_distinctive(text: str) -> bool:
    """Whether finding `text` somewhere means that it is what is looked for."""
    digits = re.sub(r"[\s().+-]", "", text)
    return len(text) >= SHORTEST and not (digits.isdigit() and len(digits) < _FEW_DIGITS)


class Needles:
    """The texts that must not be found, and ids (UUIDs) whose bytes must not be either.

    `marks` stand for them and are encoded no more: hashes in hexadecimal digits, ids of messages. `lookalikes` are
    texts of others in which one of them is found by chance, as ann@example.com is in joann@example.com: what is part of
    one of these does not count.
    """

    def __init__(
        self,
        texts: Iterable[str],
        ids: Iterable[str] = (),
        lookalikes: Iterable[str] = (),
        marks: Iterable[str] = (),
    ) -> None:
        wanted = (form for text in texts for form in _forms(text))
        self.texts = [*dict.fromkeys(text for text in wanted if is_distinctive(text))]
        self.ids = [*dict.fromkeys(ids)]
        self.lookalikes = [*dict.fromkeys(lookalikes)]
        plain = [spelt for text in self.texts for spelt in _spelt(text)]
        plain += [spelt for id in self.ids for spelt in _spelt_id(id)]
        self._plain = [*dict.fromkeys([*plain, *(mark.lower().encode() for mark in marks)])]
        self._bytes = [UUID(id).bytes for id in self.ids if _is_uuid(id)]
        self._others = [spelt for text in self.lookalikes for spelt in _spelt(text)]
        self._hex = [*dict.fromkeys(one.hex().encode() for one in _cases(self.texts))]
        self._base64 = [*dict.fromkeys(s for one in _cases(self.texts) for s in in_base64(one))]
        self._may_be_plain = _pattern(self._plain)
        self._may_be_lowered = _pattern([*self._plain, *self._hex])
        self._may_be_as_is = _pattern([*self._bytes, *self._base64])

    @cached_property
    def reach(self) -> int:
        """Bytes that one part of something must share with the next, so that nothing lies between them."""
        longest = max([len(one) for one in (*self._plain, *self._others)], default=0)
        return 6 * longest + 2 * _AROUND  # six characters at most stand for one: \u0040, &#x40;

    def __bool__(self) -> bool:
        return bool(self._plain)

    def are_in(self, data: bytes) -> bool:
        """Whether any of them is spelt anywhere in `data`."""
        if _may_match(self._may_be_as_is, data) and (
            any(one in data for one in self._bytes) or self._in_base64(data)
        ):
            return True
        lines = data.replace(b"\r", b"").replace(b"\n", b"")  # of 76 characters, as in mail
        is_folded = len(lines) < len(data) and _may_match(self._may_be_as_is, lines)
        if is_folded and self._in_base64(lines):
            return True
        lowered = data.lower()
        if _may_match(self._may_be_lowered, lowered) and (
            self._found(lowered) or self._in_hex(lowered)
        ):
            return True
        return any(
            _may_match(self._may_be_plain, view) and self._found(view) for view in _decoded(data)
        )

    def _found(self, lowered: bytes) -> bool:
        return any(
            not self._is_of_another(lowered, start, one)
            for one in self._plain
            for start in _starts(lowered, one)
        )

    def _is_of_another(self, lowered: bytes, start: int, one: bytes) -> bool:
        for other in self._others:
            for within in _starts(other, one):
                begin = start - within
                if begin >= 0 and lowered[begin : begin + len(other)] == other:
                    return True
        return False

    def _in_hex(self, lowered: bytes) -> bool:
        for one in self._hex:
            for start in _starts(lowered, one):
                before = _tail(_HEX, lowered[max(start - _AROUND, 0) : start])
                after = lowered[start : start + len(one) + _AROUND]
                run = before[len(before) % 2 :] + _run(_HEX, after)
                if self._found(bytes.fromhex(run[: len(run) // 2 * 2].decode()).lower()):
                    return True
        return False

    def _in_base64(self, data: bytes) -> bool:
        for one in self._base64:
            for start in _starts(data, one):
                before = _tail(_BASE64, data[max(start - _AROUND, 0) : start])
                run = before + _run(_BASE64, data[start : start + len(one) + _AROUND])
                if any(self._found(text.lower()) for text in _from_base64(run)):
                    return True
        return False


def _forms(text: str) -> Iterator[str]:
    """`text`, with its accents composed and apart, and where it is an address its domain in letters and in ASCII
    (RFC 5891)."""
    local, at, domain = text.rpartition("@")
    domains = [domain]
    if not domain.isascii() or "xn--" in domain.lower():
        for write in (
            idna.decode,
            lambda domain, **how: idna.encode(domain, **how).decode("ascii"),
        ):
            with suppress(UnicodeError):
                domains.append(write(domain, uts46=True))
    for one in domains:
        yield local + at + one
        for form in ("NFC", "NFD"):
            yield unicodedata.normalize(form, local + at + one)


def _pattern(needles: Iterable[bytes]) -> str:
    """What finds any of them in one pass, however many they are."""
    return "|".join("".join(f"\\x{byte:02x}" for byte in one) for one in needles)


def _may_match(pattern: str, data: bytes) -> bool:
    """Whether it is worth looking for each alone; of little data it always is."""
    if not pattern or len(data) < _WORTH_A_PATTERN:
        return bool(pattern)
    found = pc.find_substring_regex(pa.array([data], pa.large_binary()), pattern)
    return bool(found[0].as_py() >= 0)


def _cases(texts: Sequence[str]) -> Iterator[bytes]:
    """Each text in the cases that it is likely to be written in, before it was encoded."""
    for text in texts:
        for one in dict.fromkeys((text, text.lower(), text.upper(), text.replace("@", "%40"))):
            for charset in _CHARSETS:
                encoded = one.encode(charset, "ignore")
                if encoded.decode(charset) == one:
                    yield encoded


def _spelt(text: str) -> Iterator[bytes]:
    """`text` in every character set, such that it is found in what was lowered byte by byte."""
    for one in dict.fromkeys((text.lower(), text.upper(), text)):
        for charset in _CHARSETS:
            encoded = one.encode(charset, "ignore")
            if encoded.decode(charset) == one:
                yield encoded.lower()


def _spelt_id(id: str) -> Iterator[bytes]:
    yield id.lower().encode()
    if _is_uuid(id):
        yield UUID(id).hex.encode()
        yield id.lower().encode("utf-16-le")


def _is_uuid(id: str) -> bool:
    try:
        UUID(id)
    except ValueError:
        return False
    return True


def in_base64(text: bytes) -> Iterator[bytes]:
    """The part of `text` in base64 that is the same whatever stands around it, at each of the three offsets, in both
    alphabets (RFC 4648)."""
    for offset, first in enumerate((0, 2, 3)):
        whole = base64.b64encode(b"\0" * offset + text)
        part = whole[first : (offset + len(text)) * 8 // 6]
        if len(part) >= SHORTEST:
            yield part
            yield part.translate(bytes.maketrans(b"+/", b"-_"))


def _from_base64(run: bytes) -> Iterator[bytes]:
    """What `run` may say, whichever of its first four characters begins a group."""
    run = run.rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
    for skipped in range(4):
        part = run[skipped:]
        part = part[: len(part) - (len(part) % 4 == 1)]
        yield base64.b64decode(part + b"=" * (-len(part) % 4))


def _tail(pattern: re.Pattern[bytes], data: bytes) -> bytes:
    """The characters of `pattern` that `data` ends with."""
    found = pattern.match(data[::-1].lstrip(b"="))
    return found[0].rstrip(b"=")[::-1] if found else b""


def _run(pattern: re.Pattern[bytes], data: bytes) -> bytes:
    found = pattern.match(data)
    return found[0] if found else b""


_PERCENT = re.compile(rb"%([0-9a-fA-F]{2})")
_QUOTED = re.compile(rb"=(?:([0-9a-fA-F]{2})|[ \t]*\r?\n)")
_ESCAPED = re.compile(
    rb"\\(?:u00([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([nrtbf\"'/\\]))"
)
_ENTITY = re.compile(
    rb"&(?:#([0-9]{1,7})|#[xX]([0-9a-fA-F]{1,6})|(commat|period|lowbar|plus|amp));?"
)
_NAMED = {b"commat": "@", b"period": ".", b"lowbar": "_", b"plus": "+", b"amp": "&"}


def _decoded(data: bytes) -> Iterator[bytes]:
    """`data` without percent-encoding, quoted-printable, escapes of JSON and entities of HTML, in lower case; only
    where there is any of it."""
    for pattern, say in (
        (_PERCENT, lambda m: bytes.fromhex(m[1].decode())),
        (_QUOTED, lambda m: bytes.fromhex(m[1].decode()) if m[1] else b""),
        (_ESCAPED, _unescaped),
        (_ENTITY, _letter),
    ):
        view, count = pattern.subn(say, data)
        if count:
            yield view.lower()
        if count and pattern is _PERCENT and b"%" in view:  # an address of a page within another
            yield pattern.sub(say, view).lower()


def _unescaped(match: re.Match[bytes]) -> bytes:
    code = match[1] or match[2] or match[3]
    if code is None:
        return b" "  # a line's end, a quote: what stands between two texts
    return _utf8(int(code, 16))


def _letter(match: re.Match[bytes]) -> bytes:
    if match[3]:
        return _NAMED[match[3].lower()].encode()
    return _utf8(int(match[1]) if match[1] else int(match[2], 16))


def _utf8(code: int) -> bytes:
    return chr(code).encode("utf-8", "ignore") if code < 0x110000 else b""


def _starts(data: bytes, one: bytes) -> Iterator[int]:
    start = data.find(one)
    while start >= 0:
        yield start
        start = data.find(one, start + 1)
