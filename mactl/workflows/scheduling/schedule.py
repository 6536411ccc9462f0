"""A project's schedule: which commands a machine runs, when, and what they need there."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path
from typing import TYPE_CHECKING

from mactl.document import read_document, routes
from mactl.durations import Duration, parse_duration
from mactl.errors import ConfigurationError, MactlError, UsageError
from mactl.keeping import FOLDER
from mactl.project import FILE_NAME, Project
from mactl.project.secrets import named_secrets
from mactl.workflows.opening import GO_THERE, need_file, select_recipes
from mactl.workflows.scheduling.machine import (
    local_times,
    mactl_command,
    notes_of,
    owner_of,
    writable_part,
)
from mactl.workflows.scheduling.rhythm import Rhythm, find_rhythm
from mactl.workflows.scheduling.timetable import Timetable, daily, every, within_day

if TYPE_CHECKING:
    from mactl.recipe.cookbook import Cookbook

_ENVIRONMENT = FOLDER / "cron.env"
_MAILBOX = "BOUNCES_MAILBOX"
_RETRY_EVERY = 20  # minutes: a server that puts a message off expects it back within the hour
_RETRY_FOR = 14  # hours after the first run of a day
_AHEAD = 5  # minutes in which bounces are read before a run
_DAY = 24 * 60
RUN = "send"
"""The job that plans."""


@dataclass(frozen=True, slots=True)
class Variable:
    """An argument that the environment holds under this name."""

    name: str


Argument = str | Variable


@dataclass(frozen=True)
class Job:
    """A command that runs time after time."""

    name: str
    """send, retries or bounces."""
    about: str
    arguments: tuple[Argument, ...]
    """What follows `mactl`; without --project and what the log is."""
    when: Timetable


@dataclass(frozen=True)
class Environment:
    """Where secrets come from: a file of NAME='VALUE' lines."""

    file: Path
    names: Mapping[str, str | None]
    """Name → its default in mactl.yaml; None for one that must be set."""

    @property
    def required(self) -> list[str]:
        """The names that must be set."""
        return [name for name, default in self.names.items() if default is None]

    @property
    def optional(self) -> list[str]:
        """The names that may be set."""
        return [name for name, default in self.names.items() if default is not None]


@dataclass(frozen=True)
class Schedule:
    """All that a machine has to know to look after a project."""

    project: str
    folder: Path
    command: tuple[str, ...]
    """What starts mactl."""
    user: str
    why: str
    """Why it runs as often as it does."""
    jobs: Sequence[Job]
    environment: Environment
    writable: Sequence[Path]
    """The folders that mactl writes to."""
    has_worker: bool = False


@dataclass(frozen=True)
class Wishes:
    """What is asked for instead of what the project says."""

    every: str | None = None
    """How often a run begins: 15m, 2h, 1 day."""
    bounces: str | None = None
    """The mailbox that bounces come to, as `mactl bounces` takes it."""
    environment: Path | None = None
    worker: bool = False


def make_schedule(project: Project, wishes: Wishes, now: datetime) -> Schedule:
    """The schedule of a project on this machine; `now` is when its year begins.

    Raises ConfigurationError without a project, or where its path can't stand in a line, UsageError for an `every` that
    cron can't count.
    """
    need_file(project, "a schedule is made for a project", GO_THERE)
    folder, settings = project.folder.resolve(), project.settings
    environment = (wishes.environment or folder / _ENVIRONMENT).absolute()
    for path in (folder, environment):
        if not str(path).isprintable():
            raise ConfigurationError(
                f"{str(path)!r} can't stand in a line of a crontab", "give the folder another name"
            )
    cookbook = select_recipes(project, ()).cookbook
    rhythm = find_rhythm(cookbook, settings, _zones(project))
    if wishes.every is not None:
        rhythm = _as_wished(rhythm, _minutes(wishes.every))
    jobs = _jobs(project, rhythm, wishes, now)
    secrets = Environment(environment, _names(project, jobs))
    return Schedule(
        settings.project, folder, mactl_command(), owner_of(folder), rhythm.why, jobs,
        secrets, _writable(project, cookbook), wishes.worker,
    )  # fmt: skip


def _as_wished(rhythm: Rhythm, minutes: int) -> Rhythm:
    if minutes < _DAY:
        return Rhythm(minutes, rhythm.times, "you said so")
    return Rhythm(None, rhythm.times[:1], "you said so")


def _minutes(text: str) -> int:
    """`15m`, `2h`, `1 day` in minutes."""
    text = text.strip()
    units = {"m": "minutes", "h": "hours", "d": "days"}
    if text[:-1].strip().isdecimal() and text[-1:] in units:
        text = f"{text[:-1].strip()} {units[text[-1]]}"
    try:
        length = parse_duration(text)
    except ValueError:
        length = Duration()
    seconds = length.exact.total_seconds() + length.calendar_days * _DAY * 60
    if length.calendar_months or length.business_days or seconds <= 0 or seconds % 60:
        raise UsageError(f"--every {text}: this is no step", "write 15m, 2h or 1d")
    try:
        every(int(seconds) // 60)
    except ValueError as error:
        raise UsageError(f"--every {text}: {error}", "write 15m, 2h or 1d") from None
    return int(seconds) // 60


def _jobs(project: Project, rhythm: Rhythm, wishes: Wishes, now: datetime) -> list[Job]:
    jobs = []
    if wishes.bounces is not None or _hears(project):
        mailbox = wishes.bounces if wishes.bounces is not None else Variable(_MAILBOX)
        step = min(rhythm.minutes or 60, 60)
        when = every(step, offset=-_AHEAD if step > _AHEAD else 0)
        about = "reads what came back by mail, just before a run"
        jobs.append(Job("bounces", about, ("bounces", mailbox), when))
    run = ("send", "--yes")
    if rhythm.minutes is not None:
        return [*jobs, Job(RUN, "plans, and sends what is due", run, every(rhythm.minutes))]
    zone, times = project.settings.timezone, rhythm.times
    shown = local_times(times, zone, now)
    jobs.append(Job(RUN, "plans, and sends what is due", run, daily(times, zone, shown)))
    if not wishes.worker:  # who does that himself
        hours = range(times[0].hour, min(24, times[0].hour + _RETRY_FOR))
        there = local_times([time(hour) for hour in hours], zone, now)
        when = within_day(_RETRY_EVERY, hours, zone, (at.hour for at in there))
        jobs.append(Job("retries", "tries again what servers put off", ("send", "--resume"), when))
    return jobs


def _hears(project: Project) -> bool:
    """Whether the project says that something comes back by mail."""
    sender = project.settings.sender
    return sender is not None and (
        sender.bounces is not None or sender.unsubscribe.startswith("mailto:")
    )


def _names(project: Project, jobs: Sequence[Job]) -> dict[str, str | None]:
    """The names of the environment that mactl.yaml and `jobs` ask for, with their defaults."""
    path = project.folder / FILE_NAME
    document, _ = read_document(path.read_text(encoding="utf-8-sig"), str(path))
    arguments = [argument for job in jobs for argument in job.arguments]
    return named_secrets(
        *(value for _, value in routes(document.value) if isinstance(value, str)),
        *(f"${{{a.name}}}" if isinstance(a, Variable) else a for a in arguments),
    )


def _zones(project: Project) -> Collection[str]:
    """The time zones that people have of their own, as far as their sources can be read here."""
    import pandas as pd

    from mactl.columns import ZONE
    from mactl.workflows.gathering import Sources, gather_people

    try:
        nobody = pd.DataFrame({"alias": [], "contact": []}, dtype="str")
        zones = gather_people(project, Sources(), nobody).contacts.column(ZONE).unique()
    except (MactlError, OSError):
        return ()  # they are on another machine, say
    return {str(zone) for zone in zones.to_pylist() if zone}


def _writable(project: Project, cookbook: "Cookbook") -> list[Path]:
    """The folders that mactl writes to, or where it would make them: as few as hold them all."""
    from mactl.delivery.channels.rows import FOLDER as EXPORTS
    from mactl.delivery.maildir import maildir_of
    from mactl.recipe.steps import ExportStep
    from mactl.recipe.walk import walk
    from mactl.store.state import database_path

    wanted = [project.folder / FOLDER]
    notes = notes_of(project.folder)
    if notes is not None:
        wanted.append(notes)
    settings = project.settings
    exports = any(isinstance(part, ExportStep) for r in cookbook for _, part in walk(r.file))
    if exports or any(channel.file for channel in settings.channels.values()):
        wanted.append(project.folder / EXPORTS)
    database = _filled_in(project, settings.state)
    path = database_path(database, project.folder) if database is not None else None
    if path is not None:
        wanted.append(path.parent)
    relay = _filled_in(project, settings.smtp.url) if settings.smtp is not None else None
    maildir = maildir_of(relay) if relay is not None else None
    if maildir is not None:
        wanted.append(project.folder / maildir)
    there = {writable_part(path.resolve()) for path in wanted}
    return sorted(path for path in there if not any(other in path.parents for other in there))


def _filled_in(project: Project, text: str) -> str | None:
    """None where the environment lacks a secret, here and now."""
    try:
        return project.secret(text)
    except ConfigurationError:
        return None
