"""`mactl worker`"""

from typing import Annotated

import typer

from mactl.cli.app import app
from mactl.cli.invocation import Invocation, command
from mactl.cli.panels import SENDING


@command(app, "worker", SENDING, has_log=True)
def worker(
    invocation: Invocation,
    once: Annotated[
        bool, typer.Option("--once", help="End as soon as the queue is empty; else wait for more")
    ] = False,
) -> int:
    """Only drain the queue, on as many machines as you like; planning is for mactl send."""
    from mactl.cli.views.sending import drain_queue

    return drain_queue(invocation, is_once=once)
