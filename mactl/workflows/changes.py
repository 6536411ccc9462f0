"""A plan as what is written to the state: whole rows of its tables."""

from dataclasses import dataclass

import pandas as pd

from mactl.clock import to_epoch
from mactl.columns import CONTACT, KEY
from mactl.content.values import values_to_json
from mactl.store.commit import Changes
from mactl.store.tables import SendStatus, Standing, sends
from mactl.workflows.planning import Plan
from mactl.workflows.templates import Templates

Frame = pd.DataFrame

_STATUS = {"queue": SendStatus.QUEUED, "hold": SendStatus.HELD, "skip": SendStatus.SKIPPED}
_ENROLLMENT = [
    "id",
    "recipe",
    "version",
    "contact",
    "occurrence",
    "trigger_at",
    "trigger",
    "entered_at",
]
_PLACE = ["status", "step", "arrived_at", "due_at", "ended_at", "why"]
_SEND = [
    column.name
    for column in sends.c
    if column.name not in ("run", "attempts", "worker", "lease_until", "boot", "code", "response")
]


@dataclass(frozen=True)
class Letters:
    """What the queued sends of a plan say: by send id, the Message-ID and the merge values."""

    message_ids: dict[str, str]
    merges: dict[str, str]


def changes_of(plan: Plan, templates: Templates, letters: Letters) -> Changes:
    """What a run of `plan` writes."""
    known = plan.gathered.known
    queued = plan.intents("queue")
    used = set(zip(queued["recipe"], queued["step"], strict=True)) if len(queued) else set()
    return Changes(
        contacts=_new_contacts(plan, known),
        aliases=_new_aliases(plan, known),
        enrollments=_enrollments(plan),
        outside=_outside(plan),
        sends=_sends(plan, templates, letters),
        cancelled=_cancelled(plan),
        contents={templates.sources[key].hash: templates.sources[key].to_json() for key in used},
    )


def _new_aliases(plan: Plan, known: Frame) -> Frame:
    aliases = plan.gathered.people.aliases.to_pandas().rename(columns={CONTACT: "contact"})
    new: Frame = aliases[~aliases["alias"].isin(known["alias"])]
    return new[["alias", "contact"]]


def _new_contacts(plan: Plan, known: Frame) -> Frame:
    people = plan.gathered.people
    table = pd.DataFrame(
        {
            "id": people.contacts.column(CONTACT).to_pandas(),
            "key": people.contacts.column(KEY).to_pandas(),
        }
    )
    new = table[~table["id"].isin(known["contact"])].assign(merged_into=None)
    merged = pd.DataFrame(people.merged, columns=["id", "merged_into"])
    return pd.concat([new, merged.assign(key=merged["id"])], ignore_index=True)


def _enrollments(plan: Plan) -> Frame:
    """Whole rows of those that entered, moved or ended."""
    before = plan.history.enrollments
    before = before[before["status"] == Standing.ACTIVE]
    entering = plan.table("entering")
    if len(entering):
        entering = entering.assign(
            trigger=[values_to_json(trigger) for trigger in entering["trigger"]]
        )
    base = pd.concat([before, entering], ignore_index=True).drop_duplicates("id")
    standing, ended = plan.table("standing"), plan.table("ended")
    if base.empty:
        return pd.DataFrame()
    going_on = standing.assign(status=str(Standing.ACTIVE))
    places = pd.concat([going_on, ended], ignore_index=True)
    places = places.reindex(columns=["id", *_PLACE]).drop_duplicates("id").set_index("id")
    base = base.set_index("id", drop=False)
    base = base[base.index.isin(places.index)]
    rows = base[_ENROLLMENT].join(places.drop(columns=["step", "arrived_at"]))
    for column in ("step", "arrived_at"):
        # Who left stays where they stood.
        now = places[column].reindex(rows.index).astype("object")
        rows[column] = now.where(now.notna(), base[column].astype("object"))
    whole = dict.fromkeys(("arrived_at", "due_at", "ended_at", "trigger_at", "entered_at"), "Int64")
    rows = rows.astype(whole)
    changed = pd.Series(True, index=rows.index)
    if len(before):
        old = before.set_index("id").reindex(rows.index)
        same = pd.Series(True, index=rows.index)
        for column in ("status", "step"):
            same &= rows[column].astype("object") == old[column].astype("object")
        for column in ("arrived_at", "due_at"):
            same &= rows[column].fillna(-1) == old[column].astype("Int64").fillna(-1)
        changed = ~same
    return rows[changed.to_numpy(dtype=bool)].reset_index(drop=True)


def _outside(plan: Plan) -> Frame:
    ids = [id for decided in plan.decisions for id in decided.rejoined]
    return pd.DataFrame({"id": ids, "outside_at": to_epoch(plan.now)}) if ids else pd.DataFrame()


def _cancelled(plan: Plan) -> Frame:
    cancelled = plan.table("cancelled")
    if cancelled.empty:
        return pd.DataFrame()
    return cancelled.rename(columns={"why": "reason"})[["id", "reason"]]


def _sends(plan: Plan, templates: Templates, letters: Letters) -> Frame:
    intents = plan.table("intents")
    if intents.empty:
        return pd.DataFrame()
    status = intents["verdict"].map(_STATUS)
    sources = templates.sources
    hashes = {key: source.hash for key, source in sources.items()}
    keys = list(zip(intents["recipe"], intents["step"], strict=True))
    queued = status == SendStatus.QUEUED
    rows = intents.assign(
        status=status.astype("str"),
        contact_key=intents["contact_key"].fillna(intents["contact"]),
        address=intents["address"].fillna(""),
        address_key=intents["address_key"].fillna(""),
        content=pd.Series([hashes.get(key) for key in keys], index=intents.index).where(queued),
        message_id=intents["id"].map(letters.message_ids),
        merge=intents["id"].map(letters.merges),
        settled_at=pd.Series(to_epoch(plan.now), index=intents.index, dtype="Int64").where(
            status == SendStatus.SKIPPED
        ),
    )
    return rows.reindex(columns=_SEND)
