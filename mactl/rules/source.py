"""One table as expressions: the columns that rules use of it, and those made for them beforehand."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass

import narwhals as nw
import pyarrow as pa

from mactl.columns import FieldType
from mactl.rules import prepared
from mactl.rules.moments import Present

Make = Callable[[], pa.ChunkedArray]


class Source:
    """The columns of one table. It remembers which were asked for, so that an engine gets no others.

    In frames every column has a plain name of ours: people's names for them may hold anything, and
    DuckDB takes `Country` and `country` for the same.
    """

    def __init__(
        self, table: pa.Table, types: Mapping[str, FieldType], present: Present, prefix: str
    ) -> None:
        self._table = table
        self._types = types
        self._prefix = prefix
        self._used: dict[Hashable, tuple[str, Make]] = {}
        self.present = present

    def cell(self, name: str) -> "Cell":
        """The column called `name`; one that the table lacks is empty for everyone."""
        known = name in self._types and name in self._table.column_names
        return Cell(self, name, self._types[name] if known else None)

    def own(self, name: str) -> nw.Expr:
        """One of mactl's own columns (`_at`, `_event`), as it stands."""
        return self.column(name, lambda: self._table.column(name))

    def column(self, key: Hashable, make: Make) -> nw.Expr:
        """The column that `make` makes, made once for each `key`."""
        alias, _ = self._used.setdefault(key, (f"{self._prefix}{len(self._used)}", make))
        return nw.col(alias)

    def values(self, name: str) -> pa.ChunkedArray:
        """The values of a known column in the type that it is declared to have."""
        return prepared.clean(self._table.column(name), self._types[name].arrow)

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
    name: str
    type: FieldType | None

    def plain(self) -> nw.Expr:
        """Its values as they stand; not for a cell without a type."""
        return self.source.column(("plain", self.name), self._values)

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

    def local_day(self) -> nw.Expr:
        """The calendar day of its instants in the project's zone."""
        zone = self.source.present.zone
        return self._derived("local day", lambda values: prepared.local_days(values, zone))

    def midnight(self) -> nw.Expr:
        """The first second of its day in the project's zone."""
        midnight = self.source.present.midnight
        return self._derived("midnight", lambda days: prepared.instants_of(days, midnight))

    def last_second(self) -> nw.Expr:
        """The last second of its day in the project's zone."""
        midnight = self.source.present.midnight
        return self._derived(
            "last second",
            lambda days: prepared.instants_of(days, lambda day: midnight(day + 1) - 1),
        )

    def month_day(self) -> nw.Expr:
        """`month * 100 + day` of its dates, or of its instants in the project's zone."""
        zone, instants = self.source.present.zone, self.type is FieldType.INSTANT

        def make(values: pa.ChunkedArray) -> pa.ChunkedArray:
            return prepared.month_days(prepared.local_days(values, zone) if instants else values)

        return self._derived("month day", make)

    def _derived(
        self, what: Hashable, make: Callable[[pa.ChunkedArray], pa.ChunkedArray]
    ) -> nw.Expr:
        return self.source.column((what, self.name), lambda: make(self._values()))

    def _values(self) -> pa.ChunkedArray:
        return self.source.values(self.name)
