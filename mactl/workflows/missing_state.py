"""A state that is not the one last seen: nothing is sent from it before somebody says what to do."""

from contextlib import suppress
from typing import TYPE_CHECKING

from mactl.errors import ConfigurationError, StateError
from mactl.project import Project
from mactl.workflows.opening import open_state

if TYPE_CHECKING:
    from mactl.store.state import State
    from mactl.store.witness import Mismatch, Seen, Witness


def open_state_to_send(project: Project) -> "State":
    """The project's state, to send from it.

    Raises StateError where it vanished, or is older than the project last saw: people would be written to again.
    """
    from mactl.store.state import is_there
    from mactl.store.witness import Mismatch, Witness, seen_now

    url = project.secret(project.settings.state)
    witness = Witness(url, project.folder, "")
    if not is_there(url, project.folder):
        _refuse(witness, witness.compare(None), None, project)
    state = open_state(project, write=True)
    try:
        if state.witness is not None:
            with state.reading() as connection:
                found = seen_now(connection, state.id, "")
            mismatch = state.witness.compare(found)
            _refuse(state.witness, mismatch, found, project)
            is_another = mismatch in (Mismatch.OTHER, Mismatch.VANISHED)
            state.witness.note(state.id, run=found.run, claims=found.claims, afresh=is_another)
    except BaseException:
        state.close()
        raise
    return state


def _refuse(
    witness: "Witness", mismatch: "Mismatch | None", found: "Seen | None", project: Project
) -> None:
    """Raise StateError for a mismatch, unless it only means that somebody starts over without writing to anybody."""
    from mactl.store.witness import Mismatch

    if mismatch is None:
        return
    before, is_near = witness.last()
    if mismatch is not Mismatch.OLDER and not is_near and _stays_in_folders(project):
        return
    raise mismatched(mismatch, before or witness.elsewhere(), found.run if found else None)


def mismatched(mismatch: "Mismatch", before: "Seen | None", runs: int | None) -> StateError:
    """What is told of a state, which knows of so many `runs`, that is not the one that was seen `before`."""
    from mactl.clock import from_epoch
    from mactl.store.witness import Mismatch

    assert before is not None
    at = from_epoch(before.at).strftime("%Y-%m-%d %H:%M UTC")
    seen = f"last seen at {at}, after {before.run} {'run' if before.run == 1 else 'runs'}"
    knows = (
        "this one is from the middle of the last of them"
        if runs == before.run
        else f"this one knows of {runs or 0}"
    )
    told = {
        Mismatch.VANISHED: f"{before.place}: the state is gone ({seen})",
        Mismatch.OTHER: f"{before.place}: another state than the one {seen}",
        Mismatch.OLDER: f"{before.place}: an older copy of the state {seen}; {knows}",
        Mismatch.ELSEWHERE: f"the state was in another place, {before.place} ({seen}); there is none in this one",
    }[mismatch]
    return StateError(
        f"{told}: people would be written to again",
        "put the newest state back, or say with mactl state accept what to do",
    )


def _stays_in_folders(project: Project) -> bool:
    """Whether messages go to a folder, which is thrown away as easily as a state, and to nobody."""
    from mactl.delivery.maildir import maildir_of  # few states are missing

    smtp = project.settings.smtp
    with suppress(ConfigurationError):
        return smtp is not None and maildir_of(project.secret(smtp.url)) is not None
    return False
