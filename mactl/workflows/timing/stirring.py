"""Whose answers may change by the passing of time alone: what lets a clock skip days on which nothing does.

Every answer given here may name too many people, never too few.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import numpy as np
from pydantic import BaseModel

from mactl import own_events
from mactl.columns import FieldType
from mactl.durations import Duration
from mactl.own_events import reaction_events
from mactl.recipe.conditions import (
    REACTIONS,
    AnyoneCondition,
    CompletedCondition,
    EnrolledCondition,
    EventCondition,
    FieldCondition,
    Happening,
    ScoreCondition,
    SegmentCondition,
    TaskCondition,
    TriggerCondition,
)
from mactl.recipe.cookbook import Cookbook
from mactl.recipe.definitions import EventRule
from mactl.recipe.derived import Call, parts_of
from mactl.recipe.enter import EnterByDate, EnterByEvent, EnterBySegment
from mactl.recipe.journey import Journey, OnePer, Pace
from mactl.recipe.operators import PropertyValueTest, Window
from mactl.recipe.recipe import Recipe
from mactl.recipe.steps import SetStep, WinnerArm
from mactl.recipe.walk import walk
from mactl.rules.moments import Present
from mactl.rules.names import (
    STAGE,
    Definition,
    definitions_of,
    derived_field,
    formula_of,
    home,
    needs,
    needs_of,
)
from mactl.workflows.planning.noticing import tracked
from mactl.workflows.timing.crowd import Crowd

EventsBetween = Callable[[Iterable[str], int, int], set[str]]
"""Who did one of some events from one instant to another, both ends in."""
_ALWAYS_ASKED = frozenset(
    {
        own_events.UNSUBSCRIBED,
        own_events.COMPLAINED,
        own_events.TAGGED,
        own_events.UNTAGGED,
        own_events.FIELD_SET,
        own_events.CONSENT_ASKED,
        own_events.HANDED_OVER,
        own_events.TASK_CREATED,
        own_events.TASK_DONE,
        "purchase",  # a ground: existing_customer
    }
)
_CHANGES = frozenset(
    {
        own_events.STAGE_CHANGED,
        own_events.SEGMENT_JOINED,
        own_events.SEGMENT_LEFT,
        own_events.FIELD_CHANGED,
    }
)
_EVER = -(2**62)
_NOTHING = Duration()
_CLOCKS = ("years_since", "days_since", "days_until")
"""What a derived field that looks at the clock calls."""
UNEVEN = timedelta(days=12)
"""How far a length reckoned back may miss where it began when it was reckoned forth: months differ, holidays come."""
_EDGES = ("fields", "anniversaries", "events", "sequels")
_BACK = ("within_last", "older_than")
_AHEAD = ("within_next", "further_than")


@dataclass(frozen=True, slots=True)
class Edge:
    """Something flips when `now`, moved by `length`, passes a value; or, of a sequel, `now` a value moved by it."""

    names: tuple[str, ...]
    """The field, or the events."""
    length: Duration


@dataclass
class TimeTests:
    """Everything in the conditions of some recipes that looks at the clock."""

    fields: set[Edge] = field(default_factory=set)
    anniversaries: set[Edge] = field(default_factory=set)
    events: set[Edge] = field(default_factory=set)
    sequels: set[Edge] = field(default_factory=set)
    """The time in which something may follow an event is over."""
    fading: set[str] = field(default_factory=set)
    """Events whose worth changes all the time."""
    has_due_tasks: bool = False
    """Whether something asks about tasks whose time is over."""
    set_here: set[str] = field(default_factory=set)
    """Fields that a step sets, so that what the sources say is not the last word."""
    moving: set[str] = field(default_factory=lambda: {"timezone"})
    """Fields that tell when somebody's date or slot comes."""
    asked: set[str] = field(default_factory=lambda: set(_ALWAYS_ASKED))
    """The events that something asks about: no other one changes what anybody decides."""
    looks_at_passages: bool = False
    """Whether it matters to anything that somebody entered a journey, or came to its end."""
    anybody: bool = False
    """Whether there is something that nobody can be told to be safe from."""
    wide: bool = False
    """Whether what happens to one contact depends on others, so that few cannot be planned alone."""

    @classmethod
    def of(
        cls,
        cookbook: Cookbook,
        recipes: Sequence[Recipe],
        channels: Sequence[str],
        never: Sequence[str] = (),
    ) -> "TimeTests":
        """What looks at the clock in the journeys of `recipes`, in all definitions that they need, and in the segments
        `never` (RECIPE.NAME) that get no marketing."""
        tests = cls()
        needed = _needed(cookbook, recipes, never)
        parts: list[tuple[BaseModel, str]] = [(recipe.journey, recipe.id) for recipe in recipes]
        parts += [
            (part, home(definition, cookbook))
            for definition in needed
            for part in _bodies(definition, cookbook)
        ]
        for part, home_ in parts:
            for _, inner in walk(part):
                tests._add(inner, home_, cookbook, tuple(channels))
        tests.anybody |= any(_asks_the_clock(definition, cookbook) for definition in needed)
        for recipe in recipes:
            goal, enter = recipe.file.goal, recipe.journey.enter
            tests.asked.update(() if goal is None else (goal.event,))
            # Whoever met the goal just before stays out of a segment's journey (rule 2).
            if goal is not None and goal.within is not None and isinstance(enter, EnterBySegment):
                tests.events.add(Edge((goal.event,), -goal.within))
        looked_at = {name for edge in tests.fields | tests.anniversaries for name in edge.names}
        tests.anybody |= bool(looked_at & tests.set_here)
        return tests

    @property
    def is_empty(self) -> bool:
        """Whether time alone changes nothing."""
        return not (self.anybody or self.fading or self.has_edges)

    @property
    def has_edges(self) -> bool:
        """Whether something flips at an instant that can be told beforehand."""
        return any(getattr(self, name) for name in (*_EDGES, "has_due_tasks"))

    def parted(self, longest: timedelta) -> tuple["TimeTests", "TimeTests"]:
        """What is about at most `longest` before or after now, and all else."""
        near = TimeTests(has_due_tasks=self.has_due_tasks)
        far = replace(self, has_due_tasks=False)
        for name in _EDGES:
            edges = getattr(self, name)
            close = {e for e in edges if abs(e.length.mean_days) <= longest / timedelta(days=1)}
            setattr(near, name, close)
            setattr(far, name, edges - close)
        return near, far

    @property
    def asks_for_changes(self) -> bool:
        """Whether anything asks when a stage, segment or field changed."""
        return bool(self.asked & _CHANGES)

    def _add(
        self, part: BaseModel, recipe: str, cookbook: Cookbook, channels: tuple[str, ...]
    ) -> None:
        if isinstance(part, (AnyoneCondition, OnePer, Pace, WinnerArm)):
            self.wide = True
        if isinstance(part, (EnrolledCondition, CompletedCondition)) or (
            isinstance(part, Journey)
            and part.again in ("always", "on rejoin")
            and isinstance(part.enter, EnterBySegment)
        ):
            self.looks_at_passages = True
        if isinstance(part, WinnerArm):
            self.asked.update(reaction_events(part.measure, channels))
        if isinstance(part, EnterByEvent):
            self.asked.add(part.event)
        if isinstance(part, EnterByDate):
            self.moving.add(part.date)
        if isinstance(part, EnterBySegment) and not part.existing:
            self.asked.add(own_events.SEGMENT_JOINED)
        if isinstance(part, FieldCondition):
            self._add_field(part, recipe, cookbook)
        elif isinstance(part, Happening):
            self._add_happening(part, channels)
        elif isinstance(part, SegmentCondition):
            for event, test in (
                (own_events.SEGMENT_JOINED, part.joined),
                (own_events.SEGMENT_LEFT, part.left),
            ):
                if test is not None:
                    self.asked.add(event)
                    self._add_events((event,), test)
        elif isinstance(part, EventRule):
            self.asked.add(part.event)
            self._add_events((part.event,), part)
            if part.half_life is not None:
                self.fading.add(part.event)
        elif isinstance(part, TaskCondition):
            self.fading.add(own_events.TASK_CREATED)
            self.has_due_tasks |= part.is_ == "overdue"
        elif isinstance(part, ScoreCondition):
            self.anybody |= part.rose_by is not None
        elif isinstance(part, (TriggerCondition, PropertyValueTest)):
            self.anybody |= bool(list(_lengths(part))) or part.anniversary_in is not None
        elif isinstance(part, SetStep):
            self.set_here.update(part.set)

    def _add_field(self, part: FieldCondition, recipe: str, cookbook: Cookbook) -> None:
        if derived_field(part.field, recipe, cookbook) is not None:
            self.anybody |= bool(list(_lengths(part))) or part.anniversary_in is not None
        else:
            self.fields.update(Edge((part.field,), length) for length in _lengths(part))
            if part.anniversary_in is not None:
                self.anniversaries.add(Edge((part.field,), part.anniversary_in))
        if part.changed is not None:
            self.asked.add(own_events.FIELD_CHANGED)
            self._add_events((own_events.FIELD_CHANGED,), part.changed)

    def _add_happening(self, part: Happening, channels: tuple[str, ...]) -> None:
        names: tuple[str, ...] = ()
        if isinstance(part, EventCondition):
            names = (part.event,)
            for sequel in (part.followed_by, part.not_followed_by):
                if sequel is not None:
                    self.asked.add(sequel.event)
                    self.sequels.add(Edge(names, sequel.within))
        elif isinstance(part, REACTIONS):
            names = reaction_events(part.keyword, channels)
        self.asked.update(names)
        for test in (part, part.first, part.last):
            if test is not None:
                self._add_events(names, test)

    def _add_events(self, names: tuple[str, ...], test: Window) -> None:
        self.events.update(Edge(names, length) for length in _lengths(test))

    def stirred(
        self, crowd: Crowd, more: EventsBetween, before: Present, after: Present
    ) -> set[str] | None:
        """The contacts for whom something may hold `after` that did not `before`, or the other way round.

        None where it may be anybody. `more` tells of the events that are not the crowd's.
        """
        if self.anybody:
            return None

        def did(names: tuple[str, ...], first: int, last: int) -> set[str]:
            return crowd.who_did(names, first, last) | more(names, first, last)

        found: set[str] = set()
        for edge in self.fields:
            found |= _by_field(crowd, edge, before, after)
        for edge in self.anniversaries:
            found |= _by_anniversary(crowd, edge, before, after)
        for edge in self.events:
            found |= did(edge.names, *_passed(edge, FieldType.INSTANT, before, after))
        for edge in self.sequels:
            back, uneven = Edge(edge.names, -edge.length), unevenness(edge.length)
            first, last = _passed(back, FieldType.INSTANT, before, after)
            found |= did(edge.names, first - uneven, last + uneven)
        if self.fading:
            found |= did(tuple(self.fading), _EVER, after.epoch)
        return found


def unevenness(length: Duration) -> int:
    """By how many seconds reckoning `length` back may miss where it began."""
    return 0 if length.is_exact else int(UNEVEN.total_seconds())


def _needed(
    cookbook: Cookbook, recipes: Sequence[Recipe], never: Sequence[str]
) -> list[Definition]:
    """Every definition that the journeys of `recipes` and the segments `never` are worked out of."""
    known = set(definitions_of(cookbook))
    open_ = [Definition("segment", name) for name in never]
    for recipe in recipes:
        open_ += needs_of(recipe.journey, recipe.id, cookbook)
        asks_stages = any(
            getattr(part, "event", None) == own_events.STAGE_CHANGED
            for _, part in walk(recipe.journey)
        )
        open_ += [STAGE] if asks_stages else []
    # Who comes into a segment that is followed makes an event that others may wait for.
    open_ += tracked(cookbook).definitions - {STAGE}
    found: dict[Definition, None] = {}
    while open_:
        definition = open_.pop()
        if definition not in found and definition in known:
            found[definition] = None
            open_ += needs(definition, cookbook)
    return list(found)


def _asks_the_clock(definition: Definition, cookbook: Cookbook) -> bool:
    """Whether it is a derived field that changes by itself."""
    if definition.kind != "field":
        return False
    parts = parts_of(formula_of(definition, cookbook).tree)
    return any(isinstance(part, Call) and part.function in _CLOCKS for part in parts)


def _bodies(definition: Definition, cookbook: Cookbook) -> Iterator[BaseModel]:
    if definition.kind == "segment":
        yield cookbook.segments[definition.name]
    elif definition.kind == "score":
        yield cookbook.scores[definition.name]
    elif definition.kind == "label":
        yield from cookbook.labels[definition.name].values()
    elif definition.kind == "stage":
        yield from cookbook.stages.values()


def _lengths(test: Window) -> Iterator[Duration]:
    """How far from `now` lies what a test compares with, negative for the past."""
    for name in (*_BACK, *_AHEAD):
        length = getattr(test, name)
        if length is not None:
            yield -length if name in _BACK else length
            if name.startswith("within"):
                yield _NOTHING


def _passed(edge: Edge, type_: FieldType, before: Present, after: Present) -> tuple[int, int]:
    """The values, both ends in, that `now` moved by the edge's length passed; also back, where the clocks went back."""
    one, other = before.moved(edge.length, type_), after.moved(edge.length, type_)
    return min(one, other), max(one, other)


def _by_field(crowd: Crowd, edge: Edge, before: Present, after: Present) -> set[str]:
    found = crowd.dates(edge.names[0])
    if found is None:
        return set()
    values, type_ = found
    first, last = _passed(edge, type_, before, after)
    if first == last:
        return set()
    return set(crowd.ids[(values >= first) & (values <= last)])


def _by_anniversary(crowd: Crowd, edge: Edge, before: Present, after: Present) -> set[str]:
    found = crowd.dates(edge.names[0])
    if found is None:
        return set()
    changed = set(before.month_days(edge.length)) ^ set(after.month_days(edge.length))
    values, type_ = found
    filled = np.flatnonzero(~np.isnan(values))
    if not changed or type_ is FieldType.INSTANT:
        return set(crowd.ids[filled]) if changed else set()
    days = values[filled].astype("int64").astype("datetime64[D]")
    months = days.astype("datetime64[M]")
    numbers = (months.astype(int) % 12 + 1) * 100 + (days - months.astype("datetime64[D]")).astype(
        int
    )
    return set(crowd.ids[filled[np.isin(numbers + 1, list(changed))]])
