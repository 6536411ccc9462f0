"""For some people a template has no cell.

A template with `by: [persona, stage]` says something else to each persona in each stage. Who is in none of its cells
gets nothing: the message is held until it is too late. Write the cell, or one for `*`, which takes all others.

    cells:
      cto/mql: {subject: …, body: …}
      "*/mql": {subject: …, body: …}
      "*": {subject: …, body: …}
"""

from collections.abc import Iterator, Sequence

from mactl.checks.scope import Look, Scope
from mactl.content.cells import template_holes
from mactl.findings import Finding, Severity

IDS = ("template-hole",)

_MOST_NAMED = 5
_MOST_COMBINATIONS = 10_000


def check(scope: Scope) -> Iterator[Finding]:
    """One finding for each template with holes, which names the first of them."""
    for look in scope:
        for name, template in look.recipe.file.templates.items():
            if (
                not template.by
                or _combinations(values := _axes(look, scope, template.by)) > _MOST_COMBINATIONS
            ):
                continue
            holes = template_holes(template, values)
            if holes:
                told = [_in_words(template.by, hole) for hole in holes]
                more = f" and {len(told) - _MOST_NAMED} more" if len(told) > _MOST_NAMED else ""
                yield Finding(
                    "template-hole",
                    Severity.WARNING,
                    f"there is no cell for {'; '.join(told[:_MOST_NAMED])}{more}",
                    look.place(("templates", name, "cells"), key=True),
                    'write it, or one for "*"',
                )


def _axes(look: Look, scope: Scope, by: Sequence[str]) -> dict[str, Sequence[str | None]]:
    """What each axis can be, as far as recipes say; a field can be anything, and empty."""
    found: dict[str, Sequence[str | None]] = {}
    for axis in by:
        label = scope.cookbook.labels.get(scope.cookbook.qualify(axis, look.recipe.id))
        if axis == "stage" and scope.cookbook.stages:
            found[axis] = tuple(scope.cookbook.stages)
        elif label is not None:
            found[axis] = (*label, None)
    return found


def _combinations(axes: dict[str, Sequence[str | None]]) -> int:
    count = 1
    for values in axes.values():
        count *= len(values)
    return count


def _said(axis: str, value: str | None) -> str:
    return f"{axis} {value}" if value is not None else f"no {axis}"


def _in_words(by: Sequence[str], hole: Sequence[str | None]) -> str:
    return " and ".join(_said(axis, value) for axis, value in zip(by, hole, strict=True))
