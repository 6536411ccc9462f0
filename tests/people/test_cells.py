"""Columns as values and an index."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mactl.errors import UnreadableInput
from mactl.people.cells import (
    Cells,
    cells_of,
    empty_cells,
    lowered,
    refusing_overflow,
    stable_order,
    stack,
)

TEXTS = st.lists(st.none() | st.sampled_from(["a", "b", "", "é"]), max_size=12)


def both(texts: list[str | None]) -> list[Cells]:
    """The same column plain, and with an index."""
    plain = pa.array(texts, pa.string())
    return [Cells(plain), Cells(plain).encoded(), cells_of(pa.chunked_array([plain]))]


@given(texts=TEXTS)
def test_a_column_is_the_same_with_an_index_and_without(texts: list[str | None]) -> None:
    for cells in both(texts):
        assert len(cells) == len(texts)
        assert cells.array().to_pylist() == texts
        assert cells.words().to_pylist() == texts
        assert cells.valid().tolist() == [text is not None for text in texts]
        assert int(cells.counts().sum()) == sum(text is not None for text in texts)
        rows = np.arange(len(texts))[::-1]
        assert cells.take(rows).array().to_pylist() == texts[::-1]
        marked = np.arange(len(texts)) % 2 == 0
        left = [None if mark else text for text, mark in zip(texts, marked, strict=True)]
        assert cells.without(marked).array().to_pylist() == left


@given(texts=TEXTS)
def test_equal_cells_have_equal_codes_and_empty_ones_none(texts: list[str | None]) -> None:
    for cells in both(texts):
        codes, count = cells.codes()
        assert [code < 0 for code in codes] == [text is None for text in texts]
        pairs = {(text, int(code)) for text, code in zip(texts, codes, strict=True) if code >= 0}
        assert len(pairs) == len({text for text, _ in pairs}) == len({code for _, code in pairs})
        assert all(code < count for _, code in pairs)


@given(parts=st.lists(TEXTS, max_size=4), indexed=st.lists(st.booleans(), min_size=4, max_size=4))
def test_columns_are_stacked_in_order(parts: list[list[str | None]], indexed: list[bool]) -> None:
    columns = [both(part)[chosen] for part, chosen in zip(parts, indexed, strict=False)]
    columns.append(empty_cells(2, pa.string()))

    expected = [text for part in parts for text in part] + [None, None]
    assert stack(columns, pa.string()).array().to_pylist() == expected


def test_text_beyond_what_arrow_holds_is_refused_in_a_clear_line() -> None:
    with pytest.raises(UnreadableInput, match="2 GiB"), refusing_overflow():
        raise pa.ArrowInvalid("offset overflow while concatenating arrays")
    with pytest.raises(pa.ArrowInvalid, match="else"), refusing_overflow():
        raise pa.ArrowInvalid("something else")


@given(st.lists(st.none() | st.text(max_size=4)))
def test_text_is_lowered_letter_by_letter_whether_any_of_it_is_upper(
    texts: list[str | None],
) -> None:
    found = lowered(pa.array(texts, pa.string()))

    assert found.equals(pc.utf8_lower(pa.array(texts, pa.string())))


@given(st.lists(st.integers(0, 2**31 - 1) | st.integers(0, 3)))
def test_equal_numbers_stay_in_their_order(numbers: list[int]) -> None:
    found = stable_order(np.array(numbers, np.int32))

    assert found.tolist() == sorted(range(len(numbers)), key=lambda row: numbers[row])
