"""A function worked out once per distinct row."""

from datetime import date

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

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


ROWS = st.lists(
    st.tuples(
        st.integers(-3, 3),
        st.none() | st.integers(-2, 2),
        st.none() | st.sampled_from(["Europe/Amsterdam", "UTC", ""]),
        st.sampled_from([pd.Timestamp("2026-12-01"), pd.Timestamp("2026-12-02")]),
    )
)


@given(ROWS, st.booleans())
def test_few_rows_have_what_many_would(
    rows: list[tuple[object, ...]], has_numbers_alone: bool
) -> None:
    frame = pd.DataFrame(rows, columns=["a", "b", "c", "d"], index=range(5, 5 + len(rows)))
    frame = frame.astype({"a": "int64", "b": "Int64", "c": "str", "d": "datetime64[us]"})
    columns = [frame["a"]] if has_numbers_alone else [frame[name] for name in frame]

    def told(*values: object) -> object:
        return values[0] if has_numbers_alone else ["missing" if v != v else v for v in values]

    few, many = (per_distinct(told, *columns, few=few) for few in (10**6, -1))

    pd.testing.assert_series_equal(few, many)
