"""`mactl pause`, `mactl resume` and `mactl cancel`: one recipe, at once, whatever its file says.

They are brakes: where the recipe's file is faulty or gone, the name that the state knows it by is enough.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from mactl.clock import to_epoch
from mactl.errors import NotConfirmed, UsageError
from mactl.project import Project
from mactl.store.overrides import (
    cancel_recipe,
    foresee_cancel,
    knows_recipe,
    pause_recipe,
    resume_recipe,
)
from mactl.workflows.opening import need_file, open_state, select_recipes


@dataclass(frozen=True)
class Steered:
    """What came of it: the recipe's id, and how many of what it was about."""

    recipe: str
    counts: Mapping[str, int]


def pause(project: Project, name: str, reason: str | None, now: datetime) -> Steered:
    """Have a recipe send and do nothing from this moment on, until it is resumed; `waiting` messages stay in the queue.

    People enter, and their waits go on, as with `status: paused` in its file. What is being sent at this moment goes
    out. Raises UsageError for a recipe that there is not, ConfigurationError outside a project.
    """
    need_file(project)
    with open_state(project, write=True) as state, state.writing() as connection:
        id, origin = _recipe(project, connection, name)
        return Steered(id, {"waiting": pause_recipe(connection, origin, reason, to_epoch(now))})


def resume(project: Project, name: str) -> Steered:
    """Let the recipe's file say again what its status is. Raises UsageError where no command had said otherwise."""
    need_file(project)
    with open_state(project, write=True) as state, state.writing() as connection:
        id, origin = _recipe(project, connection, name)
        if resume_recipe(connection, origin) is None:
            raise UsageError(
                f"{id} was neither paused nor cancelled by a command",
                "its `status` in the file says what it does",
            )
    return Steered(id, {})


def cancel(
    project: Project,
    name: str,
    reason: str | None,
    now: datetime,
    *,
    confirm: Callable[[Steered], bool] = lambda foreseen: True,
) -> Steered:
    """End everyone's journey in a recipe, and take back what has not begun to go out.

    Nobody enters until it is resumed. `confirm` is asked before, with the counts as they stand; see
    `mactl.store.overrides.cancel_recipe` for them. Raises UsageError for a recipe that there is not, NotConfirmed,
    ConfigurationError outside a project.
    """
    need_file(project)
    with open_state(project, write=True) as state:
        # Nobody waits for the state while somebody thinks.
        with state.reading() as connection:
            id, origin = _recipe(project, connection, name)
            foreseen = Steered(id, foresee_cancel(connection, origin))
        if not confirm(foreseen):
            raise NotConfirmed("nothing was changed")
        with state.writing() as connection:
            return Steered(id, cancel_recipe(connection, origin, reason, to_epoch(now)))


def foresee(project: Project, name: str) -> Steered:
    """What `cancel` would come to; nothing is changed. Raises UsageError for a recipe that there is not."""
    with open_state(project) as state, state.reading() as connection:
        id, origin = _recipe(project, connection, name)
        return Steered(id, foresee_cancel(connection, origin))


def _recipe(project: Project, connection: Connection, name: str) -> tuple[str, str]:
    """The recipe's id and its original one."""
    missing = None
    try:
        selection = select_recipes(project, [name])
    except UsageError as unknown:
        missing = unknown
    else:
        chosen = selection.chosen
        if len(chosen) == 1:
            return chosen[0], selection.cookbook.recipes[chosen[0]].origin
        if chosen:
            raise UsageError(f"{name} has {len(chosen)} recipes", f"name one: {', '.join(chosen)}")
    known = Path(name).stem
    if knows_recipe(connection, known):
        return known, known
    raise missing or UsageError(
        f"{name} can't be read, and nobody was ever in a recipe called {known!r}",
        f"mactl check {name} tells what is wrong with it",
    )
