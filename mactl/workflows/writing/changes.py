"""A plan as what is written to the state: whole rows of its tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from mactl.clock import to_epoch
from mactl.columns import CONTACT, KEY
from mactl.content.render import TEMPLATE
from mactl.content.source import TemplateSource
from mactl.content.values import values_to_json
from mactl.findings import Finding
from mactl.journey.situation import joined
from mactl.store.commit import Changes
from mactl.store.tables import SendStatus, Standing, sends
from mactl.workflows.gathering import Gathered
from mactl.workflows.planning.plan import Plan
from mactl.workflows.planning.versions import versions_of
from mactl.workflows.writing.actions import action_rows, task_events
from mactl.workflows.writing.effects import told_events, told_suppressions
from mactl.workflows.writing.templates import Templates

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
    """What the queued sends of a plan say, by send id: see `Merged`."""

    message_ids: Mapping[str, str]
    merges: Mapping[str, str]
    contents: Mapping[str, str] = field(default_factory=dict)
    """The hash of the source that each is written with."""
    sources: Mapping[str, TemplateSource] = field(default_factory=dict)
    """Hash → source."""
    held: Mapping[str, str] = field(default_factory=dict)
    """Why those that can't be written can't."""
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """List → enrollment → the code that it gets with this."""
    findings: Sequence[Finding] = ()
    """What is wrong with the tables and codes that they are written with."""


def changes_of(plan: Plan, templates: Templates, letters: Letters) -> Changes:
    """What a run of `plan` writes."""
    doing = action_rows(plan.table("effects"), plan.gathered, plan.cookbook, plan.settings)
    kept = {source.hash: source for source in templates.sources.values()}
    sources = {**kept, **letters.sources}
    return Changes(
        contacts=new_contacts(plan.gathered),
        aliases=new_aliases(plan.gathered),
        enrollments=_enrollments(plan),
        outside=_outside(plan),
        sends=_sends(plan, letters),
        cancelled=_cancelled(plan),
        events=joined(
            [told_events(plan), task_events(doing), plan.noticed.events, plan.noticed.history]
        ),
        actions=doing,
        snapshots=plan.noticed.snapshots,
        versions=versions_of(
            [d.recipe for d in plan.decisions if not d.is_old],
            templates.sources,
            to_epoch(plan.now),
        ),
        suppressions=told_suppressions(plan),
        contents={hash: source.to_json() for hash, source in sources.items()},
        codes=letters.codes,
    )


def new_aliases(gathered: Gathered) -> Frame:
    """alias, contact of the identity keys that the state does not know yet."""
    known = gathered.known
    if gathered.is_known:
        return known
    aliases = gathered.people.aliases.to_pandas().rename(columns={CONTACT: "contact"})
    new: Frame = aliases[~aliases["alias"].isin(known["alias"])]
    return new[["alias", "contact"]]


def new_contacts(gathered: Gathered) -> Frame:
    """id, key, merged_into of the contacts that the state does not know yet, and of those that were merged."""
    if gathered.is_known:
        return pd.DataFrame()
    people = gathered.people
    table = pd.DataFrame(
        {
            "id": people.contacts.column(CONTACT).to_pandas(),
            "key": people.contacts.column(KEY).to_pandas(),
        }
    )
    new = table[~table["id"].isin(gathered.known["contact"])].assign(merged_into=None)
    merged = pd.DataFrame(people.merged, columns=["id", "merged_into"])
    return pd.concat([new, merged.assign(key=merged["id"])], ignore_index=True)


def _enrollments(plan: Plan) -> Frame:
    """Whole rows of those that entered, wait to enter, moved or ended."""
    before = plan.history.enrollments
    before = before[before["status"].isin([Standing.ACTIVE, Standing.WAITING])]
    fresh = joined([_as_texts(plan.table("entering")), _as_texts(plan.table("waiting"))])
    # Who is let in now has other instants than while waiting.
    base = joined([fresh, before]).drop_duplicates("id") if len(fresh) or len(before) else fresh
    if base.empty:
        return pd.DataFrame()
    base = base.set_index("id", drop=False)
    places = _places(plan)
    base = base[base.index.isin(places.index)]
    rows = base[_ENROLLMENT].join(places.drop(columns=["step", "arrived_at"]))
    for column in ("step", "arrived_at"):
        # Who left stays where they stood.
        now = places[column].reindex(rows.index).astype("object")
        rows[column] = now.where(now.notna(), base[column].astype("object"))
    for column in ("draws", "goal_at"):
        rows[column] = rows[column].astype("object").where(rows[column].notna(), base[column])
    for column in _INSTANTS:
        if rows[column].dtype != "Int64":
            rows[column] = rows[column].astype("Int64")
    return rows[_differs(rows, before)].reset_index(drop=True)


_INSTANTS = ("arrived_at", "due_at", "ended_at", "trigger_at", "entered_at", "goal_at")


def _as_texts(people: Frame) -> Frame:
    """With trigger and draws as the JSON that the state keeps."""
    if people.empty:
        return people
    return people.assign(
        trigger=[values_to_json(trigger) for trigger in people["trigger"]],
        draws=pd.Series(map(_draws_text, people["draws"]), index=people.index, dtype="object"),
    )


def _draws_text(draws: Mapping[str, Any]) -> str | None:
    return values_to_json(dict(draws)) if draws else None


def _places(plan: Plan) -> Frame:
    """Where each enrollment stands after the run, indexed by id."""
    standing, ended, waiting = plan.table("standing"), plan.table("ended"), plan.table("waiting")
    places = joined(
        [
            standing.assign(status=str(Standing.ACTIVE)),
            ended,
            waiting.assign(status=str(Standing.WAITING)),
        ]
    )
    places = places.reindex(columns=["id", *_PLACE]).drop_duplicates("id").set_index("id")
    moved = plan.table("places")
    if len(moved):
        moved = moved.drop_duplicates("id").set_index("id")
        texts = pd.Series([_draws_text(d) for d in moved["draws"]], moved.index, dtype="object")
        return places.assign(
            draws=texts.reindex(places.index), goal_at=moved["goal_at"].reindex(places.index)
        )
    nothing = pd.Series(pd.NA, index=places.index, dtype="object")
    return places.assign(draws=nothing, goal_at=nothing)


def _differs(rows: Frame, before: Frame) -> "pd.Series[bool]":
    """Which of `rows` are not what the state has already."""
    if before.empty:
        return pd.Series(True, index=rows.index)
    old = before.set_index("id").reindex(rows.index)
    same = pd.Series(True, index=rows.index)
    for column in ("status", "step", "draws"):
        same &= rows[column].astype("object").fillna("") == old[column].astype("object").fillna("")
    for column in ("entered_at", "arrived_at", "due_at", "goal_at"):
        same &= rows[column].fillna(-1) == old[column].astype("Int64").fillna(-1)
    return ~same.astype(bool)


def _outside(plan: Plan) -> Frame:
    ids = [id for decided in plan.decisions for id in decided.rejoined]
    return pd.DataFrame({"id": ids, "outside_at": to_epoch(plan.now)}) if ids else pd.DataFrame()


def _cancelled(plan: Plan) -> Frame:
    cancelled = plan.table("cancelled")
    if cancelled.empty:
        return pd.DataFrame()
    return cancelled.rename(columns={"why": "reason"})[["id", "reason"]]


def _sends(plan: Plan, letters: Letters) -> Frame:
    intents = plan.table("intents")
    if intents.empty:
        return pd.DataFrame()
    status = intents["verdict"].map(_STATUS)
    # A template that can't be rendered holds (rule 4).
    why_held = intents["id"].map(letters.held)
    status = status.mask(why_held.notna(), SendStatus.HELD)
    rows = intents.assign(
        status=status.astype("str"),
        contact_key=intents["contact_key"].fillna(intents["contact"]),
        address=intents["address"].fillna(""),
        address_key=intents["address_key"].fillna(""),
        gate=intents["gate"].astype("object").where(why_held.isna(), TEMPLATE),
        reason=intents["reason"].where(why_held.isna(), why_held),
        released_at=intents["released_at"].where(why_held.isna()),
        content=intents["id"].map(letters.contents),
        message_id=intents["id"].map(letters.message_ids),
        merge=intents["id"].map(letters.merges),
        settled_at=pd.Series(to_epoch(plan.now), index=intents.index, dtype="Int64").where(
            status == SendStatus.SKIPPED
        ),
    )
    return rows.reindex(columns=_SEND)
