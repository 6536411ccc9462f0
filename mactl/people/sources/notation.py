"""How the cells of a column are written, where one thing can be written in two ways."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Notation:
    """`decimal` is the mark of its numbers; `order` says whether the day or the month comes first in its dates, None
    where they are ISO 8601; with `serials` a bare number is a day as Excel counts them. `is_doubtful` where its cells
    leave two readings, so that it is text."""

    decimal: str = "."
    order: str | None = None
    serials: bool = False
    is_doubtful: bool = False


DAY_FIRST, MONTH_FIRST = "day", "month"
