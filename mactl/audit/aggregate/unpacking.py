"""What lies in a file: XML as it is, compressed, in an archive, attached to a message (RFC 9990 3.5).

Whoever knows an address for reports can send anything there: sizes, counts and depths are bounded.
"""

import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from io import BytesIO
from lzma import LZMAError

from mactl.audit.names import printable

LARGEST_FILE = 64 << 20
"""Octets of a file that are read."""
LARGEST_REPORT = 32 << 20
"""Octets of one report, unpacked."""
_LARGEST_SUM = 256 << 20  # of all that lies in one file
_MOST_INSIDE = 1_000
_DEEPEST = 3
_LARGEST_DIRECTORY = 1 << 20  # of an archive
_MOST_PARTS = 200
_MOST_BOUNDARIES = 20_000  # lines of a message that may divide it
_MOST_MEMBERS = 10_000  # of a gzip file
_WINDOW = 1 << 14
_FIELD = re.compile(rb"[!-9;-~]+:[^\n]*\n|From [^\n]*\n")
_CONTENT_FIELD = re.compile(
    rb"^content-[\w-]+:.*(?:\n[ \t].*)*", re.MULTILINE | re.IGNORECASE
)  # fmt: skip
_LONGEST_FIELD = 1 << 11
_ARCHIVE_FAULTS = (
    zipfile.BadZipFile, NotImplementedError, RuntimeError, zlib.error, EOFError, OSError, ValueError,
    LZMAError,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Piece:
    """A file, or what lay in one: its octets, or why there are none. `foreign` is none of ours."""

    name: str
    octets: bytes = b""
    fault: str = ""
    foreign: bool = False


@dataclass(slots=True)
class _Budget:
    """What may still be unpacked of one file."""

    octets: int
    pieces: int = _MOST_INSIDE

    @property
    def largest(self) -> int:
        return min(LARGEST_REPORT, self.octets)

    def take(self, octets: bytes) -> None:
        self.octets -= len(octets)
        self.pieces -= 1


def unpacked(name: str, octets: bytes) -> Iterator[Piece]:
    """The XML texts in a file; whatever is wrong is a piece with a fault."""
    yield from _unpacked(printable(name), octets, _Budget(_LARGEST_SUM), 0)


def _unpacked(name: str, octets: bytes, budget: _Budget, depth: int) -> Iterator[Piece]:
    if depth > _DEEPEST:
        yield Piece(name, fault="packed too often")
    elif budget.pieces <= 0:
        yield Piece(name, fault=f"more than {_MOST_INSIDE} files in one")
    elif octets.startswith(b"\x1f\x8b"):
        yield from _gunzipped(name, octets, budget, depth)
    elif octets.startswith(b"PK\x03\x04"):
        yield from _unzipped(name, octets, budget, depth)
    elif is_xml(octets):
        yield Piece(name, octets)
    elif depth < _DEEPEST and _FIELD.match(octets.lstrip(b"\r\n")):
        yield from _attached(name, octets, budget, depth)
    else:
        yield Piece(name, fault="neither XML, gzip, zip nor a message", foreign=True)


def is_xml(octets: bytes) -> bool:
    """Whether `octets` begin as XML does, in any of its encodings."""
    start = octets[:200]
    for mark in (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"):
        start = start.removeprefix(mark)
    return start.replace(b"\x00", b"").lstrip().startswith(b"<")


def _gunzipped(name: str, octets: bytes, budget: _Budget, depth: int) -> Iterator[Piece]:
    """RFC 1952: one member after another."""
    found = bytearray()
    at = members = 0
    try:
        while octets.startswith(b"\x1f\x8b", at) and len(found) <= budget.largest:
            member = zlib.decompressobj(wbits=31)
            members += 1
            # By windows: what is left of the file would be copied for each of its members.
            while not member.eof and len(found) <= budget.largest:
                window = octets[at : at + _WINDOW]
                if not window or members > _MOST_MEMBERS:
                    what = "is cut off" if not window else "has too many members"
                    yield Piece(name, fault=f"the gzip file {what}")
                    return
                found += member.decompress(window, budget.largest + 1 - len(found))
                at += len(window) - len(member.unused_data) - len(member.unconsumed_tail)
    except zlib.error:
        yield Piece(name, fault="the gzip file is damaged")
        return
    if len(found) > budget.largest:
        yield Piece(name, fault=_too_large())
        return
    whole = bytes(found)
    budget.take(whole)
    yield from _unpacked(name, whole, budget, depth + 1)


def _unzipped(name: str, octets: bytes, budget: _Budget, depth: int) -> Iterator[Piece]:
    if _directory_size(octets) > _LARGEST_DIRECTORY:
        yield Piece(name, fault="the zip file holds too many files")
        return
    try:
        archive = zipfile.ZipFile(BytesIO(octets))
        members = [m for m in archive.infolist() if not m.is_dir() and not _is_litter(m.filename)]
    except _ARCHIVE_FAULTS:
        yield Piece(name, fault="the zip file is damaged")
        return
    for member in members:
        inner = f"{name}!{printable(member.filename, 100)}"
        if budget.pieces <= 0 or budget.octets <= 0:
            yield Piece(inner, fault=f"{name} holds too much")
            return
        if member.flag_bits & 1:
            yield Piece(inner, fault="it is locked with a password")
            continue
        try:
            with archive.open(member) as opened:
                text = opened.read(budget.largest + 1)
        except _ARCHIVE_FAULTS:
            yield Piece(inner, fault="the zip file is damaged")
            continue
        if len(text) > budget.largest:
            budget.take(text)
            yield Piece(inner, fault=_too_large())
            continue
        budget.take(text)
        yield from _unpacked(inner, text, budget, depth + 1)


def _directory_size(octets: bytes) -> int:
    """The octets of an archive's list of members, all of which is read at once."""
    end = octets.rfind(b"PK\x05\x06")
    return int.from_bytes(octets[end + 12 : end + 16], "little") if end >= 0 else 0


def _is_litter(name: str) -> bool:
    return name.startswith("__MACOSX/") or name.rpartition("/")[2].startswith(".")


def _too_large() -> str:
    return f"more than {LARGEST_REPORT >> 20} MB unpacked"


def _attached(name: str, octets: bytes, budget: _Budget, depth: int) -> Iterator[Piece]:
    if octets.count(b"\n--") > _MOST_BOUNDARIES:
        yield Piece(name, fault="a message with parts beyond number")
        return
    # The time that the standard library takes grows with the cube of these fields' length.
    octets = _CONTENT_FIELD.sub(lambda found: found[0][:_LONGEST_FIELD], octets)
    try:
        parts = _leaves(message_from_bytes(octets))
        found = [(part, _octets_of(part)) for part in parts]
    except RecursionError:
        yield Piece(name, fault="a message with parts nested beyond reason")
        return
    inside = [(p, octets) for p, octets in found if _is_packed(octets) or _is_report(p, octets)]
    if not inside:
        yield Piece(name, fault="a message without a report in it", foreign=True)
    for part, octets in inside:
        inner = f"{name}!{printable(_filename(part) or 'attachment', 100)}"
        budget.take(octets)
        yield from _unpacked(inner, octets, budget, depth + 1)


def _leaves(message: Message) -> list[Message]:
    """The parts without parts, in order."""
    leaves: list[Message] = []
    waiting = [message]
    while waiting and len(leaves) < _MOST_PARTS:
        part = waiting.pop()
        payload = part.get_payload() if part.is_multipart() else None
        if isinstance(payload, list):
            waiting.extend(inner for inner in reversed(payload) if isinstance(inner, Message))
        else:
            leaves.append(part)
    return leaves


def _octets_of(part: Message) -> bytes:
    try:
        payload = part.get_payload(decode=True)
    except (ValueError, LookupError, AttributeError, TypeError):  # whatever stands in its fields
        return b""
    return payload if isinstance(payload, bytes) else b""


def _is_packed(octets: bytes) -> bool:
    return octets.startswith((b"\x1f\x8b", b"PK\x03\x04"))


def _is_report(part: Message, octets: bytes) -> bool:
    """Whether a part is XML: HTML begins like that, too."""
    is_page = part.get_content_type() == "text/html"
    return is_xml(octets) and (not is_page or b"<feedback" in octets[:2000])


def _filename(part: Message) -> str:
    try:
        return part.get_filename() or ""
    except (ValueError, LookupError, AttributeError, TypeError, IndexError):
        return ""
