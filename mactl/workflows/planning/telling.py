"""What is worth telling of what was decided: people on steps that are gone, handovers that never settle."""

from collections.abc import Iterator, Sequence

from mactl.findings import Finding, Severity
from mactl.journey.engine import Decisions
from mactl.journey.graph import build_graph
from mactl.recipe.moved import current
from mactl.validation import did_you_mean


def stranded(decisions: Sequence[Decisions]) -> Iterator[Finding]:
    """A finding for each step on which people stand and which their journey has no more: they stay there.

    `mactl check --state` refuses the edit that brings it about; this is for who did not ask it.
    """
    for decided in decisions:
        recipe = decided.recipe
        graph = build_graph(recipe.journey, recipe.file.moved)
        gone = decided.standing[~decided.standing["step"].isin(list(graph.nodes))]
        for id, count in sorted(gone["step"].value_counts().items()):
            step = current(str(id), recipe.file.moved)
            people = "1 person stands" if count == 1 else f"{count} people stand"
            guess = did_you_mean(step, [node.name for node in graph])
            yield Finding(
                "stranded",
                Severity.WARNING,
                f"{people} on {step!r}, which the journey of {recipe.id} does not have any more; they stay there",
                recipe.document.place(("journey", "steps")),
                f"add `moved: {{{step}: NEW}}` or `retired: {{{step}: NEXT}}`"
                + (f"; {guess}" if guess else ""),
            )


def unsettled(decisions: Sequence[Decisions], restless: set[str]) -> Finding:
    """That recipes hand people over to each other in a way that never settles; `restless` are the original ids of
    those whose handovers came and went."""
    recipes = [decided.recipe for decided in decisions if decided.recipe.origin in restless]
    names = sorted(recipe.id for recipe in recipes)
    return Finding(
        "endless-handover",
        Severity.WARNING,
        f"whom {' and '.join(names)} hand over hangs on whom they let in, and that on whom they hand over; "
        "who is handed over now comes in with the next run",
        recipes[0].document.place(("journey", "steps")),
        "let one of them admit by `handover` alone, or without a `pace`",
    )
