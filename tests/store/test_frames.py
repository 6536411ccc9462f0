"""Whole columns keep their values and their types on the way to the database and back."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from mactl.store import frames
from mactl.store.frames import cells_of, read_frame, write_cells
from mactl.store.state import State
from mactl.store.tables import enrollments, sends
from mactl.store.upsert import insert_into
from tests.conftest import examples
from tests.store.making import enrollment, queue, send


def test_columns_have_the_types_of_their_declaration_also_without_rows(state: State) -> None:
    columns = sends.c
    query = select(columns.id, columns.marketing, columns.due_at, columns.hold_until)
    with state.reading() as connection:
        empty = read_frame(connection, query)
    queue(state, "ann", "ben")
    with state.reading() as connection:
        full = read_frame(connection, query)
    for frame in (empty, full):
        assert [str(dtype) for dtype in frame.dtypes] == ["str", "bool", "int64", "Int64"]
    assert len(full) == 2


def test_a_batch_more_or_less_changes_nothing(
    state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue(state, *"abcdef")
    query = select(sends.c.address, sends.c.hold_until, sends.c.marketing).order_by(sends.c.address)
    with state.reading() as connection:
        whole = read_frame(connection, query)
        for size in (1, 2, 3, 5, 6, 7):
            monkeypatch.setattr(frames, "_BATCH", size)
            pd.testing.assert_frame_equal(read_frame(connection, query), whole)


@settings(max_examples=examples(25))
@given(
    st.lists(
        st.tuples(
            st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
            st.none() | st.text(st.characters(exclude_categories=["Cs"])),
            st.none() | st.integers(-(2**62), 2**62),
        ),
        min_size=1,
        max_size=4,
        unique_by=lambda row: row[0],
    )
)
def test_values_come_back_as_they_went(rows: list[tuple[str, str | None, int | None]]) -> None:
    ids, whys, dues = (list(column) for column in zip(*rows, strict=True))
    frame = pd.DataFrame([enrollment()] * len(rows)).assign(
        id=pd.array(ids, dtype="str"),
        why=pd.array(whys, dtype="str"),
        due_at=pd.array(dues, dtype="Int64"),
    )
    with State.open("sqlite://", Path(), write=True) as state:
        with state.writing() as connection:
            add = insert_into(connection, enrollments)
            assert write_cells(connection, add, cells_of(frame, enrollments)) == len(rows)
        with state.reading() as connection:
            columns = select(enrollments.c.id, enrollments.c.why, enrollments.c.due_at)
            back = read_frame(connection, columns)
    expected = frame[["id", "why", "due_at"]]
    pd.testing.assert_frame_equal(
        back.sort_values("id", ignore_index=True), expected.sort_values("id", ignore_index=True)
    )


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA, pd.NaT])
def test_a_missing_cell_is_none_however_it_is_missing(missing: Any) -> None:
    frame = pd.DataFrame([send(hold_until=missing, variant=missing), send()])
    cells = cells_of(frame, sends)
    assert cells["hold_until"] == [None, None]
    assert cells["variant"] == [None, None]


def test_numbers_that_pandas_made_floats_are_whole_again() -> None:
    frame = pd.DataFrame({"hold_until": [1.0, np.nan]})
    assert cells_of(frame, sends)["hold_until"] == [1, None]
    assert {type(cell) for cell in cells_of(frame, sends)["hold_until"]} == {int, type(None)}


@pytest.mark.parametrize("dtype", ["int64", "Int64", "object", "int64[pyarrow]"])
def test_numbers_are_plain_whatever_held_them(dtype: str) -> None:
    frame = pd.DataFrame({"due_at": pd.Series([1, 2], dtype=dtype)})
    assert [type(cell) for cell in cells_of(frame, sends)["due_at"]] == [int, int]


def test_a_column_the_table_lacks_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="sends has no colour"):
        cells_of(pd.DataFrame({"colour": ["red"]}), sends)


def test_a_missing_cell_where_none_may_miss_is_a_mistake() -> None:
    with pytest.raises(ValueError, match=r"enrollments\.step is missing"):
        cells_of(pd.DataFrame([enrollment(step=None)]), enrollments)
