"""Gates: rules on an intent to send, before it goes to the queue.

`consent`, `suppression`, `exclusion`, `duplicate` and `lateness` skip it and the journey goes on; `quiet_hours`,
`send_window`, `cap`, `min_gap` and `budget` hold it until the next legal moment. Every verdict has a reason.
"""

from collections.abc import Container
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd

from mactl.clock import from_epoch, to_epoch, zone_named
from mactl.durations import Duration, add_duration
from mactl.journey.distinct import per_distinct
from mactl.journey.legal import LegalTime, QuietTime, Window
from mactl.journey.pacing import begin_of_unit, next_unit
from mactl.journey.verdicts import (
    EXCLUDED,
    QUIET_THERE,
    SUPPRESSED,
    TOO_LATE,
    WINDOW_SHUT,
    Gate,
    Verdict,
)
from mactl.project import Settings
from mactl.project.limits import Limits
from mactl.recipe.journey import SendWindow

Frame = pd.DataFrame


_ONCE = ["recipe", "template", "occurrence"]
_WHOSE = ("contact", "address_key")


@dataclass
class Ledger:
    """What counts as gone when a run begins, and what the run itself lets go: for rule 1 and rule 5.

    `templates`: recipe, template, occurrence, contact, address_key, shared of what is gone.
    `marketing`: contact, released_at of the marketing messages that count against caps.
    `suppressions`: address_key, topic ("" for all mail), reason.
    `spent`: channel → messages that count against its budget in the unit of time that now lies in.
    """

    templates: Frame
    marketing: Frame
    suppressions: Frame
    spent: dict[str, int] = field(default_factory=dict)
    written_to: set[str] = field(default_factory=set)
    """Contacts that this run already writes marketing to."""

    def let_go(self, queued: Frame) -> None:
        """Count `queued` intents as gone from now on."""
        self.templates = _append(self.templates, queued, [*_ONCE, *_WHOSE, "shared"])
        for channel, count in queued["channel"].value_counts().items():
            self.spent[str(channel)] = self.spent.get(str(channel), 0) + int(count)
        marketing = queued[queued["marketing"].astype(bool)]
        self.marketing = _append(self.marketing, marketing, ["contact", "released_at"])
        self.written_to.update(marketing["contact"])


def _append(known: Frame, more: Frame, columns: list[str]) -> Frame:
    if more.empty or known.empty:
        return (known if more.empty else more)[columns]
    return pd.concat([known[columns], more[columns]], ignore_index=True)


@dataclass(frozen=True)
class GateRules:
    """The limits that a run holds itself to, and its `now`; `legal` is the recipe's own."""

    now: datetime
    limits: Limits
    default_zone: str
    legal: LegalTime
    holidays: Container[date] = ()
    """The days that business days skip beside weekends."""

    @classmethod
    def of(
        cls,
        now: datetime,
        settings: Settings,
        window: SendWindow | None = None,
        holidays: Container[date] = (),
    ) -> "GateRules":
        """The rules of a project at `now`, for a recipe with this `send_window`."""
        legal = LegalTime(QuietTime.of(settings.limits), Window.of(window, holidays))
        return cls(now, settings.limits, settings.timezone, legal, holidays)


def judge_intents(intents: Frame, rules: GateRules, ledger: Ledger) -> Frame:
    """`intents` in the order in which they have precedence, with a verdict each.

    Wants the columns enrollment, contact, contact_key, address, address_key, zone, recipe, template, occurrence,
    channel, marketing, topic, ground, no_ground, excluded, barred (why, or null), too_dear (why, or null), shared,
    rank, due_at, allowance (seconds), countdown. Adds verdict, gate, reason, hold_until, latest_at, legal_until and
    released_at (instants in epoch seconds, null where they do not apply), and records what is queued in `ledger`.
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
    # Shut time does not count, except for service mail and on the way down to a date.
    counts = judged["marketing"].astype(bool) & ~judged["countdown"].astype(bool)
    judged["latest_at"] = per_distinct(
        lambda due, allowance, zone, legal: _deadline(due, allowance, zone, rules.legal if legal else LegalTime()),
        judged["due_at"], judged["allowance"], judged["zone"], counts,
    ).astype("int64")  # fmt: skip
    for gate in _GATES:
        gate(judged, rules, ledger)
    queued = judged["verdict"] == Verdict.QUEUE
    judged.loc[queued, "released_at"] = to_epoch(rules.now)
    judged["legal_until"] = _legal_until(judged, rules)
    ledger.let_go(judged[queued])
    return judged


def _deadline(due: int, allowance: int, zone: str, legal: LegalTime) -> int:
    return to_epoch(legal.deadline(from_epoch(due), timedelta(seconds=allowance), zone_named(zone)))


def _legal_until(judged: Frame, rules: GateRules) -> "pd.Series[Any]":
    """Until when each queued marketing message may go out; null for always."""

    def until(zone: str) -> int | None:
        moment = rules.legal.legal_until(rules.now, zone_named(zone))
        return None if moment is None else to_epoch(moment)

    going = judged["marketing"].astype(bool) & (judged["verdict"] == Verdict.QUEUE)
    found = pd.Series(pd.NA, index=judged.index, dtype="Int64")
    if going.any():
        found[going] = per_distinct(until, judged.loc[going, "zone"]).astype("Int64")
    return found


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


def _skip_suppressed(judged: Frame, rules: GateRules, ledger: Ledger) -> None:
    gone = "they are no longer among the contacts"
    _skip(judged, judged["contact_key"].isna(), Gate.SUPPRESSION, gone)
    _skip(judged, judged["address"].isna(), Gate.SUPPRESSION, _no_address(judged))
    reasons = suppression_reasons(judged, ledger.suppressions)
    _skip(judged, reasons.notna(), Gate.SUPPRESSION, reasons)


def _skip_without_ground(judged: Frame, rules: GateRules, ledger: Ledger) -> None:
    without = judged["marketing"].astype(bool) & judged["ground"].isna()
    _skip(judged, without, Gate.CONSENT, judged["no_ground"])


def _skip_excluded(judged: Frame, rules: GateRules, ledger: Ledger) -> None:
    _skip(judged, judged["excluded"].astype(bool), Gate.EXCLUSION, EXCLUDED)
    barred = judged["marketing"].astype(bool) & judged["barred"].notna()
    _skip(judged, barred, Gate.EXCLUSION, judged["barred"])


def _skip_too_dear(judged: Frame, rules: GateRules, ledger: Ledger) -> None:
    _skip(judged, judged["too_dear"].notna(), Gate.BUDGET, judged["too_dear"])


def _skip_repeats(judged: Frame, rules: GateRules, ledger: Ledger) -> None:
    _skip(judged, _repeats(judged, ledger), Gate.DUPLICATE, _REPEATED)


def _skip_late(judged: Frame, rules: GateRules, ledger: Ledger) -> None:
    _skip(judged, judged["latest_at"] < to_epoch(rules.now), Gate.LATENESS, TOO_LATE)


def _no_address(judged: Frame) -> "pd.Series[Any]":
    words = {"email": "they have no e-mail address"}
    return judged["channel"].map(lambda name: words.get(name, f"they have no address for {name}"))


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


def _skip_doubles(judged: Frame, rules: GateRules, ledger: Ledger) -> None:
    """The same rule among the intents of this very run: two contacts who share an address, say.

    Comes after the holds, because what is held may yet be skipped and must not stand in another's way.
    """
    for who in _WHOSE:
        going = judged["verdict"] == Verdict.QUEUE
        doubles = pd.Series(False, index=judged.index)
        doubles[going] = judged.loc[going, [*_ONCE, who]].duplicated()
        _skip(judged, doubles, Gate.DUPLICATE, _REPEATED)


def _hold_for_legal_time(judged: Frame, rules: GateRules, ledger: Ledger) -> None:
    marketing = judged["marketing"].astype(bool)
    if not marketing.any():
        return
    now = to_epoch(rules.now)
    zones = judged["zone"]
    legal = per_distinct(
        lambda zone: to_epoch(rules.legal.next_legal(rules.now, zone_named(zone))), zones
    ).astype("int64")
    quiet = per_distinct(
        lambda zone: rules.legal.is_quiet(rules.now, zone_named(zone)), zones
    ).astype(bool)
    shut = marketing & (legal > now)
    _hold(judged, shut & quiet, Gate.QUIET_HOURS, legal, QUIET_THERE)
    _hold(judged, shut & ~quiet, Gate.SEND_WINDOW, legal, WINDOW_SHUT)


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


def _skip_colleagues(judged: Frame, rules: GateRules, ledger: Ledger) -> None:
    """`one_per`: of those who share something, the first that is not held gets it, the others skip."""
    sharing = judged["shared"].notna()
    if not sharing.any():
        return
    key = [*_ONCE, "shared"]
    open_ = sharing & (judged["verdict"] != Verdict.SKIP)
    first = judged[open_ & (judged["verdict"] == Verdict.QUEUE)]
    first = first.sort_values(["rank", "contact"], kind="stable").drop_duplicates(key)
    taken = pd.concat([ledger.templates[key], first[key]], ignore_index=True)
    served = pd.MultiIndex.from_frame(judged[key]).isin(pd.MultiIndex.from_frame(taken))
    gone = pd.MultiIndex.from_frame(judged[key]).isin(
        pd.MultiIndex.from_frame(ledger.templates[key])
    )
    others = open_ & served & (gone | ~judged.index.isin(first.index))
    reason = "a colleague gets it: " + judged["shared"].astype("string")
    _skip(judged, others, Gate.DUPLICATE, reason.astype("object"))


def _hold_for_budgets(judged: Frame, rules: GateRules, ledger: Ledger) -> None:
    zone = zone_named(rules.default_zone)
    for channel, budget in rules.limits.budget.items():
        left = budget.count - ledger.spent.get(channel, 0)
        going = (judged["verdict"] == Verdict.QUEUE) & (judged["channel"] == channel)
        beyond = going & (going.cumsum() > max(left, 0))
        until = to_epoch(next_unit(rules.now, budget.per, zone))
        _hold(
            judged, beyond, Gate.BUDGET, pd.Series(until, index=judged.index, dtype="Float64"),
            f"the budget of {budget.count} {channel} messages per {budget.per} is spent",
        )  # fmt: skip


def budget_begins(rules: GateRules) -> dict[str, int]:
    """Channel → the instant from which on its messages count against the budget."""
    zone = zone_named(rules.default_zone)
    return {
        channel: to_epoch(begin_of_unit(rules.now, budget.per, zone))
        for channel, budget in rules.limits.budget.items()
    }


def _gap(rules: GateRules) -> int:
    """The least seconds between two marketing messages: `min_gap`, or a minute, which the next run is away."""
    gap = rules.limits.min_gap
    return max(to_epoch(rules.now) - _ago(gap, rules), 60) if gap else 60


def _ago(length: Duration, rules: GateRules) -> int:
    """Now less `length`, on the wall clock of the project's zone."""
    zone = zone_named(rules.default_zone)
    return to_epoch(add_duration(rules.now, -length, zone, rules.holidays))


_GATES = (
    _skip_suppressed, _skip_without_ground, _skip_excluded, _skip_too_dear, _skip_repeats, _skip_late,
    _hold_for_legal_time, _hold_for_caps, _hold_for_gaps, _skip_doubles, _hold_seconds, _skip_colleagues,
    _hold_for_budgets,
)  # fmt: skip
"""In the order in which they have their say: what is held may yet be skipped, and must not stand in another's way."""


def gate_by_gate(judged: Frame, rules: GateRules, ledger: Ledger) -> list[dict[Gate, str]]:
    """For each of the `judged` intents every gate that stops it, with its reason, not the deciding one alone.

    Each gate is asked as if it were the only one; `ledger` is as it stood before the run.
    """
    found: list[dict[Gate, str]] = [{} for _ in range(len(judged))]
    for gate in _GATES:
        open_ = judged.reset_index(drop=True).assign(
            verdict=str(Verdict.QUEUE),
            gate=pd.Series(pd.NA, index=range(len(judged)), dtype="object"),
            reason=pd.Series(pd.NA, index=range(len(judged)), dtype="object"),
            hold_until=pd.Series(pd.NA, index=range(len(judged)), dtype="Int64"),
        )
        gate(open_, rules, ledger)
        for place, (name, reason) in enumerate(zip(open_["gate"], open_["reason"], strict=True)):
            if isinstance(name, str):
                found[place].setdefault(Gate(name), str(reason))
    return found
