"""The templates of a run, compiled: what goes into the state, and what values each of them needs."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from mactl.content.files import day_of
from mactl.content.reading import Wording, needs_occurrence
from mactl.content.source import TemplateSource, called_in, names_used
from mactl.content.supplies import Supplies
from mactl.content.templates import compile_template
from mactl.content.tracing import Tracer
from mactl.document import Route
from mactl.findings import Finding
from mactl.journey.graph import Node, build_graph
from mactl.project import Sender, Settings
from mactl.recipe.recipe import Recipe
from mactl.recipe.steps import SendStep
from mactl.recipe.template import Template
from mactl.workflows.writing.codes import CodeLists
from mactl.workflows.writing.lookups import DataTables

Key = tuple[str, str]
"""The original ids of a recipe and of one of its steps, as plans have them."""


@dataclass(frozen=True)
class Compiled:
    """One wording of what a step sends, with the project's From filled in, and what it needs to be written."""

    source: TemplateSource
    needs: frozenset[str]
    """Which dotted names it uses: `contact.first_name`."""
    codes: frozenset[str]
    """Which lists it hands out codes of."""

    @cached_property
    def tracer(self) -> Tracer:
        """What finds out which rows it looks up."""
        return Tracer(self.source)


@dataclass(frozen=True)
class StepTemplate:
    """What one step sends: its template in each wording, those for an occurrence compiled when one comes up."""

    name: str
    template: Template
    recipe: Recipe
    settings: Settings
    subject: str | None = None
    subject_at: Route = ()
    kept: Mapping[str, TemplateSource] = field(default_factory=dict)
    """`wording_key` → the source as the state has it, for an old version whose files may be gone."""
    _wordings: dict[tuple[str | None, str | None], tuple[Compiled | None, list[Finding]]] = field(
        default_factory=dict
    )

    @cached_property
    def is_periodic(self) -> bool:
        """Whether it has files for each occurrence."""
        return needs_occurrence(self.template)

    def wording(
        self, cell: str | None, occurrence: str | None
    ) -> tuple[Compiled | None, list[Finding]]:
        """The template as a cell writes it, for an occurrence; None and what is wrong with it."""
        day = day_of(occurrence or "") if self.is_periodic else None
        if (cell, day) not in self._wordings:
            self._wordings[cell, day] = self._compile(
                Wording(cell, day, self.subject, self.subject_at)
            )
        return self._wordings[cell, day]

    def check(self) -> Iterator[Finding]:
        """What is wrong with all wordings but those for an occurrence."""
        if not self.is_periodic:
            for cell in self.template.cells or [None]:
                yield from self.wording(cell, None)[1]

    def _compile(self, wording: Wording) -> tuple[Compiled | None, list[Finding]]:
        source, findings = self.kept.get(wording.cell or ""), list[Finding]()
        if source is None:
            source, findings = compile_template(
                self.name, self.template, self.recipe, Supplies.of(self.settings), wording
            )
        if source is None:
            return None, findings
        source = _with_sender(source, self.settings.sender)
        return Compiled(source, frozenset(names_used(source)), called_in(source, "code")), findings


@dataclass(frozen=True)
class Templates:
    """(recipe, step) → what that step sends; with the tables and codes that it is written with."""

    steps: Mapping[Key, StepTemplate]
    tables: DataTables
    codes: CodeLists
    old: Mapping[tuple[str, int, str], StepTemplate] = field(default_factory=dict)
    """(recipe, version, step) → the same of the versions that people are still in."""

    def of(self, recipe: str, version: int, step: str) -> StepTemplate:
        """What a step sends to those who are inside a version of a recipe."""
        return self.old.get((recipe, version, step)) or self.steps[recipe, step]

    @cached_property
    def sources(self) -> Mapping[Key, TemplateSource]:
        """(a recipe's id of today, `wording_key` of a step) → the source, but for those of an occurrence."""
        return {
            (step.recipe.id, wording_key(id, cell)): compiled.source
            for (_, id), step in self.steps.items()
            if not step.is_periodic
            for cell in step.template.cells or [None]
            if (compiled := step.wording(cell, None)[0]) is not None
        }

    def with_old(
        self,
        recipes: Iterable[tuple[Recipe, int, Mapping[str, TemplateSource]]],
        settings: Settings,
    ) -> "Templates":
        """These and those of old versions: each recipe with its version and its sources by `wording_key`."""
        old: dict[tuple[str, int, str], StepTemplate] = {}
        for recipe, version, sources in recipes:
            for id, step in _steps_of(recipe, settings):
                cells: list[str | None] = [*step.template.cells] or [None]
                kept = {cell or "": sources.get(wording_key(id, cell)) for cell in cells}
                found = {cell: source for cell, source in kept.items() if source is not None}
                old[recipe.origin, version, id] = replace(step, kept=found)
        return replace(self, old=old)


def wording_key(step: str, cell: str | None) -> str:
    """What the source of a step is kept under: its id, with the cell where its template has some."""
    return step if cell is None else f"{step}[{cell}]"


def compile_templates(
    recipes: Sequence[Recipe], settings: Settings, folder: Path = Path()
) -> tuple[Templates, list[Finding]]:
    """The template of every step of `recipes` that sends; a faulty one is reported.

    `folder` is the project's, where mactl.yaml's tables and codes are; they are read when they are needed.
    """
    steps: dict[Key, StepTemplate] = {}
    findings: dict[Finding, None] = {}
    for recipe in recipes:
        for id, step in _steps_of(recipe, settings):
            findings |= dict.fromkeys(step.check())
            steps[recipe.origin, id] = step
    tables, codes = DataTables(settings.data, folder), CodeLists(settings.codes, folder)
    return Templates(steps, tables, codes), list(findings)


def _steps_of(recipe: Recipe, settings: Settings) -> Iterator[tuple[str, StepTemplate]]:
    """Each step of `recipe` that a message goes out from, by its original id."""
    if recipe.file.journey is None:
        return
    for node, name in build_graph(recipe.file.journey, recipe.file.moved).letters():
        template = recipe.file.templates[name]
        yield node.id, StepTemplate(name, template, recipe, settings, *_own_subject(node))


def _own_subject(node: Node) -> tuple[str | None, Route]:
    if isinstance(node.step, SendStep) and node.step.send.subject is not None:
        return node.step.send.subject, (*node.route, "send", "subject")
    return None, ()


def _with_sender(source: TemplateSource, sender: Sender | None) -> TemplateSource:
    """A worker has no mactl.yaml: who the mail comes from goes along."""
    if sender is None:
        return source
    return replace(
        source, from_=source.from_ or sender.from_, reply_to=source.reply_to or sender.reply_to
    )
