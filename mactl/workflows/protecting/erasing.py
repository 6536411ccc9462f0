"""`mactl privacy erase`: nothing that mactl wrote holds somebody any more, and a search of every file proves it.

Files go first: while the state still knows who somebody was, whatever dies on the way can be done again. Then the state
in one transaction, with what keeps them from coming back; then caches and free pages, which the same command clears
again where it was broken off.
"""

import shutil
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from mactl.clock import to_epoch
from mactl.errors import NotConfirmed, StateError, TryAgainLater
from mactl.findings import Place
from mactl.keeping import forget_written, written_out
from mactl.people.archive import Archive
from mactl.privacy.erasing import erase_from_state, need_idle
from mactl.privacy.finding import find_recipients, find_rows
from mactl.privacy.mentions import Mentions, count_mentions, take_out_mentions
from mactl.privacy.needles import Needles, is_distinctive
from mactl.privacy.searching import Searched
from mactl.privacy.subject import Subject
from mactl.project import Project
from mactl.store.lock import planner_lock
from mactl.store.state import State
from mactl.store.tokens import Tokens
from mactl.workflows.gathering import read_project_people
from mactl.workflows.opening import need_file, open_state
from mactl.workflows.protecting.outputs import (
    Output,
    clear_output,
    find_outputs,
    find_unclear,
    needles_of,
)
from mactl.workflows.protecting.person import Everybody, find_subject
from mactl.workflows.protecting.places import (
    archive_folder,
    caches,
    cookbook_files,
    maildirs,
    output_files,
    own_files,
    source_files,
)
from mactl.workflows.protecting.proving import prove_gone
from mactl.workflows.protecting.sources import find_in_sources

COMMAND = "mactl privacy erase"
IMPORTED = "imported_events"
"""What stands in `mentions` for events that were imported by command."""
_PAUSE = 1.0  # seconds between two looks at what a worker has in hand


@dataclass(frozen=True)
class Holding:
    """What is held of somebody, before it is erased."""

    subject: Subject
    tables: dict[str, int]
    """Table → rows."""
    archived: int
    """Imported events."""
    outputs: Sequence[Output]
    unclear: Sequence[Output]
    """Files with an address that they share, in which nothing tells whose it is; they stay, for people to look at."""
    mentions: dict[str, int]
    """Table, or IMPORTED → rows of others that name them, and will no longer."""
    sources: Sequence[Place]
    """Lines of the sources that have them; mactl leaves them as they are."""
    recipes: Sequence[Place]
    """Lines of the recipes and of mactl.yaml that name them, likewise."""
    recipients: Sequence[str]
    """Who else was told of them."""
    unsearchable: Sequence[str]
    """Keys too short to be searched for."""
    is_server: bool

    @property
    def is_anything(self) -> bool:
        """Whether mactl holds anything of them."""
        return bool(self.tables or self.archived or self.outputs or self.mentions)


@dataclass(frozen=True)
class Erasure:
    """What was found, and what the search came to afterwards; None where nothing was erased."""

    held: Holding
    proof: Searched | None

    @property
    def is_proven(self) -> bool:
        """Whether nothing is left."""
        return self.proof is not None and not self.proof.found and not self.proof.unread


@dataclass(frozen=True)
class Manners:
    """How it is done: whom it asks, whether it waits for others, whether it only looks."""

    confirm: Callable[[Holding], bool] = lambda held: True
    wait: float | None = None
    dry_run: bool = False


def erase_person(project: Project, who: str, now: datetime, manners: Manners) -> Erasure:
    """Erase who `who`, an address or a key, names.

    Raises UsageError where nobody is known by it, ConfigurationError without a project, NotConfirmed, TryAgainLater
    where another planner runs or a worker has a message to them in hand.
    """
    need_file(project, "what is erased is a project's")
    with ExitStack() as stack:
        state = stack.enter_context(open_state(project, write=not manners.dry_run))
        if not manners.dry_run:
            started = to_epoch(datetime.now(UTC))
            stack.enter_context(planner_lock(state, COMMAND, started, wait=manners.wait))
        people = read_project_people(project, state)
        held, needles = _look(project, state, Everybody.of(project, people), who)
        del people
        if manners.dry_run:
            return Erasure(held, None)
        if not manners.confirm(held):
            raise NotConfirmed("nothing was erased")
        _wait_for_workers(state, held.subject, manners.wait)
        _erase(project, state, held, needles, to_epoch(now))
        return Erasure(held, prove_gone(project, state, needles))


def _look(
    project: Project, state: State, everybody: Everybody, who: str
) -> tuple[Holding, Needles]:
    with state.reading() as connection:
        subject = find_subject(connection, everybody, who)
        rows = find_rows(connection, subject)
        recipients = find_recipients(connection, subject)
    needles = needles_of(subject, _messages(rows, Tokens(state.secret)))
    recipes = find_in_sources(cookbook_files(project), needles, ())
    with state.reading() as connection:
        words = Mentions(needles)
        mentions = count_mentions(connection, words, subject, in_recipes=not recipes)
    archive, paths, ids = Archive(archive_folder(project)), output_files(project), _ids_of(rows)
    named = archive.count_words(words.among, subject.ids)
    outputs = find_outputs(paths, needles, ids, maildirs(project), written_out(project.folder))
    held = Holding(
        subject=subject,
        tables={name: len(found) for name, found in rows.items() if found},
        archived=archive.count(subject.ids) if archive.parts else 0,
        outputs=outputs,
        unclear=find_unclear(
            _but_mail(project, paths), Needles(subject.shared), outputs, needles, ids
        ),
        mentions=mentions | ({IMPORTED: named} if named else {}),
        sources=find_in_sources(source_files(project), needles, subject.rows),
        recipes=recipes,
        recipients=recipients,
        unsearchable=[text for text in subject.texts if not is_distinctive(text)],
        is_server=state.path is None,
    )
    return held, needles


def _ids_of(rows: dict[str, list[dict[str, object]]]) -> list[str]:
    """What rows of exports about them begin with."""
    named = [row["id"] for name in ("sends", "actions") for row in rows.get(name, ())]
    return [*map(str, named), *(str(row["contact"]) for row in rows.get("aliases", ()))]


def _messages(rows: dict[str, list[dict[str, object]]], tokens: Tokens) -> list[str]:
    """The ids of messages to them and about them, without the domain."""
    ids = [str(row["message_id"]) for row in rows.get("sends", ()) if row["message_id"]]
    ids += [tokens.message_id(str(row["id"]), "") for row in rows.get("actions", ())]
    return [id.partition("@")[0].removeprefix("<") for id in ids]


def _but_mail(project: Project, paths: Iterable[Path]) -> list[Path]:
    """Without messages: each has an id, which tells whose it is."""
    folders = maildirs(project)
    return [path for path in paths if not any(folder in path.parents for folder in folders)]


def _wait_for_workers(state: State, subject: Subject, wait: float | None) -> None:
    until = time.monotonic() + (wait or 0)
    while True:
        try:
            with state.reading() as connection:
                need_idle(connection, subject.ids, int(time.time()), locked=False)
        except TryAgainLater:
            if time.monotonic() >= until:
                raise
            time.sleep(_PAUSE)
        else:
            return


def _erase(project: Project, state: State, held: Holding, needles: Needles, now: int) -> None:
    subject, words = held.subject, Mentions(needles)
    with state.reading() as connection:
        ids = _ids_of(find_rows(connection, subject))
    archive = Archive(archive_folder(project))
    with ExitStack() as stack:
        if archive.parts:
            stack.enter_context(archive.alone())
            archive.erase(subject.ids)
            archive.change_words(words.among)
        for output in held.outputs:
            clear_output(output, needles, ids)
        with state.writing() as connection:
            erase_from_state(connection, subject, now, COMMAND)
            take_out_mentions(connection, words, in_recipes=not held.recipes)
    _clear(project, state)


def _clear(project: Project, state: State) -> None:
    """Leave nothing of what was deleted: no cache that was made with them, no free page."""
    folder = caches(project)
    shutil.rmtree(folder, ignore_errors=True)
    if folder.exists():
        raise StateError(
            f"{folder}: what is kept there can't be deleted", "delete the folder by hand"
        )
    for path in own_files(project):
        if path.name.endswith(".new") and path.name.startswith("."):
            path.unlink(missing_ok=True)  # the draft of a process that died
    forget_written(project.folder)
    state.shred()
