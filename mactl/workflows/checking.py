"""`mactl check`: everything that is wrong with the project and its recipes, at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mactl.checks import check_recipes
from mactl.checks.ignoring import without_ignored
from mactl.errors import UsageError
from mactl.findings import Finding, in_reading_order
from mactl.workflows.opening import find_project, first_path, select_recipes


@dataclass(frozen=True)
class Checked:
    """What was looked at and what was found."""

    recipes: tuple[str, ...]
    findings: tuple[Finding, ...]
    lines: Mapping[str, list[str]]
    """Path → the lines of the files that findings are about."""

    def line(self, path: str, number: int) -> str:
        """The text of line `number` (from 1) of a file; empty where it is not known."""
        lines = self.lines.get(path, [])
        return lines[number - 1] if 0 < number <= len(lines) else ""


def check(given: Path | None, names: Sequence[str]) -> Checked:
    """Check mactl.yaml and the recipes that `names` mean (all of the project's where there are none).

    Raises UsageError where there is nothing to check.
    """
    project, findings = find_project(given, first_path(names))
    selection = select_recipes(project, names)
    findings += selection.findings
    findings += check_recipes(selection.cookbook, selection.chosen)
    if not selection.chosen and not findings and not project.has_file:
        raise UsageError(
            f"there are no recipes in {project.cookbook}",
            "name a recipe or a folder, or start with mactl init",
        )
    lines = {path: _lines_of(path) for path in {f.place.path for f in findings if f.place}}
    findings = list(without_ignored(findings, lambda path: lines.get(path, [])))
    return Checked(selection.chosen, tuple(in_reading_order(findings)), lines)


def _lines_of(path: str) -> list[str]:
    try:
        return Path(path).read_text(encoding="utf-8-sig", errors="replace").splitlines()
    except OSError:
        return []
