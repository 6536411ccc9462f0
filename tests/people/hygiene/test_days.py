"""How dates are written, told from a column's cells."""

import pyarrow as pa
import pyarrow.compute as pc
from hypothesis import given
from hypothesis import strategies as st

from mactl.people.hygiene import days

_PIECES = (
    "3", "12", "31", "2026", "1999", "-", "/", ".", " ", "mrt", "maart", "é", "Tue", "di", ",", "th", "de ", "T10:00",
    "x", "ж", "ſ", "@", "\n", "2026-03-04", "3/4/2026", "4 maart 2026", "May 3, 2026", "maandag, 3 mei 2026",
)  # fmt: skip


@given(st.lists(st.lists(st.sampled_from(_PIECES), max_size=7).map("".join), min_size=20))
def test_what_a_quick_look_leaves_out_is_no_date(texts: list[str]) -> None:
    cells = pa.array(texts, pa.string())
    left_out = cells.filter(pc.invert(pc.match_substring_regex(cells, days._PERHAPS)))

    assert not pc.any(pc.match_substring_regex(left_out, days._LIKELY)).as_py()
    assert not pc.any(days._is_iso(left_out)).as_py()
