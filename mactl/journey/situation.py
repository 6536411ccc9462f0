"""What the engine is told: one recipe's people, answers and past, as tables."""

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from mactl.journey.entering import Past
from mactl.journey.graph import Graph
from mactl.recipe.conditions import Kind
from mactl.recipe.journey import Journey
from mactl.recipe.recipe import Recipe

Frame = pd.DataFrame
Column = pd.Series

Ask = Callable[[Frame, Mapping[str, Kind]], Frame]
"""Subjects (id, contact, since, until, trigger) and named conditions → a boolean column each, indexed by id."""
Judge = Callable[[Frame], Frame]
"""Intents → the same with a verdict each; see `gates.judge_intents`."""
Value = Callable[[str, str, "Column[str]"], "Column[Any]"]
"""`field` or `label`, its name, and contacts → the plain value of each (None: empty), in their order."""


def no_handovers() -> Frame:
    """Nobody handed over."""
    return pd.DataFrame({"contact": [], "at": [], "enrollment": [], "trigger": []})


@dataclass(frozen=True)
class Situation:
    """All that decides where the people of one recipe go at `now`.

    `contacts`: indexed by contact id: key, zone, preferred, and for each channel `address CHANNEL` and
    `address_key CHANNEL`.
    `answers`: indexed by contact id: the booleans `matched` and `excluded`; `barred` (why they get no marketing
    at all, or null); for each channel that the recipe uses `ground CHANNEL` and `no_ground CHANNEL` (text or
    null); `shared` and `rank` where the journey has `one_per`.
    `candidates`: who may enter by the trigger, `handovers`: whom other recipes hand over; see `candidates`.
    `sends`: the sends of active enrollments: id, enrollment, step, status, released_at.
    `results`: where a split has a winner, all sends of the recipe: enrollment, step, status, released_at.
    `suppressions`: address_key, topic, reason.
    `fixed`: contact → draw → its outcome, for tests.
    """

    recipe: Recipe
    graph: Graph
    now: datetime
    zone: ZoneInfo
    contacts: Frame
    answers: Frame
    candidates: Frame
    past: Past
    sends: Frame
    no_ground: str
    ask: Ask
    value: Value
    suppressions: Frame
    handovers: Frame = field(default_factory=no_handovers)
    results: Frame = field(default_factory=pd.DataFrame)
    holidays: Container[date] = ()
    """The days that business days skip beside weekends."""
    fixed: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    trigger_if: Kind | None = None
    """What `enter.if` asks, where it asks about the trigger: `matched` then is about the segment alone."""
    is_old: bool = False
    """Whether this is an earlier version, whose people finish it."""

    @property
    def journey(self) -> Journey:
        """The recipe's journey."""
        return self.recipe.journey

    @property
    def acting(self) -> bool:
        """Whether messages may go out, and anything be done: not in a paused recipe."""
        return self.recipe.file.status != "paused"

    @property
    def admitting(self) -> bool:
        """Whether people may enter at all: in a paused recipe too, where they wait before the first step that acts."""
        return self.recipe.file.status in ("live", "paused") and not self.is_old

    def ask_about(
        self, people: Frame, condition: Kind, until: "Column[Any] | None" = None
    ) -> "Column[bool]":
        """Whether `condition` holds for each enrollment in `people`, aligned with them.

        Events count from the trigger on, and none after `until` (epoch seconds).
        """
        if people.empty:
            return pd.Series(False, index=people.index)
        subjects = subjects_of(people, until)
        return look_up(people["id"], self.ask(subjects, {"it": condition})["it"])


def subjects_of(people: Frame, until: "Column[Any] | None" = None) -> Frame:
    """Enrollments (id, contact, trigger_at, trigger) as what conditions are asked about."""
    last = pd.array([pd.NA] * len(people), dtype="Int64") if until is None else until.to_numpy()
    return pd.DataFrame(
        {
            "id": people["id"].to_numpy(),
            "contact": people["contact"].to_numpy(),
            "since": people["trigger_at"].to_numpy(),
            "until": pd.array(last, dtype="Int64"),
            "trigger": people["trigger"].to_numpy(),
        }
    )


def look_up(keys: "Column[Any]", truth: "Column[Any]") -> "Column[bool]":
    """`truth` looked up for each of `keys`; False for those it does not know."""
    return keys.map(truth).isin([True])


def joined(frames: Sequence[Frame]) -> Frame:
    """The rows of all `frames` as one; where there are none, the first of them, so that its columns stay."""
    found = [frame for frame in frames if len(frame)]
    if len(found) > 1:
        return pd.concat(found, ignore_index=True)
    if found:
        return found[0].reset_index(drop=True)
    return frames[0] if frames else pd.DataFrame()
