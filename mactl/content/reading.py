"""A recipe's template → its parts, from the recipe and from the files beside it: in one wording, or in all."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from mactl.content.cells import locale_of_cell, with_cell
from mactl.content.files import (
    FORMATS,
    OCCURRENCE,
    Format,
    day_of,
    has_file,
    is_file_name,
    is_occurrence_file,
    occurrence_days,
    read_text,
)
from mactl.content.parts import TEXT_CHANNELS, Part, TextChannel, Written
from mactl.document import Route
from mactl.findings import Finding, Severity
from mactl.recipe.recipe import Recipe
from mactl.recipe.steps import SendTarget
from mactl.recipe.template import Template
from mactl.recipe.walk import walk

_BLOCK_SCALAR = re.compile(r"[|>][-+0-9]*\s*(?:#.*)?")
_OF_A_MAIL: tuple[Format, ...] = ("markdown", "html", "mjml", "text")
_PLAIN: tuple[Format, ...] = ("text",)


@dataclass(frozen=True, slots=True)
class Wording:
    """Which of its wordings a template is read in.

    `cell` is a key of its `cells`, `occurrence` what a file's `{occurrence}` stands for, `subject` a step's own,
    at `subject_at` in the recipe.
    """

    cell: str | None = None
    occurrence: str | None = None
    subject: str | None = None
    subject_at: Route = ()


AS_IT_IS = Wording()
"""A template without cells, occurrences or steps that change it."""


def read_written(
    name: str, template: Template, recipe: Recipe, wording: Wording = AS_IT_IS
) -> tuple[Written | None, list[Finding]]:
    """The parts of a recipe's template called `name`; None and every finding where one can't be read."""
    return _Reader(name, template, recipe, wording).read()


def read_every(
    name: str, template: Template, recipe: Recipe
) -> tuple[list[Written], list[Finding]]:
    """Each wording of a template that can be read, and every finding once: all cells, occurrences and subjects."""
    many: list[Written] = []
    findings: dict[Finding, None] = {}
    for wording in wordings_of(name, template, recipe):
        written, problems = read_written(name, template, recipe, wording)
        many += [written] if written else []
        findings |= dict.fromkeys(problems)
    if needs_occurrence(template) and not _days(template, recipe):
        findings[_no_occurrence(name, template, recipe)] = None
    return many, list(findings)


def wordings_of(name: str, template: Template, recipe: Recipe) -> Iterator[Wording]:
    """Every wording that a template can go out in, those of its steps included."""
    cells: list[str | None] = [*template.cells] or [None]
    days: list[str | None] = [*_days(template, recipe)] if needs_occurrence(template) else [None]
    subjects: list[tuple[str | None, Route]] = [(None, ()), *_subjects(name, recipe)]
    for cell in cells:
        for day in days:
            for subject, route in subjects:
                yield Wording(cell, day, subject, route)


def needs_occurrence(template: Template) -> bool:
    """Whether a template has files for each occurrence: `newsletter/{occurrence}.md`."""
    return any(True for _ in _occurrence_files(template))


def has_content(template: Template, recipe: Recipe, occurrence: str) -> bool:
    """Whether every file that a template has for each occurrence is there for this one.

    True for a template that has none; False where the occurrence is neither a date nor an instant.
    """
    values = list(_occurrence_files(template))
    day = day_of(occurrence)
    if not values or day is None:
        return not values
    return all(has_file(value.replace(OCCURRENCE, day), recipe.folder) for value in values)


def _occurrence_files(template: Template) -> Iterator[str]:
    """What names a file with `{occurrence}`, in the template, its cells and its blocks."""
    texts = (template, *template.cells.values())
    said = [text.written for text in texts]
    named = [text.get(key) for text in said for key in ("body", "text", *TEXT_CHANNELS)]
    named += [content.body for contents in template.blocks.values() for content in contents]
    for value in named:
        if value is not None and is_occurrence_file(value):
            yield value


def _days(template: Template, recipe: Recipe) -> list[str]:
    """The dates for which at least one file of `template` is there, in order."""
    found = {
        day
        for value in _occurrence_files(template)
        for day in occurrence_days(value, recipe.folder)
    }
    return sorted(found)


def _no_occurrence(name: str, template: Template, recipe: Recipe) -> Finding:
    value = next(_occurrence_files(template))
    return Finding(
        "no-occurrence-file",
        Severity.WARNING,
        f"there is no file yet like {recipe.folder / value}",
        recipe.document.place(("templates", name)),
        "write one for the date of the next slot, such as 2026-12-01; without it nobody is enrolled",
    )


def _subjects(name: str, recipe: Recipe) -> Iterator[tuple[str, Route]]:
    """The subjects that steps give a template of their own, with where they stand."""
    for route, part in walk(recipe.file):
        if isinstance(part, SendTarget) and part.template == name and part.subject is not None:
            yield part.subject, (*route, "subject")


class _Reader:
    """Reads one template in one wording; what can't be read is a finding."""

    def __init__(self, name: str, template: Template, recipe: Recipe, wording: Wording) -> None:
        self._recipe = recipe
        self._name = name
        self._wording = wording
        self._declared = template
        self._cell = template.cells.get(wording.cell or "")
        self._template = with_cell(template, wording.cell) if wording.cell else template
        self._findings: list[Finding] = []

    def read(self) -> tuple[Written | None, list[Finding]]:
        template, file = self._template, self._recipe.file
        subject = self._subject()
        texts: dict[TextChannel, Part] = {}
        for channel in TEXT_CHANNELS:
            text = self._part(channel, "text", _PLAIN)
            texts |= {channel: text} if text is not None else {}
        constants = {
            "vars": dict(file.vars),
            "recipe": {"id": file.recipe, "title": file.title, "version": file.version},
        }
        written = Written(
            file.recipe, self._name, template.kind, template.from_, template.reply_to, constants,
            subject, self._part("preheader", "text", ()), self._part("body", "markdown", _OF_A_MAIL),
            self._part("text", "text", _OF_A_MAIL), texts, self._blocks(),
            locale_of_cell(self._declared, self._wording.cell) if self._wording.cell else None,
        )  # fmt: skip
        if not self._findings:
            self._findings += self._incomplete(written)
        return (None if self._findings else written), self._findings

    def _subject(self) -> Part | None:
        if self._wording.subject is not None:
            return self._inline(self._wording.subject_at, self._wording.subject, "text")
        return self._part("subject", "text", ())

    def _blocks(self) -> dict[str, tuple[Part, ...]]:
        blocks = {}
        for name, contents in self._template.blocks.items():
            read = [
                self._read(("blocks", name, number, "body"), content.body, "markdown", _OF_A_MAIL)
                for number, content in enumerate(contents)
            ]
            blocks[name] = tuple(part for part in read if part is not None)
        return blocks

    def _part(self, key: str, inline: Format, formats: tuple[Format, ...]) -> Part | None:
        """The text called `key`, a file's if it may be one of `formats`; None where there is none."""
        value = self._template.written.get(key)
        if value is None:
            return None
        in_cell = self._cell is not None and key in self._cell.written
        route = ("cells", self._wording.cell or "", key) if in_cell else (key,)
        return self._read(route, value, inline, formats)

    def _read(
        self, route: Route, value: str, inline: Format, formats: tuple[Format, ...]
    ) -> Part | None:
        route = ("templates", self._name, *route)
        if not formats or not is_file_name(value):
            return self._inline(route, value, inline)
        format = FORMATS[PurePosixPath(value).suffix.lower()]
        place = self._recipe.document.place(route)
        if format not in formats:
            known = ", ".join(suffix for suffix, kind in FORMATS.items() if kind in formats)
            message = f"{PurePosixPath(value).suffix} files can't be read here"
            finding = Finding("template-format", Severity.ERROR, message, place, f"write {known}")
            self._findings.append(finding)
            return None
        if OCCURRENCE in value:
            day = day_of(self._wording.occurrence or "")
            if day is None:
                message = "the name of the file has an {occurrence}, and this has no date for it"
                hint = "let people in by `every`, `cron`, `once` or `date`"
                self._findings.append(
                    Finding("template-file-missing", Severity.ERROR, message, place, hint)
                )
                return None
            value = value.replace(OCCURRENCE, day)
        text = read_text(value, self._recipe.folder, place)
        if isinstance(text, Finding):
            self._findings.append(text)
            return None
        return Part(text, str(self._recipe.folder / value), 1, format)

    def _inline(self, route: Route, value: str, format: Format) -> Part:
        place = self._recipe.document.place(route)
        after = self._recipe.document.line(place.line)[max(place.column - 1, 0) :]
        # Below a `|` or `>` the text starts in the next line.
        below = 1 if _BLOCK_SCALAR.fullmatch(after) else 0
        return Part(value, place.path, place.line + below, format)

    def _incomplete(self, written: Written) -> Iterator[Finding]:
        """A cell may leave out what its template says, but not what nobody says."""
        lacking = [key for key in ("subject", "body") if getattr(written, key) is None]
        if len(lacking) == 1 or (lacking and not written.texts):
            where = ("cells", self._wording.cell) if self._wording.cell else ()
            yield Finding(
                "incomplete-cell",
                Severity.ERROR,
                f"the mail has no {' and no '.join(lacking)}, neither here nor in the template",
                self._recipe.document.place(("templates", self._name, *where)),
                "write it in the cell, or in the template for all cells",
            )
