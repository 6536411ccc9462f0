"""Numbers as people write them: which mark stands before the decimals, told from all cells of a column.

`1.234,56` and `12,5` leave one reading, and so does `1,234,567`; `1,234` alone leaves two, and nobody guesses.
"""

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from mactl.people.cells import Cells, Numbers, weight
from mactl.people.hygiene.values import ENOUGH

_INTEGER = r"^[-+]?[0-9]{1,15}$"
_GROUP = r"[ \x{a0}\x{202f}'\x{2019}]"
_SAMPLE = 1000


@dataclass(frozen=True, slots=True)
class Mark:
    """The decimal mark of a column's numbers: `found`, or None where it is told by none of them; and two cells of
    which one or both leave the doubt."""

    found: str | None
    examples: tuple[str, str] = ("", "")


def find_mark(cells: Cells) -> Mark:
    """The decimal mark of a column; a point where it holds no numbers with any mark, or no numbers at all."""
    values = cells.values
    if not _any(pc.match_substring(values, ",")) and not _has_loose_points(values):
        return Mark(".")
    counts = cells.counts()
    commas, points = (_weigh(values, counts, _sure(*marks)) for marks in ((",", "."), (".", ",")))
    loose = [_weigh(values, counts, _either(mark)) for mark in (",", ".")]
    whole = _weigh(values, counts, _INTEGER)
    if commas + points + sum(loose) + whole < ENOUGH * counts.sum():
        return Mark(".")
    if commas + points:
        if commas >= ENOUGH * (commas + points):
            return Mark(",")
        if points >= ENOUGH * (commas + points):
            return Mark(".")
        return Mark(None, (_first(values, _sure(",", ".")), _first(values, _sure(".", ","))))
    if not sum(loose):
        return Mark(".")
    example = _first(values, _either("," if loose[0] else "."))
    return Mark(None, (example, _first(values, _either(".")) if all(loose) else example))


def readings(text: str) -> tuple[str, str]:
    """The two numbers that `1,234` or `1.234` may be: by a decimal comma, and by a decimal point."""
    return text.replace(".", "").replace(",", "."), text.replace(",", "")


def _has_loose_points(values: pa.Array) -> bool:
    """Whether there are points, and none of them surely stands before decimals; few cells mostly tell."""
    if _any(pc.match_substring_regex(values[:_SAMPLE], _sure(".", ","))):
        return False
    if not _any(pc.match_substring(values, ".")):
        return False
    return not _any(pc.match_substring_regex(values, _sure(".", ",")))


def _any(found: pa.Array) -> bool:
    return pc.any(found).as_py() is True


def _sure(mark: str, other: str) -> str:
    """What is a number with `mark` before its decimals, and nothing else."""
    m, o = (rf"\{letter}" for letter in (mark, other))
    group = rf"(?:{o}|{_GROUP})"
    return (
        rf"^[-+]?(?:[0-9]*{m}(?:[0-9]{{1,2}}|[0-9]{{4,15}})|(?:0|[0-9]{{4,15}})?{m}[0-9]{{3}}"
        rf"|[0-9]{{1,3}}(?:{group}[0-9]{{3}})+{m}[0-9]{{1,15}}|[0-9]{{1,3}}(?:{o}[0-9]{{3}}){{2,4}})$"
    )


def _either(mark: str) -> str:
    """What may be a whole number with `mark` between its thousands, or one with three decimals."""
    return rf"^[-+]?[1-9][0-9]{{0,2}}\{mark}[0-9]{{3}}$"


def _weigh(values: pa.Array, counts: Numbers, pattern: str) -> int:
    return weight(pc.match_substring_regex(values, pattern), counts)


def _first(values: pa.Array, pattern: str) -> str:
    found = values.filter(pc.match_substring_regex(values, pattern).fill_null(False))
    return str(found[0].as_py()) if len(found) else ""
