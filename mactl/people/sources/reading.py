"""Files of contacts and events → sheets. The only module of this room that touches files."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa

from mactl.errors import ConfigurationError, UnreadableInput
from mactl.findings import Finding, Place, Severity
from mactl.people.sources.csv_text import parse_csv, sheet_of
from mactl.people.sources.decoding import Text, decode, is_encoding
from mactl.people.sources.files import find_files, shown_path
from mactl.people.sources.sheets import Sheet
from mactl.project import ContactSource

_NOT_TEXT = (
    (b"PK\x03\x04", "a zip archive or an Excel workbook", "save it as CSV"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel workbook", "save it as CSV"),
    (b"\x1f\x8b", "compressed with gzip", "unpack it"),
    (b"%PDF-", "a PDF document", "export the table as CSV"),
    (b"PAR1", "a Parquet file", "export it as CSV"),
    (b"SQLite format 3\x00", "an SQLite database", "export the table as CSV"),
    (
        b"version https://git-lfs.github.com/spec/",
        "only the pointer to a file in Git LFS",
        "run `git lfs pull`",
    ),
    (
        b"<!doctype html",
        "a web page",
        "download the file itself; a page to log in may have come instead",
    ),
    (b"<html", "a web page", "download the file itself; a page to log in may have come instead"),
    (b"<?xml", "an XML document", "export it as CSV"),
    (b"{", "JSON", "export it as CSV"),
    (b"[{", "JSON", "export it as CSV"),
)


def read_sheets(
    folder: Path, sources: Sequence[ContactSource]
) -> Iterator[tuple[Sheet, list[Finding]]]:
    """The sheet of every file that `sources` name, in their order, and what is wrong with it.

    Raises UnreadableInput for a file or a pattern without any, and for what is no CSV file;
    ConfigurationError for an encoding or a delimiter that does not exist.
    """
    for source in sources:
        if source.encoding and not is_encoding(source.encoding):
            raise ConfigurationError(
                f"{source.file}: there is no encoding {source.encoding!r}",
                "name one such as cp1252, iso-8859-15 or utf-16",
            )
        for path in find_files(folder, source.file):
            yield read_sheet(path, source)


def read_sheet(path: Path, source: ContactSource) -> tuple[Sheet, list[Finding]]:
    """The sheet in the file at `path`, and what is wrong with it; raises as `read_sheets` does."""
    shown = shown_path(path)
    data = _read_bytes(path, shown)
    text, notes = read_text(data, shown, source.encoding)
    parsed = parse_csv(text, source, shown)
    del data, text  # they are as large as the sheet that is made now
    sheet, findings = sheet_of(parsed)
    return sheet, notes + findings


def read_text(
    data: pa.Buffer, shown: str, encoding: str | None = None
) -> tuple[Text, list[Finding]]:
    """The content of a file that is `shown` by this name as text, and what is worth telling of its encoding.

    Raises UnreadableInput where there is nothing in it, and for what is no CSV file.
    """
    beginning = bytes(data[:512]).removeprefix(b"\xef\xbb\xbf").lstrip()
    if not beginning and not bytes(data).strip(b" \t\r\n\xef\xbb\xbf"):
        raise UnreadableInput(f"{shown}: the file is empty")
    for signature, what, hint in _NOT_TEXT:
        if beginning[: len(signature)].lower() == signature.lower():
            raise UnreadableInput(f"{shown}: this is {what}, not a CSV file", hint)
    text = decode(data, encoding)
    return text, [_encoding_note(text, shown)] if text.is_assumed else []


def _read_bytes(path: Path, shown: str) -> pa.Buffer:
    if path.is_dir():
        raise UnreadableInput(f"{shown}: this is a folder, not a file", f"write {shown}/*.csv")
    try:
        with pa.OSFile(str(path)) as file:
            return file.read_buffer()
    except FileNotFoundError:
        raise UnreadableInput(f"{shown}: there is no such file") from None
    except (OSError, UnicodeEncodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UnreadableInput(f"{shown}: {reason}") from error


def _encoding_note(text: Text, path: str) -> Finding:
    """Says which encoding was assumed, and shows a word by which people can tell whether it is right."""
    line, word = text.first_foreign_word()
    return Finding(
        "source-encoding-assumed",
        Severity.NOTE,
        f"the file is not UTF-8 and is read as {text.encoding}; so this line says {word!r}",
        Place(path, line),
        f"if that is right, write `encoding: {text.encoding}` beside the file in mactl.yaml",
    )
