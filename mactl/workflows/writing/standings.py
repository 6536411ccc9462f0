"""What templates and actions see of contacts: their fields, and where they stand, as plain values."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import pandas as pd

from mactl.clock import zone_named
from mactl.columns import plain_value
from mactl.content.standing import names_in_templates
from mactl.project import Settings
from mactl.recipe.cookbook import Cookbook
from mactl.rules.evaluate import evaluate
from mactl.rules.names import STAGE, Definition, definitions_of
from mactl.rules.questions import AnyQuestion
from mactl.workflows.gathering import Gathered
from mactl.working_days import PublicHolidays

_KINDS = {"scores": "score", "labels": "label", "segments": "segment", "stage": "stage"}


@lru_cache(maxsize=1024)  # every row of a step asks for the same
def roots_of(needs: frozenset[str]) -> frozenset[str]:
    """What dotted names begin with: `contact.first_name` → `contact`."""
    return frozenset(name.partition(".")[0] for name in needs)


def only(values: Mapping[str, Any], root: str, needs: frozenset[str]) -> dict[str, Any]:
    """Of `values` those that a template names; all where it uses `root` as a whole."""
    if root in needs:
        return dict(values)
    wanted = {name.split(".")[1] for name in needs if name.startswith(f"{root}.")}
    return {name: value for name, value in values.items() if name in wanted}


def contact_fields(
    contacts: Sequence[str], gathered: Gathered, settings: Settings, used: frozenset[str]
) -> list[dict[str, Any]]:
    """The columns of each contact as plain values; only those that `used` names (`contact.first_name`)."""
    facts, zone = gathered.facts, zone_named(settings.timezone)
    names = list(facts.fields)
    if "contact" not in used:
        names = [name for name in names if f"contact.{name}" in used]
    if not names:
        return [{} for _ in contacts]
    rows = facts.contacts.select(names).take(
        gathered.contacts.index.get_indexer(pd.Index(contacts))
    )
    return [
        {name: plain_value(value, facts.fields[name], zone) for name, value in row.items()}
        for row in rows.to_pylist()
    ]


class Standings:
    """Scores, stage, labels, segments and derived fields, worked out for everyone once, where they are asked for."""

    def __init__(
        self,
        gathered: Gathered,
        cookbook: Cookbook,
        settings: Settings,
        used: frozenset[str],
        also: Iterable[Definition] = (),
    ) -> None:
        """`used` are names as templates have them (`scores.fit`); `also` is asked for by what it is."""
        wanted = {_KINDS[root] for root in roots_of(used) if root in _KINDS}
        self._named = [d for d in definitions_of(cookbook) if d.kind in wanted]
        asked = dict.fromkeys((*self._named, *also))
        questions: dict[str, AnyQuestion] = {str(definition): definition for definition in asked}
        self._rows: dict[str, int] = {}
        self._columns: dict[Definition, list[Any]] = {}
        if questions:
            answers = evaluate(
                gathered.facts, cookbook, questions,
                engine=settings.engine, holidays=PublicHolidays(settings.country),
            )  # fmt: skip
            self._rows = {contact: row for row, contact in enumerate(answers.index)}
            self._columns = {d: list(map(_plain, answers[str(d)].tolist())) for d in asked}
        self._cookbook = cookbook
        self._called: dict[str, dict[str, dict[str, str]]] = {}

    def value(self, definition: Definition, contact: str) -> Any:
        """What a definition that was asked for comes to for a contact; None where it comes to nothing."""
        row = self._rows.get(contact)
        return None if row is None else self._columns[definition][row]

    def of(self, contact: str, recipe: str, needs: frozenset[str]) -> dict[str, Any]:
        """`scores`, `labels`, `segments` and `stage` of one contact as `recipe` names them, those that `needs` names
        (`scores.fit`).

        A score or label goes by its short name where that is clear, and by RECIPE.NAME always.
        """
        if not self._named:
            return {}
        called = self._names(recipe)
        found: dict[str, Any] = {"scores": {}, "labels": {}, "segments": [], "stage": None}
        for definition in self._named:
            value = self.value(definition, contact)
            if definition == STAGE:
                found["stage"] = value
                continue
            short = called[definition.kind][definition.name]
            if definition.kind == "segment":
                found["segments"] += [short] if value else []
                continue
            owner, _, name = definition.name.partition(".")
            named = found["scores" if definition.kind == "score" else "labels"]
            named.setdefault(owner, {})[name] = value
            if "." not in short:
                named.setdefault(short, value)
        roots = roots_of(needs)
        return {root: value for root, value in found.items() if root in roots}

    def _names(self, recipe: str) -> Mapping[str, Mapping[str, str]]:
        """Kind of definition → RECIPE.NAME → what the templates of `recipe` call it."""
        if recipe not in self._called:
            cookbook = self._cookbook
            kinds = {
                "score": cookbook.scores,
                "label": cookbook.labels,
                "segment": cookbook.segments,
            }
            self._called[recipe] = {
                kind: names_in_templates(names, recipe, cookbook) for kind, names in kinds.items()
            }
        return self._called[recipe]


def _plain(value: Any) -> Any:
    """A cell of an answer: whole numbers without a point, nothing as None."""
    if value is None or value is pd.NA or value != value:
        return None
    return int(value) if isinstance(value, float) and value.is_integer() else value
