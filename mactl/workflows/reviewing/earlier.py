"""Another version of a project's cookbook: from git, without touching the working tree, or from a folder."""

import os
import subprocess
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from mactl.checks import check_recipes
from mactl.errors import UsageError
from mactl.findings import Finding, Severity
from mactl.project import FILE_NAME, Project, Settings, load_project
from mactl.recipe.cookbook import Cookbook, find_recipe_files, load_cookbook

_RULES = ("limits", "grounds", "country", "locale", "currency")
"""What mactl.yaml says that decides who gets what; where the data is, the project of today says for both."""
_LARGEST = 1024 * 1024  # bytes; no recipe and no part of one is larger
_PATIENCE = 60  # seconds for one answer of git


@dataclass(frozen=True)
class Earlier:
    """A cookbook to compare with, and the settings that hold for it."""

    label: str
    cookbook: Cookbook
    settings: Settings
    notes: tuple[str, ...]
    """What could not be taken into account."""


@contextmanager
def earlier_version(project: Project, where: str) -> Iterator[Earlier]:
    """The cookbook of `project` as it is at `where`: the folder of a project, else a git revision.

    Its files are there as long as the context lasts. Nothing of it is run, and git's files are read as they were
    committed: no filter, hook or attribute has a say. Raises UsageError where there is no such project or revision.
    """
    folder = Path(where)
    if folder.is_dir():
        if not (folder / FILE_NAME).is_file():
            raise UsageError(
                f"--diff {where}: there is no {FILE_NAME} in this folder, which says where its recipes are",
                "name the folder of a project, or a git revision",
            )
        yield _read(project, folder, where)
        return
    with TemporaryDirectory(prefix="mactl-") as temporary:
        root = Path(temporary)
        commit, prefix = _resolve(project.folder, where)
        _export(project, commit, prefix, root)
        label = where if commit.startswith(where) else f"{where} ({commit[:7]})"
        yield _read(project, root / prefix, label)


def _read(project: Project, folder: Path, label: str) -> Earlier:
    there, findings = load_project(folder)
    notes = []
    if any(finding.severity is Severity.ERROR for finding in findings):
        notes.append(f"{FILE_NAME} of {label} is faulty; today's holds for both")
    rules = {name: getattr(there.settings, name) for name in _RULES}
    settings = project.settings
    if there.has_file and not notes:
        settings = settings.model_copy(update=rules)
    # A commit from before there was a mactl.yaml has its recipes where the project has them today.
    home = there.cookbook if there.has_file else folder / project.settings.recipes
    files = find_recipe_files([home]) if home.is_dir() else []
    cookbook, found = load_cookbook(files)
    faulty = {finding.place.path for finding in found if finding.place and _is_error(finding)}
    cookbook, more = _without_faults(cookbook, settings)
    left_out = sorted({Path(path).stem for path in faulty} | more)
    notes += [f"the recipe {name} of {label} is faulty, and left out" for name in left_out]
    return Earlier(label, cookbook, settings, tuple(notes))


def _is_error(finding: Finding) -> bool:
    return finding.severity is Severity.ERROR


def _without_faults(cookbook: Cookbook, settings: Settings) -> tuple[Cookbook, set[str]]:
    """`cookbook` without the recipes that can't be planned, and their ids."""
    out: set[str] = set()
    while True:
        left = Cookbook({id: r for id, r in cookbook.recipes.items() if id not in out})
        paths = {
            finding.place.path
            for finding in check_recipes(left, list(left.recipes), settings)
            if finding.place and _is_error(finding)
        }
        faulty = {r.id for r in left if r.document.path in paths or _owns(r.folder, r.id, paths)}
        if not faulty:
            return left, out
        out |= faulty


def _owns(folder: Path, id: str, paths: Collection[str]) -> bool:
    """Whether one of `paths` lies in the folder of the recipe's templates."""
    return any(Path(path).is_relative_to(folder / id) for path in paths)


def _resolve(folder: Path, revision: str) -> tuple[str, str]:
    """The commit that `revision` names, and the folder's path in the repository."""
    prefix = _git(folder, "rev-parse", "--show-prefix").decode().strip()
    try:
        wanted = f"{revision}^{{commit}}"
        found = _git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", wanted)
    except UsageError:
        raise UsageError(
            f"--diff {revision}: there is no such folder, and git knows no such revision",
            "a shallow clone has few of them: fetch it first (in GitHub Actions: fetch-depth: 0)",
        ) from None
    return found.decode().strip(), prefix


def _export(project: Project, commit: str, prefix: str, root: Path) -> None:
    """Write mactl.yaml and the cookbook of `commit` below `root`, at their paths in the repository."""
    (root / prefix).mkdir(parents=True, exist_ok=True)
    _write(project.folder, commit, [f"{prefix}{FILE_NAME}"], root)
    there, _ = load_project(root / prefix)
    recipes = (there if there.has_file else project).settings.recipes
    home = os.path.normpath(PurePosixPath(prefix) / recipes)
    if home.startswith(("..", "/")):
        raise UsageError(
            f"the cookbook in {recipes} is not in this repository", "compare with a folder"
        )
    _write(project.folder, commit, [] if home == "." else [home], root)


def _write(folder: Path, commit: str, paths: Sequence[str], root: Path) -> None:
    """Write the plain files of `commit` at or below `paths` (all: none) below `root`."""
    listed = _git(folder, "ls-tree", "-r", "-l", "-z", "--full-tree", commit, "--", *paths)
    wanted = []
    for entry in filter(None, listed.split(b"\0")):
        about, _, name = entry.partition(b"\t")
        mode, kind, blob, length = about.split()
        # Links and submodules lead elsewhere; what is larger is neither recipe nor template.
        if kind == b"blob" and mode in (b"100644", b"100755") and int(length) <= _LARGEST:
            wanted.append((blob, os.fsdecode(name)))
    if not wanted:
        return
    answers = _git(folder, "cat-file", "--batch", asked=b"\n".join(blob for blob, _ in wanted))
    start = 0
    for _, path in wanted:
        end = answers.index(b"\n", start)
        size = int(answers[start:end].split()[2])
        target = root / path
        if ".." not in PurePosixPath(path).parts and not PurePosixPath(path).is_absolute():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(answers[end + 1 : end + 1 + size])
        start = end + 1 + size + 1


def _git(folder: Path, *arguments: str, asked: bytes = b"") -> bytes:
    """What git answers in `folder`; UsageError with git's own words where it can't."""
    quiet = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    try:
        ran = subprocess.run(
            ["git", *arguments], cwd=folder, input=asked, capture_output=True, env=quiet,
            timeout=_PATIENCE, check=False,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError) as error:
        raise UsageError(f"git can't be asked: {error}", "compare with a folder") from error
    if ran.returncode:
        told = ran.stderr.decode(errors="replace").strip().splitlines()
        raise UsageError(
            told[-1] if told else f"git {arguments[0]} failed", "compare with a folder"
        )
    return ran.stdout
