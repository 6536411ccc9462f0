"""How a CSV text is laid out, told from its beginning: what stands between cells, and which row is the header.

Programs put a title, a date or remarks above the table, Excel a line `sep=;`; rows may be wider than the header by
delimiters at their end.
"""

import csv
import io
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import islice
from math import sqrt

from mactl.errors import ConfigurationError
from mactl.people.sources.decoding import HEAD
from mactl.people.sources.headers import field_name, looks_like_address, written_names

FIRST_ROWS = 40  # in which the header is looked for
LONGEST = 1 << 22  # bytes of such a row
_DELIMITERS = (",", ";", "\t", "|")
_SAMPLE = 100  # rows
_LATER = 0.5  # what rows of one width are worth that the first row has not
# What a column is called that hardly any title is: who somebody is, or what happened.
_TELLING = frozenset(
    [
        *(
            "email",
            "e_mail",
            "email_address",
            "e_mail_address",
            "emailadres",
            "e_mailadres",
            "mail",
        ),
        *("e_mail_1_value", "contact_id", "event", "timestamp"),
    ]
)


@dataclass(frozen=True, slots=True)
class Heading:
    """Which of the first rows is the header, and its cells, as many as the rows below it have."""

    row: int
    cells: list[str]


def find_delimiter(head: bytes, given: str | None, path: str) -> tuple[int, str]:
    """Where the header may begin at the earliest in a text that begins with `head`, and what stands between two cells.

    Of the usual delimiters it is the one that makes most rows as wide as the first, and these widest. Raises
    ConfigurationError where `given` is none.
    """
    if given is not None and (len(given) != 1 or not given.isascii() or given in '"\r\n'):
        raise ConfigurationError(
            f"{path}: {given!r} cannot stand between cells", "give one character, such as ';'"
        )
    if len(head) == HEAD:
        head = head[: head.rfind(b"\n") + 1]
    first = head.partition(b"\n")[0]
    named = first.strip(b'"').removeprefix(b"sep=")
    # Excel's own way of naming the delimiter: a first line `sep=;`.
    if len(named) == 1 and named != first.strip(b'"') and named not in b'"\r\n':
        return len(first) + 1, given or named.decode("latin-1")
    if given is not None:
        return 0, given
    sample = head.decode("utf-8", "ignore")
    return 0, max(_DELIMITERS, key=lambda delimiter: _fit(sample, delimiter))


def _fit(sample: str, delimiter: str) -> tuple[float, float]:
    """How well `delimiter` suits the sample: whether rows are equally wide, and cells begin with no blank."""
    rows = [row for row in islice(_rows(sample, delimiter), _SAMPLE) if row]
    widths = [len(row) for row in rows]
    if not widths or max(widths) == 1:
        return 0, 0
    width = widths[0]
    worth = 1.0
    if width == 1:
        width = Counter(w for w in widths if w > 1).most_common(1)[0][0]
        worth = _LATER
    loose = sum(cell.startswith(" ") for row in rows for cell in row[1:])
    return worth * widths.count(width) / len(widths) * sqrt(width), -loose


def _rows(text: str, delimiter: str) -> Sequence[list[str]]:
    try:
        return list(islice(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), _SAMPLE))
    except csv.Error:
        return []


def cells_of_record(text: str, delimiter: str) -> list[str]:
    """The cells of one record; one that csv cannot take apart is a single cell."""
    rows = _rows(text, delimiter)
    return rows[0] if rows else [text]


def find_heading(rows: Sequence[list[str]], known: Collection[str] = ()) -> Heading:
    """The header among the first `rows` of a table, of which there is at least one.

    A row with one filled cell above wider ones is a title, a line of remarks begins with `#`; where a row further
    down has more cells and a name that tells a table of people or events (or one of `known`), and nothing above it is
    data, that row is the header.
    """
    widths = Counter(len(row) for row in rows if _filled(row) > 1)
    width = widths.most_common(1)[0][0] if widths else 1
    wanted = _TELLING | {field_name(name) for name in known}
    top = 0
    while width > 1 and top < len(rows) - 1 and _is_title(rows[top], width, wanted):
        top += 1
    if _holds_address(rows[top]):
        top = 0  # what was taken for titles is the header of a table that is mostly empty
    if not _tells(rows[top], wanted):
        for number in range(top, len(rows)):
            if _holds_address(rows[number]):
                break
            wider = _filled(rows[number]) > _filled(rows[top])
            if wider and len(rows[number]) == width and _tells(rows[number], wanted):
                top = number
                break
    cells = rows[top]
    below = [row for row in rows[top + 1 :] if len(row) == width]
    if len(cells) < width and below and not any(_filled(row[len(cells) :]) for row in below):
        cells = [*cells, *[""] * (width - len(cells))]
    return Heading(top, cells)


def _filled(row: Sequence[str]) -> int:
    return sum(1 for cell in row if cell.strip())


def _holds_address(row: Sequence[str]) -> bool:
    return any(looks_like_address(cell.strip()) for cell in row)


def _is_title(row: Sequence[str], width: int, wanted: Collection[str]) -> bool:
    remark = bool(row) and row[0].lstrip().startswith("#") and len(row) != width
    return remark or (_filled(row) <= 1 and not _holds_address(row) and not _tells(row, wanted))


def _tells(row: Sequence[str], wanted: Collection[str]) -> bool:
    return any(field_name(name) in wanted for name in written_names(row))
