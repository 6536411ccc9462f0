"""Since when somebody is with us: by a field that says so, else by what they did first."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mactl.clock import to_day, to_epoch
from mactl.columns import FieldType
from mactl.discovery.fields import Choice, LeftOut, named_out
from mactl.discovery.happenings import Happened
from mactl.discovery.numbers import Floats
from mactl.discovery.purchases import Named
from mactl.facts.facts import Facts

_BEGAN = re.compile(
    r"(?i).*(since|sinds|seit|siden|signed?_?up|sign-?up|created|registered|joined|subscribed|aangemeld|aangemaakt|erstellt"
    r"|oprettet|first_?(purchase|order|seen|contact)|start|begin).*"
)


@dataclass(frozen=True, slots=True)
class Start:
    """How long a relationship is told."""

    name: str
    days: Floats
    """Since it began; NaN where nobody knows."""
    began: Mapping[str, Any]
    """The condition that it has begun."""
    is_event: bool

    @property
    def known(self) -> int:
        """Of how many people it is known."""
        return int((~np.isnan(self.days)).sum())

    def older(self, days: int) -> dict[str, Any]:
        """The condition that it began longer ago than this."""
        test = {"older_than": f"{days} days"}
        return (
            {"event": self.name, "first": test} if self.is_event else {"field": self.name, **test}
        )


def find_start(
    facts: Facts, told: Sequence[Happened], named: Named, choice: Choice, left: list[LeftOut]
) -> Start | None:
    """The field that most have of those that say since when, else since they first bought, else did what most do."""
    best: Start | None = None
    for name, type_ in facts.fields.items():
        if type_ not in (FieldType.DATE, FieldType.INSTANT) or not _BEGAN.fullmatch(name):
            continue
        out = named_out(name, choice)
        if out is not None:
            left.append(out)
            continue
        days = _days_since(name, facts)
        start = Start(name, days, {"field": name, "empty": False}, is_event=False)
        if best is None or start.known > best.known:
            best = start
    if best is not None:
        return best
    doing = next((each for each in told if each.name == named.event), told[0] if told else None)
    if doing is None:
        return None
    return Start(doing.name, doing.first, {"event": doing.name}, is_event=True)


def _days_since(name: str, facts: Facts) -> Floats:
    values = facts.contacts.column(name).cast("float64").to_numpy(zero_copy_only=False)
    values = np.asarray(values, np.float64)
    if facts.fields[name] is FieldType.DATE:
        days = to_day(facts.now.astimezone(facts.zone).date()) - values
    else:
        days = (to_epoch(facts.now) - values) / 86_400
    return np.where(days >= 0, days, np.nan)
