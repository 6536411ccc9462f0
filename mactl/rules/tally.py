"""Counting events: all that any rule asks of them, in one aggregation over the table."""

from typing import Literal

import narwhals as nw

from mactl.columns import AT, EVENT, FieldType
from mactl.durations import Duration
from mactl.rules.comparisons import round_six
from mactl.rules.engine import Frame
from mactl.rules.events import Meaning, every_test
from mactl.rules.source import Source
from mactl.rules.subjects import SINCE, UNTIL

_SECONDS_A_DAY = 86_400
_Fold = Literal["sum", "mean", "min", "max"]


class Tally:
    """Measures of events, one value for each contact, or for each subject where it counts for those.

    Asking for a measure gives the expression for it in the counted frame, joined to whom it is about.
    Only events that have happened by `now` count.
    """

    def __init__(
        self,
        events: Source,
        prefix: str,
        *,
        of_subjects: bool = False,
        triggered: int | None = None,
    ) -> None:
        """`triggered` is the first instant at which one of the subjects was."""
        self._events = events
        self._prefix = prefix
        self._triggered = triggered
        self._matches: dict[object, tuple[str, nw.Expr]] = {}
        self._measures: dict[tuple[object, ...], tuple[str, nw.Expr, _Fold]] = {}
        self._names: dict[str, None] = {}
        self._begins: list[int | None] = []
        self.of_subjects = of_subjects

    @property
    def is_used(self) -> bool:
        """Whether any measure was asked for."""
        return bool(self._measures)

    def matching(
        self, meaning: Meaning, *, since_trigger: bool = False, own: nw.Expr | None = None
    ) -> str:
        """The name of the column that tells whether an event is one that `meaning` means.

        Of subjects: `since_trigger` leaves out what came before the trigger, and `own` all for which it is false.
        """
        key = (meaning.key, since_trigger, own is not None)
        if key not in self._matches:
            at = self._events.own(AT)
            tests = [] if own is None else [own]
            if since_trigger:
                tests.append((at >= nw.col(SINCE)).fill_null(True))
            if self.of_subjects:
                tests.append((at <= nw.col(UNTIL)).fill_null(True))
            self._names |= dict.fromkeys(meaning.names)
            triggered = self._triggered if since_trigger else None
            self._begins.append(triggered if meaning.begin is None else meaning.begin)
            match = every_test(meaning, self._events, *tests)
            self._matches[key] = (f"{self._prefix}m{len(self._matches)}", match)
        return self._matches[key][0]

    def count(self, match: str) -> nw.Expr:
        """How many events match; 0.0 of none."""
        one = nw.when(nw.col(match)).then(nw.lit(1.0)).otherwise(nw.lit(0.0))
        return self._measure(("count", match), one, "sum").fill_null(0.0)

    def first(self, match: str) -> nw.Expr:
        """The instant of the first matching event; null of none."""
        return self._measure(("first", match), self._at(match), "min")

    def last(self, match: str) -> nw.Expr:
        """The instant of the last matching event; null of none."""
        return self._measure(("last", match), self._at(match), "max")

    def _at(self, match: str) -> nw.Expr:
        return nw.when(nw.col(match)).then(self._events.own(AT))

    def sum(self, match: str, property_: str) -> nw.Expr:
        """The sum of a property over matching events, to six decimals; 0.0 of none."""
        found = self._of(match, property_, "sum")
        return nw.lit(0.0) if found is None else round_six(found.fill_null(0.0))

    def mean(self, match: str, property_: str) -> nw.Expr:
        """The mean of a property, to six decimals; null where no event has it."""
        found = self._of(match, property_, "mean")
        return _nothing() if found is None else round_six(found)

    def least(self, match: str, property_: str) -> nw.Expr:
        """The least value of a property; null where no event has it."""
        found = self._of(match, property_, "min")
        return _nothing() if found is None else found

    def greatest(self, match: str, property_: str) -> nw.Expr:
        """The greatest value of a property; null where no event has it."""
        found = self._of(match, property_, "max")
        return _nothing() if found is None else found

    def _of(self, match: str, property_: str, fold: _Fold) -> nw.Expr | None:
        cell = self._events.cell(property_)
        if cell.type is not FieldType.NUMBER:
            return None  # what is no number can't be added or compared as one: no event has a value
        value = nw.when(nw.col(match)).then(cell.plain())
        return self._measure((fold, match, property_), value, fold)

    def points(self, match: str, points: float, half_life: Duration | None) -> nw.Expr:
        """The points that matching events are worth now; 0.0 of none."""
        worth: nw.Expr = nw.lit(float(points))
        if half_life is not None:
            age = (self._events.present.epoch - self._events.own(AT)) / _SECONDS_A_DAY
            worth = nw.lit(0.5) ** (age / half_life.mean_days) * float(points)
        value = nw.when(nw.col(match)).then(worth).otherwise(nw.lit(0.0))
        return self._measure(("points", match, points, half_life), value, "sum").fill_null(0.0)

    def _measure(self, key: tuple[object, ...], value: nw.Expr, fold: _Fold) -> nw.Expr:
        name = f"{self._prefix}v{len(self._measures)}"
        return nw.col(self._measures.setdefault(key, (name, value, fold))[0])

    def asked(self, events: Frame) -> Frame:
        """Those of `events` that any measure may count."""
        at, name = self._events.own(AT), self._events.own(EVENT)
        asked = (at <= self._events.present.epoch) & name.is_in(list(self._names))
        begins = [begin for begin in self._begins if begin is not None]
        if len(begins) == len(self._begins):
            asked = asked & (at >= min(begins))
        return events.filter(asked)

    def rows(self, events: Frame, **keep: nw.Expr) -> Frame:
        """A row for each event: the columns to `keep`, and its own share in every measure."""
        # Two steps: pandas would work out a match anew for every measure that needs it.
        return events.with_columns(**dict(self._matches.values())).select(
            **keep, **{measure: value for measure, value, _ in self._measures.values()}
        )

    def counted(self, events: Frame, by: str) -> Frame:
        """One row for each value of the column `by` that has events: `by` and the measures."""
        folds = [getattr(nw.col(name), fold)() for name, _, fold in self._measures.values()]
        return self.rows(events, **{by: nw.col(by)}).group_by(by).agg(*folds)


def _nothing() -> nw.Expr:
    return nw.lit(None, dtype=nw.Float64)
