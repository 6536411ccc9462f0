"""What came of a test that was played, in the words in which tests expect it."""

import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd
from sqlalchemy import select

from mactl.clock import from_epoch, zone_named
from mactl.facts.facts import Facts
from mactl.own_events import TASK_CREATED
from mactl.recipe.moved import current
from mactl.rules.evaluate import evaluate
from mactl.rules.names import definitions_of
from mactl.rules.questions import AnyQuestion, RulePoints
from mactl.store.actions import ActionKind
from mactl.store.frames import read_frame
from mactl.store.suppressions import ALL_MAIL
from mactl.store.tables import (
    SendStatus,
    Standing,
    actions,
    enrollments,
    events,
    sends,
    suppressions,
)
from mactl.workflows.rows import plain_rows
from mactl.workflows.testing.playing import Played

Row = dict[str, Any]
EVERYTHING = "all"
"""How a test calls the suppression of all mail."""


@dataclass(frozen=True)
class Went:
    """A message that went out; `at` in epoch seconds."""

    at: int
    contact: str
    template: str
    channel: str
    subject: str | None
    row: Row = field(repr=False)


@dataclass(frozen=True)
class Stopped:
    """A message that is held, or was skipped."""

    contact: str
    template: str
    gate: str | None
    reason: str
    row: Row = field(repr=False)


class Outcome:
    """What came of `played`; contacts go by their ids, recipes, steps and templates by their current names."""

    def __init__(self, played: Played) -> None:
        self.played = played
        self._recipes = {recipe.origin: recipe for recipe in played.world.cookbook}
        self._subjects = {
            send: subject
            for moment in played.moments
            for send, subject in moment.tick.subjects.items()
        }

    @cached_property
    def sends(self) -> list[Row]:
        """Every send of the state, whatever became of it."""
        rows = self._read(select(sends).order_by(sends.c.due_at, sends.c.id))
        return [self._in_our_words(row) for row in rows]

    @cached_property
    def went(self) -> list[Went]:
        """The messages that went out, in the order of their instants, then of precedence."""
        gone = [row for row in self.sends if row["status"] == SendStatus.SENT]
        places = {contact: n for n, contact in enumerate(self.played.world.people.index)}
        gone.sort(
            key=lambda row: (
                row["released_at"], -row["priority"], row["recipe"], places.get(row["contact"], -1),
                row["due_at"],
            )
        )  # fmt: skip
        return [
            Went(
                row["released_at"], row["contact"], self._called(row), row["channel"],
                self._subjects.get(row["id"]), row,
            )
            for row in gone
        ]  # fmt: skip

    def stopped(self, status: SendStatus) -> list[Stopped]:
        """The messages that stand at `status`, held or skipped."""
        return [
            Stopped(row["contact"], self._called(row), row["gate"], row["reason"] or "", row)
            for row in self.sends
            if row["status"] == status
        ]

    @cached_property
    def enrollments(self) -> list[Row]:
        """Every enrollment, the first trigger first."""
        rows = self._read(select(enrollments).order_by(enrollments.c.trigger_at, enrollments.c.id))
        return [self._in_our_words(row) for row in rows]

    @property
    def left(self) -> dict[str, str]:
        """Contact → why they last left this recipe's journey, or came to its end."""
        ended = [row for row in self._own if row["ended_at"] is not None]
        ended.sort(key=lambda row: row["ended_at"])
        found = {row["contact"]: row["why"] for row in ended}
        return {c: found[c] for c in (*self.played.world.people.index, *found) if c in found}

    @property
    def _own(self) -> list[Row]:
        return [row for row in self.enrollments if row["recipe"] == self.played.recipe.id]

    def passage(self, contact: str, recipe: str) -> Row | None:
        """The contact's latest enrollment in a recipe."""
        rows = [r for r in self.enrollments if (r["contact"], r["recipe"]) == (contact, recipe)]
        return rows[-1] if rows else None

    @property
    def enrolled(self) -> dict[str, set[str]]:
        """Contact → recipes whose journey they are in."""
        found: dict[str, set[str]] = {}
        for row in self.enrollments:
            if row["status"] == Standing.ACTIVE:
                found.setdefault(row["contact"], set()).add(row["recipe"])
        return found

    @cached_property
    def tasks(self) -> list[Row]:
        """Every task that was given: contact, task, to, title."""
        rows = self._read(
            select(events).where(events.c.event == TASK_CREATED).order_by(events.c.at)
        )
        told = [(row, json.loads(row["properties"])) for row in rows]
        return [
            {
                "contact": row["contact"],
                "task": self._step(properties["recipe"], properties["task"]),
                "to": properties["to"],
                "title": properties["title"],
            }
            for row, properties in told
        ]

    @cached_property
    def notices(self) -> list[Row]:
        """Every notification, told or still to be told: contact, to, message."""
        rows = self._read(
            select(actions).where(actions.c.kind == ActionKind.NOTIFY).order_by(actions.c.due_at)
        )
        return [
            {
                "contact": row["contact"],
                "to": row["target"],
                "message": json.loads(row["body"]).get("message"),
            }
            for row in rows
        ]

    @cached_property
    def suppressed(self) -> dict[str, set[str]]:
        """Contact → the topics that they are not written to about, `all` for all mail."""
        holders = self.played.world.people["address_key"].dropna()
        found: dict[str, set[str]] = {}
        for row in self._read(select(suppressions)):
            for contact in holders.index[holders == row["address_key"]]:
                topic = EVERYTHING if row["topic"] == ALL_MAIL else row["topic"]
                found.setdefault(str(contact), set()).add(topic)
        return found

    @cached_property
    def standings(self) -> "pd.DataFrame":
        """Everybody as they stand at the end; see the function of this name."""
        return standings(self.played, self.facts)

    @cached_property
    def facts(self) -> Facts:
        """All that is known at the end."""
        return self.played.world.gathered(self.played.end).facts

    def _read(self, query: Any) -> list[Row]:
        with self.played.world.state.reading() as connection:
            return plain_rows(read_frame(connection, query))

    def _in_our_words(self, row: Row) -> Row:
        recipe = self._recipes[row["recipe"]]
        words = {"recipe": recipe.id, "step": current(row["step"], recipe.file.moved)}
        if row.get("template"):
            words["template"] = current(row["template"], recipe.file.moved)
        return {**row, **words}

    def _step(self, origin: str, step: str) -> str:
        recipe = self._recipes[origin]
        name = current(step, recipe.file.moved)
        return name if recipe.id == self.played.recipe.id else f"{recipe.id}.{name}"

    def _called(self, row: Row) -> str:
        """The template as this recipe's tests call it: RECIPE.NAME for another recipe's."""
        own = row["recipe"] == self.played.recipe.id
        return str(row["template"] if own else f"{row['recipe']}.{row['template']}")

    def moment(self, at: int) -> str:
        """An instant as tests write it: on the project's wall clock, with its offset where that is told twice."""
        local = from_epoch(at).astimezone(zone_named(self.played.world.project.settings.timezone))
        first, second = (local.replace(fold=fold).utcoffset() for fold in (0, 1))
        shown = local.replace(tzinfo=None) if first == second else local
        return shown.isoformat(timespec="minutes")


def standings(played: Played, facts: Facts) -> "pd.DataFrame":
    """By contact, what everybody is: every segment, score, label and the stage, and the points of every rule."""
    cookbook = played.world.cookbook
    questions: dict[str, AnyQuestion] = {str(d): d for d in definitions_of(cookbook)}
    for name, score in cookbook.scores.items():
        for number, rule in enumerate(score.rules):
            questions[points_of(name, rule.name)] = RulePoints(name, number)
    engine = played.world.project.settings.engine
    return evaluate(facts, cookbook, questions, engine=engine)


def points_of(score: str, rule: str) -> str:
    """What the column of `standings` with the points of a rule is called."""
    return f"score {score}: {rule}"
