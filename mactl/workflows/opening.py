"""Opening a project: its settings, and which recipes a command is about."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mactl.errors import ConfigurationError, MactlError, UsageError
from mactl.findings import Finding, Severity
from mactl.project import FILE_NAME, Project, find_project_folder, load_project
from mactl.validation import did_you_mean

if TYPE_CHECKING:
    from mactl.recipe.cookbook import Cookbook
    from mactl.store.state import State

GO_THERE = "go to the project, or name it with --project"
"""Hint for what is no use without what a project has."""
_SUFFIXES = (".yaml", ".yml")


class FindingsError(MactlError):
    """The command cannot start because of what these findings say."""

    def __init__(self, message: str, findings: Sequence[Finding], hint: str | None = None) -> None:
        super().__init__(message, hint)
        self.findings = tuple(findings)


def find_project(given: Path | None, first: Path | None = None) -> tuple[Project, list[Finding]]:
    """The project in `given`, else the nearest at or above `first`, else at or above the working directory.

    Without any mactl.yaml it is the working directory with the default settings; findings are those of
    mactl.yaml. Raises ConfigurationError where `given` is no folder.
    """
    if given is not None:
        if not given.is_dir():
            raise ConfigurationError(f"--project {given}: there is no such folder")
        return load_project(given)
    start = first if first is not None and first.exists() else Path()
    folder = find_project_folder(start)
    return load_project(_relative(folder) if folder else Path())


def open_project(given: Path | None, first: Path | None = None) -> Project:
    """As `find_project`; raises FindingsError where mactl.yaml is faulty."""
    project, findings = find_project(given, first)
    refuse_errors(findings, "mactl.yaml is faulty")
    return project


def first_path(names: Sequence[str]) -> Path | None:
    """The first of `names` that is a path: where the project is looked for from."""
    return next((Path(name) for name in names if Path(name).exists()), None)


def open_state(project: Project, *, write: bool = False) -> "State":
    """The project's state, to read unless `write`; see `State.open`."""
    from mactl.store.state import State  # a database takes longer to import than a check to run

    return State.open(project.secret(project.settings.state), project.folder, write=write)


def refuse_errors(findings: Sequence[Finding], message: str, hint: str | None = None) -> None:
    """Raise FindingsError with those of `findings` that are errors, where there are any."""
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    if errors:
        raise FindingsError(message, errors, hint)


def _relative(folder: Path) -> Path:
    """`folder` from the working directory where it lies at or below it: findings then name short paths."""
    try:
        return folder.relative_to(Path.cwd())
    except ValueError:
        return folder


@dataclass(frozen=True)
class Selection:
    """A cookbook, and which of its recipes a command is about."""

    cookbook: "Cookbook"
    chosen: tuple[str, ...]
    findings: tuple[Finding, ...]


def need_file(
    project: Project, why: str = "", hint: str = "name the project's folder with --project"
) -> None:
    """ConfigurationError where `project` is only a folder: what writes to a state needs to know whose it is.

    `why` says what else needs a project, `hint` where one is to be had.
    """
    if not project.has_file:
        missing = "there is no mactl.yaml here"
        raise ConfigurationError(f"{missing}; {why}" if why else missing, hint)


def need_file_to_send(project: Project) -> None:
    """As `need_file`, for what sends."""
    need_file(project, "sending needs a project", "start one with mactl init")


def select_recipes(project: Project, names: Sequence[str]) -> Selection:
    """The recipes that `names` (ids, files or folders) mean; all of the project's where there are none.

    Files outside the project's cookbook are read with the folder they lie in, so that they can refer to
    their neighbours; only findings on the chosen ones are reported. Raises UsageError for an unknown name.
    """
    # The language takes longer to import than a run in which nothing is due.
    from mactl.recipe.cookbook import SUFFIXES, find_recipe_files, load_cookbook

    home = project.cookbook
    # What is said of mactl.yaml is told whatever is chosen; whoever names it with the recipes means no recipe.
    named = [_there(name, home) for name in names if _is_path(name)]
    paths = [path for path in named if path.name != FILE_NAME]
    ids = [name for name in names if not _is_path(name)]
    files = find_recipe_files([home]) if home.is_dir() else []
    wanted = find_recipe_files(paths)
    known = {file.resolve() for file in files}
    outside = [file for file in wanted if file.resolve() not in known]
    neighbours = [f for file in outside for f in sorted(file.parent.glob("*"))]
    neighbours = [f for f in neighbours if f.suffix in SUFFIXES and f.name != "mactl.yaml"]
    if outside and not ids:
        files = []
    every = list({file.resolve(): file for file in (*wanted, *files, *neighbours)}.values())
    cookbook, findings = load_cookbook(every)
    if not names:
        return Selection(cookbook, tuple(cookbook.recipes), tuple(findings))
    for id in ids:
        if id not in cookbook.recipes and not any(_about(f, {id}) for f in findings):
            hint = (
                did_you_mean(id, cookbook.recipes)
                or "mactl journey show --all lists those with a journey"
            )
            raise UsageError(f"there is no recipe {id!r} in {home}", hint)
    resolved = {file.resolve() for file in wanted}
    chosen = tuple(
        recipe.id
        for recipe in cookbook
        if recipe.id in ids or Path(recipe.document.path).resolve() in resolved
    )
    about = {str(file) for file in wanted} | set(ids)
    return Selection(cookbook, chosen, tuple(f for f in findings if _about(f, about)))


def _there(name: str, home: Path) -> Path:
    """The path called `name`; UsageError where there is nothing, which says where the cookbook has a file so called."""
    path = Path(name)
    if path.exists():
        return path
    within = home / name if (home / name).is_file() else home / path.name
    hint = "mactl journey show --all lists those with a journey"
    if within.is_file():
        hint = f"did you mean {str(within)!r}? Its id will do as well: {within.stem}"
    raise UsageError(f"{name}: there is no such file or folder", hint)


def _about(finding: Finding, names: set[str]) -> bool:
    """Whether `finding` is about one of `names`, which are paths and the ids of recipes."""
    if finding.place is None:
        return True
    return finding.place.path in names or Path(finding.place.path).stem in names


def _is_path(name: str) -> bool:
    return name.endswith(_SUFFIXES) or "/" in name or Path(name).is_dir()
