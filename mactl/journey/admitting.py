"""Who is let in now: new enrollments, and those that the pace kept waiting."""

from typing import Any

import pandas as pd

from mactl.clock import to_epoch
from mactl.draws import draw_all
from mactl.journey.candidates import Entry, candidates_by_handover
from mactl.journey.entering import choose_entrants
from mactl.journey.pacing import in_turn, next_unit, room
from mactl.journey.situation import Column, Frame, Situation, joined, look_up, subjects_of
from mactl.recipe.enter import EnterByHandover
from mactl.store.ids import enrollment_ids
from mactl.store.tables import Standing

HOLDOUT = "holdout"
_NEVER_IN = (Standing.WAITING, Standing.OUT)


def new_enrollments(situation: Situation) -> Frame:
    """Whom the trigger or another recipe lets in, before the pace has its say: id, contact, occurrence, version,
    trigger_at, trigger, entered_at, step, arrived_at, draws, goal_at."""
    entry = Entry(situation.now, situation.zone, situation.holidays)
    eligible = situation.answers["matched"] & ~situation.answers["excluded"]
    triggered = situation.candidates
    triggered = triggered[look_up(triggered["contact"], eligible)].reset_index(drop=True)
    triggered = triggered[_fits_trigger(triggered, situation)]
    handed = candidates_by_handover(situation.handovers, situation.journey, entry)
    if isinstance(situation.journey.enter, EnterByHandover):
        handed = handed[look_up(handed["contact"], situation.answers["matched"])]
        handed = handed[_fits_trigger(handed.reset_index(drop=True), situation).to_numpy()]
    handed = handed[look_up(handed["contact"], ~situation.answers["excluded"])]
    candidates = joined([triggered, handed])
    if not situation.admitting:
        candidates = candidates.iloc[:0]
    entrants = choose_entrants(candidates, situation.journey, situation.past, entry)
    origin = situation.recipe.origin
    return entrants.assign(
        id=enrollment_ids([origin] * len(entrants), entrants["contact"], entrants["occurrence"]),
        version=situation.recipe.file.version,
        entered_at=to_epoch(situation.now),
        step=situation.graph.start,
        arrived_at=entrants["trigger_at"],
        goal_at=pd.array([pd.NA] * len(entrants), dtype="Int64"),
        draws=_hold_out(entrants, situation),
    )


def _fits_trigger(candidates: Frame, situation: Situation) -> "Column[bool]":
    """Whether what triggered them is as `enter.if` wants it, where that asks about the trigger."""
    if situation.trigger_if is None:
        return pd.Series(True, index=candidates.index)
    asked = candidates.assign(id=candidates.index.astype(str))
    subjects = subjects_of(asked)
    subjects["since"] = pd.array([pd.NA] * len(subjects), dtype="Int64")
    return look_up(asked["id"], situation.ask(subjects, {"it": situation.trigger_if})["it"])


def _hold_out(entrants: Frame, situation: Situation) -> "Column[Any]":
    """The draws of each new enrollment: whether it is one of the holdout, as it was before for the contact."""
    share = situation.journey.holdout
    contacts = entrants["contact"]
    if not share:
        return pd.Series([{} for _ in contacts], index=entrants.index, dtype="object")
    before = situation.past.enrollments.drop_duplicates("contact", keep="last")
    drawn = dict(zip(before["contact"], before["draws"], strict=True))
    lots = draw_all(contacts, f"{situation.recipe.origin} {HOLDOUT}")
    found = []
    for contact, lot in zip(contacts, lots, strict=True):
        known = {**drawn.get(contact, {}), **situation.fixed.get(contact, {})}
        found.append({HOLDOUT: bool(known.get(HOLDOUT, lot < share))})
    return pd.Series(found, index=entrants.index, dtype="object")


def let_in(people: Frame, situation: Situation) -> tuple[Frame, Frame]:
    """Of `people`, enrollments that are new or waited, as many as the pace lets in now, and those that wait on, with
    `due_at`. Who is let in later than triggered starts now; who waited does so in the version of today."""
    pace, waited = situation.journey.pace, people["id"].isin(situation.past.waiting["id"])
    if people.empty or (pace is None and not waited.any()):
        return people, people.iloc[:0].assign(due_at=0)
    # The recipe's exclude counts at entry: when their turn comes.
    eligible = people[~look_up(people["contact"], situation.answers["excluded"])]
    turns = in_turn(eligible, situation.recipe.origin)
    free = (len(turns) if pace is None else _room(situation)) if situation.admitting else 0
    admitted = turns.iloc[:free]
    late = waited[admitted.index] | (pace is not None)
    now = to_epoch(situation.now)
    admitted = admitted.assign(
        entered_at=now,
        version=situation.recipe.file.version,
        step=situation.graph.start,
        arrived_at=admitted["arrived_at"].mask(late, now),
    )
    due = to_epoch(next_unit(situation.now, pace.start.per if pace else "day", situation.zone))
    return admitted, people.drop(admitted.index).assign(due_at=due)


def _room(situation: Situation) -> int:
    """How many more the pace lets in now."""
    pace, before = situation.journey.pace, situation.past.enrollments
    assert pace is not None
    entered = before.loc[~before["status"].isin(_NEVER_IN), "entered_at"]
    return room(pace, entered, situation.now, situation.zone)
