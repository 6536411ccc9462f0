"""One table as expressions: the columns that rules use of it, and those made for them beforehand."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass

import narwhals as nw
import pyarrow as pa

from mactl.columns import FieldType
from mactl.recipe.operators import ValueTest
from mactl.rules import prepared
from mactl.rules.moments import Present
from mactl.rules.tables import Table

Make = Callable[[], pa.ChunkedArray]


class Source:
    """The columns of one table. It remembers which were asked for, so that an engine gets no others.

    In frames every column has a plain name of ours: people's names for them may hold anything, and
    DuckDB takes `Country` and `country` for the same.
    """

    def __init__(self, table: Table, present: Present, prefix: str) -> None:
        self.table = table
        self.present = present
        self._recipe = ""
        self._prefix = prefix
        self._used: dict[Hashable, tuple[str, Make]] = {}

    def within(self, recipe: str) -> "Source":
        """The same columns, with names as they are meant in `recipe`."""
        if recipe == self._recipe:
            return self
        seen = Source(self.table, self.present, self._prefix)
        seen._recipe, seen._used = recipe, self._used
        return seen

    def cell(self, name: str) -> "Cell":
        """The column called `name`; one that the table lacks is empty for everyone."""
        column = self.table.resolve(name, self._recipe)
        return Cell(self, column, self.table.type(column))

    def own(self, name: str) -> nw.Expr:
        """One of mactl's own columns (`_at`, `_event`), as it stands."""
        return self.column(("own", name), lambda: self.table.own(name))

    def column(self, key: Hashable, make: Make) -> nw.Expr:
        """The column that `make` makes, made once for each `key`."""
        alias, _ = self._used.setdefault(key, (f"{self._prefix}{len(self._used)}", make))
        return nw.col(alias)

    @property
    def is_used(self) -> bool:
        """Whether any column was asked for."""
        return bool(self._used)

    def columns(self) -> dict[str, pa.ChunkedArray]:
        """Every column that was asked for, under the name that it has in frames."""
        return {alias: make() for alias, make in self._used.values()}


@dataclass(frozen=True, slots=True)
class Cell:
    """A column of a source as expressions; `type` is None where the table lacks it."""

    source: Source
    name: Hashable
    type: FieldType | None

    def plain(self) -> nw.Expr:
        """Its values as they stand; not for a cell without a type."""
        return self.source.column(("plain", self.name), self.values)

    def folded(self) -> nw.Expr:
        """Its text in lower case."""
        return self._derived("folded", prepared.fold)

    def text(self, *, case: bool) -> nw.Expr:
        """Its text, in lower case unless `case` tells."""
        return self.plain() if case else self.folded()

    def matching(self, pattern: str, *, case: bool) -> nw.Expr:
        """Whether a part of its text fits a regular expression."""
        return self._derived(
            ("matching", pattern, case),
            lambda values: prepared.matching(values, pattern, case=case),
        )

    def with_word(self, words: tuple[str, ...], *, case: bool) -> nw.Expr:
        """Whether one of `words` is a whole word of its text."""
        spelled = words if case else tuple(prepared.fold_text(word) for word in words)
        pattern = prepared.word_pattern(spelled)

        def find(values: pa.ChunkedArray) -> pa.ChunkedArray:
            # Folding as everywhere else, rather than as RE2 ignores case.
            return prepared.matching(values if case else prepared.fold(values), pattern, case=True)

        return self._derived(("word", pattern, case), find)

    def with_item(self, tests: Mapping[str, ValueTest]) -> nw.Expr:
        """Whether one of the things that its text lists, as JSON, passes all `tests` of its properties."""
        from mactl.rules.items import read_items, with_item  # they are tested as cells themselves

        table, present = self.source.table, self.source.present

        def find(values: pa.ChunkedArray) -> pa.ChunkedArray:
            # What a property of the things holds is told from all of them, whichever are asked about.
            items = table.of_all(
                ("items", self.name), lambda whole: read_items(whole.values(self.name))
            )
            return with_item(values, items, tests, present)

        return self._derived(("item", repr(tests), present.epoch), find)

    def moment(self) -> nw.Expr:
        """The last second of what its text says in ISO 8601, a day or an instant; null where it is neither."""
        span = self.source.present.span

        def last(text: str) -> int | None:
            found = span(text, FieldType.INSTANT)
            return found.last if found else None

        return self._derived("moment", lambda texts: prepared.numbers_of(texts, last))

    def local_day(self) -> nw.Expr:
        """The calendar day of its instants in the project's zone."""
        zone = self.source.present.zone
        return self._derived("local day", lambda values: prepared.local_days(values, zone))

    def midnight(self) -> nw.Expr:
        """The first second of its day in the project's zone."""
        midnight = self.source.present.midnight
        return self._derived("midnight", lambda days: prepared.numbers_of(days, midnight))

    def last_second(self) -> nw.Expr:
        """The last second of its day in the project's zone."""
        midnight = self.source.present.midnight
        return self._derived(
            "last second",
            lambda days: prepared.numbers_of(days, lambda day: midnight(day + 1) - 1),
        )

    def month_day(self) -> nw.Expr:
        """`month * 100 + day` of its dates, or of its instants in the project's zone."""
        zone, instants = self.source.present.zone, self.type is FieldType.INSTANT

        def make(values: pa.ChunkedArray) -> pa.ChunkedArray:
            return prepared.month_days(prepared.local_days(values, zone) if instants else values)

        return self._derived("month day", make)

    def values(self) -> pa.ChunkedArray:
        """Its values as a column; text of few words may stand in a dictionary."""
        return self.source.table.words(self.name)

    def _derived(
        self, what: Hashable, make: Callable[[pa.ChunkedArray], pa.ChunkedArray]
    ) -> nw.Expr:
        key, table = (what, self.name), self.source.table
        zone = self.source.present.zone.key
        remembered = (*key, zone)
        return self.source.column(key, lambda: table.once(remembered, lambda: make(self.values())))
