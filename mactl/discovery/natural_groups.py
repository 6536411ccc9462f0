"""Groups of people that nobody thought of, each with a rule that says who is in it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from mactl.discovery.aspects import slug
from mactl.discovery.describing import (
    Fit,
    Rule,
    fit_of,
    halved,
    learn_rule,
    lifts,
    says_of,
)
from mactl.discovery.fields import Choice
from mactl.discovery.grouping import FEWEST, Grouping, followers, group
from mactl.discovery.learning import need_sklearn
from mactl.discovery.proposal import Group, Proposal, answers_of, nothing, percent
from mactl.discovery.study import Study, sample_of, study
from mactl.discovery.traits import Example, example_of, in_words
from mactl.facts.facts import Facts
from mactl.recipe.cookbook import Cookbook
from mactl.rules.names import Definition

MOST = 20_000
"""People who are looked at; the rules are then asked of all."""
LABEL = "group"
_TITLE = "Groups that people fall into by themselves"


def find_groups(
    facts: Facts, choice: Choice, cookbook: Cookbook, recipe: str, engine: str, seed: int
) -> Proposal:
    """The natural groups among all contacts, each as a rule; or that there are none.

    The same for the same data and `seed`. Raises ConfigurationError without scikit-learn.
    """
    need_sklearn("finding groups")
    people = facts.contacts.num_rows
    if people < FEWEST:
        verdict = (
            f"{people} people are too few to tell groups from chance: at least {FEWEST} are needed"
        )
        return nothing("clusters", _TITLE, verdict, people)
    rows = sample_of(people, MOST, seed)
    known = _without_doubles(study(facts, rows, choice))
    sampled = len(rows) if len(rows) < people else None
    proposal = Proposal("clusters", _TITLE, "", people, sampled, left_out=known.left_out)
    if len(known.aspects) < 2:
        verdict = "there are no natural groups: fewer than two fields or events can be used"
        return replace(proposal, verdict=verdict)
    found = group([aspect.columns for aspect in known.aspects], seed)
    names = [aspect.name for aspect in known.aspects]
    proposal = replace(
        proposal,
        notes=[f"looked at: {', '.join(names)}", *_tried(found)],
        figures={"aspects": names, "tried": [_as_json(tried) for tried in found.tried]},
    )
    if found.chosen is None:
        verdict = "there are no natural groups here: people differ, but not in kinds"
        return replace(proposal, verdict=verdict)
    rules = _rules(known, found.labels, found.chosen.groups, seed)
    return _propose(proposal, known, found, rules, facts, cookbook, recipe, engine)


def _propose(
    proposal: Proposal, known: Study, found: Grouping, rules: Sequence[tuple[Rule, Fit]],
    facts: Facts, cookbook: Cookbook, recipe: str, engine: str,
) -> Proposal:  # fmt: skip
    """The groups that were found as segments, counted among all people by their rules."""
    names = _names(known, [rule for rule, _ in rules])
    definitions = _definitions(known, names, rules)
    question = {"group": Definition("label", f"{recipe}.{LABEL}")}
    buckets = answers_of(definitions, recipe, question, facts, cookbook, engine)["group"]
    groups = [
        _group(name, known, found.labels == n, fit, in_words(says_of(known, rule)),
            int((buckets == name).sum()), proposal.people)
        for n, (name, (rule, fit)) in enumerate(zip(names, rules, strict=True))
    ]  # fmt: skip
    empty = [each.name for each in groups if not each.people]
    for name in empty:
        del definitions["segments"][name], definitions["labels"][LABEL][name]
    nobody = int(buckets.isna().sum())
    told = f"{nobody:,} people ({percent(nobody / proposal.people)}) are in none of the rules"
    comments: dict[tuple[str, ...], Sequence[str]] = {
        ("labels", LABEL): ["the first that holds is theirs"],
        **{("labels", LABEL, each.name): _comment(each) for each in groups},
    }
    return replace(
        proposal,
        verdict=f"{len(names) - len(empty)} groups, told apart by rules",
        notes=[*proposal.notes, told] if nobody else proposal.notes,
        groups=[each for each in groups if each.people],
        definitions=definitions,
        comments=comments,
        examples=_examples(known, names, [rule for rule, _ in rules], empty),
    )


def _definitions(
    known: Study, names: Sequence[str], rules: Sequence[tuple[Rule, Fit]]
) -> dict[str, dict[str, Any]]:
    """The label, the smallest group first, for it is the most particular; and a segment for each of its buckets."""
    smallest_first = zip(reversed(names), reversed(rules), strict=True)
    label = {name: _as_label(says_of(known, rule)) for name, (rule, _) in smallest_first}
    segments = {name: {"label": LABEL, "eq": name} for name in names}
    return {"segments": segments, "labels": {LABEL: label}}


def _without_doubles(known: Study) -> Study:
    """Without the aspects that follow from another one, and would count twice."""
    follows = followers([a.columns for a in known.aspects], [a.order for a in known.aspects])
    by_other: dict[str, list[str]] = {}
    for late, first in follows.items():
        by_other.setdefault(known.aspects[first].name, []).append(known.aspects[late].name)
    for other, names in by_other.items():
        known = known.without(names, f"says the same as {other}")
    return known


def _tried(found: Grouping) -> list[str]:
    told = []
    for tried in found.tried:
        if found.chosen is not None and tried is not found.chosen:
            continue
        why = f": {tried.why_not}" if tried.why_not else ""
        told.append(
            f"{tried.groups} groups{why} (silhouette {tried.silhouette:.2f}, of shuffled people {tried.shuffled:.2f}"
            + (
                f"; agreement of halves {tried.stability:.2f}"
                if tried.stability is not None
                else ""
            )
            + ")"
        )
    return told


def _as_json(tried: Any) -> dict[str, Any]:
    return {
        "groups": tried.groups,
        "silhouette": round(tried.silhouette, 4),
        "shuffled": round(tried.shuffled, 4),
        "stability": None if tried.stability is None else round(tried.stability, 4),
        "valley": None if tried.valley is None or not np.isfinite(tried.valley) else round(tried.valley, 4),
        "why_not": tried.why_not,
    }  # fmt: skip


def _rules(
    known: Study, labels: npt.NDArray[np.int64], many: int, seed: int
) -> list[tuple[Rule, Fit]]:
    """Of each group its rule, and how well that finds people whom it was not learned from."""
    learn, judge = halved(len(labels), seed)
    found = []
    for n in range(many):
        rule = learn_rule(known.holds[learn], labels[learn] == n)
        found.append((rule, fit_of(known.holds[judge], labels[judge] == n, rule)))
    return found


def _as_label(says: Sequence[Any]) -> Any:
    return says[0] if len(says) == 1 else list(says)


def _names(known: Study, rules: Sequence[Rule]) -> list[str]:
    """A name for each rule, of the traits of its first way; a number behind where two are alike."""
    names: list[str] = []
    for rule in rules:
        tags = [known.traits[place].tag for place in rule[0]][:2] if rule else ["others"]
        name = slug("-".join(dict.fromkeys(tags)))
        names.append(name if name not in names else f"{name}-{names.count(name) + 1}")
    return names


def _group(
    name: str,
    known: Study,
    inside: npt.NDArray[np.bool_],
    fit: Fit,
    rule: str,
    people: int,
    all_: int,
) -> Group:
    apart = lifts(known, inside)
    told = "; ".join(
        f"{in_words(known.traits[lift.trait].says)}: {percent(lift.inside)}, of all {percent(lift.overall)}"
        for lift in apart
    )
    figures: Mapping[str, Any] = {
        "of_sample": round(float(inside.mean()), 4),
        "precision": round(fit.precision, 4),
        "recall": round(fit.recall, 4),
        "judged": fit.judged,
    }
    return Group(name, people, people / all_, told, rule, figures)


def _comment(found: Group) -> list[str]:
    recall, precision = (float(found.figures[name] or 0) for name in ("recall", "precision"))
    return [
        f"{found.people:,} people ({percent(found.share)}). The rule finds {percent(recall)} of the group, and"
        f" {percent(precision)} of those it finds are of it.",
        *(f"- {part}" for part in found.sentence.split("; ")),
    ]


def _examples(
    known: Study, names: Sequence[str], rules: Sequence[Rule], empty: Sequence[str]
) -> dict[str, Example]:
    return {
        name: example_of([known.traits[place].says for place in rule[0]], known.facts)
        for name, rule in zip(names, rules, strict=True)
        if rule and name not in empty
    }
