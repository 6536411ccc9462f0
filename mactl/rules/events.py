"""Which events are meant: by name, properties, window, what followed them, and what enrolled the subject."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass

import narwhals as nw

from mactl.columns import AT, EVENT, FieldType
from mactl.recipe.conditions import EventCondition, Sequel
from mactl.recipe.definitions import EventRule
from mactl.recipe.operators import FieldValue, Where, Window, operand, written
from mactl.recipe.walk import walk
from mactl.rules.asides import Asides
from mactl.rules.comparisons import NEVER, every, known, some, within
from mactl.rules.source import Cell, Source
from mactl.rules.subjects import ENROLLMENT, SINCE, UNTIL
from mactl.rules.values import compare, passes


@dataclass(frozen=True, slots=True, eq=False)
class Meaning:
    """Some events: what tells them from others, and how each is tested."""

    key: Hashable
    """The same for the same events."""
    names: tuple[str, ...]
    tests: tuple[nw.Expr, ...]
    """True, false or null for each event, beside its name's."""
    begin: int | None = None
    """An instant before which none of them lies, where one is known."""


class Happenings:
    """The table of events, with the fields of whom they happened to and what enrolled the subjects beside them."""

    def __init__(
        self,
        events: Source,
        fields: Source,
        trigger: Source | None,
        asides: Asides,
        recipe: str = "",
    ) -> None:
        self.events = events
        self._recipe = recipe
        self._fields = fields
        self._trigger = trigger
        self._asides = asides

    def within(self, recipe: str) -> "Happenings":
        """The same events, with names of fields as they are meant in `recipe`."""
        fields = self._fields.within(recipe)
        return Happenings(self.events, fields, self._trigger, self._asides, recipe)

    def named(self, what: EventCondition | EventRule, *, by_subject: bool = False) -> Meaning:
        """The events that a condition or a rule means; `by_subject`: as seen by each subject."""
        tests = [*self._where(what.where), *self._window(what)]
        key: list[Hashable] = [what.event, repr(what.where), self._window_key(what)]
        if isinstance(what, EventCondition):
            for sequel, came in ((what.followed_by, True), (what.not_followed_by, False)):
                if sequel is not None:
                    tests.append(self._followed(what.event, sequel, came, by_subject))
                    key.append((came, repr(sequel)))
            if what.same is not None:
                tests.append(self._same(what.same, by_subject))
                key.append(("same", what.same))
        key.append(self._reads_fields(what))
        return Meaning(tuple(key), (what.event,), tuple(tests), self._begin(what))

    def _reads_fields(self, what: object) -> str:
        """The recipe, where `what` names fields of contacts: in another the same words may mean others."""
        named = any(isinstance(part, FieldValue) for _, part in walk(what))
        return self._recipe if named else ""

    def told(
        self, names: Iterable[str], window: Window | None = None, where: Where | None = None,
        **properties: Iterable[str] | None,
    ) -> Meaning:  # fmt: skip
        """Events that mactl itself tells: properties are exactly one of some words, or missing where None is given."""
        meant = {
            name: words if words is None else tuple(words) for name, words in properties.items()
        }
        tests = [
            is_one_of(self.events.cell(name), words) if words is not None else self.lacks(name)
            for name, words in meant.items()
        ]
        if where:
            tests += self._where(where)
        if window is not None:
            tests += self._window(window)
        key = (
            "told", tuple(meant.items()), repr(where), window and self._window_key(window),
            self._reads_fields(where), self._reads_fields(window),
        )  # fmt: skip
        begin = self._begin(window) if window is not None else None
        return Meaning((tuple(names), key), tuple(names), tuple(tests), begin)

    def lacks(self, property_: str) -> nw.Expr:
        """Whether an event does not have a property."""
        cell = self.events.cell(property_)
        return nw.lit(True) if cell.type is None else cell.plain().is_null()

    def of_this_enrollment(self) -> nw.Expr:
        """Whether an event is the subject's own: by its id, or, where it has none, as it came from the trigger on."""
        later = (self.events.own(AT) >= nw.col(SINCE)).fill_null(True)
        cell = self.events.cell("enrollment")
        if cell.type is not FieldType.TEXT:
            return later
        mine = known(cell.plain() == nw.col(ENROLLMENT))
        return mine | (cell.plain().is_null() & later)

    def _where(self, where: Where) -> list[nw.Expr]:
        return [passes(self.events.cell(name), test, self._fields) for name, test in where.items()]

    def _window_key(self, what: Window) -> str:
        return repr([(name, operand(what, name)) for name in written(what, Window)])

    def _window(self, what: Window) -> list[nw.Expr]:
        window = [(name, operand(what, name)) for name in written(what, Window)]
        return [within(self.events.own(AT), window, self._fields)] if window else []

    def _begin(self, what: Window) -> int | None:
        if what.within_last is None:
            return None
        return self._fields.present.moved(-what.within_last, FieldType.INSTANT)

    def _followed(self, event: str, sequel: Sequel, came: bool, by_subject: bool) -> nw.Expr:
        """Whether the sequel came in time, or (`came` is false) its time has passed without it."""
        following, deadline = self._asides.sequel(self.events, event, sequel, self._recipe)
        in_time = following <= deadline
        over = deadline <= self.events.present.epoch
        if by_subject:
            in_time = in_time & (following <= nw.col(UNTIL)).fill_null(True)
            over = over & (deadline <= nw.col(UNTIL)).fill_null(True)
        return known(in_time) if came else ~known(in_time) & known(over)

    def _same(self, property_: str, by_subject: bool) -> nw.Expr:
        """Whether a property is as in the subject's trigger; never of contacts, who have none."""
        if self._trigger is None or not by_subject:
            return NEVER
        other = FieldValue(field=property_)
        same = compare(self.events.cell(property_), "eq", other, self._trigger)
        return NEVER if same is None else same


def is_one_of(cell: Cell, words: Iterable[str]) -> nw.Expr:
    """Whether a cell is exactly one of `words`, or a list that has one; for names, so case counts."""
    wanted = list(words)
    if cell.type is FieldType.TEXT:
        return known(cell.plain().is_in(wanted))
    if cell.type is FieldType.LIST:
        listed = (cell.plain().str.contains(f";{word};", literal=True) for word in wanted)
        return some(known(found) for found in listed)
    if cell.type is FieldType.NUMBER:
        # Names that are all digits make a column of numbers.
        return known(cell.plain().is_in([float(word) for word in wanted if word.isdecimal()]))
    return NEVER


def every_test(meaning: Meaning, events: Source, *more: nw.Expr) -> nw.Expr:
    """Whether an event is one that `meaning` means."""
    name = events.own(EVENT)
    named = name == meaning.names[0] if len(meaning.names) == 1 else name.is_in(list(meaning.names))
    return every([named, *meaning.tests, *more])
