"""What the engine is told: one recipe's people, answers and past, as tables."""

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
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
"""Subjects (id, contact, since, until) and named conditions → one boolean column each, indexed by id."""
Judge = Callable[[Frame], Frame]
"""Intents → the same with a verdict each; see `gates.judge_intents`."""


@dataclass(frozen=True)
class Situation:
    """All that decides where the people of one recipe go at `now`.

    `contacts`: indexed by contact id: key, address, address_key, zone.
    `answers`: indexed by contact id: the booleans `matched`, `excluded`, and ground (text or null).
    `candidates`: who may enter, see `entering`.
    `sends`: the sends of active enrollments: id, enrollment, step, status, released_at.
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
    holidays: Container[date] = ()
    """The days that business days skip beside weekends."""

    @property
    def journey(self) -> Journey:
        """The recipe's journey."""
        return self.recipe.journey

    @property
    def sending(self) -> bool:
        """Whether messages may go out at all: not of a paused recipe."""
        return self.recipe.file.status != "paused"

    @property
    def admitting(self) -> bool:
        """Whether people may enter at all."""
        return self.recipe.file.status == "live"


def look_up(keys: "Column[Any]", truth: "Column[Any]") -> "Column[bool]":
    """`truth` looked up for each of `keys`; False for those it does not know."""
    return keys.map(truth).isin([True])
