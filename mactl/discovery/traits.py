"""Traits: what may hold of a contact, each written as a condition of a recipe: what is found in them can be, too."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from mactl.facts.facts import Facts
from mactl.recipe.conditions import Condition, Kind
from mactl.rules.text import describe

Says = Mapping[str, Any]
"""A condition as a recipe writes it."""


@dataclass(frozen=True, slots=True, eq=False)
class Trait:
    """Something that holds of some contacts."""

    says: Says
    tag: str
    """A few words in kebab-case for names: `high-clv`, `never-login`."""


@cache
def _adapter() -> TypeAdapter[Kind]:
    return TypeAdapter(Condition)


def condition(says: Any) -> Kind:
    """A condition as the rules take it."""
    found: Kind = _adapter().validate_python(says)
    return found


def in_words(says: Any) -> str:
    """A condition, or a list of them, as people read it."""
    return describe(condition(says))


def joined(parts: Sequence[Says]) -> list[dict[str, Any]]:
    """Conditions that must all hold, those about the same made one: `{field: clv, gte: 100, lt: 500}`."""
    merged: list[dict[str, Any]] = []
    for part in parts:
        for known in merged:
            if _fit_together(known, part):
                _merge(known, part)
                break
        else:
            merged.append({k: dict(v) if isinstance(v, Mapping) else v for k, v in part.items()})
    return merged


def _fit_together(known: Says, part: Says) -> bool:
    if "field" in known and known["field"] == part.get("field"):
        return not (known.keys() & part.keys()) - {"field"} and "empty" not in {**known, **part}
    if "event" not in known or known.keys() != part.keys():
        return False
    ours = [k for k in part if isinstance(part[k], Mapping) and k in ("count", "last", "sum")]
    same = [k for k in part if k not in ours]
    return (
        bool(ours)
        and all(known[k] == part[k] for k in same)
        and all(
            not (known[k].keys() & part[k].keys()) - {"of"} and known[k].get("of") == part[k].get("of")
            for k in ours
        )
    )  # fmt: skip


def _merge(known: dict[str, Any], part: Says) -> None:
    for key, value in part.items():
        known[key] = {**known[key], **value} if isinstance(value, Mapping) else value


Cells = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Example:
    """Somebody made up: cells of a contact, and events without whose they are."""

    cells: Cells
    events: list[Cells]


def example_of(says: Sequence[Says], facts: Facts) -> Example:
    """Somebody of whom all of some traits hold, as far as one can tell."""
    example = Example({}, [])
    for part in joined(says):
        if "field" in part:
            example.cells.update(_cells(part, facts))
        else:
            example.events.extend(_events(part, facts))
    return example


def _cells(part: Says, facts: Facts) -> Cells:
    field = part["field"]
    value: Any = None
    if "eq" in part:
        value = part["eq"]
    elif "has" in part:
        value = [part["has"]]
    elif "gte" in part:
        value = part["gte"]
    elif "lt" in part:
        value = part["lt"] - 1
    elif "within_last" in part or "older_than" in part:
        value = _day(facts, -_days(part))
    elif "within_next" in part or "further_than" in part:
        value = _day(facts, _days(part, "within_next", "further_than"))
    return {} if value is None else {field: value}


def _days(test: Says, within: str = "within_last", beyond: str = "older_than") -> int:
    """A number of days that a window holds, near its nearer end."""
    if beyond in test:
        return _number(test[beyond]) + 1
    return _number(test[within]) // 2


def _number(duration: str) -> int:
    return int(duration.split()[0])


def _day(facts: Facts, days: int) -> str:
    return (facts.now.astimezone(facts.zone) + timedelta(days=days)).date().isoformat()


def _events(part: Says, facts: Facts) -> Iterator[Cells]:
    if part.get("never"):
        return
    count, total = part.get("count", {}), part.get("sum", {})
    many = count.get("gte", count["lt"] - 1 if "lt" in count else 1)
    if "lt" in total and "gte" not in total:
        return
    days = _days(part["last"]) if "last" in part else 1
    properties = dict(part.get("where", {}))
    for n in range(int(many)):
        worth = {total["of"]: total["gte"] if n == 0 else 0} if total else {}
        yield {"event": part["event"], "at": _day(facts, -days), **properties, **worth}
