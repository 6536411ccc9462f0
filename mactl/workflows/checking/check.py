"""`mactl check`: everything that is wrong with the project and its recipes, at once."""

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from mactl.checks import check_scope
from mactl.checks.ignoring import without_ignored
from mactl.checks.scope import Scope
from mactl.errors import UsageError
from mactl.findings import Finding, in_reading_order
from mactl.project import Project
from mactl.workflows.checking.kept_findings import Checked, Shelf, lines_of, roots_of
from mactl.workflows.checking.mending import Mended, Mending
from mactl.workflows.opening import (
    Selection,
    find_project,
    first_path,
    select_recipes,
)

if TYPE_CHECKING:
    from mactl.workflows.checking.beside import Beside


def check(
    given: Path | None,
    names: Sequence[str],
    *,
    beside: "Beside | None" = None,
    use_kept: bool = False,
) -> Checked:
    """Check mactl.yaml and the recipes that `names` mean (all of the project's where there are none).

    `beside`: with the data, the state, or both. `use_kept`: findings are kept for a check of the same files, and
    taken from an earlier one; those beside data or state never are. Raises UsageError where there is nothing to check.
    """
    shelf = Shelf.of(given, names) if use_kept and beside is None else None
    kept = shelf.take() if shelf else None
    if kept is not None:
        return kept
    project, findings = find_project(given, first_path(names))
    roots = roots_of(project.cookbook.resolve(), names)
    before = shelf.look(roots) if shelf else None
    # What DuckDB holds must go before Python does: frozen, it would be said to leak.
    with _all_kept_in_memory() if beside is None else nullcontext():
        selection = select_recipes(project, names)
        _need_something(project, selection, findings)
        findings += _findings(project, selection, beside, is_sound=not findings)
    found = _checked(selection, findings, {})
    if shelf:
        shelf.put(found, roots, before)
    return found


def mend(given: Path | None, names: Sequence[str], *, write: bool) -> tuple[Checked, Mended]:
    """Mend what can be mended in the recipes that `names` mean, and check what comes of it.

    Files change on disk only where `write` is true, each whole; comments and everything else in them stay. Raises
    UnreadableInput where one can't be written, UsageError where there is nothing to check.
    """
    project, findings = find_project(given, first_path(names))
    selection = select_recipes(project, names)
    _need_something(project, selection, findings)
    mending = Mending(selection, project.settings if project.has_file and not findings else None)
    mending.run()
    if write:
        mending.write()
    texts = {path: text.splitlines() for path, text in mending.texts.items()}
    return _checked(mending.selection, [*findings, *mending.findings], texts), mending.mended()


@contextmanager
def _all_kept_in_memory() -> Iterator[None]:
    """No collection of garbage: recipes and their places are millions of objects, and all are needed to the end."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.unfreeze()  # what is there now counts as old, and is not looked through at once
        if was_on:
            gc.enable()


def _need_something(project: Project, selection: Selection, findings: Sequence[Finding]) -> None:
    if not (selection.chosen or selection.findings or findings or project.has_file):
        raise UsageError(
            f"there are no recipes in {project.cookbook}",
            "name a recipe or a folder, or start with mactl init",
        )


def _findings(
    project: Project, selection: Selection, beside: "Beside | None", *, is_sound: bool
) -> list[Finding]:
    """What is found in recipes; of a mactl.yaml that isn't sound nothing is known."""
    settings = project.settings if project.has_file and is_sound else None
    scope = Scope(selection.cookbook, selection.chosen, settings)
    findings = [*selection.findings, *check_scope(scope)]
    if beside is None:
        return findings
    from mactl.workflows.checking.beside import (
        findings_beside,  # what reads data takes long to import
    )

    return [*findings, *findings_beside(project, scope, beside)]


def _checked(
    selection: Selection, findings: Sequence[Finding], texts: Mapping[str, list[str]]
) -> Checked:
    """`findings` in reading order, but for those that a comment silences."""
    paths = {finding.place.path for finding in findings if finding.place}
    lines = {path: texts[path] if path in texts else lines_of(path) for path in paths}
    told = without_ignored(findings, lambda path: lines.get(path, []))
    return Checked(selection.chosen, tuple(in_reading_order(told)), lines)
