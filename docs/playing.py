"""Pages that are played: files are written and commands are run as a page says, and their output stands in it.

A page says at its top where: `<!-- played in an empty folder -->`, or `… in the shipped project`; `…, with FILE` puts
a file beside the page there as well. Then, in order:

- a block below `<!-- file: PATH -->` is written to that file, below `<!-- more of: PATH -->` to its end;
- a `diff` below `<!-- change: PATH -->` changes it: lines with - go, lines with + come;
- below `<!-- first: COMMAND -->`, which may stand above another comment, that is run in silence;
- in a `console` block each line `$ COMMAND` is run, and what follows is its output. Below `<!-- fails -->` the last
  of them exits with 1.

`python docs/playing.py` writes the outputs into the pages; a test compares them.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

from pages import ROOT, Block, blocks_of, every_page

_PLACE = re.compile(
    r"<!-- played in (an empty folder|the shipped project)(?:, with ([\w.-]+))? -->"
)
_SHIPPED = ("mactl.yaml", "recipes", "contacts.csv.example", "events.csv.example")
_OTHER_EACH_TIME = (
    (re.compile(r"^.* …\n", re.MULTILINE), ""),  # how far something is, told on a slow machine
    (re.compile(r"\b\d+\.\d+ s\b"), "… s"),  # how long something took
    (
        re.compile(r"(compared with \S+) \([0-9a-f]+\)"),
        r"\1 (1a2b3c4)",
    ),  # a commit of all that is shipped
)


class BadPlay(Exception):
    """A page can't be played: the message says where and why."""


class Scene:
    """A folder in which a page is played; commands are run in `here`, where a `cd` may lead elsewhere."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.here = root / "work"
        self.here.mkdir()

    def path(self, name: str) -> Path:
        """A file that the page names."""
        return self.here / name

    def run(self, command: str) -> tuple[str, int]:
        """What `command` prints, errors included, and its exit status; `cd` holds for the next one."""
        environment = {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(self._root),
            "XDG_STATE_HOME": str(self._root / "state-home"),
            "LANG": "C.UTF-8",
            "COLUMNS": "100",
            "TERM": "dumb",
            "NO_COLOR": "1",
            # A history of commits that is the same each time.
            **{
                f"GIT_{who}_{what}": value
                for who in ("AUTHOR", "COMMITTER")
                for what, value in _GIT
            },
        }
        script = f"{command}\nstatus=$?\npwd > {self._root}/.pwd\nexit $status"
        ran = subprocess.run(
            ["bash", "-c", script], cwd=self.here, env=environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip
        self.here = Path((self._root / ".pwd").read_text(encoding="utf-8").strip())
        lines = (line.rstrip() for line in ran.stdout.strip("\n").splitlines())
        shown = "\n".join(lines)
        for pattern, instead in _OTHER_EACH_TIME:
            shown = pattern.sub(instead, shown)
        return f"{shown}\n" if shown else "", ran.returncode


_GIT = (("NAME", "Ann"), ("EMAIL", "ann@example.com"), ("DATE", "2026-12-01T08:00:00+01:00"))


def is_played(text: str) -> bool:
    """Whether a page says where it is played."""
    return bool(_PLACE.search(text))


def played(text: str) -> str:
    """The page with the outputs that its commands have now; BadPlay where it can't be played."""
    place = _PLACE.search(text)
    with TemporaryDirectory() as folder:
        scene = Scene(Path(folder).resolve())
        if place and place[1] == "the shipped project":
            _ship(scene.here)
        if place and place[2]:
            shutil.copy(ROOT / "docs" / place[2], scene.here)
        parts, end = [], 0
        for block in blocks_of(text):
            parts += [text[end : block.begin], _act(block, scene)]
            end = block.end
    return "".join([*parts, text[end:]])


def _ship(folder: Path) -> None:
    for name in _SHIPPED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name)
        else:
            shutil.copy(ROOT / name, folder / name)


def _act(block: Block, scene: Scene) -> str:
    """Do what a block says; its text as it is to stand in the page."""
    what, _, name = block.note.partition(": ")
    if block.first and scene.run(block.first)[1] != 0:
        raise BadPlay(f"line {block.line}: {block.first} fails")
    if what == "file":
        scene.path(name).parent.mkdir(parents=True, exist_ok=True)
        scene.path(name).write_text(block.text, encoding="utf-8")
    elif what == "more of":
        with scene.path(name).open("a", encoding="utf-8") as file:
            file.write(f"\n{block.text}")
    elif what == "change":
        _change(scene.path(name), block)
    elif block.language == "console":
        return "".join(_outputs(block, scene))
    return block.text


def _change(path: Path, block: Block) -> None:
    lines = [(line[:1], line[1:]) for line in block.text.splitlines(keepends=True)]
    old = "".join(line for sign, line in lines if sign != "+")
    new = "".join(line for sign, line in lines if sign != "-")
    text = path.read_text(encoding="utf-8")
    if text.count(old) != 1:
        raise BadPlay(f"line {block.line}: {path.name} has what is changed {text.count(old)} times")
    path.write_text(text.replace(old, new), encoding="utf-8")


def _outputs(block: Block, scene: Scene) -> Iterator[str]:
    commands = re.findall(r"^\$ (.*)$", block.text, re.MULTILINE)
    wanted = [0] * (len(commands) - 1) + [1 if block.note == "fails" else 0]
    for command, status in zip(commands, wanted, strict=True):
        output, found = scene.run(command)
        if found != status:
            raise BadPlay(f"line {block.line}: {command} exits with {found}\n{output}")
        yield f"$ {command}\n{output}"


def _play(page: Path) -> None:
    before = page.read_text(encoding="utf-8")
    if is_played(before):
        page.write_text(played(before), encoding="utf-8")


if __name__ == "__main__":
    with ThreadPoolExecutor() as pool:
        list(pool.map(_play, [Path(name).resolve() for name in sys.argv[1:]] or every_page()))
