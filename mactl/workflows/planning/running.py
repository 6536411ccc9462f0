"""A run from the outside in: open the project, gather the facts, plan."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from mactl.checks import check_recipes
from mactl.project import Project
from mactl.store.state import State
from mactl.workflows.gathering import Sources, gather
from mactl.workflows.opening import Selection, open_state, refuse_errors, select_recipes
from mactl.workflows.planning.following import tracked
from mactl.workflows.planning.plan import Plan, make_plan


def ready_recipes(project: Project, names: Sequence[str]) -> Selection:
    """The recipes that `names` mean; FindingsError with all that is wrong where any of them is faulty."""
    selection = select_recipes(project, names)
    settings = project.settings if project.has_file else None
    findings = [*selection.findings, *check_recipes(selection.cookbook, selection.chosen, settings)]
    refuse_errors(
        findings,
        "the recipes are faulty",
        "mend them; mactl check tells when they are",
    )
    return selection


@contextmanager
def plan_now(
    project: Project, names: Sequence[str], sources: Sources, now: datetime
) -> Iterator[tuple[Plan, State]]:
    """What a run of the recipes that `names` mean (all where there are none) would do at `now`; within the block, with
    the state that this holds for, to read."""
    selection = ready_recipes(project, names)
    with open_state(project) as state:
        changed = tracked(selection.cookbook).changed
        gathered = gather(project, sources, state, now, changed)
        yield make_plan(project, selection.cookbook, selection.chosen, gathered, state), state
