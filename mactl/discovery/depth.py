"""How deep a relationship is, as a score: how lately, how often and of how many kinds they bought, and what else they
did with us within a year."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from mactl.discovery.happenings import YEAR, Happened
from mactl.discovery.numbers import cuts_at
from mactl.discovery.purchases import Named

_MOST_SIGNS = 6
"""Events beside buying that count as signs of depth."""
_AGAINST = re.compile(
    r"(?i).*(complain|unsub|bounce|cancel|refund|return|retour|abandon|opt_?out|klacht|fail|churn|signed_?up).*"
)


def scoring_of(told: Sequence[Happened], named: Named) -> dict[str, Any]:
    """The score of depth, and that of breadth where kinds of purchases are told."""
    rules: list[dict[str, Any]] = []
    scoring: dict[str, Any] = {}
    bought = next((each for each in told if each.name == named.event), None)
    if bought is not None:
        rules += _signs(bought, "bought")
        property_ = next((name for name, _ in bought.kinds), None)
        kinds = [word for name, word in bought.kinds if name == property_]
        if len(kinds) > 1:
            scoring["breadth"] = {
                "rules": [_kind(bought.name, str(property_), word) for word in kinds]
            }
            rules.append(
                {"name": "two kinds or more", "when": {"score": "breadth", "gte": 2}, "points": 15}
            )
        ago = bought.ago[~np.isnan(bought.ago)]
        if len(ago):
            near = int(np.ceil(cuts_at(ago, [0.5])[0]))
            if near > 0:
                when = {"event": bought.name, "last": {"within_last": f"{near} days"}}
                rules.append({"name": f"bought within {near} days", "when": when, "points": 10})
    others = [e for e in told if e is not bought and not _AGAINST.fullmatch(e.name)]
    for each in others[:_MOST_SIGNS]:
        rules += _signs(each, each.name)
    return {"depth": {"rules": rules}, **scoring} if rules else {}


def _kind(event: str, property_: str, word: str) -> dict[str, Any]:
    when = {"event": event, "where": {property_: word}}
    return {"name": f"bought {word}", "when": when, "points": 1}


def _signs(told: Happened, word: str) -> list[dict[str, Any]]:
    """10 points for doing it as often in a year as half of those who do, and 10 more for as often as one in five."""
    did = told.counts[told.counts > 0]
    if not len(did):
        return []
    rules = []
    for cut in dict.fromkeys(max(1, round(c)) for c in cuts_at(did, [0.5, 0.8])):
        when = {"event": told.name, "within_last": YEAR, "count": {"gte": cut}}
        times = "once" if cut == 1 else f"{cut} times"
        rules.append({"name": f"{word} at least {times} in a year", "when": when, "points": 10})
    return rules
