"""A definition tells nobody apart on this data.

Found with `--data`. A segment that nobody is in, or everybody, a score's rule that gives no point to anyone, a
label's bucket or a stage that nobody is in: either the data are few, or somebody meant something else.

    segments:
      active: {event: login, within_last: 90 days}     # not 9000, in which everyone did
"""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from mactl.checks.data import Data
from mactl.checks.scope import Look
from mactl.document import Route
from mactl.findings import Finding, Severity
from mactl.rules.names import STAGE, Definition
from mactl.rules.questions import RulePoints

IDS = ("empty-segment", "whole-segment", "idle-rule", "empty-bucket", "empty-stage")

_FEW = 2
"""Of fewer contacts it says nothing that everyone is in a segment."""


def check(data: Data) -> Iterator[Finding]:
    """One finding for each definition that makes no difference."""
    if not data.contacts:
        return
    for look in data.scope:
        yield from _segments(data, look)
        yield from _rules(data, look)
        yield from _buckets(data, look)


def _finding(id: str, severity: Severity, message: str, look: Look, route: Route) -> Finding:
    hint = "look at it with mactl explain CONTACT"
    return Finding(id, severity, message, look.place(route, key=True), hint)


def _segments(data: Data, look: Look) -> Iterator[Finding]:
    for name in look.recipe.file.segments:
        members = data.answer(Definition("segment", f"{look.recipe.id}.{name}"))
        if members is None:
            continue
        count, route = int(members.sum()), ("segments", name)
        if count == 0:
            message = f"none of {data.contacts} contacts is in {name!r}"
            yield _finding("empty-segment", Severity.WARNING, message, look, route)
        elif count == data.contacts >= _FEW:
            message = f"all of {data.contacts} contacts are in {name!r}"
            yield _finding("whole-segment", Severity.WARNING, message, look, route)


def _rules(data: Data, look: Look) -> Iterator[Finding]:
    for name, score in look.recipe.file.scoring.items():
        for number, rule in enumerate(score.rules):
            points = data.answer(RulePoints(f"{look.recipe.id}.{name}", number))
            if points is not None and not points.fillna(0).any():
                message = f"{rule.name!r} gives nobody a point"
                route = ("scoring", name, "rules", number)
                yield _finding("idle-rule", Severity.NOTE, message, look, route)


def _buckets(data: Data, look: Look) -> Iterator[Finding]:
    file, id = look.recipe.file, look.recipe.id
    for name, label in file.labels.items():
        column = data.answer(Definition("label", f"{id}.{name}"))
        for bucket in _unused(label, column):
            message = f"nobody is in the bucket {bucket!r} of {name!r}"
            yield _finding("empty-bucket", Severity.NOTE, message, look, ("labels", name, bucket))
    if look.recipe is data.scope.cookbook.ladder:
        for stage in _unused(file.stages, data.answer(STAGE)):
            message = f"nobody is in the stage {stage!r}"
            yield _finding("empty-stage", Severity.NOTE, message, look, ("stages", stage))


def _unused(names: Any, column: "pd.Series[Any] | None") -> Iterator[str]:
    if column is not None:
        used = set(column.dropna())
        yield from (name for name in names if name not in used)
