"""Where mactl writes files: below .mactl and exports/, where mactl.yaml says, and where it was told to with --out."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from mactl.delivery.channels.rows import FOLDER as EXPORTS
from mactl.delivery.maildir import maildir_of
from mactl.errors import MactlError
from mactl.keeping import CACHE, EVENTS, FOLDER, written_out
from mactl.people.sources.files import find_files
from mactl.project import FILE_NAME, Project
from mactl.store.state import database_path
from mactl.store.witness import Witness

DATABASE = ("", "-wal", "-shm", "-journal")
"""What SQLite adds to the name of a database for its other files."""


def own_files(project: Project) -> list[Path]:
    """Every file that mactl may have written for the project, each once."""
    found = [
        *_below(project.folder / FOLDER),
        *_below(project.folder / EXPORTS),
        *database_files(project),
        *(file for folder in maildirs(project) for file in _below(folder)),
        *(path for path in written_out(project.folder) if path.is_file()),
        *_witnesses(project),
    ]
    return [*dict.fromkeys(path for path in found if path.is_file())]


def output_files(project: Project) -> list[Path]:
    """Those of `own_files` that were written for others: exports, files that --out names, messages in a Maildir."""
    kept = {path.resolve() for path in _below(project.folder / FOLDER)}
    kept |= {path.resolve() for path in (*database_files(project), *_witnesses(project))}
    return [path for path in own_files(project) if path.resolve() not in kept]


def database_files(project: Project) -> list[Path]:
    """The files of the state; none where it is on a server."""
    path = database_path(project.secret(project.settings.state), project.folder)
    if path is None:
        return []
    return [path.with_name(path.name + end) for end in DATABASE]


def maildirs(project: Project) -> list[Path]:
    """The Maildir that takes the place of a relay, where mactl.yaml names one."""
    if project.settings.smtp is None:
        return []
    with suppress(MactlError):  # whoever sends is told that the environment lacks a name
        folder = maildir_of(project.secret(project.settings.smtp.url))
        if folder:
            return [project.path(folder)]
    return []


def source_files(project: Project) -> Iterator[Path]:
    """The files that contacts, events and lookups are read from."""
    settings = project.settings
    named = [source.file for source in (*settings.contacts, *settings.events)]
    for name in (*named, *(table.file for table in settings.data.values())):
        with suppress(MactlError):
            yield from (path for path in find_files(project.folder, name) if path.is_file())


def cookbook_files(project: Project) -> list[Path]:
    """What people wrote for mactl to go by: mactl.yaml, the recipes, and what lies beside them."""
    return [
        path for path in (project.folder / FILE_NAME, *_below(project.cookbook)) if path.is_file()
    ]


def caches(project: Project) -> Path:
    """What only saves time."""
    return project.folder / CACHE


def archive_folder(project: Project) -> Path:
    """Where imported events are."""
    return project.folder / EVENTS


def _witnesses(project: Project) -> list[Path]:
    witness = Witness(project.secret(project.settings.state), project.folder, "")
    return [witness.near, witness.far]


def _below(folder: Path) -> Iterable[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
