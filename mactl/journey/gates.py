"""Gates: rules on an intent to send, before it goes to the queue.

`consent`, `suppression`, `exclusion`, `duplicate` and `lateness` skip it and the journey goes on; `quiet_hours`,
`cap` and `min_gap` hold it until the next legal moment. Every verdict has a reason.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import pandas as pd

from mactl.clock import from_epoch, to_epoch, zone_named
from mactl.durations import Duration, add_duration
from mactl.journey.distinct import per_distinct
from mactl.journey.legal import QuietTime, legal_deadline, next_legal
from mactl.project import Limits

Frame = pd.DataFrame


_ONCE = ["recipe", "template", "occurrence"]
_WHOSE = ("contact", "address_key")


TOO_LATE = "it is more overdue than the recipe's latest allows"
QUIET_THERE = "it is quiet hours where they are"
SUPPRESSED = "suppressed: "
"""Before the reason of the suppression."""


class Gate(StrEnum):
    """Which rule held or skipped an intent."""

    CONSENT = "consent"
    SUPPRESSION = "suppression"
    EXCLUSION = "exclusion"
    DUPLICATE = "duplicate"
    LATENESS = "lateness"
    CAP = "cap"
    MIN_GAP = "min_gap"
    QUIET_HOURS = "quiet_hours"


class Verdict(StrEnum):
    """What becomes of an intent."""

    QUEUE = "queue"
    HOLD = "hold"
    SKIP = "skip"


@dataclass
class Ledger:
    """What counts as gone when a run begins, and what the run itself lets go: for rule 1 and rule 5.

    `templates`: recipe, template, occurrence, contact, address_key of what is gone.
    `marketing`: contact, released_at of the marketing messages that count against caps.
    `suppressions`: address_key, topic ("" for all mail), reason.
    """

    templates: Frame
    marketing: Frame
    suppressions: Frame
    written_to: set[str] = field(default_factory=set)
    """Contacts that this run already writes marketing to."""

    def let_go(self, queued: Frame) -> None:
        """Count `queued` intents as gone from now on."""
        self.templates = _append(self.templates, queued, [*_ONCE, *_WHOSE])
        marketing = queued[queued["marketing"].astype(bool)]
        self.marketing = _append(self.marketing, marketing, ["contact", "released_at"])
        self.written_to.update(marketing["contact"])


def _append(known: Frame, more: Frame, columns: list[str]) -> Frame:
    if more.empty or known.empty:
        return (known if more.empty else more)[columns]
    return pd.concat([known[columns], more[columns]], ignore_index=True)


@dataclass(frozen=True)
class GateRules:
    """The limits that a run holds itself to, and its `now`."""

    now: datetime
    limits: Limits
    default_zone: str


def judge_intents(intents: Frame, rules: GateRules, ledger: Ledger) -> Frame:
    """`intents` in the order in which they have precedence, with a verdict each.

    Wants the columns enrollment, contact, contact_key, address, address_key, zone, recipe, template, occurrence,
    marketing, topic, ground, no_ground, excluded, due_at, allowance (seconds). Adds verdict, gate, reason, hold_until,
    latest_at and released_at (instants in epoch seconds, null where they do not apply), and records what is
    queued in `ledger`.
    """
    intents = intents.sort_values(["due_at", "enrollment"], kind="stable").reset_index(drop=True)
    judged = intents.assign(
        verdict=str(Verdict.QUEUE),
        gate=pd.Series(pd.NA, index=intents.index, dtype="object"),
        reason=pd.Series(pd.NA, index=intents.index, dtype="object"),
        hold_until=pd.Series(pd.NA, index=intents.index, dtype="Int64"),
        released_at=pd.Series(pd.NA, index=intents.index, dtype="Int64"),
        zone=intents["zone"].fillna(rules.default_zone),
    )
    quiet = QuietTime.of(rules.limits)
    judged["latest_at"] = per_distinct(
        lambda due, allowance, zone, marketing: _deadline(due, allowance, zone, quiet if marketing else None),
        judged["due_at"], judged["allowance"], judged["zone"], judged["marketing"],
    ).astype("int64")  # fmt: skip
    _skip_forbidden(judged, rules, ledger)
    _hold_for_quiet_hours(judged, rules)
    _hold_for_caps(judged, rules, ledger)
    _hold_for_gaps(judged, rules, ledger)
    _skip_doubles(judged)
    _hold_seconds(judged, rules, ledger)
    queued = judged["verdict"] == Verdict.QUEUE
    judged.loc[queued, "released_at"] = to_epoch(rules.now)
    ledger.let_go(judged[queued])
    return judged


def _deadline(due: int, allowance: int, zone: str, quiet: QuietTime | None) -> int:
    return to_epoch(
        legal_deadline(from_epoch(due), timedelta(seconds=allowance), zone_named(zone), quiet)
    )


def _skip(judged: Frame, rows: "pd.Series[bool]", gate: Gate, reason: Any) -> None:
    rows = rows & (judged["verdict"] != Verdict.SKIP)
    if rows.any():
        judged.loc[rows, "verdict"] = str(Verdict.SKIP)
        judged.loc[rows, "gate"] = str(gate)
        judged.loc[rows, "reason"] = reason[rows] if isinstance(reason, pd.Series) else reason


def _hold(
    judged: Frame, rows: "pd.Series[bool]", gate: Gate, until: "pd.Series[Any]", reason: str
) -> None:
    """Hold `rows` until `until`; where another gate holds already, the one that holds longer is told."""
    longer = until.astype("Float64") > judged["hold_until"].astype("Float64").fillna(0)
    rows = rows & (judged["verdict"] != Verdict.SKIP) & longer.fillna(False).astype(bool)
    if rows.any():
        judged.loc[rows, "verdict"] = str(Verdict.HOLD)
        judged.loc[rows, "gate"] = str(gate)
        judged.loc[rows, "reason"] = reason
        judged.loc[rows, "hold_until"] = until[rows].astype("Int64")


def _skip_forbidden(judged: Frame, rules: GateRules, ledger: Ledger) -> None:
    _skip(
        judged,
        judged["contact_key"].isna(),
        Gate.SUPPRESSION,
        "they are no longer among the contacts",
    )
    _skip(judged, judged["address"].isna(), Gate.SUPPRESSION, "they have no e-mail address")
    reasons = suppression_reasons(judged, ledger.suppressions)
    _skip(judged, reasons.notna(), Gate.SUPPRESSION, reasons)
    marketing = judged["marketing"].astype(bool)
    _skip(judged, marketing & judged["ground"].isna(), Gate.CONSENT, judged["no_ground"])
    _skip(
        judged,
        judged["excluded"].astype(bool),
        Gate.EXCLUSION,
        "the recipe's exclude holds for them",
    )
    _skip(judged, _repeats(judged, ledger), Gate.DUPLICATE, _REPEATED)
    late = judged["latest_at"] < to_epoch(rules.now)
    _skip(judged, late, Gate.LATENESS, TOO_LATE)


def suppression_reasons(judged: Frame, suppressions: Frame) -> "pd.Series[Any]":
    """Why each row's address must not be written to; null where it may.

    Wants address_key, topic and marketing. A suppression of all mail holds for service mail too; one of a
    topic only for marketing on that topic.
    """
    reasons = pd.Series(pd.NA, index=judged.index, dtype="object")
    if suppressions.empty:
        return reasons
    everything = suppressions[suppressions["topic"] == ""].set_index("address_key")["reason"]
    for_all = judged["address_key"].map(everything)
    by_topic = suppressions[suppressions["topic"] != ""].set_index(["address_key", "topic"])[
        "reason"
    ]
    pairs = pd.MultiIndex.from_arrays([judged["address_key"], judged["topic"].fillna("")])
    for_topic = pd.Series(by_topic.reindex(pairs).to_numpy(), index=judged.index, dtype="object")
    for_topic = for_topic.where(judged["marketing"].astype(bool))
    reasons = for_all.astype("object").where(for_all.notna(), for_topic)
    return (SUPPRESSED + reasons.astype("string")).astype("object").where(reasons.notna(), pd.NA)


_REPEATED = "they were sent this template before"


def _repeats(judged: Frame, ledger: Ledger) -> "pd.Series[bool]":
    """Rule 1: a template goes to a contact, or to its address, once per occurrence."""
    repeats = pd.Series(False, index=judged.index)
    for who in _WHOSE:
        keys = pd.MultiIndex.from_frame(judged[[*_ONCE, who]])
        gone = pd.MultiIndex.from_frame(ledger.templates[[*_ONCE, who]])
        repeats |= pd.Series(keys.isin(gone), index=judged.index)
    return repeats


def _skip_doubles(judged: Frame) -> None:
    """The same rule among the intents of this very run: two contacts who share an address, say.

    Comes after the holds, because what is held may yet be skipped and must not stand in another's way.
    """
    for who in _WHOSE:
        going = judged["verdict"] == Verdict.QUEUE
        doubles = pd.Series(False, index=judged.index)
        doubles[going] = judged.loc[going, [*_ONCE, who]].duplicated()
        _skip(judged, doubles, Gate.DUPLICATE, _REPEATED)


def _hold_for_quiet_hours(judged: Frame, rules: GateRules) -> None:
    quiet = QuietTime.of(rules.limits)
    if quiet is None or judged.empty:
        return
    legal = per_distinct(
        lambda zone: to_epoch(next_legal(rules.now, zone_named(zone), quiet)), judged["zone"]
    ).astype("int64")
    rows = judged["marketing"].astype(bool) & (legal > to_epoch(rules.now))
    _hold(judged, rows, Gate.QUIET_HOURS, legal, QUIET_THERE)


def _hold_for_caps(judged: Frame, rules: GateRules, ledger: Ledger) -> None:
    for cap in rules.limits.per_contact:
        since = _ago(cap.within, rules)
        recent = ledger.marketing[ledger.marketing["released_at"] > since]
        if recent.empty:
            continue
        # The message that must leave the window before another one may go: the n-th newest.
        newest_first = recent.sort_values("released_at", ascending=False)
        nth = newest_first.groupby("contact")["released_at"].nth(cap.messages - 1)
        blocking = newest_first.loc[nth.index].set_index("contact")["released_at"]
        until = judged["contact"].map(blocking).astype("Float64") + (to_epoch(rules.now) - since)
        rows = judged["marketing"].astype(bool) & until.notna()
        reason = f"the cap of {cap.messages} messages within {cap.within} is reached"
        _hold(judged, rows, Gate.CAP, until, reason)


def _hold_for_gaps(judged: Frame, rules: GateRules, ledger: Ledger) -> None:
    gap = rules.limits.min_gap
    if gap is None or ledger.marketing.empty:
        return
    last = ledger.marketing.groupby("contact")["released_at"].max()
    until = judged["contact"].map(last).astype("Float64") + _gap(rules)
    rows = judged["marketing"].astype(bool) & (until > to_epoch(rules.now)).fillna(False)
    _hold(
        judged, rows.astype(bool), Gate.MIN_GAP, until, f"less than {gap} after their last message"
    )


def _hold_seconds(judged: Frame, rules: GateRules, ledger: Ledger) -> None:
    """Rule 5: one marketing message per contact in one run; the first in order goes."""
    going = judged["marketing"].astype(bool) & (judged["verdict"] == Verdict.QUEUE)
    second = judged["contact"].isin(ledger.written_to)
    second |= judged["contact"].where(going).duplicated()
    until = pd.Series(to_epoch(rules.now) + _gap(rules), index=judged.index, dtype="Float64")
    _hold(judged, going & second, Gate.MIN_GAP, until, "another message goes to them in this run")


def _gap(rules: GateRules) -> int:
    """The least seconds between two marketing messages: `min_gap`, or a minute, which the next run is away."""
    gap = rules.limits.min_gap
    return max(to_epoch(rules.now) - _ago(gap, rules), 60) if gap else 60


def _ago(length: Duration, rules: GateRules) -> int:
    """Now less `length`, on the wall clock of the project's zone."""
    return to_epoch(add_duration(rules.now, -length, zone_named(rules.default_zone)))
