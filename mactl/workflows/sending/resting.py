"""Runs of which it is known beforehand that they do nothing: what makes an idle `mactl send` quick.

A run that did nothing keeps what it was made from, and until when nothing can fall due (`quiet.quiet_until`). While
that is so, mactl.yaml, the recipes and mactl itself are the same to the byte, the sources have not been written, and
nobody has written to the state, the next run is over as soon as it has looked. Nothing heavy is imported here.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mactl import __version__
from mactl.clock import clock_from, to_epoch
from mactl.errors import ConfigurationError
from mactl.findings import findings_from_json
from mactl.keeping import CACHE, EVENTS, keep_whole
from mactl.people.sources.files import stamps_of
from mactl.project import Project
from mactl.workflows.checking.kept_findings import Shelf, roots_of
from mactl.workflows.missing_state import open_state_to_send
from mactl.workflows.sending.outcome import STATUSES, Sent

if TYPE_CHECKING:
    from mactl.store.state import State

_FORMAT = 1


@dataclass(frozen=True)
class Rest:
    """What a run that did nothing keeps for the next ones of the same recipes."""

    look: str
    """What tells all files that it was made from, from any others."""
    state: str
    revision: int
    """The state's, when the run was over."""
    since: int
    """Its now, in epoch seconds."""
    until: int
    """The first instant, in epoch seconds, at which a run may do something."""
    recipes: Mapping[str, Mapping[str, Any]]
    """As the logbook has them."""
    findings: Sequence[Mapping[str, Any]]
    """What was wrong with the data."""


def pass_over(
    project: Project, names: Sequence[str], now: datetime, *, wait: float | None = None
) -> Sent | None:
    """A run of the recipes that `names` mean that only writes itself down, where it is certain that it would do nothing
    at `now`; None where it is not.

    Raises what `send_now` raises of `now`, of the state and of other planners.
    """
    rest = _read(project, names)
    if rest is None or not rest.since <= to_epoch(now) < rest.until:
        return None

    from mactl.store.lock import planner_lock
    from mactl.workflows.sending.allowing import allow_now

    clock = clock_from(to_epoch(now))
    with open_state_to_send(project) as state:
        started = to_epoch(datetime.now(UTC))
        with planner_lock(state, "mactl send", started, wait=wait):
            if allow_now(state, now, project, clock) != now:
                return None
            trail = state.follow()
            if (rest.state, rest.revision) != (state.id, trail.last):
                return None
            if rest.look != look_at(project, names):
                return None
            counts = dict.fromkeys(STATUSES, 0)
            run = _write_down(state, project, rest, now, started, counts)
            if trail.is_unbroken:
                keep(project, names, replace(rest, revision=trail.last))
    return Sent(run, counts, {}, findings_from_json(rest.findings))


def look_at(project: Project, names: Sequence[str]) -> str | None:
    """What tells all files that a run of the recipes that `names` mean is made from, from any others.

    None where that can't be told: a file is missing, or changed only just now.
    """
    settings = project.settings
    seen = Shelf(project.folder, names).look(roots_of(project.cookbook, names))
    patterns = [source.file for source in (*settings.contacts, *settings.events)]
    patterns += [table.file for table in settings.data.values()]
    patterns += [codes.file for codes in settings.codes.values()]
    for key in settings.sender.dkim_keys if settings.sender is not None else ():
        with suppress(ConfigurationError):  # whoever needs the key tells what is wrong with it
            patterns.append(project.secret(key.key))
    stamps = stamps_of(project.folder, patterns)
    if seen is None or stamps is None:
        return None
    imported = sorted(path.name for path in (project.folder / EVENTS).glob("*.parquet"))
    made_from = [_FORMAT, str(Path.cwd()), list(names), seen.mark, stamps, imported]
    return hashlib.sha256(json.dumps(made_from).encode()).hexdigest()


def keep(project: Project, names: Sequence[str], rest: Rest) -> None:
    """Keep `rest` in place of what was kept for `names`."""
    path = _path(project, names)
    with suppress(OSError):  # then the next run only takes longer
        keep_whole(path, json.dumps(asdict(rest)).encode())


def _read(project: Project, names: Sequence[str]) -> Rest | None:
    try:
        return Rest(**json.loads(_path(project, names).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _path(project: Project, names: Sequence[str]) -> Path:
    called = hashlib.sha256(json.dumps(list(names)).encode()).hexdigest()[:16]
    return project.folder / CACHE / f"rest-{called}.json"


def _write_down(
    state: "State",
    project: Project,
    rest: Rest,
    now: datetime,
    started: int,
    counts: Mapping[str, int],
) -> int:
    """The run in the logbook, begun and finished; its number."""
    from mactl.store.logbook import Begun, begin_run, finish_run
    from mactl.workflows.sending.repository import git_commit

    commit = git_commit(project)
    begun = Begun("send", to_epoch(now), started, __version__, commit, rest.recipes)
    with state.writing() as connection:
        run = begin_run(connection, begun)
        finish_run(connection, run, to_epoch(datetime.now(UTC)), counts)
    return run
