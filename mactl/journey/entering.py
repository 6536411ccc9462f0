"""Who enters a journey now: of the candidates those whom `again` lets in."""

from dataclasses import dataclass

import pandas as pd

from mactl.clock import from_epoch, to_epoch
from mactl.durations import add_duration
from mactl.journey.candidates import Entry
from mactl.journey.distinct import per_distinct
from mactl.recipe.enter import EnterByEvent, EnterBySegment
from mactl.recipe.journey import AgainAfter, Journey
from mactl.store.tables import Standing

Frame = pd.DataFrame


@dataclass(frozen=True)
class Past:
    """Enrollments in one journey so far, with the columns of the state's table; draws as JSON.

    `version`: the one that is at work; enrollments that other versions still serve (`elsewhere`) count for
    `again`, and are theirs to move.
    """

    enrollments: Frame
    elsewhere: frozenset[int] = frozenset()

    @property
    def active(self) -> Frame:
        """Those that this version moves on."""
        table = self.enrollments
        mine = (table["status"] == Standing.ACTIVE) & ~table["version"].isin(self.elsewhere)
        return table[mine]

    @property
    def waiting(self) -> Frame:
        """Those that the recipe's pace has not let in yet."""
        return self.enrollments[self.enrollments["status"] == Standing.WAITING]

    @property
    def inside(self) -> Frame:
        """Those that have not ended, in whichever version."""
        inside = self.enrollments["status"].isin([Standing.ACTIVE, Standing.WAITING])
        return self.enrollments[inside]


def is_per_key(journey: Journey) -> bool:
    """Whether a contact may be in the journey several times at once, for one key each."""
    keyed = isinstance(journey.enter, EnterByEvent) and journey.enter.key is not None
    return keyed and journey.again != "never"


def choose_entrants(candidates: Frame, journey: Journey, past: Past, entry: Entry) -> Frame:
    """Of `candidates` those whom `again` lets in, each once, with their occurrence (rule 2).

    A contact is not enrolled while already in the journey (per key where there is one), and never twice
    for the same occurrence.
    """
    per_key = is_per_key(journey)
    allowed = candidates[_is_allowed(candidates, journey, past, entry, per_key=per_key)]
    allowed = allowed.sort_values(["trigger_at", "contact"], kind="stable")
    allowed = allowed.drop_duplicates(["contact", "occurrence"] if per_key else ["contact"])
    before = past.enrollments["contact"].value_counts()
    nth = allowed["contact"].map(before).fillna(0).astype("int64") + 1
    occurrence = allowed["occurrence"].astype("object")
    return allowed.assign(occurrence=occurrence.where(occurrence.notna(), nth.astype(str)))


def _is_allowed(
    candidates: Frame, journey: Journey, past: Past, entry: Entry, *, per_key: bool
) -> "pd.Series[bool]":
    if candidates.empty:
        return pd.Series(False, index=candidates.index)
    whose = ["contact", "occurrence"] if per_key else ["contact"]

    def have(enrollments: Frame, columns: list[str]) -> "pd.Series[bool]":
        known = pd.MultiIndex.from_frame(enrollments[columns])
        found = pd.MultiIndex.from_frame(candidates[columns]).isin(known)
        return pd.Series(found, index=candidates.index)

    if journey.again == "never":
        return ~have(past.enrollments, ["contact"])
    allowed = ~have(past.inside, whose) & ~have(past.enrollments, ["contact", "occurrence"])
    if past.enrollments.empty:
        return allowed
    by_contact = past.enrollments.groupby("contact")
    if not isinstance(journey.enter, EnterBySegment) and not per_key:
        # What happened before the last entry, or while they were inside, has been seen and let nobody in.
        begins = by_contact["trigger_at"].max().astype("float64")
        ends = by_contact["ended_at"].max().astype("float64")
        seen_until = candidates["contact"].map(ends.fillna(begins).clip(lower=begins))
        allowed &= ~(candidates["trigger_at"] <= seen_until)
    if journey.again == "on rejoin":
        last = past.enrollments.sort_values("trigger_at").drop_duplicates("contact", keep="last")
        outside = candidates["contact"].map(last.set_index("contact")["outside_at"])
        new = ~candidates["contact"].isin(past.enrollments["contact"])
        allowed &= new | outside.notna()
    if isinstance(journey.again, AgainAfter):
        length = journey.again.after
        last_ends = candidates["contact"].map(by_contact["ended_at"].max()).astype("Int64").dropna()
        open_again = per_distinct(
            lambda end: to_epoch(add_duration(from_epoch(end), length, entry.zone, entry.holidays)),
            last_ends,
        ).astype("float64")
        # It counts when it happened: what came too early lets nobody in later.
        allowed &= ~(candidates["trigger_at"] < open_again.reindex(candidates.index))
    return allowed
