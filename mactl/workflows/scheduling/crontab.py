"""A schedule as lines of a crontab: crontab(5) of Debian's cron and of cronie."""

import shlex
from collections.abc import Iterator

from mactl.workflows.scheduling.schedule import RUN, Argument, Job, Schedule, Variable

_QUIET = "--quiet"


def crontab(schedule: Schedule) -> str:
    """Lines that work in cron's bare environment, each with a comment on what it does."""
    return "".join(f"{line}\n" for line in _lines(schedule))


def _lines(schedule: Schedule) -> Iterator[str]:
    environment = schedule.environment
    yield f"# {_one_line(schedule.project)}, looked after by mactl; add these lines with crontab -e"
    yield "# Runs never overlap: one that finds another at work ends at once, and needs no flock."
    yield "# They are silent when all is fine; what is wrong comes by mail, to this address:"
    yield "# MAILTO=you@example.com"
    if environment.names:
        required, optional = environment.required, environment.optional
        told = [f"must set {', '.join(required)}"] if required else []
        told += [f"may set {', '.join(optional)}"] if optional else []
        yield f"# {environment.file} {' and '.join(told)}, each as NAME='VALUE' on a line (chmod 600)"
    for job in schedule.jobs:
        yield from (f"# {_one_line(text)}" for text in _remarks(schedule, job))
        for when in job.when.cron:
            yield f"{when} {cron_escaped(shell_command(schedule, job))}"


def _remarks(schedule: Schedule, job: Job) -> Iterator[str]:
    yield f"{job.name}: {job.about}; {job.when.told}"
    if job.name == RUN:
        yield f"as often as that, because {schedule.why}"
        fields = (line.split()[1] for line in job.when.cron)
        if sum(1 + hour.count(",") for hour in fields) > len(job.when.on_calendar):
            yield (
                "more hours than that, as this machine's clock changes to summer time on other days, "
                "or not at all; a run that is early has less to do, and the next one does the rest"
            )


def shell_command(schedule: Schedule, job: Job) -> str:
    """What `sh -c` runs: it reads the secrets, and becomes mactl."""
    words = [shlex.quote(word) for word in schedule.command]
    words += [_quoted(argument) for argument in job.arguments]
    words += ["--project", shlex.quote(str(schedule.folder)), _QUIET]
    command = " ".join(words)
    environment = schedule.environment
    if not environment.names:
        return command
    file = shlex.quote(str(environment.file))
    # Without a name that must be set, the file may be missing.
    there = "" if environment.required else f"[ ! -f {file} ] || "
    return f"set -a; {there}. {file}; exec {command}"


def cron_escaped(command: str) -> str:
    """`command` with each % escaped, which cron would take for the end of a line; it undoes that within quotes, too."""
    return command.replace("%", r"\%")


def _quoted(argument: Argument) -> str:
    return f'"${argument.name}"' if isinstance(argument, Variable) else shlex.quote(argument)


def _one_line(text: str) -> str:
    return " ".join(text.split())
