"""Merge values survive the queue."""

import json
import zoneinfo
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mactl.content.values import values_from_json, values_to_json

ZONES = [
    ZoneInfo(name) for name in ("Europe/Amsterdam", "America/New_York", "Asia/Kathmandu", "UTC")
]
instants = st.datetimes(
    min_value=datetime(1971, 1, 1),
    timezones=st.sampled_from([*ZONES, UTC, timezone(timedelta(hours=-9, minutes=-30))]),
    allow_imaginary=False,
)
leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.decimals(allow_nan=False)
    | st.text()
    | st.dates()
    | instants
)
names = st.text() | st.sampled_from(["$date", "$instant", "$fields", "zone"])
plain = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4)
)


@given(st.dictionaries(names, plain, max_size=5))
def test_plain_values_come_back_as_they_went(values: dict[str, Any]) -> None:
    text = values_to_json(values)

    back = values_from_json(text)

    assert back == values
    assert repr(back) == repr(values) or _kinds(back) == _kinds(values)
    assert text.isascii()
    assert values_to_json(back) == text


def _kinds(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _kinds(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_kinds(inner) for inner in value]
    if isinstance(value, datetime):
        return (datetime, str(value), str(value.tzinfo))
    return type(value)


def test_the_second_of_two_repeated_times_stays_the_second() -> None:
    second = datetime(2026, 10, 25, 2, 30, tzinfo=ZONES[0], fold=1)

    back = values_from_json(values_to_json({"at": second}))["at"]

    assert (back.fold, back.utcoffset(), back.tzinfo) == (1, timedelta(hours=1), ZONES[0])


def test_equal_values_make_equal_text_whatever_their_order() -> None:
    assert values_to_json({"a": 1, "b": {"x": 1, "y": 2}}) == values_to_json(
        {"b": {"y": 2, "x": 1}, "a": 1}
    )


def test_what_is_not_a_number_stays_so() -> None:
    text = values_to_json({"x": float("nan"), "y": float("-inf")})

    assert json.loads(text, parse_constant=pytest.fail) == {
        "x": {"$number": "nan"},
        "y": {"$number": "-inf"},
    }
    assert values_from_json(text)["y"] == float("-inf")


@pytest.mark.parametrize(
    "value",
    [object(), b"bytes", {1: "x"}, {1, 2}, datetime(2026, 1, 1), timedelta(1), datetime(2026, 1, 1).time()],
)  # fmt: skip
def test_what_is_not_plain_is_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        values_to_json({"x": [value]})


def test_decimals_keep_their_places() -> None:
    assert str(values_from_json(values_to_json({"x": Decimal("1.10")}))["x"]) == "1.10"
    assert values_from_json(values_to_json({"x": date(2026, 1, 1)}))["x"] == date(2026, 1, 1)
    assert "Europe/Amsterdam" in zoneinfo.available_timezones()
