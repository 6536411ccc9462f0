"""Kinds of relationship: short or long, shallow or deep, told apart by indicators as they change.

Long is how long ago it began. Deep is a score: how lately and how often they bought, of how many kinds, and what else
they did with us within a year. Where to draw the lines is proposed from the data, at the break that parts it best.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from mactl.clock import to_day, to_epoch
from mactl.columns import FieldType
from mactl.discovery.aspects import plain
from mactl.discovery.fields import Choice, LeftOut, named_out
from mactl.discovery.happenings import YEAR, Happened, happened, past_events
from mactl.discovery.numbers import Floats, cuts_at, plainest, split_in_two
from mactl.discovery.proposal import Group, Proposal, answers_of, nothing, percent
from mactl.discovery.purchases import Named
from mactl.discovery.study import sample_of
from mactl.discovery.traits import Example, example_of
from mactl.facts.facts import Facts
from mactl.recipe.cookbook import Cookbook
from mactl.rules.names import STAGE, Definition
from mactl.rules.questions import AnyQuestion

FEWEST = 30
"""People of whom one knows how long, below which lines can't be drawn."""
_MOST = 20_000
_TITLE = "Relationships, from short and shallow to long and deep"
_MOST_SIGNS = 6
"""Events beside buying that count as signs of depth."""
_BEGAN = re.compile(
    r"(?i).*(since|sinds|seit|siden|signed?_?up|sign-?up|created|registered|joined|subscribed|aangemeld|aangemaakt|erstellt"
    r"|oprettet|first_?(purchase|order|seen|contact)|start|begin).*"
)
_AGAINST = re.compile(
    r"(?i).*(complain|unsub|bounce|cancel|refund|return|retour|abandon|opt_?out|klacht|fail|churn|signed_?up).*"
)
_ABOUT: Mapping[str, str] = {
    "long-and-deep": "with you for long, and in many ways: ask them, reward them, learn from them",
    "short-and-deep": "new, and already deep in: make a habit of it",
    "long-and-shallow": "with you for long, in few ways: show what else there is",
    "short-and-shallow": "new, and not deep yet: help them to the next step",
}


@dataclass(frozen=True, slots=True)
class _Start:
    """How long a relationship is told."""

    name: str
    days: Floats
    """Since it began; NaN where nobody knows."""
    began: Mapping[str, Any]
    """The condition that it has begun."""
    is_event: bool

    def older(self, days: int) -> dict[str, Any]:
        """The condition that it began longer ago than this."""
        test = {"older_than": f"{days} days"}
        return (
            {"event": self.name, "first": test} if self.is_event else {"field": self.name, **test}
        )


def find_stages(
    facts: Facts, named: Named, choice: Choice, cookbook: Cookbook, recipe: str, engine: str
) -> Proposal:
    """The kinds of relationship among all contacts; as stages, too, where `cookbook` has no ladder yet."""
    people = facts.contacts.num_rows
    rows = sample_of(people, _MOST, 1)
    sampled = len(rows) if len(rows) < people else None
    some = past_events(replace(facts, contacts=facts.contacts.take(rows)))
    told, left = happened(some, choice)
    start = _start(some, told, named, choice, left)
    more: dict[str, Any] = {"sampled": sampled, "left_out": left}
    known = 0 if start is None else int((~np.isnan(start.days)).sum())
    if start is None or known < FEWEST:
        verdict = f"of only {known} people it is known since when they are with you: at least {FEWEST} are needed"
        return nothing("stages", _TITLE, verdict, people, **more)
    scoring = _scoring(told, named)
    if not scoring:
        return nothing(
            "stages",
            _TITLE,
            "nothing tells how deep a relationship is: there are no events",
            people,
            **more,
        )
    long = int(plainest(*_around(split_in_two(start.days[~np.isnan(start.days)]))))
    question: dict[str, AnyQuestion] = {"depth": Definition("score", f"{recipe}.depth")}
    depth = answers_of({"scoring": scoring}, recipe, question, some, cookbook, engine)["depth"]
    points = depth.to_numpy(dtype=np.float64)
    if len(np.unique(points[points > 0])) < 2:
        return nothing(
            "stages", _TITLE, "all relationships are as deep: nothing parts them", people, **more
        )
    deep = max(plain(split_in_two(points[points > 0])), 1)
    definitions = _definitions(start, long, deep, scoring, cookbook.ladder is None)
    questions: dict[str, AnyQuestion] = {"kind": Definition("label", f"{recipe}.relationship")}
    if "stages" in definitions:
        questions["stage"] = STAGE
    answers = answers_of(definitions, recipe, questions, facts, cookbook, engine)
    counts = {name: int((answers["kind"] == name).sum()) for name in _ABOUT}
    notes = [
        f"long: {start.name} is longer ago than {long} days, where the data break ({known:,} have it)",
        f"deep: {deep} points or more of the score depth",
        "windows slide: who does more becomes deep, who stops becomes shallow again",
    ]
    if cookbook.ladder is not None:
        notes.append(
            f"labels only: {cookbook.ladder.id} has the ladder of stages, and there is one"
        )
    for name, count in counts.items():
        if not count:
            del definitions["segments"][name]
    return Proposal(
        "stages",
        _TITLE,
        f"{sum(1 for n in counts.values() if n)} kinds of relationship among {sum(counts.values()):,} people",
        people,
        sampled,
        notes,
        [Group(n, count, count / max(people, 1), _ABOUT[n]) for n, count in counts.items() if count],
        {"start": start.name, "long": long, "deep": deep},
        left,
        definitions,
        _comments(counts, people, start, long, deep, answers, definitions),
        _examples(start, long, deep, scoring, counts, facts),
    )  # fmt: skip


def _around(number: float) -> tuple[float, float]:
    """A tenth less and more: room for a number that people remember."""
    return max(1.0, np.ceil(0.9 * number)), max(1.0, np.floor(1.1 * number))


def _start(
    facts: Facts, told: Sequence[Happened], named: Named, choice: Choice, left: list[LeftOut]
) -> _Start | None:
    """The field that most have of those that say since when, else since they first bought, else did what most do."""
    best: _Start | None = None
    for name, type_ in facts.fields.items():
        if type_ not in (FieldType.DATE, FieldType.INSTANT) or not _BEGAN.fullmatch(name):
            continue
        out = named_out(name, choice)
        if out is not None:
            left.append(out)
            continue
        days = _days_since(name, facts)
        known = int((~np.isnan(days)).sum())
        if best is None or known > int((~np.isnan(best.days)).sum()):
            best = _Start(name, days, {"field": name, "empty": False}, is_event=False)
    if best is not None:
        return best
    doing = next((each for each in told if each.name == named.event), told[0] if told else None)
    if doing is None:
        return None
    return _Start(doing.name, doing.first, {"event": doing.name}, is_event=True)


def _days_since(name: str, facts: Facts) -> Floats:
    values = facts.contacts.column(name).cast("float64").to_numpy(zero_copy_only=False)
    values = np.asarray(values, np.float64)
    if facts.fields[name] is FieldType.DATE:
        days = to_day(facts.now.astimezone(facts.zone).date()) - values
    else:
        days = (to_epoch(facts.now) - values) / 86_400
    return np.where(days >= 0, days, np.nan)


def _scoring(told: Sequence[Happened], named: Named) -> dict[str, Any]:
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


def _definitions(
    start: _Start, long: int, deep: int | float, scoring: Mapping[str, Any], has_ladder: bool
) -> dict[str, Any]:
    is_deep, is_long = {"score": "depth", "gte": deep}, start.older(long)
    kinds = {
        "long-and-deep": [is_long, is_deep],
        "short-and-deep": is_deep,
        "long-and-shallow": is_long,
        "short-and-shallow": {"any": [dict(start.began), {"score": "depth", "gt": 0}]},
    }
    definitions: dict[str, Any] = {
        "segments": {name: {"label": "relationship", "eq": name} for name in kinds},
        "scoring": dict(scoring),
        "labels": {"relationship": kinds},
    }
    if has_ladder:
        definitions["stages"] = {
            "stranger": {},
            "acquaintance": {"label": "relationship", "empty": False},
            "growing": {"label": "relationship", "in": ["long-and-shallow", "short-and-deep"]},
            "close": {"label": "relationship", "eq": "long-and-deep"},
        }
    return definitions


def _comments(
    counts: Mapping[str, int], people: int, start: _Start, long: int, deep: int | float,
    answers: Any, definitions: Mapping[str, Any],
) -> dict[tuple[str, ...], list[str]]:  # fmt: skip
    comments: dict[tuple[str, ...], list[str]] = {
        ("labels", "relationship"): [f"long: {start.name} longer ago than {long} days; deep: {deep} points or more;"
            " the first that holds is theirs"],
        ("scoring", "depth"): ["how deep: what they did with us, mostly within a year"],
    }  # fmt: skip
    for name, count in counts.items():
        empty = "mactl: ignore[empty-bucket] nobody is here today"
        today = f"{count:,} people ({percent(count / max(people, 1))})" if count else empty
        comments["labels", "relationship", name] = [_ABOUT[name], today]
    for name in definitions.get("stages", ()):
        count = int((answers["stage"] == name).sum())
        told = f"{count:,} people" if count else "mactl: ignore[empty-stage] nobody is here today"
        comments["stages", name] = [told]
    if "breadth" in definitions["scoring"]:
        comments["scoring", "breadth"] = ["of how many kinds they bought"]
    return comments


def _examples(
    start: _Start,
    long: int,
    deep: float,
    scoring: Mapping[str, Any],
    counts: Mapping[str, int],
    facts: Facts,
) -> dict[str, Example]:
    """Of each kind somebody made up: long or short by when it began, deep by all that gives points."""
    enough = _enough(scoring["depth"]["rules"], deep)
    within, beyond = {"within_last": f"{long} days"}, {"older_than": f"{long} days"}
    about: Mapping[str, Any] = {"event": start.name} if start.is_event else {"field": start.name}
    short, old = ({**about, **({"last": t} if start.is_event else t)} for t in (within, beyond))
    made: Mapping[str, Sequence[Mapping[str, Any]]] = {
        "long-and-deep": [old, *enough],
        "short-and-deep": [short, *enough],
        "long-and-shallow": [old],
        "short-and-shallow": [short],
    }
    return {name: _together(made[name], facts) for name, count in counts.items() if count}


def _enough(rules: Sequence[Mapping[str, Any]], deep: float) -> list[Mapping[str, Any]]:
    """What gives so many points, from the first rule on."""
    chosen: list[Mapping[str, Any]] = []
    points = 0
    for rule in rules:
        if points < deep and "event" in rule["when"]:
            chosen.append(rule["when"])
            points += rule["points"]
    return chosen


def _together(says: Sequence[Mapping[str, Any]], facts: Facts) -> Example:
    """Somebody who did all of these, one beside the other."""
    parts = [example_of([part], facts) for part in says]
    cells = {name: cell for part in parts for name, cell in part.cells.items()}
    return Example(cells, [event for part in parts for event in part.events])
