"""Numbers and moments compared, as expressions.

What a test can't be true of, whatever the value, is None here: a number of a text, say.
"""

import math
from collections.abc import Callable, Iterable
from functools import reduce
from operator import and_, or_
from typing import Any

import narwhals as nw

from mactl.columns import FieldType
from mactl.recipe.operators import FieldValue, NumberTest, TimeTest, operand
from mactl.rules.source import Source

NEVER = nw.lit(False)
ALWAYS = nw.lit(True)

ORDER = ("lt", "lte", "gt", "gte", "between")
WINDOW = ("within_last", "older_than", "within_next", "further_than")
TIMES = (FieldType.DATE, FieldType.INSTANT)


def every(conditions: Iterable[nw.Expr]) -> nw.Expr:
    """Whether all of them hold; of none they all do."""
    found = list(conditions)
    return reduce(and_, found) if found else ALWAYS


def some(conditions: Iterable[nw.Expr]) -> nw.Expr:
    """Whether one of them holds at least."""
    found = list(conditions)
    return reduce(or_, found) if found else NEVER


def known(condition: nw.Expr) -> nw.Expr:
    """`condition`, false where it compares with an empty cell."""
    return condition.fill_null(False)


def round_six(value: nw.Expr) -> nw.Expr:
    """A sum to six decimals, halves up.

    Engines add in different orders and round halves differently; a value that close under a half is
    taken up with it, so that all of them give the same.
    """
    whole = (value * 1e6 + 0.5001).floor()
    # A column of millions: Polars multiplies by the reciprocal of a number, which differs in the last bit.
    return whole / ((whole > 0.0).cast(nw.Float64) * 0.0 + 1e6)


def number(value: Any) -> float | None:
    """A number of a recipe as the columns hold numbers; None where it is none (`true`, text, `.nan`)."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        found = float(value)
    except OverflowError:  # a whole number of over 300 digits
        return math.copysign(math.inf, value)
    return None if math.isnan(found) else found


def number_passes(value: nw.Expr, test: NumberTest) -> nw.Expr:
    """Whether a number passes `test`; `ne` and `not_in` hold where it is unknown."""
    return every(
        compare_number(value, operator, operand(test, operator)) for operator in test.operators
    )


def compare_number(value: nw.Expr, operator: str, wanted: Any) -> nw.Expr:
    """Whether a number compares with the number or numbers `wanted` as `operator` says."""
    if operator in ("ne", "not_in"):
        return ~compare_number(value, "eq" if operator == "ne" else "in", wanted)
    listed = wanted if isinstance(wanted, tuple) else (wanted,)
    numbers = [found for item in listed if (found := number(item)) is not None]
    if not numbers or (operator == "between" and len(numbers) < 2):
        return NEVER
    first = numbers[0]
    if operator in ("eq", "in"):
        return known(value.is_in(numbers))
    if operator == "between":
        return known((value >= first) & (value <= numbers[1]))
    return known(_ordered(value, operator, first, first))


def time_passes(value: nw.Expr, test: TimeTest, others: Source) -> nw.Expr:
    """Whether an instant passes `test`; `others` has the fields that it may name."""
    return within(value, ((name, operand(test, name)) for name in test.operators), others)


def within(value: nw.Expr, window: Iterable[tuple[str, Any]], others: Source) -> nw.Expr:
    """Whether an instant lies as every operator of `window` says."""
    found = [
        compare_moment(value, FieldType.INSTANT, operator, wanted, others)
        for operator, wanted in window
    ]
    return every(NEVER if holds is None else holds for holds in found)


def compare_moment(
    value: nw.Expr, type_: FieldType, operator: str, wanted: Any, others: Source
) -> nw.Expr | None:
    """Whether an instant (epoch seconds) or a date (epoch days) lies as `operator` says; None for never.

    On dates N days count from today in the project's zone: `within_last` is today - N to today,
    `within_next` today to today + N, both ends in; `older_than` and `further_than` are what lies outside.
    On instants the same with `now`. `before` and `after` are strict. A date beside an instant stands for
    the whole of its day: after 2026-12-01 begins on the 2nd.
    """
    present = others.present
    if operator in WINDOW:
        here = present.today if type_ is FieldType.DATE else present.epoch
        back = present.moved(-wanted, type_)
        ahead = present.moved(wanted, type_)
        found: dict[str, nw.Expr] = {
            "within_last": (value >= back) & (value <= here),
            "older_than": value < back,
            "within_next": (value >= here) & (value <= ahead),
            "further_than": value > ahead,
        }
        return known(found[operator])
    if operator in ("eq", "in"):
        listed = wanted if isinstance(wanted, tuple) else (wanted,)
        bounds = [ends for item in listed if (ends := _bounds(item, type_, others))]
        if not bounds:
            return None
        return some(known(_ordered(value, "eq", first, last)) for first, last in bounds)
    if operator == "between":
        low, high = (_bounds(item, type_, others) for item in wanted)
        return known((value >= low[0]) & (value <= high[1])) if low and high else None
    ends = _bounds(wanted, type_, others)
    if ends is None:
        return None
    return known(_ordered(value, {"before": "lt", "after": "gt"}.get(operator, operator), *ends))


def _bounds(wanted: Any, type_: FieldType, others: Source) -> tuple[Any, Any] | None:
    """The first and the last moment that `wanted` stands for, in the unit of `type_`."""
    if isinstance(wanted, str):
        return others.present.span(wanted, type_)
    if not isinstance(wanted, FieldValue):
        return None
    other = others.cell(wanted.field)
    if other.type not in TIMES:
        return None
    if other.type is type_:
        return other.plain(), other.plain()
    if type_ is FieldType.DATE:
        return other.local_day(), other.local_day()
    return other.midnight(), other.last_second()


def _ordered(value: nw.Expr, operator: str, first: Any, last: Any) -> nw.Expr:
    """Whether `value` lies to the span from `first` to `last`, both ends in, as `operator` says."""
    ordered: dict[str, Callable[[], nw.Expr]] = {
        "eq": lambda: (value >= first) & (value <= last),
        "lt": lambda: value < first,
        "lte": lambda: value <= last,
        "gt": lambda: value > last,
        "gte": lambda: value >= first,
    }
    return ordered[operator]()
