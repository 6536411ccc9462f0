"""What an entry is committed to as."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from mactl.consent.entry import contents_of, wording_hash

VALUES = (
    st.none() | st.integers() | st.text() | st.sampled_from(["],\n[", "]", '","', "\n", "[", "\\"])
)
ROWS = st.lists(st.lists(VALUES, min_size=1, max_size=4), max_size=5)


@given(ROWS)
def test_each_row_has_the_bytes_that_it_has_alone(rows: list[list[Any]]) -> None:
    together = contents_of(rows)

    assert together == [contents_of([row])[0] for row in rows]
    assert [json.loads(content) for content in together] == rows


def test_a_value_that_no_column_holds_is_no_reason_to_stop() -> None:
    assert contents_of([[1, b"\xff"]]) == [b"[1,\n\"b'\\\\xff'\"]"]


def test_a_wording_is_the_same_however_its_lines_end() -> None:
    assert wording_hash("Yes,\r\nplease\r\n") == wording_hash("\n Yes,\nplease ")
    assert wording_hash("Yes, please") != wording_hash("Yes,\nplease")
