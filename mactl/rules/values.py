"""What a cell must be: the operators on fields and on the properties of events.

| type | `eq` `ne` `in` `not_in` | and |
|---|---|---|
| text | regardless of case; `true` is true, yes or 1 | `contains` `starts_with` `ends_with` `word` `matches` |
| number | numbers; `true` is 1 | `lt` `lte` `gt` `gte` `between` |
| boolean | `true`, `false`; true, yes, 1 and false, no, 0 | |
| date, instant | ISO 8601; a date is its whole day | as numbers, `before` `after`, windows, `anniversary_in` |
| list | the whole list: `a;b` | |

`empty`, `has`, `has_any` and `has_all` go with all: a single value is a list of one. `any` goes with text that lists
things as JSON, whose properties are compared as cells are. Another field as
operand must hold the same type, save that dates and instants go together. What doesn't fit never holds.
"""

from collections.abc import Iterable
from typing import Any

import narwhals as nw

from mactl.columns import FieldType
from mactl.errors import ConfigurationError
from mactl.recipe.operators import FieldValue, ValueTest, operand
from mactl.rules.comparisons import (
    ALWAYS,
    NEVER,
    ORDER,
    TIMES,
    WINDOW,
    compare_moment,
    compare_number,
    every,
    known,
    number,
    some,
)
from mactl.rules.prepared import fold_text, pattern_error
from mactl.rules.source import Cell, Source

_TRUTH = {True: ("true", "yes", "1"), False: ("false", "no", "0")}
_NEGATIONS = {"ne": "eq", "not_in": "in"}
_ITEM_BY_ITEM = {"in": "eq", "has_any": "has", "has_all": "has"}
_PARTS = ("contains", "starts_with", "ends_with")
_ONLY_TIMES = ("before", "after", "anniversary_in", *WINDOW)


def passes(cell: Cell, test: ValueTest, others: Source) -> nw.Expr:
    """Whether `cell` passes every operator of `test`: never null.

    An empty cell passes `ne`, `not_in` and `empty: true` only. `others` has the fields that it may name.
    """
    return every(_test(cell, operator, test, others) for operator in test.operators)


def _test(cell: Cell, operator: str, test: ValueTest, others: Source) -> nw.Expr:
    wanted = operand(test, operator)
    if operator == "any":
        return known(cell.with_item(wanted)) if cell.type is FieldType.TEXT else NEVER
    if operator == "empty":
        empty = ALWAYS if cell.type is None else cell.plain().is_null()
        return empty if wanted else ~empty
    if operator in _NEGATIONS:
        equal = compare(cell, _NEGATIONS[operator], wanted, others, case=test.case)
        return ALWAYS if equal is None else ~equal
    holds = compare(cell, operator, wanted, others, case=test.case)
    return NEVER if holds is None else holds


def misfits(cell: Cell, operator: str, wanted: Any, others: Source) -> list[Any]:
    """What among `wanted` no value of the cell's type can ever fit; nothing where the column is unknown."""
    if operator == "any":
        return [] if cell.type in (FieldType.TEXT, None) else [wanted]
    if cell.type is None or operator == "empty":
        return []
    operator = _NEGATIONS.get(operator, operator)
    items = wanted if operator in _ITEM_BY_ITEM else (wanted,)
    operator = _ITEM_BY_ITEM.get(operator, operator)
    return [item for item in items if compare(cell, operator, item, others) is None]


def compare(
    cell: Cell, operator: str, wanted: Any, others: Source, *, case: bool = False
) -> nw.Expr | None:
    """Whether `cell` compares with `wanted` as a positive operator says: never null; None for never."""
    if cell.type is None:
        return None
    if isinstance(wanted, FieldValue):
        unknown = others.cell(wanted.field).type is None
        return None if unknown else _compare_field(cell, operator, wanted, others, case)
    if operator in ("eq", "in"):
        return _equals(cell, wanted if operator == "in" else (wanted,), others, case)
    if operator in ("has", "has_any", "has_all"):
        return _has(cell, operator, wanted if operator != "has" else (wanted,), others, case)
    if cell.type is FieldType.TEXT:
        return _compare_text(cell, operator, wanted, case)
    if cell.type in TIMES:
        return _compare_time(cell, operator, wanted, others)
    if cell.type is FieldType.NUMBER and operator in ORDER:
        ends = wanted if operator == "between" else (wanted,)
        fit = all(number(end) is not None for end in ends)
        return compare_number(cell.plain(), operator, wanted) if fit else None
    return None


def _compare_field(
    cell: Cell, operator: str, wanted: FieldValue, others: Source, case: bool
) -> nw.Expr | None:
    other = others.cell(wanted.field)
    if cell.type in TIMES:
        return compare_moment(cell.plain(), cell.type, operator, wanted, others)
    if cell.type is not other.type or operator in _ONLY_TIMES:
        return None
    if operator == "eq":
        if cell.type in (FieldType.TEXT, FieldType.LIST):
            return known(cell.text(case=case) == other.text(case=case))
        return known(cell.plain() == other.plain())
    if cell.type is not FieldType.NUMBER:
        return None
    mine, theirs = cell.plain(), other.plain()
    ordered = {"lt": mine < theirs, "lte": mine <= theirs, "gt": mine > theirs}
    return known(ordered.get(operator, mine >= theirs))


def _equals(cell: Cell, wanted: Iterable[Any], others: Source, case: bool) -> nw.Expr | None:
    assert cell.type is not None
    if cell.type in TIMES:
        return compare_moment(cell.plain(), cell.type, "in", tuple(wanted), others)
    values = [value for item in wanted for value in _values(item, cell.type)]
    if not values:
        return None
    if cell.type in (FieldType.TEXT, FieldType.LIST):
        texts = values if case else [fold_text(value) for value in values]
        return known(cell.text(case=case).is_in(texts))
    return known(cell.plain().is_in(values))


def _values(item: Any, type_: FieldType) -> list[Any]:
    """What stands for `item` in a column of `type_`; nothing where nothing can."""
    if type_ is FieldType.NUMBER:
        found = float(item) if isinstance(item, bool) else number(item)
        return [] if found is None else [found]
    if type_ is FieldType.BOOLEAN:
        word = _texts(item)[0].lower()
        return [truth for truth, words in _TRUTH.items() if word in words]
    if type_ is FieldType.LIST:
        return [_as_list(text) for text in _texts(item)]
    if isinstance(item, bool):
        return list(_TRUTH[item])
    return [item] if isinstance(item, str) else []


def _texts(item: Any) -> tuple[str, ...]:
    """A value of a recipe as words: `5` is written 5, and `true` also yes and 1."""
    if isinstance(item, bool):
        return _TRUTH[item]
    whole = isinstance(item, float) and item.is_integer()
    return (str(int(item) if whole else item),)


def _as_list(text: str) -> str:
    """`a; b` as it stands in columns: `;a;b;`."""
    return f";{';'.join(part for item in text.split(';') if (part := item.strip()))};"


def _has(
    cell: Cell, operator: str, wanted: Iterable[Any], others: Source, case: bool
) -> nw.Expr | None:
    found = [_has_one(cell, item, others, case) for item in wanted]
    fitting = [holds for holds in found if holds is not None]
    if operator == "has_all":
        if not found:  # all of nothing is in every list, but an empty cell has none
            return ~cell.plain().is_null()
        return every(fitting) if len(fitting) == len(found) else None
    return some(fitting) if fitting else None


def _has_one(cell: Cell, item: Any, others: Source, case: bool) -> nw.Expr | None:
    if cell.type is FieldType.TEXT:
        return _equals(cell, _texts(item), others, case)
    if cell.type is not FieldType.LIST:
        return _equals(cell, (item,), others, case)
    # No item holds a semicolon: with one in it the text would be found across two items.
    words = [word for text in _texts(item) if (word := text.strip()) and ";" not in word]
    texts = words if case else [fold_text(word) for word in words]
    column = cell.text(case=case)
    found = [known(column.str.contains(f";{text};", literal=True)) for text in texts]
    return some(found) if found else None


def _compare_text(cell: Cell, operator: str, wanted: Any, case: bool) -> nw.Expr | None:
    if operator == "matches":
        if problem := pattern_error(wanted):
            raise ConfigurationError(f"matches: {wanted!r} is no regular expression: {problem}")
        return known(cell.matching(wanted, case=case))
    if operator == "word":
        words = (wanted,) if isinstance(wanted, str) else wanted
        return known(cell.with_word(words, case=case))
    if operator not in _PARTS:
        return None
    part = wanted if case else fold_text(wanted)
    text = cell.text(case=case).str
    found = {
        "contains": lambda: text.contains(part, literal=True),
        "starts_with": lambda: text.starts_with(part),
        "ends_with": lambda: text.ends_with(part),
    }
    return known(found[operator]())


def _compare_time(cell: Cell, operator: str, wanted: Any, others: Source) -> nw.Expr | None:
    assert cell.type is not None
    if operator == "anniversary_in":
        return known(cell.month_day().is_in(others.present.month_days(wanted)))
    if operator in (*ORDER, *WINDOW, "before", "after"):
        return compare_moment(cell.plain(), cell.type, operator, wanted, others)
    return None
