"""Everyone's way through the graph in one run."""

from collections.abc import Container
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from mactl.clock import from_epoch, resolve_local, to_epoch, zone_named
from mactl.durations import add_duration
from mactl.journey.distinct import per_distinct
from mactl.journey.gates import Verdict
from mactl.journey.graph import END, Node
from mactl.journey.situation import Column, Frame, Judge, Situation
from mactl.recipe.journey import ChooseStep, ExitStep, SendStep, WaitStep, WaitTarget
from mactl.store.ids import send_ids
from mactl.store.tables import FINAL


class Walk:
    """Everyone's way through the graph in one run: moves until all stand before a wait or an outcome."""

    def __init__(self, people: Frame, situation: Situation, branches: Frame, judge: Judge) -> None:
        self.situation = situation
        self.judge = judge
        self.people = people.assign(
            due_at=pd.array([pd.NA] * len(people), dtype="Int64"),
            exit=pd.Series(pd.NA, index=people.index, dtype="object"),
        )
        self.branches = branches.reindex(people["id"]).reset_index(drop=True)
        self.zones = people["contact"].map(situation.contacts["zone"]).fillna(situation.zone.key)
        self.judged: list[Frame] = []

    def run(self) -> None:
        # Each round lets those pass whose send was skipped; a journey has no more rounds than sends.
        for _ in range(len(self.situation.graph.nodes) + 1):
            intents = self._advance()
            if intents.empty:
                return
            self.judged.append(self.judge(intents))

    def _advance(self) -> Frame:
        """Move everyone as far as they get; the intents of those who came before a send."""
        intents = []
        for node in self.situation.graph:
            here = self.people["step"] == node.id
            if not here.any():
                continue
            if isinstance(node.step, WaitStep):
                self._wait(node, node.step.wait, here)
            elif isinstance(node.step, ChooseStep):
                self._choose(node, here)
            elif isinstance(node.step, ExitStep):
                self.people.loc[here, "exit"] = node.step.exit
                self.people.loc[here, "step"] = END
            elif isinstance(node.step, SendStep):
                intents.append(self._send(node, node.step, here))
        found = [frame for frame in intents if not frame.empty]
        return pd.concat(found, ignore_index=True) if found else pd.DataFrame()

    def _wait(self, node: Node, wait: WaitTarget, here: "Column[bool]") -> None:
        arrived, zones = self.people.loc[here, "arrived_at"], self.zones[here]
        due = per_distinct(
            lambda at, zone: to_epoch(
                end_of_wait(from_epoch(at), wait, zone_named(zone), self.situation.holidays)
            ),
            arrived,
            zones,
        ).astype("int64")
        # A wait is worked out anew in each run: a shortened one releases, a lengthened one applies (rule 6).
        self.people.loc[here, "due_at"] = due.astype("Int64")
        passes = due.index[due <= to_epoch(self.situation.now)]
        self.people.loc[passes, "arrived_at"] = due[passes]
        self._pass_on(passes, node.after)

    def _choose(self, node: Node, here: "Column[bool]") -> None:
        undecided = here.copy()
        for number, branch in enumerate(node.branches):
            fits = undecided & self.branches[f"{node.id} {number}"].isin([True])
            self._pass_on(fits.index[fits], branch)
            undecided &= ~fits
        self._pass_on(undecided.index[undecided], node.after)

    def _pass_on(self, rows: "pd.Index[Any]", step: str) -> None:
        self.people.loc[rows, "step"] = step
        self.people.loc[rows, "due_at"] = pd.NA

    def _send(self, node: Node, step: SendStep, here: "Column[bool]") -> Frame:
        known = self.situation.sends[self.situation.sends["step"] == node.id].set_index(
            "enrollment"
        )
        ids = self.people.loc[here, "id"]
        status = ids.map(known["status"])
        decided = self._decided(node)
        skipped = decided.loc[decided["verdict"] == Verdict.SKIP, "enrollment"]
        final = status.isin(list(FINAL)) | ids.isin(skipped)
        passed = ids.index[final]
        # What was released counts from there; what was skipped passes at its due time.
        released = ids[passed].map(known["released_at"]).astype("Int64")
        arrived = self.people.loc[passed, "arrived_at"]
        self.people.loc[passed, "arrived_at"] = released.fillna(arrived.astype("Int64")).astype(
            "int64"
        )
        self._pass_on(passed, node.after)
        undecided = ~ids.isin(decided["enrollment"]) & (status.isna() | (status == "held"))
        asks = ids.index[~final & undecided]
        if not self.situation.sending:
            asks = asks[:0]
        return self._intents(node, step, asks)

    def _decided(self, node: Node) -> Frame:
        """The verdicts of this run on the sends of `node`."""
        if not self.judged:
            return pd.DataFrame(columns=["enrollment", "verdict"])
        return pd.concat([frame[frame["step"] == node.id] for frame in self.judged])

    def _intents(self, node: Node, step: SendStep, rows: "pd.Index[Any]") -> Frame:
        situation, people = self.situation, self.people.loc[rows]
        template = situation.recipe.file.templates[step.send.template]
        latest = step.send.latest or situation.journey.latest
        contacts = situation.contacts.reindex(people["contact"]).reset_index(drop=True)
        answers = situation.answers.reindex(people["contact"]).reset_index(drop=True)
        privacy = situation.recipe.file.privacy
        return pd.DataFrame(
            {
                "id": send_ids(people["id"], [node.id] * len(people)),
                "enrollment": people["id"].to_numpy(),
                "contact": people["contact"].to_numpy(),
                "contact_key": contacts["key"],
                "address": contacts["address"],
                "address_key": contacts["address_key"],
                "zone": contacts["zone"],
                "recipe": situation.recipe.id,
                "version": people["version"].to_numpy(),
                "step": node.id,
                "template": step.send.template,
                "variant": pd.NA,
                "occurrence": people["occurrence"].to_numpy(),
                "trigger": people["trigger"].to_numpy(),
                "channel": "email",
                "marketing": template.kind == "marketing",
                "topic": privacy.topic if privacy else None,
                "ground": answers["ground"] if template.kind == "marketing" else "service",
                "no_ground": answers["no_ground"].fillna(situation.no_ground),
                "excluded": answers["excluded"].isin([True]),
                "priority": situation.journey.priority,
                "due_at": people["arrived_at"].to_numpy(),
                "allowance": int(timedelta(days=latest.mean_days).total_seconds()),
            }
        )

    def completed(self) -> Frame:
        """Those who passed the last step in this run."""
        done = self.people[self.people["step"] == END]
        why = done["exit"].fillna("end")
        columns = {"id": done["id"], "contact": done["contact"], "status": "completed", "why": why}
        return pd.DataFrame({**columns, "ended_at": to_epoch(self.situation.now)})

    def standing(self) -> Frame:
        """Those who go on, where they stand and since when."""
        on = self.people[self.people["step"] != END]
        return on[["id", "contact", "step", "arrived_at", "due_at"]].reset_index(drop=True)

    def intents(self) -> Frame:
        """Every intent of this run with its verdict."""
        return pd.concat(self.judged, ignore_index=True) if self.judged else pd.DataFrame()


def end_of_wait(
    start: datetime, wait: WaitTarget, zone: ZoneInfo, holidays: Container[date] = ()
) -> datetime:
    """When a wait that begins at `start` is over: its length, then the next of its days, then its hour.

    In UTC; days and the time of day are the contact's. A time of day that has passed on the day means the
    next day that fits.
    """
    moment = add_duration(start, wait.for_, zone, holidays)
    if not wait.days and wait.at is None:
        return moment
    local = moment.astimezone(zone)
    for ahead in range(9):
        day = local.date() + timedelta(days=ahead)
        if wait.days and _WEEKDAYS[day.weekday()] not in wait.days:
            continue
        as_it_is = local.time() if ahead == 0 else time()
        ends = resolve_local(day, wait.at or as_it_is, zone)
        if ends >= moment or (ahead == 0 and wait.at is None):
            return ends
    return moment


_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
