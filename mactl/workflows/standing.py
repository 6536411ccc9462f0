"""`mactl state`: how the state stands, and what to do with one that is not the one last seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mactl.clock import to_epoch
from mactl.errors import UsageError
from mactl.project import Project
from mactl.store.account import Account, read_account
from mactl.store.lock import planner_lock
from mactl.store.logbook import correct_future
from mactl.store.restored import Restored, doubt_what_waits, write_restored
from mactl.store.state import State, is_there
from mactl.store.witness import Mismatch, Seen, Witness, seen_now
from mactl.workflows.missing_state import mismatched
from mactl.workflows.opening import need_file, open_state


@dataclass(frozen=True, slots=True)
class Stood:
    """How a state stands."""

    place: str
    account: Account | None
    """None where there is no state yet, or none any more."""
    size: int
    """Bytes."""
    faults: Sequence[str]
    seen: Seen | None
    """What was last seen of it, as noted outside of it."""
    mismatch: Mismatch | None


class Accept(StrEnum):
    """What to do with a state that is not the one last seen."""

    AS_IS = "as-is"
    """What it knows is true; what it doesn't know of is done, perhaps again. A run in the future counts as of now."""
    IN_DOUBT = "in-doubt"
    """It came back from a copy; what was due since may have been done, and is not done again."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """What came of it: how the state differed, which one holds now, and how many sends and actions are in doubt."""

    mismatch: Mismatch | None
    state: str
    in_doubt: int


def stand(project: Project) -> Stood:
    """How the project's state stands; nothing is changed. Raises as `State.open` does."""
    with open_state(project) as state:
        differs = _compare(project, state)
        if differs.found is None:
            return Stood(differs.place, None, 0, (), differs.seen, differs.mismatch)
        with state.reading() as connection:
            size = state.database.size(connection)
            faults = state.database.faults(connection)
        account = read_account(state)
        return Stood(differs.place, account, size, faults, differs.seen, differs.mismatch)


def accept(project: Project, how: Accept | None, until: datetime | None, now: datetime) -> Accepted:
    """Has the state that is there be the one that holds from now on.

    In doubt, what was due before `until` (None: `now`) may have been done. Raises ConfigurationError without a project,
    StateError where it is not said how and the state is not the one last seen, UsageError for what doesn't go together.
    """
    need_file(project)
    if until is not None and how is not Accept.IN_DOUBT:
        raise UsageError("--until says until when things are in doubt", "say --in-doubt with it")
    if until is not None and until > now:
        raise UsageError("--until is in the future", "give the last moment of the lost state")
    with open_state(project) as state:
        differs = _compare(project, state)
    found, mismatch = differs.found, differs.mismatch
    if how is None:
        if mismatch is not None:
            told = mismatched(mismatch, differs.seen, found.run if found else None)
            told.hint = _CHOICES
            raise told
        return Accepted(None, found.state if found else "", 0)
    if how is Accept.IN_DOUBT and (found is None or not found.run):
        raise UsageError(
            "there is no past to be in doubt: this state has never run",
            "put back a copy first; or start with --as-is, after mactl plan has shown what would go out",
        )
    with open_state(project, write=True) as state:
        with planner_lock(state, "mactl state accept", to_epoch(now)):
            in_doubt = 0
            with state.writing() as connection:
                correct_future(connection, to_epoch(now))
                if how is Accept.IN_DOUBT:
                    in_doubt = doubt_what_waits(connection, to_epoch(now))
                    write_restored(connection, Restored(to_epoch(until or now), is_new=True))
            _take_note(state)
        return Accepted(mismatch, state.id, in_doubt)


@dataclass(frozen=True, slots=True)
class _Compared:
    """The state that is there, if any, beside what was last seen of it."""

    place: str
    found: Seen | None
    seen: Seen | None
    mismatch: Mismatch | None


def _compare(project: Project, state: State) -> _Compared:
    """`state` is the project's, opened to read."""
    url = project.secret(project.settings.state)
    witness, found = Witness(url, project.folder, state.database.name), None
    if state.is_lasting and is_there(url, project.folder):
        with state.reading() as connection:
            found = seen_now(connection, state.id, state.database.name)
    last, _ = witness.last()
    known = found or last
    return _Compared(
        known.place if known is not None else project.settings.state,
        found,
        last or witness.elsewhere(),
        witness.compare(found),
    )


def _take_note(state: State) -> None:
    if state.witness is None:
        return
    with state.reading() as connection:
        found = seen_now(connection, state.id, state.database.name)
    state.witness.note(state.id, run=found.run, claims=found.claims, afresh=True)


_CHOICES = (
    "put the newest copy back; else --in-doubt sends nothing again that was due until now, and --as-is starts with"
    " what is there (see mactl plan)"
)
