"""Who is let in where a template has a file for each occurrence: nobody until its file is there."""

import pandas as pd

from mactl.content.reading import has_content, needs_occurrence
from mactl.findings import Finding, Severity
from mactl.journey.graph import build_graph
from mactl.recipe.recipe import Recipe


def with_content(recipe: Recipe, candidates: pd.DataFrame) -> tuple[pd.DataFrame, list[Finding]]:
    """Of `candidates` (with a column `occurrence`) those for whom the recipe has the files that its steps send.

    And a finding for each occurrence that waits for a file, at the template that names it.
    """
    file = recipe.file
    letters = build_graph(recipe.journey, file.moved).letters()
    names = dict.fromkeys(name for _, name in letters if needs_occurrence(file.templates[name]))
    if not names or candidates.empty:
        return candidates, []
    lacking = {
        occurrence: next(
            (n for n in names if not has_content(file.templates[n], recipe, str(occurrence))), None
        )
        for occurrence in candidates["occurrence"].unique()
    }
    findings = [
        Finding(
            "occurrence-without-file",
            Severity.WARNING,
            f"nobody is let in for {occurrence}: the template {name!r} lacks a file for it",
            recipe.document.place(("templates", name)),
            "write it; who is let in by then still gets it, unless that is later than `latest`",
        )
        for occurrence, name in lacking.items()
        if name is not None
    ]
    there = candidates["occurrence"].map(lambda occurrence: lacking[occurrence] is None)
    return candidates[there.astype(bool)], findings
