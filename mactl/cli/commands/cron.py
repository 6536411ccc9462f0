"""`mactl cron`"""

from pathlib import Path
from typing import Annotated

import typer

from mactl.cli.app import app
from mactl.cli.invocation import Invocation, command
from mactl.cli.panels import SENDING


@command(app, "cron", SENDING)
def cron(
    invocation: Invocation,
    systemd: Annotated[
        bool, typer.Option("--systemd", help="Units of systemd instead of lines for a crontab")
    ] = False,
    every: Annotated[
        str | None,
        typer.Option(
            "--every", metavar="STEP", help="How often: 15m, 2h, 1d; else as the recipes need it"
        ),
    ] = None,
    bounces: Annotated[
        str | None,
        typer.Option(
            "--bounces",
            metavar="PATH|URL",
            help="The mailbox that bounces come to, as mactl bounces takes it",
        ),
    ] = None,
    worker: Annotated[
        bool, typer.Option("--worker", help="With --systemd: a service for mactl worker, too")
    ] = False,
    env_file: Annotated[
        Path | None,
        typer.Option(
            "--env-file", metavar="FILE", help="Where secrets come from; else .mactl/cron.env"
        ),
    ] = None,
    write: Annotated[
        Path | None,
        typer.Option(
            "--write", metavar="DIR", help="Write the files into this folder; replaces none"
        ),
    ] = None,
) -> None:
    """Show what has cron or systemd look after the project: how often, with which command."""
    from mactl.cli.views.cron import show_schedule
    from mactl.errors import UsageError
    from mactl.workflows.scheduling.files import files_of, write_files
    from mactl.workflows.scheduling.schedule import Wishes, make_schedule

    if worker and not systemd:
        raise UsageError("cron starts nothing that lasts", "say --systemd with --worker")
    project = invocation.find_project()
    wishes = Wishes(every, bounces, env_file, worker)
    schedule = make_schedule(project, wishes, invocation.now(project))
    files = files_of(schedule, systemd=systemd)
    written = write_files(write, files) if write is not None else None
    show_schedule(invocation, schedule, files, written)
