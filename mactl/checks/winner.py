"""A split's winner can't be found.

The arm with `measure` waits to see which of the others did best, as a share of the messages they sent. An arm that
sends nothing never has `at_least` sends, so `fallback` would always be taken. And `after` must leave people time to
react.

    - split: subject
      arms:
        plain: {share: 10%, steps: [{send: issue}]}
        short: {share: 10%, steps: [{send: {template: issue, id: issue-short, subject: "Shorter"}}]}
        winner: {share: 80%, after: 4 hours, measure: clicked, at_least: 500, fallback: plain}
"""

from collections.abc import Iterator

from mactl.checks.scope import Scope
from mactl.findings import Finding, Severity
from mactl.journey.graph import walk_steps
from mactl.recipe.steps import SendStep, SplitStep

IDS = ("winner-unmeasured", "winner-at-once")


def check(scope: Scope) -> Iterator[Finding]:
    """One finding for each arm that never has a message to measure, and each winner that is chosen at once."""
    for look, route, step in scope.each(SplitStep):
        if step.winner is None:
            continue
        name, winner = step.winner
        if winner.after.mean_days <= 0:
            yield Finding(
                "winner-at-once",
                Severity.ERROR,
                "the best arm is chosen before anybody could have done anything",
                look.place((*route, "arms", name, "after")),
                "write `after: 4 hours`, or a day",
            )
        for other, arm in step.variants.items():
            if not any(isinstance(inner, SendStep) for inner, _ in walk_steps(arm.steps, ())):
                yield Finding(
                    "winner-unmeasured",
                    Severity.ERROR,
                    f"the arm {other!r} sends nothing, so it never has {winner.at_least} sends to compare",
                    look.place((*route, "arms", other), key=True),
                    "send something in it, or split without `measure`",
                )
