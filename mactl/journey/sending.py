"""Steps that a message goes out from: sends, and requests for consent."""

from datetime import timedelta

import pandas as pd

from mactl.journey.graph import ELSE, THEN, Node
from mactl.journey.reaching import reach
from mactl.journey.situation import Column, Frame
from mactl.journey.verdicts import Verdict
from mactl.journey.waiting import hold_up
from mactl.journey.walk import Walk
from mactl.own_events import CONSENT_ASKED
from mactl.recipe.conditions import AnyOf, ConsentCondition, EventCondition
from mactl.recipe.moved import original
from mactl.recipe.operators import PropertyValueTest
from mactl.recipe.steps import AskConsentStep, SendStep, SendTarget
from mactl.recipe.template import Template
from mactl.store.ids import send_ids
from mactl.store.tables import FINAL, SendStatus

ASKS = "asks for it"
"""The ground of a request for consent, which passes every gate but consent."""


def pass_sent(walk: Walk, node: Node, here: "Column[bool]") -> None:
    """Those whose send is final go on, and the next wait counts from its release; the holdout goes on in silence."""
    assert isinstance(node.step, SendStep)
    template = _template(walk, node.step.send.template)
    if template.kind == "marketing":
        silent = here & walk.people["is_held_out"].astype(bool)
        walk.pass_on(silent.index[silent], node.after)
        here = here & ~silent
    _pass_settled(walk, node, here)


def pass_asked(walk: Walk, node: Node, here: "Column[bool]") -> None:
    """Consent is asked of those whose proof is lacking; then they wait for the answer."""
    step = node.step
    assert isinstance(step, AskConsentStep)
    topic = step.ask_consent.topic
    proven = ConsentCondition(consent=topic)
    if node.is_answer:
        hold_up(walk, node, here, proven, step.up_to, node.ways[THEN], node.ways[ELSE])
        return
    people = walk.people.loc[here]
    silent = people["is_held_out"].astype(bool)
    has = walk.situation.ask_about(people, proven)
    lacks = AnyOf(any=tuple(ConsentCondition.model_validate({"consent": topic, "is": state})
                            for state in ("unproven", "pending")))  # fmt: skip
    asked_for = walk.situation.ask_about(people, lacks)
    walk.pass_on(people.index[has], node.ways[THEN])
    walk.pass_on(people.index[~has & (silent | ~asked_for)], node.ways[ELSE])
    left = here & (walk.people["step"] == node.id)
    asked = walk.situation.ask_about(walk.people.loc[left], _asked_before(step))
    walk.pass_on(asked.index[asked], node.after)
    _pass_settled(walk, node, left & (walk.people["step"] == node.id))


def _asked_before(step: AskConsentStep) -> EventCondition:
    """Once per topic and wording, whichever recipe asked."""
    request = step.ask_consent
    where = {
        "topic": PropertyValueTest(eq=request.topic),
        "wording": PropertyValueTest(eq=request.wording),
    }
    return EventCondition(event=CONSENT_ASKED, where=where, since="ever")


def _pass_settled(walk: Walk, node: Node, here: "Column[bool]") -> None:
    sends = walk.situation.sends
    known = sends[sends["step"] == node.id].set_index("enrollment")
    ids = walk.people.loc[here, "id"]
    decided = walk.decided(node)
    skipped = decided.loc[decided["verdict"] == Verdict.SKIP, "enrollment"]
    final = ids.map(known["status"]).isin(list(FINAL)) | ids.isin(skipped)
    passed = ids.index[final]
    # What was released counts from there; what was skipped, or sent on an earlier round, passes at its due time.
    arrived = walk.people.loc[passed, "arrived_at"].astype("int64")
    released = ids[passed].map(known["released_at"]).astype("Int64").fillna(arrived)
    walk.pass_on(passed, node.after, released.astype("int64").clip(lower=arrived))


def intents(walk: Walk, node: Node, template: str, here: "Column[bool]") -> Frame:
    """The sends that those at `node` ask for, where none is decided yet."""
    if not walk.situation.acting:
        return pd.DataFrame()
    sends = walk.situation.sends
    known = sends[sends["step"] == node.id].set_index("enrollment")["status"]
    ids = walk.people.loc[here, "id"]
    status = ids.map(known)
    undecided = ~ids.isin(walk.decided(node)["enrollment"])
    rows = ids.index[undecided & (status.isna() | (status == SendStatus.HELD))]
    if not len(rows):
        return pd.DataFrame()
    return _intents(walk, node, template, rows)


def _intents(walk: Walk, node: Node, name: str, rows: pd.Index) -> Frame:
    situation, people = walk.situation, walk.people.loc[rows].reset_index(drop=True)
    template, target = _template(walk, name), _target(node, name)
    latest = target.latest or situation.journey.latest
    contacts = situation.contacts.reindex(people["contact"]).reset_index(drop=True)
    answers = situation.answers.reindex(people["contact"]).reset_index(drop=True)
    nothing = pd.Series(pd.NA, index=people.index, dtype="object")
    is_marketing = template.kind == "marketing"
    reached = reach(people["contact"], target, template, situation)
    if isinstance(node.step, AskConsentStep):
        reached = reached.assign(ground=ASKS)
    return pd.DataFrame(
        {
            "id": send_ids(people["id"], [node.id] * len(people)),
            "enrollment": people["id"],
            "contact": people["contact"],
            "contact_key": contacts["key"],
            "zone": contacts["zone"],
            **{column: reached[column] for column in reached},
            "recipe": situation.recipe.origin,
            "version": people["version"],
            "step": node.id,
            "template": original(name, situation.recipe.file.moved),
            "variant": node.variant or pd.NA,
            "occurrence": people["occurrence"],
            "trigger": people["trigger"],
            "trigger_at": people["trigger_at"],
            "marketing": is_marketing,
            "topic": _topic(node, walk),
            "excluded": answers["excluded"].isin([True]),
            "barred": answers.get("barred", nothing),
            "shared": answers.get("shared", nothing) if is_marketing else nothing,
            "rank": answers.get("rank", pd.Series(0, index=people.index)),
            "priority": situation.journey.priority,
            "due_at": people["arrived_at"],
            "allowance": int(timedelta(days=latest.mean_days).total_seconds()),
            "countdown": node.is_countdown,
        }
    )


def _topic(node: Node, walk: Walk) -> str | None:
    if isinstance(node.step, AskConsentStep):
        return node.step.ask_consent.topic
    privacy = walk.situation.recipe.file.privacy
    return privacy.topic if privacy else None


def _target(node: Node, template: str) -> SendTarget:
    """Which channels and how late: a request for consent goes by mail."""
    return node.step.send if isinstance(node.step, SendStep) else SendTarget(template=template)


def _template(walk: Walk, name: str) -> Template:
    return walk.situation.recipe.file.templates[name]
