"""From facts and rules to what the engine wants to know of each recipe."""

from collections.abc import Mapping, Sequence

import pandas as pd

from mactl.clock import zone_named
from mactl.columns import FieldType
from mactl.content.values import values_from_json
from mactl.journey.entering import (
    Entry,
    Past,
    candidates_by_date,
    candidates_by_event,
    candidates_by_segment,
)
from mactl.journey.graph import build_graph
from mactl.journey.grounds import ground_conditions, opt_out_conditions, why_no_ground
from mactl.journey.situation import Ask, Situation
from mactl.project import Settings
from mactl.recipe.conditions import ALWAYS, All, EventCondition, Kind, SegmentCondition
from mactl.recipe.cookbook import Cookbook
from mactl.recipe.journey import EnterByDate, EnterByEvent, EnterBySegment
from mactl.recipe.recipe import Recipe
from mactl.rules.engine import Engine
from mactl.rules.evaluate import evaluate
from mactl.rules.prepared import local_days
from mactl.rules.questions import AnyQuestion, Question
from mactl.rules.select import select_events
from mactl.workflows.gathering import Gathered
from mactl.working_days import PublicHolidays

Frame = pd.DataFrame


class Inquiry:
    """All questions that the recipes of one run put to the facts."""

    def __init__(
        self,
        gathered: Gathered,
        cookbook: Cookbook,
        recipes: Sequence[Recipe],
        settings: Settings,
        engine: Engine,
    ) -> None:
        self._facts = gathered.facts
        self._contacts = gathered.contacts
        self._cookbook = cookbook
        self._settings = settings
        self._engine = engine
        self._holidays = PublicHolidays(settings.country)
        questions = _contact_questions(recipes, settings)
        self._answers = evaluate(
            self._facts, cookbook, questions, engine=engine, holidays=self._holidays
        )

    def asking(self, recipe: Recipe) -> Ask:
        """How the journey of `recipe` asks about its enrollments."""

        def ask(subjects: Frame, questions: Mapping[str, Kind]) -> Frame:
            asked = {name: Question(condition, recipe.id) for name, condition in questions.items()}
            return evaluate(
                self._facts,
                self._cookbook,
                asked,
                engine=self._engine,
                subjects=subjects,
                holidays=self._holidays,
            )

        return ask

    def situation(self, recipe: Recipe, enrollments: Frame, sends: Frame) -> Situation:
        """What the engine is told of `recipe`; `enrollments` and `sends` are those of all recipes."""
        facts, zone = self._facts, zone_named(self._settings.timezone)
        own = enrollments[enrollments["recipe"] == recipe.id].reset_index(drop=True)
        triggers = [values_from_json(text) for text in own["trigger"]]
        own = own.assign(trigger=pd.Series(triggers, index=own.index, dtype="object"))
        privacy, answers = recipe.file.privacy, self._own_answers(recipe)
        return Situation(
            recipe,
            build_graph(recipe.journey),
            facts.now,
            zone,
            self._contacts,
            answers,
            self._candidates(recipe, answers, Entry(facts.now, zone)),
            Past(own),
            sends[sends["recipe"] == recipe.id],
            why_no_ground(privacy, self._settings) if privacy else "the recipe names no ground",
            self._holidays,
        )

    def _own_answers(self, recipe: Recipe) -> Frame:
        """What `Situation.answers` wants."""
        id, privacy, answers = recipe.id, recipe.file.privacy, self._answers
        nothing = pd.Series(False, index=answers.index)
        ground = pd.Series(pd.NA, index=answers.index, dtype="object")
        no_ground = ground.copy()
        if privacy is not None:
            for basis in ground_conditions(privacy, self._settings):
                words = f"{basis} for {privacy.topic}" if basis == "consent" else str(basis)
                ground = ground.mask(ground.isna() & answers[f"{id} ground {basis}"], words)
            opted_out = answers.get(f"{id} opted out", nothing)
            ground = ground.mask(opted_out, pd.NA)
            no_ground = no_ground.mask(opted_out, f"they opted out of {privacy.topic}")
        return pd.DataFrame(
            {
                "matched": answers[f"{id} matched"],
                "excluded": answers.get(f"{id} excluded", nothing),
                "ground": ground,
                "no_ground": no_ground,
            }
        )

    def _candidates(self, recipe: Recipe, answers: Frame, entry: Entry) -> Frame:
        """Who may enter the journey now, before `again` has its say."""
        journey = recipe.journey
        enter = journey.enter
        if isinstance(enter, EnterBySegment):
            # Whoever met the goal just before has no need of the journey (rule 3).
            met = self._answers.get(f"{recipe.id} met")
            members = answers["matched"] if met is None else answers["matched"] & ~met
            return candidates_by_segment(answers.index[members], entry)
        if isinstance(enter, EnterByEvent):
            found = select_events(self._facts, enter.event, enter.where, engine=self._engine)
            return candidates_by_event(found, enter, journey, entry)
        return candidates_by_date(self._days(enter), enter, journey, entry)

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


def _contact_questions(recipes: Sequence[Recipe], settings: Settings) -> dict[str, AnyQuestion]:
    """Every condition on contacts that the recipes' journeys and grounds ask about, named by recipe."""
    questions: dict[str, AnyQuestion] = {}
    for recipe in recipes:
        journey, id = recipe.journey, recipe.id
        entering: list[Kind] = [journey.enter.if_ or ALWAYS]
        if isinstance(journey.enter, EnterBySegment):
            entering.append(SegmentCondition(segment=journey.enter.segment))
            goal = recipe.file.goal
            if goal is not None and goal.within is not None:
                met = EventCondition(event=goal.event, where=goal.where, within_last=goal.within)
                questions[f"{id} met"] = Question(met, id)
        questions[f"{id} matched"] = Question(All(all=tuple(entering)), id)
        if journey.exclude is not None:
            questions[f"{id} excluded"] = Question(journey.exclude, id)
        privacy = recipe.file.privacy
        if privacy is not None:
            for basis, condition in ground_conditions(privacy, settings).items():
                questions[f"{id} ground {basis}"] = Question(condition, id)
            opt_out = opt_out_conditions(settings).get(privacy.topic or "")
            if opt_out is not None:
                questions[f"{id} opted out"] = Question(opt_out, id)
    return questions
