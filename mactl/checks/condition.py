"""A condition never holds, always holds, or stands twice in one list.

`{field: a, gt: 5, lt: 3}` is nobody, `all: [{stage: mql}, {stage: sql}]` is nobody, and `any: [X, none: [X]]` is
everyone: somebody meant something else. So it is with a window that nothing falls into (`within_last: 3 days,
older_than: 30 days`), a list with nothing in it, a range from high to low, a score above its cap. Say what is meant,
or take it out.

    - {field: clv, between: [500, 1500]}
    - any: [{stage: mql}, {stage: sql}]
"""

from collections.abc import Iterator

from mactl.checks.demands import demand_of
from mactl.checks.logic import Bounds, Judge, Judgement
from mactl.checks.scope import Look, Scope
from mactl.document import Route
from mactl.findings import Finding, Severity
from mactl.recipe.conditions import KINDS, Condition, ScoreCondition
from mactl.recipe.operators import PropertyValueTest

IDS = ("never-holds", "always-holds", "repeated-condition")

_FOUND = {
    "never": ("never-holds", "this never holds", "say what is meant, or take it out"),
    "always": ("always-holds", "this always holds", "say what is meant, or take it out"),
    "repeated": ("repeated-condition", "this is said twice", "take one out"),
}


def check(scope: Scope) -> Iterator[Finding]:
    """One finding for each innermost part that is to blame."""
    for look in scope:
        judge = Judge(_bounds(look, scope))
        for route, condition in outermost(look):
            if look.recipe.document.at(route) != {}:  # a stage of everyone
                judge.judge(condition, route)
        for route, test in look.each(PropertyValueTest):
            if (demand := demand_of(test)).is_impossible:
                why = f"{route[-1]} can't be {' and '.join(demand.words)}"
                judge.found.append(Judgement(route, "never", why))
        for judged in judge.found:
            yield _finding(look, judged)


def _finding(look: Look, judged: Judgement) -> Finding:
    id, what, hint = _FOUND[judged.verdict]
    why = f": {judged.why}" if judged.verdict != "repeated" else ""
    return Finding(id, Severity.WARNING, f"{what}{why}", look.place(judged.route), hint)


def outermost(look: Look) -> Iterator[tuple[Route, Condition]]:
    """Every condition of a recipe that stands in no other."""
    found = sorted(
        (each for kind in KINDS for each in look.each(kind)), key=lambda each: len(each[0])
    )
    inside: set[Route] = set()
    for route, condition in found:
        if not any(route[:length] in inside for length in range(len(route))):
            inside.add(route)
            yield route, condition


def _bounds(look: Look, scope: Scope) -> Bounds:
    """The floor and cap of each score that the recipe asks about."""
    names = {condition.score for _, condition in look.each(ScoreCondition)}
    scores = scope.cookbook.scores
    full = {name: scores.get(scope.cookbook.qualify(name, look.recipe.id)) for name in names}
    return {name: (score.floor, score.cap) for name, score in full.items() if score is not None}
