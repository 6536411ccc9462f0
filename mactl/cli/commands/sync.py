"""`mactl sync`"""

from typing import Annotated

import typer

from mactl.cli.app import app
from mactl.cli.invocation import Invocation, command
from mactl.cli.panels import PEOPLE


@command(app, "sync", PEOPLE)
def sync(
    invocation: Invocation,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What `sync` in mactl.yaml calls it")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be told, and tell nothing")
    ] = False,
) -> int:
    """Write scores, stages, segments and opt-outs back to another system: what is new to it since the last time."""
    from mactl.cli.progress import Progress
    from mactl.cli.reporting import report_sources
    from mactl.cli.views.sync import show_synced
    from mactl.workflows.handing_out.syncing import sync as run_sync

    project = invocation.find_project()
    with Progress(invocation).during("syncing"):
        synced = run_sync(project, name, invocation.now(project), dry_run=dry_run)
    if synced.gathered is not None:
        report_sources(invocation, synced.gathered.findings)
    return show_synced(invocation, synced, dry_run=dry_run)
