"""What acting steps change in the state: events of mactl's own, and suppressions."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from mactl.clock import to_epoch
from mactl.content.values import values_to_json
from mactl.journey.graph import build_graph
from mactl.own_events import (
    CONSENT_ASKED,
    FIELD_SET,
    HANDED_OVER,
    TAGGED,
    UNTAGGED,
)
from mactl.recipe.steps import (
    AskConsentStep,
    SetStep,
    SuppressStep,
    TagStep,
    UntagStep,
)
from mactl.store.suppressions import ALL_MAIL, Suppression
from mactl.workflows.planning.plan import Plan

_EVENT = ["contact", "event", "at", "source_id", "properties"]
Row = tuple[Any, str, Any, Any, str]
Told = Iterator[tuple[str, dict[str, Any]]]
"""The events that one effect is told by: name and properties."""


def told_events(plan: Plan) -> pd.DataFrame:
    """contact, event, at, source_id, properties (JSON) of what the acting steps of `plan` did.

    The source id is made from the effect's own, which is the same whenever the step does the same.
    """
    rows: list[Row] = []
    before: Counter[tuple[str, str]] = Counter()
    for effect in _effects(plan):
        place = {"recipe": effect.recipe, "step": effect.step, "enrollment": effect.enrollment}
        for number, (event, told) in enumerate(_told(effect, plan)):
            source = f"{effect.id}:{number}" if number else effect.id
            at = effect.at + _later(effect.contact, told, before)
            rows.append((effect.contact, event, at, source, _as_text({**told, **place})))
    rows += _consents_asked(plan)
    return pd.DataFrame(rows, columns=_EVENT)


def _later(contact: str, told: Mapping[str, Any], before: "Counter[tuple[str, str]]") -> int:
    """Seconds between what one run does to the same field or tag, so that the last of them is the newest: a second
    each, within the minute that is the run's."""
    what = told.get("field") or told.get("tag")
    if what is None:
        return 0
    before[contact, what] += 1
    return min(before[contact, what] - 1, 59)


def _effects(plan: Plan) -> Iterator[Any]:
    """A row for each effect, with the columns of `acting.EFFECT` as attributes."""
    effects = plan.table("effects")
    return effects.itertuples(index=False) if len(effects) else iter(())


def _told(effect: Any, plan: Plan) -> Told:
    step = effect.spec
    if isinstance(step, SetStep):
        for name, value in step.set.items():
            yield FIELD_SET, {"field": name, "value": json.dumps(value, ensure_ascii=False)}
    elif isinstance(step, (TagStep, UntagStep)):
        event = TAGGED if isinstance(step, TagStep) else UNTAGGED
        for tag in step.tag if isinstance(step, TagStep) else step.untag:
            yield event, {"tag": tag}
    elif effect.kind == "enroll":
        handed = plan.handovers
        target = str(handed.loc[handed["id"] == effect.id, "to"].iloc[0])
        yield HANDED_OVER, {"to": target, "trigger": values_to_json(effect.trigger)}


def _consents_asked(plan: Plan) -> list[Row]:
    """A request for consent is told when it goes to the queue: once per topic and wording."""
    rows: list[Row] = []
    steps = {
        (d.recipe.origin, node.id): node.step.ask_consent
        for d in plan.decisions
        for node in build_graph(d.recipe.journey, d.recipe.file.moved)
        if isinstance(node.step, AskConsentStep) and not node.is_answer
    }
    queued = plan.intents("queue")
    if not steps or queued.empty:
        return rows
    for row in queued.itertuples(index=False):
        request = steps.get((str(row.recipe), str(row.step)))
        if request is not None:
            told = {
                "topic": request.topic, "wording": request.wording, "recipe": row.recipe, "step": row.step,
            }  # fmt: skip
            at = to_epoch(plan.now)
            rows.append((row.contact, CONSENT_ASKED, at, f"consent:{row.id}", _as_text(told)))
    return rows


def told_suppressions(plan: Plan) -> list[Suppression]:
    """The addresses that `suppress` steps take out, of all channels for which there is one."""
    found: list[Suppression] = []
    for effect in _effects(plan):
        if not isinstance(effect.spec, SuppressStep):
            continue
        suppression = effect.spec.suppress
        for address in _addresses(str(effect.contact), plan):
            found.append(
                Suppression(
                    str(address), suppression.reason, f"recipe {effect.recipe}", effect.at,
                    suppression.topic or ALL_MAIL,
                )
            )  # fmt: skip
    return found


def _addresses(contact: str, plan: Plan) -> list[str]:
    """All addresses of a contact, each once; none of one who is gone."""
    people = plan.gathered.contacts
    if contact not in people.index:
        return []
    columns = [name for name in people.columns if str(name).startswith("address ")]
    return list(dict.fromkeys(str(a) for a in people.loc[contact, columns] if a == a and a))


def _as_text(properties: dict[str, Any]) -> str:
    return json.dumps(properties, ensure_ascii=False, sort_keys=True)
