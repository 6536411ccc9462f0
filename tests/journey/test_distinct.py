"""A function worked out once per distinct row."""

from datetime import date

import pandas as pd

from mactl.durations import Duration
from mactl.journey.distinct import per_distinct


def test_each_distinct_row_is_worked_out_once_whatever_it_holds() -> None:
    asked: list[object] = []

    def told(value: object, length: Duration) -> str:
        asked.append(value)
        return f"{value}, {length.days}"

    values = pd.Series(["x", date(2026, 12, 1), 3, "x", date(2026, 12, 1)], dtype="object")
    lengths = pd.Series([Duration(days=n) for n in (1, 2, 3, 1, 2)], dtype="object")
    found = per_distinct(told, values, lengths)

    assert list(found) == ["x, 1", "2026-12-01, 2", "3, 3", "x, 1", "2026-12-01, 2"]
    assert len(asked) == 3


def test_empty_cells_are_asked_about_too_and_rows_keep_their_index() -> None:
    values = pd.Series([None, "2026-12-01", None], index=[7, 3, 5], dtype="object")

    found = per_distinct(lambda value: None if value != value or value is None else 1, values)

    assert list(found.index) == [7, 3, 5]
    assert list(found.isna()) == [True, False, True]


def test_nobody_gives_nothing() -> None:
    assert per_distinct(lambda value: value, pd.Series([], dtype="object")).empty
