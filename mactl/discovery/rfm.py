"""Recency, frequency and monetary value of buyers, and the segments that the trade makes of them.

Each of the three is a label of five grades, so that a fifth of the buyers is in each; tied buyers are never parted, and
those who bought once are always the lowest in frequency. The segments are ranges of these grades: how lately, against
how often and how much together. (Hughes, Strategic Database Marketing, 1994, for the three; the names are the trade's.)
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd

from mactl.discovery.aspects import plain
from mactl.discovery.proposal import Group, Proposal, answers_of, nothing, percent
from mactl.discovery.purchases import Named, Purchases, find_purchases, measure
from mactl.discovery.scales import Scale, day_of, scales_of
from mactl.discovery.traits import Example
from mactl.facts.facts import Facts
from mactl.recipe.cookbook import Cookbook
from mactl.rules.names import Definition
from mactl.rules.questions import AnyQuestion

FEWEST = 15
"""Buyers, below which they are better looked at one by one."""
_FEW = 50
"""Buyers, below which there are three grades instead of five."""
EMPTY = "empty-bucket"
"""What `mactl check` would say of a bucket that nobody is in."""
_TITLE = "Buyers by how lately, how often and for how much they bought"

_RANGES: Mapping[str, tuple[str, Sequence[Any]]] = {
    "champions": (
        "bought lately, often and for much: thank them, and ask them to tell others",
        [{"label": "recency", "in": ["r5", "r4"]}, {"score": "value", "gte": 8}],
    ),
    "loyal": (
        "come back, and not long ago: offer what goes with what they have",
        [
            {"label": "recency", "in": ["r5", "r4", "r3"]},
            {"label": "frequency", "ne": "f1"},
            {"score": "value", "gte": 6},
        ],
    ),
    "new-customers": (
        "bought once, lately: help them to make good use of it",
        [{"label": "recency", "in": ["r5", "r4"]}, {"label": "frequency", "eq": "f1"}],
    ),
    "potential-loyalists": (
        "bought lately and more than once, for little: show them more",
        [{"label": "recency", "in": ["r5", "r4"]}],
    ),
    "need-attention": (
        "bought neither lately nor long ago, seldom or for little: remind them",
        [{"label": "recency", "eq": "r3"}],
    ),
    "cant-lose": (
        "were among the best, and have not bought for the longest: call them",
        [{"label": "recency", "eq": "r1"}, {"score": "value", "gte": 8}],
    ),
    "at-risk": (
        "bought often or for much, and not for long: win them back",
        [{"label": "recency", "in": ["r1", "r2"]}, {"score": "value", "gte": 6}],
    ),
    "about-to-sleep": (
        "bought little, and it is a while ago",
        [{"label": "recency", "eq": "r2"}],
    ),
    "hibernating": (
        "bought little, the longest ago: one last word, then leave them alone",
        [{"label": "recency", "eq": "r1"}],
    ),
}  # fmt: skip
"""Segment → what it is, and its range; the first that holds is theirs."""


def find_rfm(facts: Facts, named: Named, cookbook: Cookbook, recipe: str, engine: str) -> Proposal:
    """The buyers among all contacts by RFM.

    Raises UsageError as `find_purchases` does.
    """
    purchases = find_purchases(facts, named)
    buyers = measure(purchases, facts, engine)
    many = len(buyers)
    if many < FEWEST:
        told = "nobody has bought" if not many else f"there are only {_counted(many)}"
        verdict = f"{told}: at least {FEWEST} are needed to tell more from less"
        return nothing("rfm", _TITLE, verdict, many, notes=purchases.notes)
    best = 5 if many >= _FEW else 3
    scales = scales_of(purchases, buyers, best)
    definitions = _definitions(scales, purchases)
    questions: dict[str, AnyQuestion] = {
        name: Definition("label", f"{recipe}.{name}") for name in definitions["labels"]
    }
    found = answers_of(definitions, recipe, questions, facts, cookbook, engine).loc[buyers.index]
    groups = [
        _group(name, about, buyers[found["rfm"] == name], buyers)
        for name, (about, _) in _RANGES.items()
    ]
    groups = [group for group in groups if group.people]
    once = float((buyers["times"] == 1).mean())
    return Proposal(
        "rfm",
        _TITLE,
        f"{_counted(many)} in {len(groups)} segments",
        many,
        notes=[*purchases.notes, *_notes(many, best, once)],
        groups=groups,
        figures={
            "event": purchases.event,
            "amount": purchases.amount,
            "buyers": many,
            "once": round(once, 4),
        },
        definitions=_only(definitions, [group.name for group in groups]),
        comments=_comments(groups, definitions["labels"]["rfm"], purchases),
        examples=_examples(found, groups, scales, purchases, facts),
    )


def _notes(many: int, best: int, once: float) -> list[str]:
    few = f"{many} buyers are few: three grades (1, 3, 5) instead of five"
    told = f"{percent(once)} bought once: they are f1, and the others are graded among themselves"
    return [few, told] if best == 3 else [told]


def _counted(many: int) -> str:
    return f"{many:,} buyer{'' if many == 1 else 's'}"


def _definitions(scales: Mapping[str, Scale], purchases: Purchases) -> dict[str, Any]:
    bought, paid = purchases.says, purchases.paid
    labels: dict[str, Any] = {"rfm": {name: [bought, *says] for name, (_, says) in _RANGES.items()}}
    labels["recency"] = {
        grade: bought if np.isnan(cut) else {**bought, "last": {"within_last": f"{-int(cut)} days"}}
        for grade, cut in scales["recency"].items()
    }
    labels["frequency"] = {
        grade: bought if np.isnan(cut) else {**bought, "count": {"gte": int(cut)}}
        for grade, cut in scales["frequency"].items()
    }
    if "monetary" in scales:
        labels["monetary"] = {
            grade: bought if np.isnan(cut) else {**paid, "sum": {"of": purchases.amount, "gte": plain(cut)}}
            for grade, cut in scales["monetary"].items()
        }  # fmt: skip
    rules = []
    graded = ["frequency", "monetary"] if "monetary" in scales else ["frequency"]
    for label in graded:
        for grade in scales[label]:
            points = int(grade[1:]) * (1 if len(graded) == 2 else 2)
            rules.append(
                {
                    "name": f"{label} {grade[1:]}",
                    "when": {"label": label, "eq": grade},
                    "points": points,
                }
            )
    for says in labels["rfm"].values():
        del says[0]  # who has a grade bought
    return {
        "segments": {name: {"label": "rfm", "eq": name} for name in _RANGES},
        "scoring": {"value": {"rules": rules}},
        "labels": {"rfm": _within(labels["rfm"], scales), **{k: v for k, v in labels.items() if k != "rfm"}},
    }  # fmt: skip


def _within(ranges: Mapping[str, Sequence[Any]], scales: Mapping[str, Scale]) -> dict[str, Any]:
    """`ranges` by the grades that there are; those that nobody can be in are left out."""
    found: dict[str, Any] = {}
    for name, says in ranges.items():
        kept: list[Any] = []
        for test in says:
            known = scales.get(test.get("label", ""))
            if known is not None and "in" in test:
                grades_there = [grade for grade in test["in"] if grade in known]
                one = {"eq": grades_there[0]} if len(grades_there) == 1 else {"in": grades_there}
                kept.append({"label": test["label"], **one} if grades_there else None)
            elif known is not None and "eq" in test and test["eq"] not in known:
                kept.append(None)
            else:
                kept.append(test)
        if None not in kept:
            found[name] = kept[0] if len(kept) == 1 else kept
    return found


def _only(definitions: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """Without the segments that nobody is in today; the buckets stay, for those who come."""
    segments = {name: says for name, says in definitions["segments"].items() if name in names}
    return {**definitions, "segments": segments}


def _group(name: str, about: str, people: pd.DataFrame, buyers: pd.DataFrame) -> Group:
    if not len(people):
        return Group(name, 0, 0.0, about)
    days, times = (float(people[column].median()) for column in ("days", "times"))
    spent = float(people["spent"].median())
    total = float(buyers["spent"].sum())
    figures: dict[str, Any] = {"days": round(days), "times": plain(times)}
    told = f"{name}: {about}"
    if not np.isnan(spent) and total > 0:
        figures |= {
            "spent": round(spent, 2),
            "of_spent": round(float(people["spent"].sum()) / total, 4),
        }
    return Group(name, len(people), len(people) / len(buyers), told, figures=figures)


def _comments(
    groups: Sequence[Group], ranges: Mapping[str, Any], purchases: Purchases
) -> dict[tuple[str, ...], list[str]]:
    comments: dict[tuple[str, ...], list[str]] = {
        ("labels", "recency"): ["how lately they bought, 5 the latest"],
        ("labels", "frequency"): ["how often, 5 the most often; f1 is once"],
        ("labels", "monetary"): [f"what they spent: the sum of {purchases.amount}"],
        ("labels", "rfm"): ["the first that holds is theirs"],
        ("scoring", "value"): ["how often and how much together, from 2 to 10"],
    }
    told = {group.name: group for group in groups}
    for name in ranges:
        empty = f"mactl: ignore[{EMPTY}] nobody is here today"
        today = figures_of(told[name]) if name in told else empty
        comments["labels", "rfm", name] = [_RANGES[name][0], today]
    return comments


def figures_of(group: Group) -> str:
    """What a segment's people have in the middle."""
    days, times = group.figures["days"], group.figures["times"]
    often = "once" if times == 1 else f"{times} times"
    told = (
        f"{group.people:,} people ({percent(group.share)}); in the middle {days} days ago, {often}"
    )
    if "spent" not in group.figures:
        return told
    spent, share = (float(group.figures[name] or 0) for name in ("spent", "of_spent"))
    return f"{told}, {spent:,.0f} spent; {percent(share)} of all that was spent"


def _examples(
    found: pd.DataFrame,
    groups: Sequence[Group],
    scales: Mapping[str, Scale],
    purchases: Purchases,
    facts: Facts,
) -> dict[str, Example]:
    """Of each segment somebody with the grades that most have there."""
    labels = [name for name in ("recency", "frequency", "monetary") if name in scales]
    examples = {}
    for group in groups:
        common = found[found["rfm"] == group.name].value_counts(labels, sort=True)
        most = common[common == common.max()].sort_index().index[0]
        grade = dict(zip(labels, most, strict=True))
        days = day_of(scales["recency"], grade["recency"])
        cut = scales["frequency"][grade["frequency"]]
        times = 1 if np.isnan(cut) else int(cut)
        spent = scales["monetary"][grade["monetary"]] if "monetary" in grade else np.nan
        today = facts.now.astimezone(facts.zone)
        events = []
        for n in range(times):
            at = (today - timedelta(days=days + n)).date().isoformat()
            event: dict[str, Any] = {"event": purchases.event, "at": at, **purchases.money}
            if purchases.amount is not None:
                lowest = min(c for c in [*scales["monetary"].values(), 2.0] if not np.isnan(c)) / 2
                event[purchases.amount] = plain(
                    (lowest if np.isnan(spent) else spent) if n == 0 else 0
                )
            events.append(event)
        examples[group.name] = Example({}, events)
    return examples
