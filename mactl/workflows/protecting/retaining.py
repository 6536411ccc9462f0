"""`mactl privacy retain`: what is kept longer than it may be goes."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from mactl.clock import to_epoch, zone_named
from mactl.columns import CONTACT
from mactl.durations import Duration
from mactl.errors import NotConfirmed
from mactl.keeping import forget_written
from mactl.people.archive import Archive
from mactl.privacy.retention import Aged, Terms, clear_aged, find_aged
from mactl.privacy.terms import cutoff, shortest, term_of
from mactl.project import Project
from mactl.recipe.cookbook import Cookbook
from mactl.store.lock import planner_lock
from mactl.store.state import State
from mactl.workflows.gathering import read_project_people
from mactl.workflows.opening import need_file, open_state, select_recipes
from mactl.workflows.protecting.places import archive_folder, output_files

COMMAND = "mactl privacy retain"


@dataclass(frozen=True)
class Overdue:
    """What is kept too long: rows of the state, imported events, files."""

    rows: Aged
    archived: int
    files: tuple[Path, ...]
    terms: dict[str, Duration]
    """What is kept → how long: sends, events, history, files, and each recipe with its own."""

    def __bool__(self) -> bool:
        return bool(self.rows or self.archived or self.files)


def retain_project(
    project: Project,
    now: datetime,
    *,
    confirm: Callable[[Overdue], bool],
    wait: float | None = None,
    dry_run: bool = False,
) -> Overdue:
    """Clear what is older at `now` than mactl.yaml and the recipes allow; what that was.

    Raises ConfigurationError without a project, NotConfirmed, TryAgainLater where another planner runs.
    """
    need_file(project, "what is kept is a project's")
    cookbook = select_recipes(project, ()).cookbook
    terms = terms_of(project, cookbook, now)
    with ExitStack() as stack:
        state = stack.enter_context(open_state(project, write=not dry_run))
        if not dry_run:
            started = to_epoch(datetime.now(UTC))
            stack.enter_context(planner_lock(state, COMMAND, started, wait=wait))
        present = _present(project, state)
        with state.reading() as connection:
            rows = find_aged(connection, terms, present)
        found = _with_files(project, cookbook, now, terms, rows)
        if dry_run or not found:
            return found
        if not confirm(found):
            raise NotConfirmed("nothing was deleted")
        archive = Archive(archive_folder(project))
        if found.archived and terms.events is not None:
            with archive.alone():
                archive.erase_before(terms.events)
        for path in found.files:
            path.unlink(missing_ok=True)
        forget_written(project.folder)
        if rows:
            with state.writing() as connection:
                clear_aged(connection, terms, present, to_epoch(now))
            state.shred()
    return found


def find_overdue(project: Project, cookbook: Cookbook, now: datetime) -> Overdue:
    """What is kept too long at `now`."""
    terms = terms_of(project, cookbook, now)
    with open_state(project) as state:
        present = _present(project, state)
        with state.reading() as connection:
            rows = find_aged(connection, terms, present)
    return _with_files(project, cookbook, now, terms, rows)


def _present(project: Project, state: State) -> set[str]:
    """The ids of everybody in the sources."""
    return set(read_project_people(project, state).contacts.column(CONTACT).to_pylist())


def _with_files(
    project: Project, cookbook: Cookbook, now: datetime, terms: Terms, rows: Aged
) -> Overdue:
    declared, zone = project.settings.retention, zone_named(project.settings.timezone)
    archive = Archive(archive_folder(project))
    count = archive.count_before(terms.events) if terms.events and archive.parts else 0
    files: list[Path] = []
    if declared.files is not None:
        before = cutoff(now, declared.files, zone)
        files = [path for path in output_files(project) if path.stat().st_mtime < before]
    told = {name: getattr(declared, name) for name in type(declared).model_fields}
    told |= {f"recipe {id}": term for id, term in recipe_terms(cookbook).items()}
    return Overdue(rows, count, tuple(files), {n: term for n, term in told.items() if term})


def recipe_terms(cookbook: Cookbook) -> dict[str, Duration]:
    """Recipe, by its original id → how long it says that its data is kept."""
    found = {}
    for recipe in cookbook:
        privacy = recipe.file.privacy
        term = term_of(privacy.retention) if privacy and privacy.retention else None
        if term is not None:
            found[recipe.origin] = term
    return found


def terms_of(project: Project, cookbook: Cookbook, now: datetime) -> Terms:
    """From when on what is kept is too old: of a recipe its own term, or the project's where that is shorter."""
    declared, zone = project.settings.retention, zone_named(project.settings.timezone)

    def before(term: Duration | None) -> int | None:
        return None if term is None else cutoff(now, term, zone)

    own = {
        recipe: before(shortest(term, declared.sends))
        for recipe, term in recipe_terms(cookbook).items()
    }
    return Terms(
        {recipe: at for recipe, at in own.items() if at is not None},
        before(declared.sends),
        before(declared.events),
        before(declared.history),
    )
