"""What `explain` shows of what a condition looked at: the questions it asks, and their answers in words."""

from collections.abc import Callable, Mapping
from typing import Any

from mactl.clock import from_day, from_epoch
from mactl.columns import FieldType
from mactl.draws import draw
from mactl.facts.facts import Facts
from mactl.facts.typed import plain, text_of
from mactl.recipe.conditions import (
    AnyoneCondition,
    CompletedCondition,
    Condition,
    ConsentCondition,
    EnrolledCondition,
    EventCondition,
    FieldCondition,
    Happening,
    LabelCondition,
    SampleCondition,
    ScoreCondition,
    SegmentCondition,
    StageCondition,
    TagCondition,
    TaskCondition,
    TriggerCondition,
)
from mactl.recipe.cookbook import Cookbook
from mactl.rules.conditions import MEASURES
from mactl.rules.derive import derived_types
from mactl.rules.moments import Present
from mactl.rules.names import Definition, derived_field, referred
from mactl.rules.questions import AnyQuestion, Measured

Answers = Mapping[str, Any]


def looked_at(condition: Condition, recipe: str, cookbook: Cookbook) -> dict[str, AnyQuestion]:
    """What `condition` looks at, as questions of its own."""
    asked: dict[str, AnyQuestion] = {}
    definition = referred(condition, recipe, cookbook)
    if isinstance(condition, (ScoreCondition, StageCondition, LabelCondition, FieldCondition)):
        asked |= {} if definition is None else {"value": definition}
    measures = [measure for measure in _measures(condition) if measure]
    return asked | {name: Measured(condition, name, recipe) for name in measures}


def _measures(condition: Condition) -> list[str]:
    if isinstance(condition, Happening):
        used = ("first", *(MEASURES if isinstance(condition, EventCondition) else ()))
        return ["count", "last", *(m for m in used if getattr(condition, m) is not None)]
    if isinstance(condition, FieldCondition):
        return ["changed"] if condition.changed else []
    if isinstance(condition, SegmentCondition):
        return [way for way in ("joined", "left") if getattr(condition, way)]
    if isinstance(condition, ScoreCondition):
        return ["earlier"] if condition.rose_by is not None else []
    if isinstance(condition, (ConsentCondition, TaskCondition)):
        return ["standing"]
    if isinstance(condition, TagCondition):
        return ["tagged", "untagged"]
    return ["sharing", "fitting"] if isinstance(condition, AnyoneCondition) else []


class Sight:
    """Answers about one contact in words."""

    def __init__(
        self, facts: Facts, cookbook: Cookbook, contact: str, row: int, trigger: Mapping[str, Any]
    ) -> None:
        """`row` is the contact's in the facts; `trigger` what enrolled them, where that is asked about."""
        self._facts = facts
        self._cookbook = cookbook
        self._contact = contact
        self._row = row
        self._trigger = trigger

    def words(self, condition: Condition, recipe: str, answers: Answers) -> str | None:
        """What `condition` saw; None of one that only combines others."""
        if isinstance(condition, FieldCondition):
            return self._field(condition, recipe, answers)
        if isinstance(condition, Happening):
            return self._happened(answers)
        find = _WORDS.get(type(condition))
        return find(self, condition, answers) if find else None

    def _field(self, condition: FieldCondition, recipe: str, answers: Answers) -> str:
        parts = []
        if condition.changed:
            parts.append(self._when("last changed", "never seen to change", answers["changed"]))
        if condition.operators:
            definition = derived_field(condition.field, recipe, self._cookbook)
            if definition is None:
                parts.append(self._column(condition.field))
            else:
                parts.append(self._derived(definition, answers["value"]))
        return ", ".join(parts)

    def _column(self, name: str) -> str:
        facts = self._facts
        if name not in facts.fields or name not in facts.contacts.column_names:
            return "there is no such field"
        value = facts.contacts.column(name)[self._row].as_py()
        return "empty" if value is None else self._cell(value, facts.fields[name])

    def _derived(self, definition: Definition, value: Any) -> str:
        facts = self._facts
        types = derived_types(self._cookbook, facts.fields, Present(facts.now, facts.zone))
        if definition.name not in types:
            return "there is no such field"
        return "empty" if value is None else self._cell(value, types[definition.name])

    def _cell(self, value: Any, type_: FieldType) -> str:
        if type_ is FieldType.DATE:
            return from_day(int(value)).isoformat()
        if type_ is FieldType.INSTANT:
            return self._instant(value)
        if type_ is FieldType.LIST:
            return ", ".join(value.strip(";").split(";"))
        if type_ is FieldType.BOOLEAN:
            return "true" if value else "false"
        return _number(value) if type_ is FieldType.NUMBER else str(value)

    def _happened(self, answers: Answers) -> str:
        count = int(answers["count"])
        times = "never" if not count else "once" if count == 1 else f"{count} times"
        parts = [times if not count else f"{times}, last {self._instant(answers['last'])}"]
        if answers.get("first") is not None:
            parts.append(f"first {self._instant(answers['first'])}")
        for measure in MEASURES:
            if measure in answers:
                value = answers[measure]
                parts.append(f"{measure} {'unknown' if value is None else _number(value)}")
        return ", ".join(parts)

    def _value(self, condition: Condition, answers: Answers) -> str:
        value = answers["value"]
        if value is None:
            return "none"
        shown = _number(value) if isinstance(value, float) else str(value)
        if "earlier" not in answers:
            return shown
        return f"{shown}, {_number(answers['earlier'])} then"

    def _passing(self, condition: SegmentCondition, answers: Answers) -> str | None:
        for way in ("joined", "left"):
            if way in answers:
                return self._when(f"last {way}", f"never seen to have {way}", answers[way])
        return None

    def _tag(self, condition: TagCondition, answers: Answers) -> str:
        parts = [self._when("tagged", "never tagged", answers["tagged"])]
        if answers["untagged"] is not None:
            parts.append(self._when("untagged", "", answers["untagged"]))
        return ", ".join(parts)

    def _standing(self, condition: Condition, answers: Answers) -> str:
        return answers["standing"] or "no such task"

    def _journey(self, condition: EnrolledCondition | CompletedCondition, answers: Answers) -> str:
        return "yes" if answers["holds"] else "no"

    def _triggered(self, condition: TriggerCondition, answers: Answers) -> str:
        value = plain(self._trigger.get(condition.trigger))
        return "empty" if value is None else text_of(value)

    def _drawn(self, condition: SampleCondition, answers: Answers) -> str:
        return f"drawn {draw(self._contact, condition.seed):.1%}"

    def _shared(self, condition: AnyoneCondition, answers: Answers) -> str:
        sharing, fitting = int(answers["sharing"]), int(answers["fitting"])
        if not sharing:
            return f"{condition.anyone} is empty"
        people = "1 contact has" if sharing == 1 else f"{sharing} contacts have"
        return f"{people} that {condition.anyone}, {fitting} of them fit"

    def _when(self, what: str, never: str, seconds: Any) -> str:
        return never if seconds is None else f"{what} {self._instant(seconds)}"

    def _instant(self, seconds: Any) -> str:
        return from_epoch(int(seconds)).astimezone(self._facts.zone).isoformat(timespec="minutes")


_WORDS: Mapping[type, Callable[[Sight, Any, Answers], str | None]] = {
    ScoreCondition: Sight._value,
    StageCondition: Sight._value,
    LabelCondition: Sight._value,
    SegmentCondition: Sight._passing,
    TagCondition: Sight._tag,
    ConsentCondition: Sight._standing,
    TaskCondition: Sight._standing,
    EnrolledCondition: Sight._journey,
    CompletedCondition: Sight._journey,
    TriggerCondition: Sight._triggered,
    SampleCondition: Sight._drawn,
    AnyoneCondition: Sight._shared,
}


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else str(round(float(value), 6))
