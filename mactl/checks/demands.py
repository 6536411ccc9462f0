"""What the tests of a condition demand of one value together, and whether any value can meet that.

Nothing is said where it can't be said for sure: values of different kinds, another field's value, a month that is
28 to 31 days long.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from mactl.durations import Duration
from mactl.recipe.operators import FieldValue, operand

Comparable = tuple[str, Any]
"""A value with its kind: `("number", 5.0)`, `("text", "nl")` (regardless of case), `("truth", True)`."""

_TRUE_OF_EMPTY = frozenset(("ne", "not_in", "empty"))
_BOUNDS = frozenset(("lt", "lte", "gt", "gte", "between"))
_AGES = frozenset(("within_last", "older_than", "within_next", "further_than"))


def comparable(value: Any) -> Comparable | None:
    """`value` as it is compared; None for what is no plain value."""
    if isinstance(value, bool):
        return ("truth", value)
    if isinstance(value, (int, float)):
        return None if math.isnan(value) else ("number", float(value))
    return ("text", value.casefold()) if isinstance(value, str) else None


@dataclass
class Range:
    """From a least to a greatest number, ends in unless they are open."""

    low: float = -math.inf
    high: float = math.inf
    low_open: bool = False
    high_open: bool = False

    def above(self, number: float, *, open_: bool) -> None:
        """Narrow it to what is more than `number`, or equals it unless `open_`."""
        if (number, open_) > (self.low, self.low_open):
            self.low, self.low_open = number, open_

    def below(self, number: float, *, open_: bool) -> None:
        """Narrow it to what is less than `number`, or equals it unless `open_`."""
        if (-number, open_) > (-self.high, self.high_open):
            self.high, self.high_open = number, open_

    def holds(self, number: float) -> bool:
        """Whether `number` lies in it."""
        return not (
            number < self.low
            or number > self.high
            or (number == self.low and self.low_open)
            or (number == self.high and self.high_open)
        )

    @property
    def is_empty(self) -> bool:
        """Whether no number lies in it."""
        return self.low > self.high or (self.low == self.high and (self.low_open or self.high_open))


@dataclass
class Demand:
    """Tests on one value that must all hold."""

    words: list[str] = field(default_factory=list)
    """The tests in words."""
    whole: bool = True
    """Whether all that was added is told by what follows, nothing left out."""
    filled: bool = False
    """Whether it must have a value, or always has one."""
    empty: bool = False
    one_of: frozenset[Comparable] | None = None
    none_of: frozenset[Comparable] = frozenset()
    numbers: Range = field(default_factory=Range)
    days: Range = field(default_factory=Range)
    """How many days ago it was, as far as that is sure."""
    lengths: dict[str, Duration] = field(default_factory=dict)
    texts: list[tuple[str, str]] = field(default_factory=list)
    since: str = ""
    """The latest of the plain dates that it must be after."""
    until: str = "9999-99-99"

    def add(self, operator: str, wanted: Any, *, negated: bool = False) -> None:
        """One more test; a negated one only where its opposite is a test as well."""
        if negated:
            opposite = _OPPOSITES.get(operator)
            if opposite is None:
                self.whole = False
                return
            operator, wanted = opposite, not wanted if operator == "empty" else wanted
        if isinstance(wanted, FieldValue):
            self.filled = self.filled or operator not in _TRUE_OF_EMPTY
            self.whole = False
            return
        self.words.append(f"{operator}: {_spelled(wanted)}")
        if operator == "empty":
            self.empty, self.filled = self.empty or wanted, self.filled or not wanted
            return
        self.filled = self.filled or operator not in _TRUE_OF_EMPTY
        if operator in ("eq", "in"):
            self._among(wanted if isinstance(wanted, tuple) else (wanted,))
        elif operator in ("ne", "not_in"):
            many = wanted if isinstance(wanted, tuple) else (wanted,)
            self.none_of |= {value for item in many if (value := comparable(item))}
        elif operator in _AGES:
            self._aged(operator, wanted)
        elif operator in ("before", "after"):
            self._dated(operator, wanted)
        elif operator in ("contains", "starts_with", "ends_with"):
            self.texts.append((operator, wanted.casefold()))
        else:
            self._bounded(operator, wanted)

    def _among(self, many: tuple[Any, ...]) -> None:
        values = frozenset(value for item in many if (value := comparable(item)))
        self.whole = self.whole and len(values) == len(many)
        if self.one_of is None:
            self.one_of = values
        elif len({kind for kind, _ in self.one_of | values}) <= 1:
            self.one_of &= values
        else:
            self.whole = False

    def _bounded(self, operator: str, wanted: Any) -> None:
        bounds = wanted if isinstance(wanted, tuple) else (wanted,)
        if operator not in _BOUNDS or not all(map(_is_number, bounds)):
            self.whole = False
            return
        if operator in ("gt", "gte", "between"):
            self.numbers.above(float(bounds[0]), open_=operator == "gt")
        if operator in ("lt", "lte", "between"):
            self.numbers.below(float(bounds[-1]), open_=operator == "lt")

    def _aged(self, operator: str, length: Duration) -> None:
        least, most = days_of(length)
        self.lengths[operator] = length
        if operator == "within_last":
            self.days.above(0, open_=False)
            self.days.below(most, open_=False)
        elif operator == "older_than":
            self.days.above(least, open_=True)
        elif operator == "within_next":
            self.days.above(-most, open_=False)
            self.days.below(0, open_=False)
        else:
            self.days.below(-least, open_=True)

    def _dated(self, operator: str, wanted: Any) -> None:
        if not isinstance(wanted, str) or len(wanted) != len("2026-12-01"):
            self.whole = False
            return
        if operator == "after":
            self.since = max(self.since, wanted)
        else:
            self.until = min(self.until, wanted)

    @property
    def values(self) -> frozenset[Comparable] | None:
        """The only values that pass; None where they can't be listed."""
        if self.one_of is None:
            return None
        return frozenset(v for v in self.one_of - self.none_of if self._passes(v))

    def _passes(self, value: Comparable) -> bool:
        kind, plain = value
        if kind == "number":
            return self.numbers.holds(plain)
        return kind != "text" or all(_fits(plain, test, part) for test, part in self.texts)

    @property
    def is_impossible(self) -> bool:
        """Whether nothing at all can pass."""
        return (
            (self.empty and self.filled)
            or (self.filled and self.values == frozenset())
            or self.numbers.is_empty
            or self.days.is_empty
            or self.since >= self.until
            or self._same_length()
            or self._ends_differ()
        )

    def _same_length(self) -> bool:
        """A month may be as long as 31 days, but it is as long as itself."""
        lengths = self.lengths
        return any(
            a in lengths and lengths[a] == lengths.get(b)
            for a, b in (("within_last", "older_than"), ("within_next", "further_than"))
        )

    def _ends_differ(self) -> bool:
        for wanted, has in (("starts_with", str.startswith), ("ends_with", str.endswith)):
            parts = sorted((part for test, part in self.texts if test == wanted), key=len)
            if any(not has(parts[-1], part) for part in parts):
                return True
        return False

    def implied_by(self, other: "Demand") -> bool:
        """Whether all that pass `other` pass this one as well."""
        if not self.whole or self.lengths or self.texts or self.since or self.until < "9999":
            return False
        if self.is_impossible or other.is_impossible:
            return other.is_impossible
        known = other.values
        if self.empty or (self.filled and not other.filled):
            return self.empty and other.empty
        if known is not None:
            allowed = self.values
            kinds = {kind for kind, _ in known}
            fits = all(self._passes(value) for value in known) and not known & self.none_of
            bounded = self.numbers != Range()
            return (
                fits
                and (allowed is None or known <= allowed)
                and (not bounded or kinds <= {"number"})
            )
        if self.one_of is not None or not self.none_of <= other.none_of:
            return False
        low = (other.numbers.low, other.numbers.low_open) >= (
            self.numbers.low,
            self.numbers.low_open,
        )
        high = (-other.numbers.high, other.numbers.high_open) >= (
            -self.numbers.high,
            self.numbers.high_open,
        )
        return low and high


_OPPOSITES = {"eq": "ne", "ne": "eq", "in": "not_in", "not_in": "in", "empty": "empty"}


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and not math.isnan(value)


def _fits(text: str, test: str, part: str) -> bool:
    if test == "contains":
        return part in text
    return text.startswith(part) if test == "starts_with" else text.endswith(part)


def _spelled(wanted: Any) -> str:
    if isinstance(wanted, tuple):
        return f"[{', '.join(map(_spelled, wanted))}]"
    if isinstance(wanted, bool):
        return str(wanted).lower()
    return str(wanted)


def days_of(length: Duration) -> tuple[float, float]:
    """The fewest and the most days that `length` can be."""
    exact = length.exact.total_seconds() / 86_400 + length.calendar_days
    least = exact + length.calendar_months * 28 + length.business_days
    most = exact + length.calendar_months * 31 + length.business_days * 3
    return (least, most) if least <= most else (most, least)


class Test(Protocol):
    """What has operators: a test of a value, a number, a time, or a label."""

    @property
    def operators(self) -> tuple[str, ...]:
        """Those that were written."""
        ...


def tests_of(test: Test) -> Iterator[tuple[str, Any]]:
    """Each operator that was written, with what it compares with."""
    return ((operator, operand(test, operator)) for operator in test.operators)  # type: ignore[arg-type]


def demand_of(test: Test) -> Demand:
    """What one test demands."""
    demand = Demand()
    for operator, wanted in tests_of(test):
        demand.add(operator, wanted)
    return demand
