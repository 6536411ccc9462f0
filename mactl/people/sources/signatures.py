"""What a file is that is no table, told from how it begins, whatever its name says."""

import re
from dataclasses import dataclass

from mactl.errors import UnreadableInput

_CSV = "export it as CSV"
_TABLE = "export the table as CSV"
_PAGE = "download the file itself; a page to log in may have come instead"


@dataclass(frozen=True, slots=True)
class Signature:
    """How a kind of file begins (regardless of case), what it is, and what to do about it."""

    start: bytes
    what: str
    hint: str


_SIGNATURES = (
    Signature(b"PK\x03\x04", "a zip archive or an Excel workbook", "save it as CSV"),
    Signature(b"\x1f\x8b", "compressed with gzip", "unpack it"),
    Signature(
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office document", "save it as CSV or XLSX"
    ),
    Signature(b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "unpack it"),
    Signature(b"Rar!", "a RAR archive", "unpack it"),
    Signature(b"BZh", "compressed with bzip2", "unpack it"),
    Signature(b"\xfd7zXZ\x00", "compressed with xz", "unpack it"),
    Signature(b"\x28\xb5\x2f\xfd", "compressed with Zstandard", "unpack it"),
    Signature(b"%PDF-", "a PDF document", _TABLE),
    Signature(b"{\\rtf", "a word processor's document", _TABLE),
    Signature(b"PAR1", "a Parquet file", _CSV),
    Signature(b"ARROW1", "a Feather file", _CSV),
    Signature(b"Obj\x01", "an Avro file", _CSV),
    Signature(b"SQLite format 3\x00", "an SQLite database", _TABLE),
    Signature(b"\x89PNG", "a picture", _TABLE),
    Signature(b"\xff\xd8\xff", "a picture", _TABLE),
    Signature(b"GIF8", "a picture", _TABLE),
    Signature(b"\x7fELF", "a program", _CSV),
    Signature(
        b"version https://git-lfs.github.com/spec/",
        "only the pointer to a file in Git LFS",
        "run `git lfs pull`",
    ),
    Signature(b"<!doctype html", "a web page", _PAGE),
    Signature(b"<html", "a web page", _PAGE),
    Signature(b"<?xml", "an XML document", _CSV),
    Signature(b"BEGIN:VCARD", "a file of vCards", "export the contacts as CSV"),
    Signature(b"BEGIN:VCALENDAR", "a calendar", "export the contacts as CSV"),
    Signature(b"-----BEGIN ", "a key or a certificate", "name the file with the contacts"),
    Signature(b"-- MySQL dump", "a dump of a database", _TABLE),
    Signature(b"-- PostgreSQL database dump", "a dump of a database", _TABLE),
    Signature(b"-- phpMyAdmin SQL dump", "a dump of a database", _TABLE),
    Signature(b"PRAGMA foreign_keys", "a dump of a database", _TABLE),
    Signature(b"CREATE TABLE ", "a dump of a database", _TABLE),
    Signature(b"INSERT INTO ", "a dump of a database", _TABLE),
)
_MAIL = re.compile(
    rb"(?:From [^\n]+\n)?(?:[A-Za-z][A-Za-z0-9-]*:[ \t][^\n]*\r?\n(?:[ \t]+[^\n]*\n)*){2}"
)
_MAIL_FIELDS = re.compile(
    rb"(?im)^(?:received|return-path|message-id|mime-version|delivered-to|subject):[ \t]"
)
_TAR = b"ustar"
_TAR_AT = 257


def refuse_other_files(beginning: bytes, shown: str) -> None:
    """UnreadableInput, in one line that says what the file is, where it begins like none that is read."""
    found = _found(beginning)
    if found is not None:
        raise UnreadableInput(f"{shown}: this is {found[0]}, not a table", found[1])


def _found(beginning: bytes) -> tuple[str, str] | None:
    text = beginning.removeprefix(b"\xef\xbb\xbf").lstrip()
    lowered = text.lower()
    for signature in _SIGNATURES:
        if lowered.startswith(signature.start.lower()):
            return signature.what, signature.hint
    if beginning[_TAR_AT : _TAR_AT + len(_TAR)] == _TAR:
        return "a tar archive", "unpack it"
    if _MAIL.match(text) and _MAIL_FIELDS.search(text):
        return "an e-mail", "save the file that is attached to it"
    return None


def refuse_json(beginning: bytes, shown: str) -> None:
    """UnreadableInput for JSON, where only a table of text is read."""
    if re.match(rb"(?:\xef\xbb\xbf)?\s*(?:\{|\[\s*\{)", beginning):
        raise UnreadableInput(f"{shown}: this is JSON, not a table", _CSV)
