"""From facts and rules to what the engine wants to know of each recipe."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

import pandas as pd
import pyarrow.compute as pc

from mactl.clock import zone_named
from mactl.columns import AT, CONTACT, EVENT, FieldType, plain_value
from mactl.content.values import values_from_json
from mactl.findings import Finding
from mactl.journey.candidates import (
    Entry,
    candidates_by_date,
    candidates_by_event,
    candidates_by_segment,
    candidates_by_slot,
)
from mactl.journey.entering import Past
from mactl.journey.graph import Graph, build_graph
from mactl.journey.grounds import why_no_ground
from mactl.journey.situation import Ask, Column, Situation, no_handovers
from mactl.own_events import HANDED_OVER
from mactl.project import Settings
from mactl.recipe.conditions import EventCondition, Kind
from mactl.recipe.cookbook import Cookbook
from mactl.recipe.enter import EnterByDate, EnterByEvent, EnterBySegment, EnterBySlot
from mactl.recipe.journey import RankByScore
from mactl.recipe.recipe import Recipe
from mactl.rules.engine import Engine
from mactl.rules.evaluate import evaluate
from mactl.rules.names import Definition
from mactl.rules.prepared import local_days
from mactl.rules.questions import AnyQuestion, Question
from mactl.rules.select import select_events
from mactl.workflows.gathering import Gathered
from mactl.workflows.planning.asking import channels_of, contact_questions, has_winner, trigger_if
from mactl.workflows.planning.occurrences import with_content
from mactl.workflows.planning.versions import OldRecipes
from mactl.working_days import PublicHolidays

Frame = pd.DataFrame


@dataclass(frozen=True)
class Books:
    """What the state says of all recipes: the tables that a situation takes its part from."""

    enrollments: Frame
    sends: Frame
    results: Frame
    suppressions: Frame
    handovers: Frame = field(default_factory=no_handovers)
    """Those of this very run: to, contact, at, enrollment, trigger (a dict)."""


@dataclass(frozen=True)
class Versions:
    """Which versions of recipes people finish under another scope than today's."""

    old: Mapping[str, int] = field(default_factory=dict)
    """Scope (`welcome@1`) → its version."""
    elsewhere: Mapping[str, frozenset[int]] = field(default_factory=dict)
    """Original id of a recipe → the versions that today's does not move on."""

    @classmethod
    def of(cls, found: OldRecipes) -> "Versions":
        """Those that `found` tells of."""
        elsewhere: dict[str, set[int]] = {}
        every = [(one.recipe.origin, one.version) for one in found.recipes]
        for origin, version in (*every, *found.stranded):
            elsewhere.setdefault(origin, set()).add(version)
        return cls(
            {one.recipe.id: one.version for one in found.recipes},
            {origin: frozenset(versions) for origin, versions in elsewhere.items()},
        )

    def past(self, recipe: Recipe, enrollments: Frame) -> Past:
        """The enrollments of one recipe, of which those of `recipe`'s own version are to be moved."""
        if recipe.id in self.old:
            others = set(enrollments["version"]) - {self.old[recipe.id]}
            return Past(enrollments, frozenset(others))
        return Past(enrollments, self.elsewhere.get(recipe.origin, frozenset()))


class Inquiry:
    """All questions that the recipes of one run put to the facts."""

    def __init__(
        self,
        gathered: Gathered,
        cookbook: Cookbook,
        recipes: Sequence[Recipe],
        settings: Settings,
        engine: Engine,
        versions: Versions | None = None,
        fixed: Mapping[str, Mapping[str, Any]] | None = None,
        known: "Mapping[Definition, Column[Any]] | None" = None,
    ) -> None:
        """`known` has definitions that are worked out already; see `evaluate`."""
        self._facts = gathered.facts
        self._contacts = gathered.contacts
        self.cookbook = cookbook
        self._settings = settings
        self._engine = engine
        self._known = known or {}
        self._versions = versions or Versions()
        self._zone = zone_named(settings.timezone)
        self.holidays = PublicHolidays(settings.country)
        self._fixed = _by_contact(fixed or {}, gathered.contacts)
        self._labels: dict[str, Column[Any]] = {}
        self.findings: dict[Finding, None] = {}
        """What is worth telling of those whom nothing lets in: an occurrence whose file is missing."""
        self._handed_over = self._handovers()
        questions = contact_questions(recipes, settings)
        self._answers = self._evaluate(questions)

    def _evaluate(
        self, questions: Mapping[str, AnyQuestion], subjects: Frame | None = None
    ) -> Frame:
        return evaluate(
            self._facts,
            self.cookbook,
            questions,
            engine=self._engine,
            subjects=subjects,
            holidays=self.holidays,
            known=self._known,
        )

    def _asking(self, recipe: Recipe) -> Ask:
        """How the journey of `recipe` asks about its enrollments."""

        def ask(subjects: Frame, questions: Mapping[str, Kind]) -> Frame:
            asked = {
                name: Question(condition, recipe.id)
                for name, condition in questions.items()
                if not self._never_was(condition)
            }
            if asked:
                found = self._evaluate(asked, subjects)
            else:
                found = pd.DataFrame(index=pd.Index(subjects["id"], name="id"))
            return found.assign(**dict.fromkeys(questions.keys() - asked.keys(), False))

        return ask

    def _never_was(self, condition: Kind) -> bool:
        """Whether `condition` asks for an event alone, which nobody has: as most do not meet a goal yet."""
        is_plain = isinstance(condition, EventCondition) and (
            condition.model_fields_set <= {"event", "where"}
        )
        return is_plain and getattr(condition, "event", None) not in self._events

    @cached_property
    def _events(self) -> frozenset[str]:
        """What all events are called, those that are still to come included."""
        return frozenset(pc.unique(self._facts.events.column(EVENT)).to_pylist())

    def situation(self, recipe: Recipe, books: Books) -> Situation:
        """What the engine is told of `recipe`."""
        facts, origin = self._facts, recipe.origin
        graph = build_graph(recipe.journey, recipe.file.moved)
        answers = self._own_answers(recipe, graph)
        privacy = recipe.file.privacy
        own = books.enrollments[books.enrollments["recipe"] == origin].reset_index(drop=True)
        return Situation(
            recipe,
            graph,
            facts.now,
            self._zone,
            self._contacts,
            answers,
            self._with_content(
                recipe,
                self._candidates(recipe, answers, Entry(facts.now, self._zone, self.holidays)),
            ),
            self._versions.past(recipe, _with_values(own)),
            books.sends[books.sends["recipe"] == origin],
            why_no_ground(privacy, self._settings) if privacy else "the recipe names no ground",
            self._asking(recipe),
            lambda kind, name, contacts: self._value(recipe, kind, name, contacts),
            books.suppressions,
            handovers=self._handed_to(recipe, books),
            results=_of(books.results, origin) if has_winner(recipe) else pd.DataFrame(),
            holidays=self.holidays,
            fixed=self._fixed,
            trigger_if=trigger_if(recipe),
            is_old=recipe.id in self._versions.old,
        )

    def _own_answers(self, recipe: Recipe, graph: Graph) -> Frame:
        """What `Situation.answers` wants."""
        id, answers = recipe.id, self._answers
        nothing = pd.Series(False, index=answers.index)
        found = {
            "matched": answers[f"{id} matched"],
            "excluded": answers.get(f"{id} excluded", nothing),
            "barred": self._barred(),
        }
        for channel in channels_of(recipe, graph, self._settings):
            found |= self._grounds(recipe, channel)
        frame = pd.DataFrame(found)
        one_per = recipe.journey.one_per
        if one_per is not None:
            contacts = frame.index.to_series()
            shared = self._value(recipe, "field", one_per.field, contacts)
            frame["shared"] = shared.map(str, na_action="ignore").astype("object")
            frame["rank"] = self._rank(recipe, contacts)
        return frame

    def _barred(self) -> "Column[Any]":
        """Why each contact gets no marketing at all, whichever recipe; null where nothing bars it."""
        found = pd.Series(pd.NA, index=self._answers.index, dtype="object")
        for segment in self._settings.limits.never:
            inside = self._answers[f"never {segment}"]
            found = found.mask(found.isna() & inside, f"limits.never: they are in {segment}")
        return found

    def _grounds(self, recipe: Recipe, channel: str) -> dict[str, "Column[Any]"]:
        id, privacy, answers = recipe.id, recipe.file.privacy, self._answers
        ground = pd.Series(pd.NA, index=answers.index, dtype="object")
        no_ground = ground.copy()
        if privacy is not None:
            for basis in privacy.basis:
                words = f"{basis} for {privacy.topic}" if basis == "consent" else str(basis)
                holds = answers[f"{id} ground {channel} {basis}"]
                ground = ground.mask(ground.isna() & holds, words)
            # An opt-out beats every ground; one without a topic covers all marketing.
            opted_out = answers[f"{id} opted out"]
            ground = ground.mask(opted_out, pd.NA)
            no_ground = no_ground.mask(
                opted_out, f"they opted out of {privacy.topic or 'all marketing'}"
            )
        return {f"ground {channel}": ground, f"no_ground {channel}": no_ground}

    def _rank(self, recipe: Recipe, contacts: "Column[str]") -> "Column[int]":
        """The place of each contact, 0 for the first, as `one_per.first` orders them; what is empty comes last."""
        one_per = recipe.journey.one_per
        assert one_per is not None
        keys = {}
        for number, by in enumerate(one_per.first):
            kind, name = ("score", by.score) if isinstance(by, RankByScore) else ("field", by.field)
            values = pd.to_numeric(
                self._value(recipe, kind, name, contacts).map(_as_number), errors="coerce"
            )
            keys[str(number)] = -values.astype("float64")
        order = pd.DataFrame({**keys, "who": contacts.to_numpy()}, index=contacts.index)
        places = order.sort_values([*keys, "who"], na_position="last").index
        return pd.Series(range(len(places)), index=places).reindex(contacts.index)

    def _value(
        self, recipe: Recipe, kind: str, name: str, contacts: "Column[str]"
    ) -> "Column[Any]":
        """The plain value of a field, label or score of each of `contacts`, aligned with them."""
        facts = self._facts
        if kind == "field" and name in facts.fields and name in facts.contacts.column_names:
            places = self._contacts.index.get_indexer(pd.Index(contacts))
            cells = facts.contacts.column(name).take(places.clip(min=0)).to_pylist()
            type_ = facts.fields[name]
            values = [
                plain_value(cell, type_, self._zone) if place >= 0 else None
                for cell, place in zip(cells, places, strict=True)
            ]
            return pd.Series(values, index=contacts.index, dtype="object")
        definition = Definition(kind, self.cookbook.qualify(name, recipe.id))  # type: ignore[arg-type]
        column = self._definition(definition)
        found = column.reindex(contacts).astype("object")
        return pd.Series(found.where(found.notna(), None).to_numpy(), index=contacts.index)

    def _definition(self, definition: Definition) -> "Column[Any]":
        if str(definition) not in self._labels:
            self._labels[str(definition)] = self._evaluate({"it": definition})["it"]
        return self._labels[str(definition)]

    def _candidates(self, recipe: Recipe, answers: Frame, entry: Entry) -> Frame:
        """Who may enter the journey by its trigger now, before `again` has its say."""
        journey = recipe.journey
        enter = journey.enter
        if isinstance(enter, EnterBySegment):
            members = answers["matched"]
            if f"{recipe.id} met" in self._answers:
                members = members & ~self._answers[f"{recipe.id} met"]
            return candidates_by_segment(answers.index[members], entry)
        if isinstance(enter, EnterByEvent):
            found = select_events(self._facts, enter.event, enter.where, engine=self._engine)
            return candidates_by_event(found, enter, journey, entry)
        if isinstance(enter, EnterByDate):
            return candidates_by_date(self._days(enter), enter, journey, entry)
        if isinstance(enter, EnterBySlot):
            zones = self._contacts.loc[answers.index[answers["matched"]], ["zone"]]
            return candidates_by_slot(zones.reset_index(), enter, journey, entry)
        return candidates_by_segment(answers.index[:0], entry)

    def _with_content(self, recipe: Recipe, candidates: Frame) -> Frame:
        """Of `candidates` those for whose occurrence there is something to send."""
        found, findings = with_content(recipe, candidates)
        self.findings |= dict.fromkeys(findings)
        return found

    def _days(self, enter: EnterByDate) -> Frame:
        """contact, day, zone of everyone who has the date."""
        facts = self._facts
        table = pd.DataFrame(
            {
                "contact": self._contacts.index,
                "zone": self._contacts["zone"].to_numpy(),
                "day": pd.NA,
            }
        )
        type_ = facts.fields.get(enter.date)
        if type_ is FieldType.DATE:
            table["day"] = facts.contacts.column(enter.date).to_pandas()
        elif type_ is FieldType.INSTANT:
            table["day"] = local_days(facts.contacts.column(enter.date), facts.zone).to_pandas()
        return table[table["day"].notna()]

    def _handovers(self) -> Frame:
        """Everyone whom an `enroll` step handed over so far: to, contact, at, enrollment, trigger."""
        events = self._facts.events
        told = events.filter(pc.equal(events.column(EVENT), HANDED_OVER))
        if not told.num_rows:
            return no_handovers()
        handed: Frame = told.select(["to", CONTACT, AT, "enrollment", "trigger"]).to_pandas()
        handed.columns = ["to", "contact", "at", "enrollment", "trigger"]
        triggers = [json.loads(text) if text else {} for text in handed["trigger"]]
        return handed.assign(trigger=pd.Series(triggers, index=handed.index, dtype="object"))

    def _handed_to(self, recipe: Recipe, books: Books) -> Frame:
        every = [frame for frame in (self._handed_over, books.handovers) if len(frame)]
        if not every:
            return no_handovers()
        found = pd.concat(every, ignore_index=True)
        return found[found["to"] == recipe.origin].reset_index(drop=True)


def _of(table: Frame, origin: str) -> Frame:
    return table[table["recipe"] == origin] if len(table) else table


def _by_contact(
    fixed: Mapping[str, Mapping[str, Any]], contacts: Frame
) -> dict[str, Mapping[str, Any]]:
    """Draws by contact key or address → by contact id."""
    if not fixed:
        return {}
    ids = {**dict(zip(contacts["address"], contacts.index, strict=True))}
    ids |= dict(zip(contacts["key"], contacts.index, strict=True))
    return {ids[who]: draws for who, draws in fixed.items() if who in ids}


def _with_values(enrollments: Frame) -> Frame:
    """Enrollments with trigger and draws as dicts."""
    if enrollments.empty:
        return enrollments
    columns = {
        name: pd.Series(
            [_read(text) for text in enrollments[name]], index=enrollments.index, dtype="object"
        )
        for name in ("trigger", "draws")
    }
    return enrollments.assign(**columns)


@lru_cache(maxsize=10_000)
def _read_text(text: str) -> dict[str, Any]:
    return values_from_json(text)


def _read(text: Any) -> dict[str, Any]:
    return dict(_read_text(text)) if isinstance(text, str) and text != "{}" else {}


def _as_number(value: Any) -> Any:
    """What is compared when people are ranked: numbers as they are, dates by their day."""
    return value.toordinal() if hasattr(value, "toordinal") else value
