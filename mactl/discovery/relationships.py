"""Kinds of relationship: short or long, shallow or deep, told apart by indicators as they change.

Long is how long ago it began. Deep is a score: how lately and how often they bought, of how many kinds, and what else
they did with us within a year. Where to draw the lines is proposed from the data, at the break that parts it best.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from mactl.discovery.aspects import plain
from mactl.discovery.beginnings import Start, find_start
from mactl.discovery.depth import scoring_of
from mactl.discovery.fields import Choice
from mactl.discovery.happenings import happened, past_events
from mactl.discovery.numbers import plainest, split_in_two
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
_ABOUT: Mapping[str, str] = {
    "long-and-deep": "with you for long, and in many ways: ask them, reward them, learn from them",
    "short-and-deep": "new, and already deep in: make a habit of it",
    "long-and-shallow": "with you for long, in few ways: show what else there is",
    "short-and-shallow": "new, and not deep yet: help them to the next step",
}


@dataclass(frozen=True, slots=True)
class _Lines:
    """Where the lines between long and short, deep and shallow are drawn."""

    start: Start
    long: int
    """Days."""
    deep: int | float
    """Points of the score."""
    scoring: Mapping[str, Any]


def find_stages(
    facts: Facts, named: Named, choice: Choice, cookbook: Cookbook, recipe: str, engine: str
) -> Proposal:
    """The kinds of relationship among all contacts; as stages, too, where `cookbook` has no ladder yet."""
    people = facts.contacts.num_rows
    rows = sample_of(people, _MOST, 1)
    some = past_events(replace(facts, contacts=facts.contacts.take(rows)))
    told, left = happened(some, choice)
    start = find_start(some, told, named, choice, left)
    drawn = _draw_lines(some, start, scoring_of(told, named), cookbook, recipe, engine)
    sampled = len(rows) if len(rows) < people else None
    if isinstance(drawn, str):
        return nothing("stages", _TITLE, drawn, people, sampled=sampled, left_out=left)
    found = Proposal("stages", _TITLE, "", people, sampled, left_out=left)
    return _propose(found, drawn, facts, cookbook, recipe, engine)


def _draw_lines(
    some: Facts, start: Start | None, scoring: Mapping[str, Any], cookbook: Cookbook, recipe: str, engine: str
) -> _Lines | str:  # fmt: skip
    """The lines, by the people of `some`; why there are none, where they can't be drawn."""
    known = 0 if start is None else start.known
    if start is None or known < FEWEST:
        return f"of only {known} people it is known since when they are with you: at least {FEWEST} are needed"
    if not scoring:
        return "nothing tells how deep a relationship is: there are no events"
    long = int(plainest(*_around(split_in_two(start.days[~np.isnan(start.days)]))))
    question: dict[str, AnyQuestion] = {"depth": Definition("score", f"{recipe}.depth")}
    depth = answers_of({"scoring": scoring}, recipe, question, some, cookbook, engine)["depth"]
    points = depth.to_numpy(dtype=np.float64)
    if len(np.unique(points[points > 0])) < 2:
        return "all relationships are as deep: nothing parts them"
    return _Lines(start, long, max(plain(split_in_two(points[points > 0])), 1), scoring)


def _propose(
    found: Proposal, lines: _Lines, facts: Facts, cookbook: Cookbook, recipe: str, engine: str
) -> Proposal:
    definitions = _definitions(lines, cookbook.ladder is None)
    questions: dict[str, AnyQuestion] = {"kind": Definition("label", f"{recipe}.relationship")}
    if "stages" in definitions:
        questions["stage"] = STAGE
    answers = answers_of(definitions, recipe, questions, facts, cookbook, engine)
    counts = {name: int((answers["kind"] == name).sum()) for name in _ABOUT}
    there = {name: count for name, count in counts.items() if count}
    segments = {name: definitions["segments"][name] for name in there}
    return replace(
        found,
        verdict=f"{len(there)} kinds of relationship among {sum(there.values()):,} people",
        notes=_notes(lines, cookbook),
        groups=[Group(n, count, count / max(found.people, 1), _ABOUT[n]) for n, count in there.items()],
        figures={"start": lines.start.name, "long": lines.long, "deep": lines.deep},
        definitions={**definitions, "segments": segments},
        comments=_comments(counts, found.people, lines, answers, definitions),
        examples=_examples(lines, list(there), facts),
    )  # fmt: skip


def _notes(lines: _Lines, cookbook: Cookbook) -> list[str]:
    start, ladder = lines.start, cookbook.ladder
    notes = [
        f"long: {start.name} is longer ago than {lines.long} days, where the data break ({start.known:,} have it)",
        f"deep: {lines.deep} points or more of the score depth",
        "windows slide: who does more becomes deep, who stops becomes shallow again",
    ]
    if ladder is None:
        return notes
    return [*notes, f"labels only: {ladder.id} has the ladder of stages, and there is one"]


def _around(number: float) -> tuple[float, float]:
    """A tenth less and more: room for a number that people remember."""
    return max(1.0, np.ceil(0.9 * number)), max(1.0, np.floor(1.1 * number))


def _definitions(lines: _Lines, has_ladder: bool) -> dict[str, Any]:
    start, scoring = lines.start, lines.scoring
    is_deep, is_long = {"score": "depth", "gte": lines.deep}, start.older(lines.long)
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
    counts: Mapping[str, int], people: int, lines: _Lines, answers: Any, definitions: Mapping[str, Any]
) -> dict[tuple[str, ...], list[str]]:  # fmt: skip
    comments: dict[tuple[str, ...], list[str]] = {
        ("labels", "relationship"): [
            f"long: {lines.start.name} longer ago than {lines.long} days; deep: {lines.deep} points or more;"
            " the first that holds is theirs"
        ],
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


def _examples(lines: _Lines, kinds: Sequence[str], facts: Facts) -> dict[str, Example]:
    """Of each kind somebody made up: long or short by when it began, deep by all that gives points."""
    start, enough = lines.start, _enough(lines.scoring["depth"]["rules"], lines.deep)
    within, beyond = ({key: f"{lines.long} days"} for key in ("within_last", "older_than"))
    about: Mapping[str, Any] = {"event": start.name} if start.is_event else {"field": start.name}
    short, old = ({**about, **({"last": t} if start.is_event else t)} for t in (within, beyond))
    made: Mapping[str, Sequence[Mapping[str, Any]]] = {
        "long-and-deep": [old, *enough],
        "short-and-deep": [short, *enough],
        "long-and-shallow": [old],
        "short-and-shallow": [short],
    }
    return {name: _together(made[name], facts) for name in kinds}


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
