"""The demo: what each command shows, then what to try next."""

import shlex
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import typer

from mactl.cli.output import stdout
from mactl.workflows.demo import Scene, play
from mactl.workflows.starting import EXAMPLE_NOW

CONTACT = "C0001"


def show_demo(folder: Path) -> None:
    """Play the demo in `folder`."""
    console = stdout()
    number = 0

    def show(scene: Scene) -> None:
        nonlocal number
        number += 1
        console.print()
        console.print(f"[bold cyan]── {number}. {scene.shows} ──[/bold cyan]")
        console.print(f"[dim]$ mactl {' '.join(scene.arguments)}[/dim]")

    messages = play(folder, CONTACT, show, _run)
    console.print()
    console.print("[bold cyan]── Done ──[/bold cyan]")
    console.print(
        f"{messages} messages went over SMTP to a server on this machine; they are in {folder / 'outbox' / 'new'}.\n"
        f"The project is in {folder}: settings in mactl.yaml, recipes in recipes/, people in contacts.csv.\n\n"
        f"Try next:  cd {shlex.quote(str(folder))}\n{_on_path()}"
        f"           mactl segments\n"
        f"           mactl sends list\n"
        f"           mactl plan --now 2026-12-03T10:00      # two days on\n"
        f"Then change a recipe, and plan again at --now {EXAMPLE_NOW}."
    )


def _on_path() -> str:
    """How to make `mactl` a command of this shell, where it is not: `make demo` calls it by its path."""
    if shutil.which("mactl"):
        return ""
    home = Path(sys.executable).parent
    return f"           export PATH={shlex.quote(str(home))}:$PATH      # for this shell\n"


def _run(arguments: Sequence[str]) -> int:
    """The command line itself, in this process: what a person would have typed."""
    from mactl.cli.app import app

    try:
        app(list(arguments), standalone_mode=False)
    except typer.Exit as ending:
        return ending.exit_code
    return 0
