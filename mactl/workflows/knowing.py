"""`mactl segments` and `mactl scores`: who contacts are to us."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from mactl.errors import UsageError
from mactl.project import Project
from mactl.rules.evaluate import evaluate
from mactl.rules.names import STAGE, Definition
from mactl.rules.questions import AnyQuestion
from mactl.validation import did_you_mean
from mactl.workflows.gathering import Gathered, Sources, gather
from mactl.workflows.opening import open_state
from mactl.workflows.planning.following import tracked
from mactl.workflows.planning.running import ready_recipes


@dataclass(frozen=True)
class Membership:
    """Segments (RECIPE.NAME) with who is in them."""

    gathered: Gathered
    counts: dict[str, int]
    members: pd.DataFrame | None
    """contact (key) and email of the one segment that was asked for."""


@dataclass(frozen=True)
class Standings:
    """What every contact scores; a row per contact, in the order of the sources."""

    gathered: Gathered
    scores: dict[str, str]
    """RECIPE.NAME → the short name it goes by."""
    labels: dict[str, str]
    table: pd.DataFrame
    """Indexed by contact id; columns are the definitions' own names, and `stage`."""


def list_segments(
    project: Project, paths: Sequence[str], name: str | None, sources: Sources, now: datetime
) -> Membership:
    """How many contacts are in each segment of the cookbook, and who is in `name`.

    Raises UsageError where there is no such segment.
    """
    selection = ready_recipes(project, paths)
    segments = selection.cookbook.segments
    chosen = list(segments)
    if name is not None:
        short = selection.cookbook.short_names(segments)
        chosen = [full for full in segments if name in (full, short[full])]
        if not chosen:
            known = [*segments, *short.values()]
            raise UsageError(
                f"there is no segment {name!r}",
                did_you_mean(name, known) or "mactl segments lists them",
            )
    with open_state(project) as state:
        changed = tracked(selection.cookbook).changed
        gathered = gather(project, sources, state, now, changed)
    questions: dict[str, AnyQuestion] = {full: Definition("segment", full) for full in chosen}
    engine = project.settings.engine
    answers = evaluate(gathered.facts, selection.cookbook, questions, engine=engine)
    counts = {full: int(answers[full].sum()) for full in chosen}
    members = None
    if name is not None:
        inside = gathered.contacts.loc[answers.index[answers[chosen[0]]]]
        members = inside.rename(columns={"key": "contact", "address": "email"})[
            ["contact", "email"]
        ]
    return Membership(gathered, counts, members)


def list_scores(
    project: Project, paths: Sequence[str], sources: Sources, now: datetime
) -> Standings:
    """Every score, label and the stage of every contact."""
    selection = ready_recipes(project, paths)
    cookbook = selection.cookbook
    with open_state(project) as state:
        gathered = gather(project, sources, state, now, tracked(cookbook).changed)
    questions: dict[str, AnyQuestion] = {
        name: Definition("score", name) for name in cookbook.scores
    }
    questions |= {name: Definition("label", name) for name in cookbook.labels}
    questions |= {"stage": STAGE} if cookbook.stages else {}
    table = evaluate(gathered.facts, cookbook, questions, engine=project.settings.engine)
    return Standings(
        gathered,
        cookbook.short_names(cookbook.scores),
        cookbook.short_names(cookbook.labels),
        table,
    )
