"""Scores, stages and labels as expressions."""

from collections.abc import Mapping

import narwhals as nw

from mactl.recipe.conditions import Condition
from mactl.recipe.definitions import EventRule, Label, Rule, Score
from mactl.rules.comparisons import round_six
from mactl.rules.conditions import hold
from mactl.rules.scope import Scope


def rule_points(rule: Rule, scope: Scope) -> nw.Expr:
    """What a rule gives: a condition's points while it holds, or those of events, limited by `at_most`."""
    if not isinstance(rule, EventRule):
        given = nw.lit(float(rule.points))
        return nw.when(hold(rule.when, scope)).then(given).otherwise(nw.lit(0.0))
    tally = scope.of_contacts
    match = tally.matching(scope.happenings.named(rule))
    points = tally.points(match, rule.points, rule.half_life)
    if rule.at_most is None:
        return points
    most = abs(float(rule.at_most))
    return _at_least(_at_most(points, most), -most)


def score_points(score: Score, scope: Scope) -> nw.Expr:
    """The sum of the rules' points within cap and floor, to six decimals; never null."""
    total: nw.Expr = nw.lit(0.0)
    for rule in score.rules:
        total = total + rule_points(rule, scope)
    if score.cap is not None:
        total = _at_most(total, float(score.cap))
    if score.floor is not None:
        total = _at_least(total, float(score.floor))
    return round_six(total)


def _at_most(value: nw.Expr, most: float) -> nw.Expr:
    return nw.min_horizontal(value, nw.lit(most))


def _at_least(value: nw.Expr, least: float) -> nw.Expr:
    return nw.max_horizontal(value, nw.lit(least))


def last_that_holds(stages: Mapping[str, Condition], scope: Scope) -> nw.Expr:
    """The name of the last stage whose condition holds; null where none does."""
    return first_that_holds(dict(reversed(list(stages.items()))), scope)


def first_that_holds(buckets: Label, scope: Scope) -> nw.Expr:
    """The name of the first bucket whose condition holds; null where none does."""
    named: nw.Expr = nw.lit(None, dtype=nw.String)
    for name, condition in reversed(list(buckets.items())):
        named = nw.when(hold(condition, scope)).then(nw.lit(name)).otherwise(named)
    return named
