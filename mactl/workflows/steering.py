"""`mactl pause`, `mactl resume` and `mactl cancel`: one recipe, at once, whatever its file says."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from mactl.clock import to_epoch
from mactl.errors import UsageError
from mactl.project import Project
from mactl.store.overrides import cancel_recipe, pause_recipe, resume_recipe
from mactl.workflows.opening import open_state, select_recipes


@dataclass(frozen=True)
class Steered:
    """What came of it: the recipe's id, and how many of what it was about."""

    recipe: str
    counts: Mapping[str, int]


def pause(project: Project, name: str, reason: str | None, now: datetime) -> Steered:
    """Have a recipe admit and send nothing from this moment on; `waiting` messages stay in the queue.

    What is being sent at this moment goes out. Raises UsageError for a recipe that there is not.
    """
    id, origin = _recipe(project, name)
    with open_state(project, write=True) as state, state.writing() as connection:
        return Steered(id, {"waiting": pause_recipe(connection, origin, reason, to_epoch(now))})


def resume(project: Project, name: str) -> Steered:
    """Let the recipe's file say again what its status is. Raises UsageError where no command had said otherwise."""
    id, origin = _recipe(project, name)
    with open_state(project, write=True) as state, state.writing() as connection:
        if resume_recipe(connection, origin) is None:
            raise UsageError(
                f"{id} was neither paused nor cancelled by a command",
                "its `status` in the file says what it does",
            )
    return Steered(id, {})


def cancel(project: Project, name: str, reason: str | None, now: datetime) -> Steered:
    """End everyone's journey in a recipe, and take back what has not begun to go out.

    Nobody enters until it is resumed. See `mactl.store.overrides.cancel_recipe` for the counts. Raises UsageError for a
    recipe that there is not.
    """
    id, origin = _recipe(project, name)
    with open_state(project, write=True) as state, state.writing() as connection:
        return Steered(id, cancel_recipe(connection, origin, reason, to_epoch(now)))


def _recipe(project: Project, name: str) -> tuple[str, str]:
    """The recipe's id and its original one."""
    selection = select_recipes(project, [name])
    (id,) = selection.chosen
    return id, selection.cookbook.recipes[id].origin
