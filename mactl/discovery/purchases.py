"""Purchases as RFM sees them: which event, which amount, in which currency, and what came back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from mactl.clock import to_epoch
from mactl.columns import AT, EVENT, FieldType
from mactl.discovery.traits import condition
from mactl.errors import UsageError
from mactl.facts.facts import Facts
from mactl.recipe.cookbook import Cookbook
from mactl.rules.evaluate import evaluate
from mactl.rules.questions import Measured
from mactl.validation import did_you_mean

_AMOUNTS = ("amount", "total", "value", "revenue", "price", "bedrag", "betrag", "omzet")
_BACK = ("refund", "return", "retour", "storn", "credit")


@dataclass(frozen=True, slots=True)
class Named:
    """What somebody said of purchases; None: found by itself."""

    event: str = "purchase"
    amount: str | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class Purchases:
    """How purchases are told."""

    event: str
    amount: str | None
    """The property with what was paid; None where there is none, or none is known."""
    where: Mapping[str, Any]
    """What a purchase must have beside its name."""
    money: Mapping[str, Any]
    """What it must have to be counted as money."""
    notes: tuple[str, ...]

    @property
    def says(self) -> dict[str, Any]:
        """The condition that somebody bought."""
        return {"event": self.event, **({"where": dict(self.where)} if self.where else {})}

    @property
    def paid(self) -> dict[str, Any]:
        """The condition whose `sum` is what somebody paid, less what came back."""
        return {"event": self.event, **({"where": dict(self.money)} if self.money else {})}


def find_purchases(facts: Facts, named: Named) -> Purchases:
    """How purchases are told in `facts`.

    Raises UsageError where there is no such event, or an amount is named that is none.
    """
    names = facts.events.column(EVENT).cast(pa.string())
    past = pc.less_equal(facts.events.column(AT), to_epoch(facts.now))
    events = facts.events.filter(pc.and_(pc.equal(names, named.event), past))
    known = sorted(name for name in pc.unique(names).to_pylist() if name)
    if not events.num_rows:
        hint = did_you_mean(named.event, known) or (
            f"name what buying is called with --event: {', '.join(known[:12])}" if known else None
        )
        raise UsageError(f"nobody has an event {named.event!r}", hint)
    notes: list[str] = []
    amount = _amount(facts, events, named, notes)
    where: dict[str, Any] = {}
    money: dict[str, Any] = {}
    if amount is not None:
        column = events.column(amount)
        back = pc.sum(pc.less(column, 0)).as_py() or 0
        if back:
            where[amount] = {"gte": 0}
            notes.append(
                f"{back:,} of the purchases have a negative {amount}: they came back, count as none, and are taken off"
                " what was spent"
            )
        money = _currency(facts, events, named, notes)
    told = [name for name in known if any(part in name.lower() for part in _BACK)]
    if told:
        notes.append(
            f"what is told by the event {told[0]!r} is not taken off: write it as a {named.event} with a negative"
            f" {amount or 'amount'}"
        )
    return Purchases(named.event, amount, where, money, tuple(notes))


def _amount(facts: Facts, events: pa.Table, named: Named, notes: list[str]) -> str | None:
    numbers = [
        name
        for name, type_ in facts.properties.items()
        if type_ is FieldType.NUMBER and name in events.column_names
        and events.column(name).null_count < events.num_rows
    ]  # fmt: skip
    if named.amount is not None:
        if named.amount not in numbers:
            hint = (
                did_you_mean(named.amount, numbers) or f"there are {', '.join(numbers) or 'none'}"
            )
            raise UsageError(f"{named.event!r} has no property {named.amount!r} with numbers", hint)
        found: str | None = named.amount
    else:
        found = next((name for name in _AMOUNTS if name in numbers), None)
    if found is None:
        notes.append(
            "no amount is known: how often they buy counts twice (--amount names a property)"
        )
        return None
    missing = events.column(found).null_count
    if missing:
        notes.append(f"{missing:,} of {events.num_rows:,} purchases have no {found}")
    return found


def _currency(facts: Facts, events: pa.Table, named: Named, notes: list[str]) -> dict[str, Any]:
    """The test on the currency, where there is more than one."""
    if (
        facts.properties.get("currency") is not FieldType.TEXT
        or "currency" not in events.column_names
    ):
        return {}
    texts = pc.utf8_upper(events.column("currency").cast(pa.string()).drop_null())
    counted = pc.value_counts(texts.combine_chunks()).to_pylist()
    counts = {each["values"]: each["counts"] for each in counted}
    wanted = named.currency.upper() if named.currency else None
    if wanted is not None and wanted not in counts:
        raise UsageError(f"no purchase is in {wanted}", f"there are {', '.join(sorted(counts))}")
    if len(counts) < 2:
        return {}
    chosen = wanted or min(counts, key=lambda name: (-counts[name], name))
    others = sum(counts.values()) - counts[chosen]
    notes.append(
        f"money is {chosen}: {others:,} purchases in {', '.join(sorted(set(counts) - {chosen}))} count for how often"
        " and how lately, not for how much (--currency names another)"
    )
    return {"currency": chosen}


def measure(purchases: Purchases, facts: Facts, engine: str) -> pd.DataFrame:
    """Of each buyer, by contact: `days` since the last purchase, `times`, and `spent` (NaN: nobody knows)."""
    bought = condition(purchases.says)
    questions: dict[str, Any] = {
        "last": Measured(bought, "last", ""),
        "times": Measured(bought, "count", ""),
    }
    if purchases.amount is not None:
        spending = condition({**purchases.paid, "sum": {"of": purchases.amount, "gte": 0}})
        questions["spent"] = Measured(spending, "sum", "")
    answers = evaluate(facts, Cookbook(), questions, engine=engine)
    buyers = answers[answers["times"] > 0]
    last = buyers["last"].to_numpy(dtype=np.float64)
    return pd.DataFrame(
        {
            "days": (to_epoch(facts.now) - last) / 86_400,
            "times": buyers["times"].to_numpy(dtype=np.float64),
            "spent": buyers["spent"].to_numpy(dtype=np.float64)
            if purchases.amount is not None
            else np.full(len(buyers), np.nan),
        },
        index=buyers.index,
    )
