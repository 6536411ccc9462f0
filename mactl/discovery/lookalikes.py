"""Who is most like the people of a segment, as a score whose points people can read."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from mactl.discovery.aspects import slug
from mactl.discovery.describing import Flags
from mactl.discovery.fields import Choice
from mactl.discovery.leaks import named_in
from mactl.discovery.learning import need_sklearn, steadily
from mactl.discovery.numbers import Floats
from mactl.discovery.proposal import Group, Proposal, answers_of, nothing, percent
from mactl.discovery.scorecard import Judged, Points, judge, make_points
from mactl.discovery.study import Rows, Study, study
from mactl.discovery.traits import Example, Says, example_of, in_words
from mactl.facts.facts import Facts
from mactl.recipe.cookbook import Cookbook
from mactl.rules.evaluate import evaluate
from mactl.rules.names import Definition
from mactl.rules.questions import AnyQuestion

FEWEST = 20
"""Members, and others, below which nothing can be learned."""
_MOST = 10_000
"""Members, and others, who are looked at."""
_TELLTALE = 0.97


def find_lookalikes(
    facts: Facts, segment: str, choice: Choice, cookbook: Cookbook, recipe: str, engine: str, seed: int
) -> Proposal:  # fmt: skip
    """Who is like the members of `segment` (RECIPE.NAME) without being one.

    The same for the same data and `seed`. Raises ConfigurationError without scikit-learn.
    """
    need_sklearn("finding lookalikes")
    name = segment.partition(".")[2]
    title = f"People like those in {segment}"
    question: dict[str, AnyQuestion] = {"in": Definition("segment", segment)}
    inside = evaluate(facts, cookbook, question, engine=engine)["in"].to_numpy(dtype=np.bool_)
    members, others = int(inside.sum()), int((~inside).sum())
    if min(members, others) < FEWEST:
        return nothing("lookalikes", title, _too_few(members, others, segment), members)
    rows = _rows(inside, seed)
    sampled = len(rows) if len(rows) < len(inside) else None
    known = study(facts, rows, choice)
    made_of = named_in(segment, cookbook, facts.channels)
    known = known.without(
        [a.name for a in known.aspects if a.name in made_of and a.name not in choice.use],
        f"{segment} is made of it",
    )
    known = _without_telltales(known, inside[rows], choice).one_sided()
    proposal = Proposal("lookalikes", title, "", members, sampled, left_out=known.left_out)
    if not known.traits:
        verdict = "nothing is known by which they could be told from others"
        return replace(proposal, verdict=verdict)
    judged = judge(known.holds, inside[rows], seed)
    with steadily():
        points = make_points(known.holds, inside[rows], seed)
    proposal = replace(
        proposal, notes=[_judgement(judged)], figures=_figures(segment, members, judged)
    )
    if not judged.is_better_than_chance or not points:
        verdict = f"nothing that is known tells the {members:,} people in {segment} from others better than chance"
        return replace(proposal, verdict=verdict)
    score = slug(f"like-{name}")
    return _propose(
        proposal, known, points, inside, segment, score, facts, cookbook, recipe, engine
    )


def _too_few(members: int, others: int, segment: str) -> str:
    side = f"{members} {'person is' if members == 1 else 'people are'} in {segment}"
    if members > others:
        side = f"{others} {'person is' if others == 1 else 'people are'} not in {segment}"
    return f"{side}: at least {FEWEST} are needed to learn from"


def _figures(segment: str, members: int, judged: Judged) -> dict[str, Any]:
    return {
        "segment": segment,
        "members": members,
        "auc": round(judged.auc, 4),
        "interval": [round(judged.low, 4), round(judged.high, 4)],
        "chance": round(judged.chance, 4),
    }


def _rows(inside: Flags, seed: int) -> Rows:
    """Members and others in rows, so many of each at most: how many there are does not change how points rank them."""
    draw = np.random.default_rng(seed)
    both = [draw.permutation(np.flatnonzero(side))[:_MOST] for side in (inside, ~inside)]
    return np.sort(np.concatenate(both)).astype(np.int64)


def _without_telltales(known: Study, inside: Flags, choice: Choice) -> Study:
    """Without the aspects of which a single trait tells nearly all members from nearly all others: what is as sure as
    that mostly comes of being one."""
    hits, slips = known.holds[inside].mean(axis=0), known.holds[~inside].mean(axis=0)
    sure = np.abs(hits - slips) / 2 + 0.5 >= _TELLTALE
    names = {
        known.aspects[of].name for of, is_sure in zip(known.aspect_of, sure, strict=True) if is_sure
    }
    why = "tells members from others almost by itself, so it probably comes of being one; --use takes it in"
    return known.without(sorted(names - set(choice.use)), why)


def _judgement(judged: Judged) -> str:
    return (
        "of a member and somebody else who were not learned from, the member has more points in"
        f" {percent(judged.auc)} of cases (AUC {judged.auc:.2f},"
        f" 95 % interval {judged.low:.2f} to {judged.high:.2f}; shuffled members come to"
        f" {judged.chance:.2f} at best)"
    )


def _propose(
    found: Proposal, known: Study, points: Points, inside: Flags,
    segment: str, score: str, facts: Facts, cookbook: Cookbook, recipe: str, engine: str,
) -> Proposal:  # fmt: skip
    rules = _rules(known, points)
    definitions: dict[str, Any] = {"scoring": {score: {"rules": rules}}}
    questions: dict[str, AnyQuestion] = {"points": Definition("score", f"{recipe}.{score}")}
    answers = answers_of(definitions, recipe, questions, facts, cookbook, engine)
    totals = answers["points"].to_numpy()
    enough = _enough(totals, inside)
    has_enough: Says = {"score": score, "gte": enough}
    alike = totals >= enough
    people = int((alike & ~inside).sum())
    definitions["segments"] = (
        {"lookalikes": [has_enough, {"none": [{"segment": segment}]}]}
        if people
        else {"like": has_enough}
    )
    members_in, others_in = float(alike[inside].mean()), people / int((~inside).sum())
    sentence = _sentence(enough, segment, members_in, others_in, is_taken_off=totals.max() <= 0)
    name = next(iter(definitions["segments"]))
    counts = _shares(known, points, inside[_known_rows(known, facts)])
    comments: dict[tuple[str, ...], Sequence[str]] = {
        ("segments", name): [sentence],
        ("scoring", score): [found.notes[0], "trait: share of members, of others", *counts],
    }
    measured = {"points": enough, "of_members": round(members_in, 4)}
    return replace(
        found,
        verdict=f"{people:,} people are like the {found.people:,} in {segment}",
        groups=[Group(name, people, others_in, sentence, figures=measured)],
        figures={**found.figures, "rules": [{"name": r["name"], "points": r["points"]} for r in rules]},
        definitions=definitions,
        comments=comments,
        examples=_examples(known, points),
    )  # fmt: skip


def _rules(known: Study, points: Points) -> list[dict[str, Any]]:
    says = [(known.traits[trait].says, worth) for trait, worth in points]
    return [{"name": in_words(one), "when": dict(one), "points": worth} for one, worth in says]


def _enough(totals: Floats, inside: Flags) -> int:
    """As many points as half of the members have, and one at least where anybody has one: who shares nothing with them,
    or of whom nothing is known, is not like them."""
    half = int(np.median(totals[inside]))
    return max(half, 1) if totals.max() > 0 else half


def _sentence(
    enough: int, segment: str, members_in: float, others_in: float, *, is_taken_off: bool
) -> str:
    told = (
        f"{enough} point{'' if abs(enough) == 1 else 's'} or more: {percent(members_in)} of those in {segment} have"
        f" them, and {percent(others_in)} of the others: these are most like them"
    )
    if is_taken_off:
        told += "; points are only taken off, for what members do less often than others"
    return told


def _known_rows(known: Study, facts: Facts) -> Rows:
    index = pd.Index(facts.contacts.column("_contact").to_pandas())
    found: Rows = index.get_indexer(pd.Index(known.facts.contacts.column("_contact").to_pandas()))
    return found


def _shares(known: Study, points: Points, inside: Flags) -> Sequence[str]:
    hits, slips = known.holds[inside].mean(axis=0), known.holds[~inside].mean(axis=0)
    return [
        f"- {in_words(known.traits[trait].says)}: {percent(float(hits[trait]))}, {percent(float(slips[trait]))}"
        for trait, _ in points
    ]


def _examples(known: Study, points: Points) -> dict[str, Example]:
    """Somebody who has all that gives points, one trait of each aspect, and somebody of whom nothing is known."""
    best: dict[int, Any] = {}
    for trait, worth in points:
        if worth > 0:
            best.setdefault(known.aspect_of[trait], known.traits[trait].says)
    return {"alike": example_of(list(best.values()), known.facts), "other": Example({}, [])}
