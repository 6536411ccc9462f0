"""What an author wrote for a template: its parts as text, with where each stands. Only this reads files."""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any, Literal

from mactl.content.values import values_from_json, values_to_json
from mactl.findings import Finding, Place, Severity
from mactl.recipe.recipe import Recipe
from mactl.recipe.template import Template

Kind = Literal["marketing", "service"]
Format = Literal["markdown", "html", "text"]

_FORMATS: dict[str, Format] = {".md": "markdown", ".html": "html", ".txt": "text"}
_LARGEST_FILE = 512 * 1024  # bytes
_BLOCK_SCALAR = re.compile(r"[|>][-+0-9]*\s*(?:#.*)?")


@dataclass(frozen=True, slots=True)
class Part:
    """A text of a template, which starts in line `first_line` of the file at `path`."""

    text: str
    path: str
    first_line: int
    format: Format = "text"

    def place(self, line: int) -> Place:
        """Where line `line` of the text stands; it counts from 1."""
        return Place(self.path, self.first_line + line - 1)


@dataclass(frozen=True, slots=True)
class Written:
    """A template as its author wrote it: what it is, and each part with its place. Plain values only.

    `constants` are the values that are the same for everyone who gets it: `vars` and `recipe`.
    """

    recipe: str
    name: str
    kind: Kind
    from_: str | None
    reply_to: str | None
    constants: Mapping[str, Any]
    subject: Part
    preheader: Part | None
    body: Part
    text: Part | None

    def to_json(self) -> str:
        """The whole as JSON text; `from_json` gives an equal one."""
        plain = {**asdict(self), "constants": values_to_json(self.constants)}
        return json.dumps(plain, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> "Written":
        """What `to_json` wrote."""
        plain = json.loads(text)
        for name in ("subject", "preheader", "body", "text"):
            plain[name] = Part(**plain[name]) if plain[name] is not None else None
        return cls(**{**plain, "constants": values_from_json(plain["constants"])})


def read_written(
    name: str, template: Template, recipe: Recipe
) -> tuple[Written | None, list[Finding]]:
    """The parts of a recipe's template called `name`; None and every finding where one can't be read."""
    findings: list[Finding] = []

    def inline(key: str, value: str | None, format: Format = "text") -> Part | None:
        if value is None:
            return None
        place = recipe.document.place(("templates", name, key))
        return Part(value, place.path, place.line + _starts_below(recipe, place), format)

    def part(key: str, value: str | None, format: Format) -> Part | None:
        if value is None or not _is_file_name(value):
            return inline(key, value, format)
        found = _read_file(value, recipe, recipe.document.place(("templates", name, key)))
        if isinstance(found, Part):
            return found
        findings.append(found)
        return None

    subject = inline("subject", template.subject)
    preheader = inline("preheader", template.preheader)
    body = part("body", template.body, "markdown")
    text = part("text", template.text, "text")
    if findings or subject is None or body is None:
        return None, findings
    file = recipe.file
    constants = {
        "vars": dict(file.vars),
        "recipe": {"id": file.recipe, "title": file.title, "version": file.version},
    }
    written = Written(
        file.recipe, name, template.kind, template.from_, template.reply_to, constants,
        subject, preheader, body, text,
    )  # fmt: skip
    return written, []


def _starts_below(recipe: Recipe, place: Place) -> int:
    """1 where the text starts in the line after its place: below a `|` or `>`."""
    after = recipe.document.line(place.line)[max(place.column - 1, 0) :]
    return 1 if _BLOCK_SCALAR.fullmatch(after) else 0


def _is_file_name(value: str) -> bool:
    """Whether `value` names a file rather than being the text: one line, no tags, a known ending."""
    if "\n" in value or "{{" in value or "{%" in value or not value.strip():
        return False
    return PurePosixPath(value).suffix.lower() in (*_FORMATS, ".mjml")


def _read_file(value: str, recipe: Recipe, place: Place) -> Part | Finding:
    """The file called `value` beside the recipe, or why it is not read."""
    path = recipe.folder / value
    suffix = path.suffix.lower()

    def finding(id: str, message: str, hint: str | None = None) -> Finding:
        return Finding(id, Severity.ERROR, message, place, hint)

    if suffix not in _FORMATS:
        known = ", ".join(_FORMATS)
        return finding("template-format", f"{suffix} files can't be read", f"write {known}")
    if not _stays_inside(value, recipe.folder):
        hint = f"keep it in {recipe.folder} and write its path from there"
        return finding("template-file-outside", f"{value!r} is not in the recipe's folder", hint)
    try:
        if not path.is_file():
            hint = "text that happens to end like a file's name needs a full stop or a second line"
            return finding("template-file-missing", f"there is no file {path}", hint)
        with path.open("rb") as file:
            content = file.read(_LARGEST_FILE + 1)
    except (OSError, ValueError) as unreadable:
        return finding("template-file-missing", f"{path} can't be read: {unreadable}")
    if len(content) > _LARGEST_FILE:
        return finding("template-too-large", f"{path} is larger than 512 KiB")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as broken:
        line = content[: broken.start].count(b"\n") + 1
        message, hint = "this is not UTF-8", "save the file as UTF-8"
        return Finding("template-encoding", Severity.ERROR, message, Place(str(path), line), hint)
    return Part(text.replace("\r\n", "\n").replace("\r", "\n"), str(path), 1, _FORMATS[suffix])


def _stays_inside(value: str, folder: Path) -> bool:
    """Whether `value` leads to a file below `folder`, links followed: recipes may come from strangers."""
    windows = PureWindowsPath(value)
    if "\0" in value or windows.drive or windows.root or ".." in windows.parts:
        return False
    try:
        return Path(os.path.realpath(folder / value)).is_relative_to(os.path.realpath(folder))
    except OSError:
        return False
