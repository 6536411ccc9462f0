"""Plain values as YAML."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from mactl.document import read_document
from mactl.recipe.writing import flow

_SCALARS = st.one_of(
    st.booleans(),
    st.integers(-(10**12), 10**12),
    st.floats(-1e6, 1e6, allow_nan=False).map(lambda x: round(x, 3)),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn", "Co", "Zl", "Zp"]), max_size=12),
    st.sampled_from(["90 days", "no", "01234", "1e3", "2026-12-01", "10:30", "a: b", "# x", "~", "- a"]),
)  # fmt: skip
_NAMES = st.text("abc-_ ", min_size=1).map(str.strip).filter(bool)
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@given(_VALUES)
def test_a_value_on_a_line_of_yaml_reads_as_the_very_same(value: Any) -> None:
    document, findings = read_document(f"value: {flow(value)}\n", "x.yaml")

    assert not findings
    assert document.value == {"value": value}


def test_lengths_of_time_need_no_quotes() -> None:
    assert flow({"within_last": "90 days"}) == "{within_last: 90 days}"
