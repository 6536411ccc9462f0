"""What has a machine look after a project: the files themselves, or where they were written."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mactl.cli.invocation import Invocation
from mactl.cli.output import print_json, stdout
from mactl.workflows.scheduling.crontab import shell_command
from mactl.workflows.scheduling.schedule import Job, Schedule

_SYSTEM = "/etc/systemd/system"


def show_schedule(
    invocation: Invocation,
    schedule: Schedule,
    files: Mapping[str, str],
    written: Sequence[Path] | None,
) -> None:
    """`{"project", "why", "jobs": [{"name", "about", "command", "cron", "on_calendar"}], "environment", "writable",
    "files", "written"}`, or the files as they are; where they were written, their paths and what to do next."""
    if invocation.wants_json:
        print_json(_as_json(schedule, files, written))
    elif written is None:
        sys.stdout.write(_as_text(files))
    elif not invocation.quiet:
        console = stdout()
        for path in written:
            console.print(str(path), markup=False)
        console.print(_next(files, written), style="dim", markup=False)


def _as_json(
    schedule: Schedule, files: Mapping[str, str], written: Sequence[Path] | None
) -> dict[str, Any]:
    environment = schedule.environment
    return {
        "project": schedule.project,
        "why": schedule.why,
        "jobs": [_job(schedule, job) for job in schedule.jobs],
        "environment": {
            "file": str(environment.file),
            "required": environment.required,
            "optional": environment.optional,
        },
        "writable": [str(path) for path in schedule.writable],
        "files": dict(files),
        "written": None if written is None else [str(path) for path in written],
    }


def _job(schedule: Schedule, job: Job) -> dict[str, Any]:
    return {
        "name": job.name,
        "about": job.about,
        "command": shell_command(schedule, job),
        "cron": list(job.when.cron),
        "on_calendar": list(job.when.on_calendar),
    }


def _as_text(files: Mapping[str, str]) -> str:
    if len(files) == 1:
        return "".join(files.values())
    return "\n".join(f"# {_SYSTEM}/{name}\n{text}" for name, text in files.items())


def _next(files: Mapping[str, str], written: Sequence[Path]) -> str:
    timers = [name for name in files if name.endswith(".timer")]
    workers = [name for name in files if name.endswith("-worker.service")]
    if not timers:
        return f"add its lines with crontab -e, or crontab {written[0]} where there are no others"
    started = " ".join((*timers, *workers))
    return (
        f"copy them to {_SYSTEM}, then: systemctl daemon-reload && systemctl enable --now {started}"
    )
