"""`mactl bounces`"""

from typing import Annotated

import typer

from mactl.cli.app import app
from mactl.cli.invocation import Invocation, command
from mactl.cli.panels import SENDING
from mactl.errors import UsageError


@command(app, "bounces", SENDING, has_log=True)
def bounces(
    invocation: Invocation,
    mailboxes: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH|URL…",
            help="Files, folders, Maildirs, mboxes, or imaps://user:${PASSWORD}@host/FOLDER",
        ),
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would come of it, and change nothing")
    ] = False,
    move_to: Annotated[
        str | None,
        typer.Option(
            "--move-to",
            metavar="FOLDER",
            help="On a server, move what is done with into this folder",
        ),
    ] = None,
    delete: Annotated[
        bool, typer.Option("--delete", help="On a server, delete what is done with")
    ] = False,
) -> int:
    """Read what came back by mail: bounces, complaints, unsubscribes and replies, each once."""
    from mactl.cli.views.bounces import follow, show_feedback
    from mactl.feedback.mailboxes.imap import PutAway
    from mactl.workflows.bounces import Hearing, hear

    if delete and move_to is not None:
        raise UsageError("a mail is moved or deleted, not both", "leave out --move-to or --delete")
    project = invocation.find_project(mailboxes)
    if not project.has_file:  # the mailbox lies elsewhere
        project = invocation.find_project()
    away = PutAway(move_to) if delete or move_to is not None else None
    with follow(invocation) as progress:
        how = Hearing(dry_run, away, progress)
        feedback = hear(project, mailboxes, invocation.now(project), how)
    return show_feedback(invocation, feedback)
