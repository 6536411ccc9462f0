"""Write the rows that were left out to a file, where they can be mended and read in again."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mactl.errors import UsageError
from mactl.keeping import write_whole
from mactl.people.rejects import count_rejects, write_rejects
from mactl.people.sources.files import find_files
from mactl.people.sources.refusals import Refused
from mactl.people.sources.rejects import REMARKS
from mactl.project import ContactSource

_HEAD = 1 << 16  # bytes in which a header is looked for


@dataclass(frozen=True)
class Written:
    """How many rows were written, and whether a file of the run before was replaced."""

    rows: int
    replaced: bool


def expect_free(path: Path, folder: Path, sources: Sequence[ContactSource]) -> None:
    """Raises UsageError where the rows left out of `sources`, relative to `folder`, may not be written to `path`:
    it is one of these files, or another file than one of rows left out earlier."""
    if path.is_dir():
        raise UsageError(f"{path}: this is a folder, not a file", f"write {path}/rejects.csv")
    if not path.is_file():
        return
    for source in sources:
        if any(file.exists() and file.samefile(path) for file in find_files(folder, source.file)):
            raise UsageError(
                f"{path}: this file is read, so it is not written over",
                "name another one; what is mended in this one goes on from there",
            )
    with path.open("rb") as file:
        header = file.read(_HEAD).partition(b"\n")[0]
    if not all(name.encode() in header for name in REMARKS):
        raise UsageError(
            f"{path}: there is a file already, and none of rows that were left out",
            "name another one",
        )


def keep_rejects(
    path: Path, folder: Path, sources: Sequence[ContactSource], refused: Sequence[Refused]
) -> Written:
    """Write the rows that are `refused` of `sources`, relative to `folder`, to `path`; nothing where there are none.

    Raises UsageError where it may not, or cannot, be written.
    """
    expect_free(path, folder, sources)
    rows = count_rejects(refused)
    replaced = path.is_file()
    if rows:
        try:
            write_whole(path, write_rejects(folder, sources, refused))
        except OSError as failed:
            raise UsageError(f"{path}: {failed.strerror or failed}") from failed
    return Written(rows, replaced and bool(rows))
