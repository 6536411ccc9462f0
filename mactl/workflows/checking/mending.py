"""`mactl check --fix`: findings with one answer mended in the recipes' text, round by round."""

import codecs
import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from mactl.checks import check_scope
from mactl.checks.fixes import Edit, apply_edits, find_edits
from mactl.checks.ignoring import without_ignored
from mactl.checks.scope import Scope
from mactl.errors import UnreadableInput
from mactl.findings import Finding, Severity
from mactl.project import Settings
from mactl.recipe.cookbook import SUFFIXES, Cookbook, parse_recipe
from mactl.recipe.recipe import Recipe
from mactl.workflows.opening import Selection

_MOST_ROUNDS = 20
"""Mending one thing may show another, and a line is mended once a round."""


@dataclass(frozen=True)
class Mended:
    """What was mended, in the order of the mending, and what that changes in the files."""

    edits: tuple[Edit, ...]
    diff: str


class Mending:
    """The recipes of a selection, their text as it becomes, and what is found in it."""

    def __init__(self, selection: Selection, settings: Settings | None) -> None:
        """`settings` are those of mactl.yaml; None where nothing is known of it."""
        self._settings = settings
        self.selection = selection
        self.texts: dict[str, str] = {}
        """Path → the text of a file as it is to be; those that findings are about or that were looked at."""
        self._before: dict[str, str] = {}
        self._reading = _by_path(selection.findings)
        self._edits: list[Edit] = []
        self._read_texts()
        self.findings = self._look()

    def _read_texts(self) -> None:
        meant = [self.selection.cookbook.recipes[id].document for id in self.selection.chosen]
        self.texts = {document.path: document.text for document in meant}
        for path in self._reading:
            if (
                path.endswith(SUFFIXES)
                and path not in self.texts
                and Path(path).name != "mactl.yaml"
            ):
                try:
                    self.texts[path] = Path(path).read_bytes().decode("utf-8-sig")
                except (OSError, UnicodeDecodeError):
                    continue  # what can't be read can't be mended, and is told by its finding
        self._before = dict(self.texts)

    def _look(self) -> list[Finding]:
        scope = self._scope()
        return [*(f for found in self._reading.values() for f in found), *check_scope(scope)]

    def _scope(self) -> Scope:
        return Scope(self.selection.cookbook, self.selection.chosen, self._settings)

    def run(self) -> None:
        """Mend until nothing is left that has one answer."""
        for _ in range(_MOST_ROUNDS):
            told = without_ignored(
                self.findings, lambda path: self.texts.get(path, "").splitlines()
            )
            edits = find_edits(told, self.texts, self._scope())
            mended = [
                path for path in {e.place.path: None for e in edits} if self._mend(path, edits)
            ]
            if not mended:
                return
            self.findings = self._look()

    def _mend(self, path: str, edits: Iterable[Edit]) -> bool:
        """Make the edits of one file, all of them or else the first; whether any was made."""
        mine = [edit for edit in edits if edit.place.path == path]
        return self._try(path, mine) or self._try(path, mine[:1])

    def _try(self, path: str, edits: list[Edit]) -> bool:
        text = apply_edits(self.texts[path], edits)
        recipe, problems = parse_recipe(text, Path(path))
        if text == self.texts[path] or _gravity(problems) > _gravity(self._reading.get(path, [])):
            return False
        self.texts[path] = text
        self._reading[path] = problems
        self._edits += edits
        self._replace(path, recipe)
        return True

    def _replace(self, path: str, recipe: Recipe | None) -> None:
        cookbook, chosen = self.selection.cookbook, list(self.selection.chosen)
        old = next((r.id for r in cookbook if r.document.path == path), None)
        recipes = {id: other for id, other in cookbook.recipes.items() if id != old}
        if recipe is not None and recipe.id not in recipes:
            recipes[recipe.id] = recipe
            chosen = [*(id for id in chosen if id != old), recipe.id]
        made = Cookbook(dict(sorted(recipes.items())))
        known = tuple(id for id in made.recipes if id in chosen)
        self.selection = Selection(made, known, self.selection.findings)

    def mended(self) -> Mended:
        """What was done so far."""
        lines: list[str] = []
        for path, text in self.texts.items():
            old, new = self._before[path], text
            lines += difflib.unified_diff(
                old.splitlines(keepends=True), new.splitlines(keepends=True), path, path
            )
        whole = "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)
        return Mended(tuple(self._edits), whole)

    def write(self) -> None:
        """Put what became of the files on disk; UnreadableInput where one can't be written."""
        for path, text in self.texts.items():
            if text == self._before[path]:
                continue
            try:
                mark = (
                    codecs.BOM_UTF8 if Path(path).read_bytes().startswith(codecs.BOM_UTF8) else b""
                )
                Path(path).write_bytes(mark + text.encode())
            except OSError as refused:
                raise UnreadableInput(f"{path}: {refused.strerror}") from refused


def _by_path(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    found: dict[str, list[Finding]] = {}
    for finding in findings:
        found.setdefault(finding.place.path if finding.place else "", []).append(finding)
    return found


def _gravity(findings: Iterable[Finding]) -> tuple[int, int]:
    """How bad it is: whether it is YAML at all, then how many errors there are."""
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    return sum(f.id.startswith("yaml-") for f in errors), len(errors)
