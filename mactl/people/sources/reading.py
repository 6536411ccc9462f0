"""Files of contacts and events → sheets."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import pyarrow as pa

from mactl.errors import ConfigurationError, UnreadableInput
from mactl.findings import Finding, Place, Severity
from mactl.people.memory import give_back
from mactl.people.sources.contents import Content, read_content
from mactl.people.sources.csv_text import parse_csv
from mactl.people.sources.decoding import Text, decode, is_encoding
from mactl.people.sources.files import find_files, shown_path
from mactl.people.sources.grids import Grid, sheet_of
from mactl.people.sources.json_rows import is_json, read_json
from mactl.people.sources.rejects import without_remarks
from mactl.people.sources.sheets import Sheet
from mactl.people.sources.signatures import refuse_other_files
from mactl.people.sources.streams import NotPlain, stream_of
from mactl.people.sources.workbooks import is_old_workbook, read_workbook
from mactl.project import ContactSource


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
            sheet, findings = read_sheet(path, source)
            yield without_remarks(sheet), findings


def read_sheet(path: Path, source: ContactSource) -> tuple[Sheet, list[Finding]]:
    """The sheet in the file at `path`, and what is wrong with it; raises as `read_sheets` does."""
    grid = read_grid(path, source)
    give_back()  # the text of the file, before every column is copied in turn
    return sheet_of(grid)


def read_grid(path: Path, source: ContactSource) -> Grid:
    """The table in the file at `path`, whatever kind of file it is; raises as `read_sheets` does."""
    shown = shown_path(path)
    stream = stream_of(path, source.encoding)
    if stream is not None and not is_json(stream.head, path.name):
        refuse_other_files(stream.head, shown)
        # Where it turns out to be no UTF-8, or can't be read, the whole of it tells what is wrong.
        with suppress(NotPlain, OSError):
            return parse_csv(stream, source, shown)
    return _grid_of(read_content(path, shown), source, shown)


def _grid_of(content: Content, source: ContactSource, shown: str) -> Grid:
    data = content.data
    if content.is_workbook or is_old_workbook(data):
        return read_workbook(data, source, shown)
    text, notes = read_text(data, shown, source.encoding)
    grid = (read_json if is_json(text.head, content.name) else parse_csv)(text, source, shown)
    grid.findings[:0] = notes
    return grid


_BLANKS = b" \t\r\n\x00\xef\xbb\xbf\xff\xfe"


def read_text(
    data: pa.Buffer, shown: str, encoding: str | None = None
) -> tuple[Text, list[Finding]]:
    """The content of a file that is `shown` by this name as text, and what is worth telling of its encoding.

    Raises UnreadableInput where there is nothing in it, and for what is no CSV file.
    """
    beginning = bytes(data[:512])
    if not bytes(data[: 1 << 16]).strip(_BLANKS) and not bytes(data).strip(_BLANKS):
        raise UnreadableInput(f"{shown}: the file is empty")
    refuse_other_files(beginning, shown)
    text = decode(data, encoding)
    return text, [_encoding_note(text, shown)] if text.is_assumed else []


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
