"""Plain values, as JSON and recipes have them, as cells of a typed column."""

import json
import math
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

import pyarrow as pa

from mactl.clock import parse_local, to_day, to_epoch
from mactl.columns import FieldType


def plain(value: Any) -> Any:
    """A value of JSON as a cell: empty text is no value; what is nested stays JSON; a list becomes a tuple."""
    listed = isinstance(value, (list, tuple))
    if isinstance(value, dict) or (listed and any(isinstance(i, (dict, list)) for i in value)):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    if listed:
        return tuple(value) or None
    return None if value == "" else value


def common_type(values: Iterable[Any], known: FieldType | None) -> FieldType:
    """The one type that can hold `values` beside what the column `known`ly holds already."""
    given = [value for value in values if value is not None]
    found = {_type_of(value) for value in given}
    if known in (FieldType.DATE, FieldType.INSTANT):
        return known if all(_reads(_READ[known], value) for value in given) else FieldType.TEXT
    if known in (FieldType.LIST, None) and FieldType.LIST in (found | {known}):
        # A single word is a list of one.
        return FieldType.LIST if found <= {FieldType.LIST, FieldType.TEXT} else FieldType.TEXT
    if known is not None:
        found.add(known)
    return found.pop() if len(found) == 1 else FieldType.TEXT


def inferred_type(values: Iterable[Any]) -> FieldType:
    """As `common_type` of values that nothing is known of; text that is all in ISO 8601 is dates or instants."""
    given = [value for value in values if value is not None]
    found = common_type(given, None)
    if found is not FieldType.TEXT or not given:
        return found
    for type_, read in _READ.items():
        if all(_reads(read, value) for value in given):
            return type_
    return found


def fitting(value: Any, type_: FieldType) -> Any:
    """`value` as a cell of `type_` can hold it; None where it can't. Numbers may be written as text."""
    if value is None or type_ is FieldType.TEXT:
        return value
    if type_ in _READ:
        return value if _reads(_READ[type_], value) else None
    if type_ is FieldType.NUMBER and isinstance(value, str):
        return _written_number(value)
    found = _type_of(value)
    is_word = type_ is FieldType.LIST and found is FieldType.TEXT
    return value if found is type_ or is_word else None


def _written_number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def as_type(values: Iterable[Any], type_: FieldType) -> pa.Array:
    """`values` as cells of `type_`, which holds them all (see `common_type`)."""
    convert: dict[FieldType, Callable[[Any], Any]] = {
        FieldType.TEXT: text_of,
        FieldType.NUMBER: _number,
        FieldType.BOOLEAN: bool,
        FieldType.LIST: _list,
        **_READ,
    }
    cells = [None if value is None else convert[type_](value) for value in values]
    return pa.array(cells, type_.arrow)


def text_of(value: Any) -> str:
    """A value as it is written in a cell: `true`, `5`, `a;b`."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return ";".join(text_of(item) for item in value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)


def _type_of(value: Any) -> FieldType:
    if isinstance(value, bool):
        return FieldType.BOOLEAN
    if isinstance(value, (int, float)):
        return FieldType.NUMBER
    return FieldType.LIST if isinstance(value, tuple) else FieldType.TEXT


def _reads(read: Callable[[Any], object], value: Any) -> bool:
    try:
        read(value)
    except (ValueError, TypeError, OverflowError):
        return False
    return True


def _day(value: Any) -> int:
    """The day that `2026-12-01` names."""
    if not isinstance(value, str):
        raise TypeError
    return to_day(date.fromisoformat(value))


def _instant(value: Any) -> int:
    """The instant that ISO 8601 with a zone names."""
    if not isinstance(value, str):
        raise TypeError
    moment = parse_local(value)
    if moment.tzinfo is None:
        raise ValueError(f"{value!r} names no time zone")
    return to_epoch(moment)


_READ: dict[FieldType, Callable[[Any], int]] = {
    FieldType.DATE: _day,
    FieldType.INSTANT: _instant,
}


def _number(value: float) -> float | None:
    try:
        return float(value)
    except OverflowError:  # a whole number of over 300 digits
        return None


def _list(value: Any) -> str | None:
    items = [text_of(item).strip() for item in (value if isinstance(value, tuple) else (value,))]
    kept = [part.strip() for item in items for part in item.split(";") if part.strip()]
    return f";{';'.join(kept)};" if kept else None
