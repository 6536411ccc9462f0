"""`mactl demo`"""

from pathlib import Path
from typing import Annotated

import typer

from mactl.cli.app import app
from mactl.cli.invocation import Invocation, command
from mactl.cli.panels import START


@command(app, "demo", START)
def demo(
    invocation: Invocation,
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="Where to put it")] = Path("demo"),
) -> None:
    """Run the main job on made-up people over real SMTP, and leave the project to go on with."""
    from mactl.cli.views.demo import show_demo

    show_demo(folder)
