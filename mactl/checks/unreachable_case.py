"""A case comes after one that takes everyone it could take.

The first case that fits is taken: in a `choose`, in the contents of a block, in the buckets of a label. What follows
a case without a condition, or one that holds wherever the later one does, is never taken. Put the narrower one first.

    - choose:
        - {when: {score: fit, gte: 40}, then: [{send: talk}]}
        - {when: {score: fit, gte: 20}, then: [{send: paper}]}
"""

from collections.abc import Iterator, Sequence

from mactl.checks.logic import Judge, implies
from mactl.checks.scope import Look, Scope
from mactl.document import Route
from mactl.findings import Finding, Severity
from mactl.recipe.conditions import Condition
from mactl.recipe.steps import Case, ChooseStep

IDS = ("unreachable-case",)

_MOST_COMPARED = 50
"""Cases before a case that it is compared with."""


def check(scope: Scope) -> Iterator[Finding]:
    """One finding for each case that is never taken."""
    for look in scope:
        for cases in _lists(look):
            for route, earlier in _never_taken(cases):
                yield Finding(
                    "unreachable-case",
                    Severity.WARNING,
                    f"nobody comes to this: line {look.place(earlier).line} takes them before",
                    look.place(route, key=True),
                    "put the narrower one first, or take this one out",
                )


Ordered = Sequence[tuple[Route, Condition | None]]
"""Cases in order: where each stands, and its condition, None for everyone."""


def _lists(look: Look) -> Iterator[Ordered]:
    for route, step in look.each(ChooseStep):
        yield [
            ((*route, "choose", number), case.when if isinstance(case, Case) else None)
            for number, case in enumerate(step.choose)
        ]
    for name, label in look.recipe.file.labels.items():
        yield [(("labels", name, bucket), condition) for bucket, condition in label.items()]
    for name, template in look.recipe.file.templates.items():
        for block, contents in template.blocks.items():
            yield [
                (("templates", name, "blocks", block, number), content.when)
                for number, content in enumerate(contents)
            ]


def _never_taken(cases: Ordered) -> Iterator[tuple[Route, Route]]:
    """Each case that is never taken, and the one that takes its people."""
    before: list[tuple[Route, Condition | None]] = []
    for route, condition in cases:
        for earlier, other in before[-_MOST_COMPARED:]:
            if other is None or (condition is not None and implies(condition, other)):
                yield route, earlier
                break
        always = condition is not None and Judge().judge(condition, ()) == "always"
        before.append((route, None if always else condition))
