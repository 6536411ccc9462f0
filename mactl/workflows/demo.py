"""`mactl demo`: the main job on made-up people, over real SMTP, in a folder to go on with."""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from mactl.delivery.server import EmbeddedServer
from mactl.workflows.starting import start_project

NOW = "2026-12-01T09:00"
"""The instant that the example data is made for."""


@dataclass(frozen=True)
class Scene:
    """One command of the demo: what it shows, and the arguments after `mactl`."""

    shows: str
    arguments: Sequence[str]


def scenes(contact: str) -> list[Scene]:
    """What the demo runs, in order."""
    return [
        Scene("Recipes are checked like code", ["check"]),
        Scene("A plan says what would happen, and changes nothing", ["plan", "--now", NOW]),
        Scene("Sending does exactly that, over SMTP", ["send", "--yes", "--now", NOW]),
        Scene("Once more sends nothing: never twice", ["send", "--yes", "--now", NOW]),
        Scene("Every point and every silence has a reason", ["explain", contact, "--now", NOW]),
    ]


def play(folder: Path, contact: str, show: Callable[[Scene], None]) -> int:
    """Make the project in `folder` and run every scene in it; how many messages the server took.

    `show` is called before each scene. Raises RuntimeError where a command fails, UsageError where the folder
    has a project already.
    """
    start_project(folder, every_recipe=True)
    outbox = folder / "outbox"
    with EmbeddedServer(outbox) as server:
        environment = {**os.environ, "SMTP_URL": server.url}
        for scene in scenes(contact):
            show(scene)
            sys.stdout.flush()
            command = [sys.executable, "-m", "mactl", *scene.arguments]
            status = subprocess.run(command, cwd=folder, env=environment, check=False).returncode
            if status != 0:
                raise RuntimeError(f"mactl {' '.join(scene.arguments)} ended with status {status}")
    return len(list((outbox / "new").iterdir()))
