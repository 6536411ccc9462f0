"""One test played: a world, the clock over it, and what people do with what they get."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import delete

from mactl.clock import from_epoch, to_epoch
from mactl.durations import add_duration
from mactl.own_events import TASK_DONE
from mactl.project import Project
from mactl.recipe.cookbook import Cookbook
from mactl.recipe.expectations import React, RecipeTest
from mactl.recipe.moved import current
from mactl.recipe.recipe import Recipe
from mactl.recipe.steps import TaskStep
from mactl.store.state import State
from mactl.store.suppressions import address_key
from mactl.store.tables import meta, metadata
from mactl.workflows.opening import refuse_errors
from mactl.workflows.playing.reacting import REACTIONS, reaction_to
from mactl.workflows.playing.ticking import Clock
from mactl.workflows.playing.world import Happening, Tick, World
from mactl.workflows.rows import plain_rows
from mactl.workflows.testing.staging import CannotPlay, Staged, cast_of, stage
from mactl.workflows.writing.templates import Templates, compile_templates


@dataclass(frozen=True)
class Moment:
    """A run of the clock, and what it did."""

    now: datetime
    tick: Tick


@dataclass(frozen=True)
class Played:
    """A test that was played to its end; its world stands there."""

    recipe: Recipe
    test: RecipeTest
    world: World
    begin: datetime
    end: datetime
    moments: Sequence[Moment]

    def key_of(self, who: str) -> str | None:
        """The id of the contact that a test calls `who`, by address or key; None where there is none."""
        return self.names.get(who) or self.names.get(address_key(who))

    @cached_property
    def names(self) -> Mapping[str, str]:
        """Key or address key → contact."""
        return _names(self.world)

    def name_of(self, contact: str) -> str:
        """What a test calls a contact: the address, else the key."""
        frame = self.world.people
        if contact not in frame.index:
            return contact
        address = frame.at[contact, "address"]
        return str(address if isinstance(address, str) else frame.at[contact, "key"])


@dataclass
class Theatre:
    """Where tests are played one after the other: the project, its cookbook, and a state that is emptied between."""

    project: Project
    cookbook: Cookbook
    state: State
    _compiled: dict[tuple[str, ...], Templates] = field(default_factory=dict)

    def play(self, recipe: Recipe, test: RecipeTest) -> Played:
        """Play `test` of `recipe` to its end.

        Raises CannotPlay where what it says does not go together, FindingsError for a faulty template, and
        whatever else stops a run.
        """
        staged = stage(test, self.project.settings)
        chosen = cast_of(self.cookbook, recipe, test)
        self._empty_state()
        world = World(
            replace(self.project, settings=staged.settings),
            self.cookbook,
            chosen,
            staged.crowd,
            self.state,
            self._templates(chosen, staged),
            draws=test.draws,
        )
        stage_hands = _Reacting(recipe, test, world)
        moments = []
        for now, tick in Clock(world, staged.begin, staged.end).ticks():
            moments.append(Moment(now, tick))
            world.schedule(stage_hands.reactions(tick))
        return Played(recipe, test, world, staged.begin, staged.end, tuple(moments))

    def _templates(self, chosen: tuple[str, ...], staged: Staged) -> Templates:
        if chosen not in self._compiled:
            recipes = [self.cookbook.recipes[id] for id in chosen]
            templates, findings = compile_templates(recipes, staged.settings, self.project.folder)
            refuse_errors(findings, "the templates are faulty")
            self._compiled[chosen] = templates
        return self._compiled[chosen]

    def _empty_state(self) -> None:
        with self.state.writing(durable=False) as connection:
            for table in metadata.sorted_tables:
                if table is not meta:
                    connection.execute(delete(table))


class _Reacting:
    """What the people of a test do with what they get."""

    def __init__(self, recipe: Recipe, test: RecipeTest, world: World) -> None:
        self._recipe, self._world = recipe, world
        self._reacts: list[tuple[str, React]] = []
        names = _names(world)
        for react in test.react:
            contact = names.get(react.email) or names.get(address_key(react.email))
            if contact is None:
                raise CannotPlay(
                    f"react: no contact of the test is {react.email}", "add a row for them"
                )
            self._reacts.append((contact, react))

    def reactions(self, tick: Tick) -> Iterator[Happening]:
        """What follows of the messages that went out and the tasks that were given in one run."""
        for row in plain_rows(tick.sent):
            for contact, react in self._reacts:
                kind = next((kind for kind in REACTIONS if getattr(react, kind)), None)
                if kind and contact == row["contact"] and self._means(getattr(react, kind), row):
                    yield reaction_to(row, kind, self._later(row["settled_at"], react), react.url)
        effects = tick.plan.table("effects")
        for row in plain_rows(effects) if len(effects) else ():
            if not isinstance(row["spec"], TaskStep):
                continue
            for contact, react in self._reacts:
                if react.done and contact == row["contact"] and self._is_step(react.done, row):
                    told = {"task": row["step"], "recipe": row["recipe"]}
                    at = self._later(row["at"], react)
                    source = f"done:{row['id']}"
                    yield Happening(at, contact, TASK_DONE, json.dumps(told), source)

    def _later(self, at: int, react: React) -> int:
        return to_epoch(add_duration(from_epoch(at), react.after, self._world.zone))

    def _means(self, wanted: str, row: Mapping[str, Any]) -> bool:
        return self._is_step(wanted, row) or self._is_step(wanted, {**row, "step": row["template"]})

    def _is_step(self, wanted: str, row: Mapping[str, Any]) -> bool:
        """Whether a message or task is that of step (or template) `wanted`, RECIPE.STEP for another recipe's."""
        recipe = next(r for r in self._world.cookbook if r.origin == row["recipe"])
        name = current(row["step"], recipe.file.moved)
        own = (name, row["step"]) if recipe.id == self._recipe.id else ()
        return wanted in (*own, f"{recipe.id}.{name}")


def _names(world: World) -> dict[str, str]:
    found: dict[str, str] = {}
    for column in ("key", "address_key"):
        for contact, name in world.people[column].dropna().items():
            found.setdefault(str(name), str(contact))
    return found
