"""A folder with its mactl.yaml: found, read and held."""

import os
from dataclasses import dataclass
from pathlib import Path

from mactl.document import read_document
from mactl.errors import UnreadableInput
from mactl.findings import Finding
from mactl.project.secrets import fill_in_secrets
from mactl.project.settings import Settings
from mactl.validation import validate

FILE_NAME = "mactl.yaml"


@dataclass(frozen=True, slots=True)
class Project:
    """A folder with its settings; without a mactl.yaml the settings are the defaults."""

    folder: Path
    settings: Settings
    has_file: bool = True

    @property
    def cookbook(self) -> Path:
        """The folder of the recipes."""
        return self.folder / self.settings.recipes

    def path(self, relative: str) -> Path:
        """A path of mactl.yaml as seen from the working directory."""
        return self.folder / relative

    def secret(self, text: str) -> str:
        """`text` with `${NAME}` filled in from the environment.

        Raises ConfigurationError where the environment lacks the name.
        """
        return fill_in_secrets(text, os.environ)


def find_project_folder(start: Path) -> Path | None:
    """The nearest folder with a mactl.yaml at or above `start`."""
    start = start.resolve()
    for folder in (start, *start.parents):
        if (folder / FILE_NAME).is_file():
            return folder
    return None


def load_project(folder: Path) -> tuple[Project, list[Finding]]:
    """The project in `folder`; with the defaults and the findings where its mactl.yaml is faulty.

    Raises UnreadableInput where the file cannot be read.
    """
    path = folder / FILE_NAME
    if not path.exists():
        return Project(folder, Settings(), has_file=False), []
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as unreadable:
        raise UnreadableInput(f"{path}: {unreadable}") from unreadable
    document, findings = read_document(text, _shown(path))
    if findings:
        return Project(folder, Settings()), findings
    if document.value is None:
        return Project(folder, Settings()), []
    settings, findings = validate(Settings, document)
    return Project(folder, settings or Settings()), findings


def _shown(path: Path) -> str:
    """`path` relative to the working directory where it lies below it."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)
