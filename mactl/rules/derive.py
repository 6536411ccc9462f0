"""Derived fields as columns, worked out of the contacts' columns before any engine sees them."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from mactl.columns import FieldType
from mactl.recipe.cookbook import Cookbook
from mactl.recipe.derived import (
    Call,
    Formula,
    Name,
    Negated,
    Number,
    Operation,
    Part,
    Text,
    type_of,
)
from mactl.rules import prepared
from mactl.rules.moments import LEAP_DAY, Present
from mactl.rules.names import Definition, derived_field, formula_of, home, needs
from mactl.rules.tables import Memory, Rows, Table

_EXACT = 2.0**53 / 1e6  # above it six decimals are more than a double has


@dataclass(frozen=True, slots=True)
class Derived:
    """A derived field as a column: what it is made of is part of its name, for two cookbooks may differ."""

    definition: Definition
    formulas: tuple[str, ...]
    """Its own text, and those of the derived fields that it uses."""
    epoch: int
    """The `now` that ages are reckoned from."""


class Fields(Table):
    """The columns of the contacts, the derived fields of a cookbook among them."""

    def __init__(
        self,
        table: pa.Table,
        types: Mapping[str, FieldType],
        memory: Memory,
        cookbook: Cookbook,
        present: Present,
        rows: Rows | None = None,
    ) -> None:
        super().__init__(table, types, memory, rows)
        self._cookbook = cookbook
        self._present = present
        self._derived: dict[Definition, Derived] = {}
        self._found: dict[Definition, FieldType | None] = {}

    @property
    def whole(self) -> "Fields":
        """All rows of the same table."""
        if self._rows is None:
            return self
        return Fields(self._table, self._types, self.memory, self._cookbook, self._present)

    def resolve(self, name: str, recipe: str) -> Hashable:
        """The derived field or column that `name` means in `recipe`: the recipe's own derived field first."""
        definition = derived_field(name, recipe, self._cookbook)
        if definition is None:
            return name
        if definition not in self._derived:
            used: dict[Definition, None] = {}
            open_ = [definition]
            while open_:
                field = open_.pop()
                if field not in used:
                    used[field] = None
                    open_ += sorted(needs(field, self._cookbook))
            texts = tuple(formula_of(field, self._cookbook).text for field in used)
            self._derived[definition] = Derived(definition, texts, self._present.epoch)
        return self._derived[definition]

    def type(self, column: Hashable) -> FieldType | None:
        """What a resolved column holds; None where the table lacks it, or what it is made of does not go together."""
        if not isinstance(column, Derived):
            return super().type(column)
        definition = column.definition
        if definition not in self._found:
            self._found[definition] = None  # what is made of itself holds nothing
            try:
                found = type_of(self._formula(definition).tree, self._type_in(definition))
            except ValueError:
                found = None
            self._found[definition] = found
        return self._found[definition]

    def values(self, column: Hashable) -> pa.ChunkedArray:
        """The cells of a resolved column that is there."""
        if not isinstance(column, Derived):
            return super().values(column)
        return self.once(("derived", column), lambda: self._work_out(column))

    def mismatch(self, definition: Definition) -> str | None:
        """What does not go together in a derived field; None where all does."""
        try:
            type_of(self._formula(definition).tree, self._type_in(definition))
        except ValueError as wrong:
            return str(wrong)
        return None

    def _formula(self, definition: Definition) -> Formula:
        return formula_of(definition, self._cookbook)

    def _type_in(self, definition: Definition) -> Callable[[str], FieldType | None]:
        recipe = home(definition, self._cookbook)
        return lambda name: self.type(self.resolve(name, recipe))

    def _work_out(self, column: Derived) -> pa.ChunkedArray:
        type_ = self.type(column)
        recipe = home(column.definition, self._cookbook)

        def cell(name: str) -> pa.ChunkedArray | None:
            inner = self.resolve(name, recipe)
            return None if self.type(inner) is None else self.values(inner)

        def is_instant(part: Part) -> bool:
            return type_of(part, self._type_in(column.definition)) is FieldType.INSTANT

        arithmetic = _Arithmetic(cell, is_instant, self._present)
        found = arithmetic.value(self._formula(column.definition).tree)
        return _as_column(found, type_ or FieldType.NUMBER, self.count)


def derived_types(
    cookbook: Cookbook, fields: Mapping[str, FieldType], present: Present
) -> dict[str, FieldType]:
    """RECIPE.NAME → what each derived field holds; those whose type hangs on an unknown column are left out."""
    table = pa.schema([pa.field(name, type_.arrow) for name, type_ in fields.items()]).empty_table()
    columns = Fields(table, fields, Memory(), cookbook, present)
    names = [f"{recipe.id}.{name}" for recipe in cookbook for name in recipe.file.fields]
    found = {name: columns.type(columns.resolve(name, "")) for name in names}
    return {name: type_ for name, type_ in found.items() if type_ is not None}


def _as_column(
    found: "pa.ChunkedArray | pa.Scalar | None", type_: FieldType, count: int
) -> pa.ChunkedArray:
    if found is None:
        found = pa.scalar(None, type_.arrow)
    if isinstance(found, pa.Scalar):
        found = pa.chunked_array([pa.repeat(found, count)])
    found = prepared.clean(found, type_.arrow)
    if type_ is FieldType.NUMBER:
        return prepared.clean(_six(found), type_.arrow)
    if type_ is FieldType.TEXT:
        return pc.if_else(pc.equal(found, ""), pa.scalar(None, pa.string()), found)
    return found


def _six(numbers: pa.ChunkedArray) -> pa.ChunkedArray:
    """Numbers to six decimals, as sums are before they are compared."""
    rounded = pc.divide(pc.floor(pc.add(pc.multiply(numbers, 1e6), 0.5001)), 1e6)
    return pc.if_else(pc.less(pc.abs(numbers), _EXACT), rounded, numbers)


class _Arithmetic:
    """What the parts of a formula come to: columns, scalars, or None for what is empty for everyone."""

    def __init__(
        self,
        cell: Callable[[str], pa.ChunkedArray | None],
        is_instant: Callable[[Part], bool],
        present: Present,
    ) -> None:
        self._cell = cell
        self._is_instant = is_instant
        self._present = present

    def value(self, part: Part) -> "pa.ChunkedArray | pa.Scalar | None":
        if isinstance(part, Number):
            return pa.scalar(part.value, pa.float64())
        if isinstance(part, Text):
            return pa.scalar(part.value or None, pa.string())
        if isinstance(part, Name):
            return self._cell(part.name)
        if isinstance(part, Negated):
            inner = self.value(part.of)
            return None if inner is None else pc.negate(inner)
        if isinstance(part, Operation):
            return self._operation(part)
        return self._call(part)

    def _operation(self, part: Operation) -> "pa.ChunkedArray | pa.Scalar | None":
        left, right = self.value(part.left), self.value(part.right)
        if left is None or right is None:
            return None
        work = {"+": pc.add, "-": pc.subtract, "*": pc.multiply, "/": pc.divide}[part.sign]
        found = work(left, right)
        # Divided by nothing, or beyond what a number can be: no value.
        return pc.if_else(pc.is_finite(found), found, pa.scalar(None, pa.float64()))

    def _call(self, part: Call) -> "pa.ChunkedArray | pa.Scalar | None":
        given = [self.value(argument) for argument in part.arguments]
        known = [value for value in given if value is not None]
        if part.function == "coalesce":
            return pc.coalesce(*known) if known else None
        if len(known) < len(given):
            return None
        if part.function == "min":
            return pc.min_element_wise(*known, skip_nulls=False)
        if part.function == "max":
            return pc.max_element_wise(*known, skip_nulls=False)
        (value,) = known
        if part.function in ("years_since", "days_since", "days_until"):
            (argument,) = part.arguments
            return self._time(part.function, value, self._is_instant(argument))
        return _FUNCTIONS[part.function](value)

    def _time(
        self, function: str, value: "pa.ChunkedArray | pa.Scalar", is_instant: bool
    ) -> "pa.ChunkedArray":
        if isinstance(value, pa.Scalar):
            value = pa.chunked_array([pa.array([value.as_py()], value.type)])
        present = self._present
        days = prepared.local_days(value, present.zone) if is_instant else value
        if function == "years_since":
            return _years(days, present)
        today = pa.scalar(present.today, pa.int32())
        since = pc.subtract(today, days).cast(pa.float64())
        return since if function == "days_since" else pc.negate(since)


def _years(days: pa.ChunkedArray, present: Present) -> pa.ChunkedArray:
    """Whole years until today; who was born on 29 February is a year older on the 28th where a year lacks it."""
    today = present.day
    leap = today.year % 4 == 0 and (today.year % 100 != 0 or today.year % 400 == 0)
    born = prepared.month_days(days)
    if not leap:
        born = pc.if_else(pc.equal(born, LEAP_DAY), pa.scalar(LEAP_DAY - 1, pa.int32()), born)
    to_come = pc.greater(born, today.month * 100 + today.day).cast(pa.int64())
    years = pc.subtract(pc.subtract(today.year, pc.year(days.cast(pa.date32()))), to_come)
    return years.cast(pa.float64())


_FUNCTIONS: dict[str, Callable[[pa.ChunkedArray], pa.ChunkedArray]] = {
    "abs": pc.abs,
    "round": lambda numbers: pc.round(numbers, 0, "half_towards_infinity"),
    "floor": pc.floor,
    "ceil": pc.ceil,
    "lower": pc.utf8_lower,
    "upper": pc.utf8_upper,
    "length": lambda texts: pc.utf8_length(texts).cast(pa.float64()),
}
