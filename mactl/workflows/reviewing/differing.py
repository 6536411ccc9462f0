"""`mactl plan --diff`: who gets something else because of the change between two versions of the cookbook."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any, Literal

import pandas as pd

from mactl.clock import from_epoch, zone_named
from mactl.errors import ConfigurationError
from mactl.findings import Finding
from mactl.project import Project
from mactl.recipe.cookbook import Cookbook, content_hash
from mactl.recipe.moved import current
from mactl.recipe.recipe import Recipe
from mactl.rules.evaluate import evaluate
from mactl.rules.names import Definition, definitions_of, home
from mactl.rules.questions import AnyQuestion
from mactl.store.state import State
from mactl.workflows.gathering import Gathered, Sources, gather
from mactl.workflows.planning.following import definition_hash, tracked
from mactl.workflows.planning.plan import Plan, make_plan
from mactl.workflows.planning.running import ready_recipes
from mactl.workflows.reviewing.earlier import earlier_version
from mactl.workflows.reviewing.rewording import Change, TemplateChange, template_changes
from mactl.workflows.rows import plain_rows

Effect = Literal["gets", "loses", "enters", "stays out", "leaves", "stays", "sooner", "later"]
_INTENT = ["contact", "template", "verdict", "gate", "reason"]
_NO_STATE = "the environment lacks what the state's address asks for: planned as if there were none"


@dataclass(frozen=True)
class Sides:
    """A number as it is at the base, and with the change."""

    base: int
    head: int

    def __add__(self, other: "Sides") -> "Sides":
        return Sides(self.base + other.base, self.head + other.head)


@dataclass(frozen=True)
class Affected:
    """Somebody for whom something is different; `why` where one of the plans gives a reason."""

    contact: str
    address: str | None
    effect: Effect
    template: str | None = None
    why: str | None = None


@dataclass(frozen=True)
class DefinitionChange:
    """A segment, score, label or the ladder that means something else, and for how many.

    Of segments `up` joined and `down` left; of scores `up` rose and `down` fell; of derived fields `up` have another
    value; of labels and stages `moves` counts the ways: `mql → lead`.
    """

    definition: Definition
    change: Change
    up: int
    down: int
    moves: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class RecipeChange:
    """What the change does in one recipe."""

    recipe: str
    change: Change
    version: tuple[int | None, int | None]
    """Of the base and of the change; None where there is none."""
    entering: Sides
    leaving: Sides
    sends: Sides
    people: tuple[Affected, ...]
    templates: tuple[TemplateChange, ...]
    definitions: tuple[DefinitionChange, ...]

    def count(self, effect: Effect) -> dict[str, int]:
        """Template (or "") → how many have this effect."""
        found = Counter(a.template or "" for a in self.people if a.effect == effect)
        return dict(sorted(found.items()))

    @property
    def matters(self) -> bool:
        """Whether there is anything to tell."""
        return self.change != "same" or bool(self.people or self.definitions or self.templates)


@dataclass(frozen=True)
class Difference:
    """What the change between two versions of a cookbook does, on the same data and state."""

    base: str
    now: datetime
    zone: str
    contacts: int
    recipes: tuple[RecipeChange, ...]
    notes: tuple[str, ...]
    findings: tuple[Finding, ...]
    head: str = "working tree"

    @property
    def entering(self) -> Sides:
        """How many enter a journey."""
        return sum((recipe.entering for recipe in self.recipes), Sides(0, 0))

    @property
    def leaving(self) -> Sides:
        """How many journeys end."""
        return sum((recipe.leaving for recipe in self.recipes), Sides(0, 0))

    @property
    def sends(self) -> Sides:
        """How many messages go out."""
        return sum((recipe.sends for recipe in self.recipes), Sides(0, 0))

    def count(self, effect: Effect) -> int:
        """How many there are of an effect."""
        return sum(sum(recipe.count(effect).values()) for recipe in self.recipes)


def diff_plans(
    project: Project, names: Sequence[str], sources: Sources, now: datetime, where: str
) -> Difference:
    """What a run at `now` would do otherwise than with the cookbook at `where` (a folder or a git revision).

    Of the recipes that `names` mean, all where there are none. A faulty recipe of the base is left out and told.
    Raises FindingsError where one of today's is, UsageError where there is no such version.
    """
    selection = ready_recipes(project, names)
    with earlier_version(project, where) as earlier, _state(project) as (state, notes):
        asked = tracked(selection.cookbook) | tracked(earlier.cookbook)
        gathered = gather(project, sources, state, now, asked.changed)
        head = make_plan(project, selection.cookbook, selection.chosen, gathered, state)
        # A recipe is the same whatever it is called: it is known by its original name.
        origins = {selection.cookbook.recipes[id].origin for id in selection.chosen}
        chosen = [r.id for r in earlier.cookbook if not names or r.origin in origins]
        before = replace(project, settings=earlier.settings)
        base = make_plan(before, earlier.cookbook, chosen, gathered, state)
        sides = _Comparison(
            _Side(base, earlier.cookbook, chosen), _Side(head, selection.cookbook, selection.chosen)
        )
        recipes = tuple(sides.recipes())
    return Difference(
        earlier.label, now, project.settings.timezone, len(gathered.contacts), recipes,
        (*notes, *earlier.notes), gathered.findings,
    )  # fmt: skip


@contextmanager
def _state(project: Project) -> Iterator[tuple[State, tuple[str, ...]]]:
    """The state to read, and what is to be told of it: CI has neither secrets nor a state."""
    notes: tuple[str, ...] = ()
    try:
        url = project.secret(project.settings.state)
    except ConfigurationError:
        url, notes = "sqlite://", (_NO_STATE,)
    opened = State.open(url, project.folder, write=False)
    with opened as state:
        yield state, notes


class _Side:
    """One of the two plans, with what is asked of it."""

    def __init__(self, plan: Plan, cookbook: Cookbook, chosen: Sequence[str]) -> None:
        self.plan = plan
        self.cookbook = cookbook
        self.recipes = {cookbook.recipes[id].origin: cookbook.recipes[id] for id in chosen}

    def rows(self, name: str, recipe: str) -> pd.DataFrame:
        """The rows of a table of the plan that are about a recipe (by its original id)."""
        table = self.plan.table(name)
        return table[table["recipe"] == recipe]

    def intents(self, recipe: str) -> dict[tuple[str, str], Any]:
        """(contact, template) → the intent; where there are several, one that goes out."""
        rows = plain_rows(self.rows("intents", recipe).reindex(columns=_INTENT))
        rows.sort(key=lambda row: row["verdict"] == "queue")
        return {(row["contact"], row["template"]): row for row in rows}


class _Comparison:
    """Two plans on the same facts, side by side."""

    def __init__(self, base: _Side, head: _Side) -> None:
        self._base = base
        self._head = head
        self._gathered: Gathered = head.plan.gathered
        self._definitions = self._compare_definitions()

    def recipes(self) -> Iterator[RecipeChange]:
        """Every recipe that either side has, by name."""
        both = {**self._base.recipes, **self._head.recipes}
        for origin, recipe in sorted(both.items(), key=lambda item: item[1].id):
            yield self._recipe(origin, recipe)

    def _recipe(self, origin: str, named: Recipe) -> RecipeChange:
        old, new = self._base.recipes.get(origin), self._head.recipes.get(origin)
        templates = tuple(template_changes(old, new))
        change: Change = "same"
        if old is None or new is None:
            change = "added" if old is None else "removed"
        elif templates or content_hash(old) != content_hash(new):
            change = "changed"
        entering, people_in = self._moves("entering", origin, "enters", "stays out")
        leaving, people_out = self._moves("ended", origin, "leaves", "stays")
        sends, people_sent = self._messages(origin, named)
        own = {recipe.id for recipe in (old, new) if recipe}
        return RecipeChange(
            named.id,
            change,
            (old.file.version if old else None, new.file.version if new else None),
            entering,
            leaving,
            sends,
            (*people_sent, *people_in, *people_out, *self._waits(origin)),
            templates,
            tuple(d for d, recipe in self._definitions if recipe in own),
        )

    def _affected(
        self, contact: str, effect: Effect, template: str | None = None, why: str | None = None
    ) -> Affected:
        key, address = self._people.get(contact, (contact, None))
        return Affected(key, address, effect, template, why)

    @cached_property
    def _people(self) -> dict[str, tuple[str, str | None]]:
        """Contact → key and address."""
        rows = plain_rows(self._gathered.contacts[["key", "address"]].reset_index())
        return {row["contact"]: (str(row["key"]), row["address"]) for row in rows}

    def _moves(
        self, table: str, origin: str, more: Effect, fewer: Effect
    ) -> tuple[Sides, list[Affected]]:
        """Enrollments that begin or end on one side alone; whose journey there was on both, where they end."""
        base, head = self._base.rows(table, origin), self._head.rows(table, origin)
        people = []
        for own, other, effect in ((head, base, more), (base, head, fewer)):
            alone = own[~own["id"].isin(other["id"])] if len(own) and len(other) else own
            people += [
                self._affected(row["contact"], effect, why=row.get("why"))
                for row in plain_rows(alone.reindex(columns=["contact", "why"]))
            ]
        return Sides(len(base), len(head)), people

    def _messages(self, origin: str, recipe: Recipe) -> tuple[Sides, list[Affected]]:
        base, head = self._base.intents(origin), self._head.intents(origin)

        def out(side: Mapping[tuple[str, str], Any]) -> dict[tuple[str, str], Any]:
            return {key: row for key, row in side.items() if row["verdict"] == "queue"}

        def told(key: tuple[str, str], effect: Effect, other: Mapping[Any, Any]) -> Affected:
            name = current(key[1], recipe.file.moved)
            return self._affected(key[0], effect, name, _why(other.get(key)))

        gone_out, goes_out = out(base), out(head)
        people = [told(key, "gets", base) for key in goes_out if key not in gone_out]
        people += [told(key, "loses", head) for key in gone_out if key not in goes_out]
        return Sides(len(gone_out), len(goes_out)), people

    def _waits(self, origin: str) -> list[Affected]:
        """Whose next date is another."""
        base, head = self._base.rows("standing", origin), self._head.rows("standing", origin)
        if base.empty or head.empty:
            return []
        both = head.merge(base[["id", "due_at"]], on="id", suffixes=("", "_was"))
        both = both[both["due_at"].notna() & both["due_at_was"].notna()]
        zone = zone_named(self._head.plan.settings.timezone)

        def at(seconds: int) -> str:
            return from_epoch(seconds).astimezone(zone).strftime("%Y-%m-%d %H:%M")

        people = []
        for row in plain_rows(both[both["due_at"] != both["due_at_was"]]):
            effect: Effect = "sooner" if row["due_at"] < row["due_at_was"] else "later"
            why = f"{at(row['due_at'])}, not {at(row['due_at_was'])}"
            people.append(self._affected(row["contact"], effect, why=why))
        return people

    def _compare_definitions(self) -> list[tuple[DefinitionChange, str]]:
        """Definitions of the compared recipes that mean something else, each with its recipe."""
        old = _defined(self._base)
        new = _defined(self._head)
        changed = {d for d in (*old, *new) if old.get(d) != new.get(d)}
        before = self._answers(self._base, [d for d in changed if d in old])
        after = self._answers(self._head, [d for d in changed if d in new])
        found = []
        for definition in sorted(changed):
            change: Change = "changed" if definition in old and definition in new else "added"
            change = "removed" if definition not in new else change
            told = _compare(
                definition, change, before.get(str(definition)), after.get(str(definition))
            )
            cookbook = (self._head if definition in new else self._base).cookbook
            found.append((told, home(definition, cookbook)))
        return found

    def _answers(self, side: _Side, definitions: Sequence[Definition]) -> pd.DataFrame:
        asked: dict[str, AnyQuestion] = {str(definition): definition for definition in definitions}
        engine = side.plan.settings.engine
        return evaluate(self._gathered.facts, side.cookbook, asked, engine=engine)


def _why(intent: Mapping[str, Any] | None) -> str | None:
    """What the other plan says of a message that goes out in one alone."""
    if intent is None or intent["verdict"] == "queue":
        return None
    word = "held" if intent["verdict"] == "hold" else "skipped"
    return f"{word} by {intent['gate']}: {intent['reason']}"


def _defined(side: _Side) -> dict[Definition, str]:
    """The definitions of the compared recipes, with what identifies the text of each."""
    ids = {recipe.id for recipe in side.recipes.values()}
    return {
        definition: definition_hash(definition, side.cookbook)
        for definition in definitions_of(side.cookbook)
        if home(definition, side.cookbook) in ids
    }


def _compare(
    definition: Definition,
    change: Change,
    old: "pd.Series[Any] | None",
    new: "pd.Series[Any] | None",
) -> DefinitionChange:
    if old is None and new is None:
        return DefinitionChange(definition, change, 0, 0)
    some = new if new is not None else old
    assert some is not None
    nothing = pd.Series(False if definition.kind == "segment" else None, index=some.index)
    was, now = (nothing if side is None else side for side in (old, new))
    if definition.kind == "segment":
        was, now = was.astype(bool), now.astype(bool)
        return DefinitionChange(
            definition, change, int((now & ~was).sum()), int((was & ~now).sum())
        )
    if definition.kind == "score":
        was, now = was.astype("float64").fillna(0), now.astype("float64").fillna(0)
        return DefinitionChange(definition, change, int((now > was).sum()), int((now < was).sum()))
    if definition.kind == "field":
        pairs = zip(was.tolist(), now.tolist(), strict=True)
        differs = sum(_named(a) != _named(b) for a, b in pairs)
        return DefinitionChange(definition, change, differs, 0)
    ways = Counter(
        f"{_named(a)} → {_named(b)}"
        for a, b in zip(was.tolist(), now.tolist(), strict=True)
        if _named(a) != _named(b)
    )
    return DefinitionChange(definition, change, 0, 0, dict(sorted(ways.items())))


def _named(bucket: Any) -> str:
    return "none" if bucket is None or pd.isna(bucket) else str(bucket)
