"""`mactl demo`: the main job on made-up people, over real SMTP, in a folder to go on with."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mactl.delivery.server import EmbeddedServer
from mactl.errors import MactlError
from mactl.workflows.starting import EXAMPLE_NOW, start_project


@dataclass(frozen=True)
class Scene:
    """One command of the demo: what it shows, and the arguments after `mactl`."""

    shows: str
    arguments: Sequence[str]


def scenes(contact: str) -> list[Scene]:
    """What the demo runs, in order."""
    return [
        Scene("Recipes are checked like code", ["check"]),
        Scene("A plan says what would happen, and changes nothing", ["plan", "--now", EXAMPLE_NOW]),
        Scene("Sending does exactly that, over SMTP", ["send", "--yes", "--now", EXAMPLE_NOW]),
        Scene("Once more sends nothing: never twice", ["send", "--yes", "--now", EXAMPLE_NOW]),
        Scene(
            "Every point and every silence has a reason", ["explain", contact, "--now", EXAMPLE_NOW]
        ),
    ]


def play(
    folder: Path,
    contact: str,
    show: Callable[[Scene], None],
    run: Callable[[Sequence[str]], int],
) -> int:
    """Make the project in `folder` and run every scene in it; how many messages the server took.

    `show` is called before each scene, `run` runs the command line and gives its exit status. Raises
    UsageError where the folder has a project already, MactlError where a command fails.
    """
    start_project(folder, every_recipe=True)
    outbox = (folder / "outbox").resolve()
    with EmbeddedServer(outbox) as server, _inside(folder, SMTP_URL=server.url):
        for scene in scenes(contact):
            show(scene)
            status = run(scene.arguments)
            if status != 0:
                raise MactlError(f"mactl {' '.join(scene.arguments)} ended with status {status}")
    return len(list((outbox / "new").iterdir()))


@contextmanager
def _inside(folder: Path, **environment: str) -> Iterator[None]:
    """The working directory and the environment as a person in the project would have them."""
    before, kept = Path.cwd(), dict(os.environ)
    os.chdir(folder)
    os.environ.update(environment)
    try:
        yield
    finally:
        os.chdir(before)
        os.environ.clear()
        os.environ.update(kept)
