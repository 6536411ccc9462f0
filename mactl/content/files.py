"""The files beside a recipe that hold what its author wrote. Only this module reads them."""

import os
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Literal

from mactl.findings import Finding, Place, Severity

OCCURRENCE = "{occurrence}"
"""In the name of a file: the date of the slot."""
Format = Literal["markdown", "html", "mjml", "text"]
FORMATS: dict[str, Format] = {".md": "markdown", ".html": "html", ".mjml": "mjml", ".txt": "text"}
"""What a file is, by how its name ends."""

_LARGEST_FILE = 512 * 1024  # bytes
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def is_file_name(value: str) -> bool:
    """Whether `value` names a file rather than being the text: one line, no tags, a known ending."""
    if "\n" in value or "{{" in value or "{%" in value or not value.strip():
        return False
    return PurePosixPath(value).suffix.lower() in FORMATS


def is_occurrence_file(value: str | None) -> bool:
    """Whether `value` names a file for each occurrence: `newsletter/{occurrence}.md`."""
    return value is not None and OCCURRENCE in value and is_file_name(value)


def day_of(occurrence: str) -> str | None:
    """The date (YYYY-MM-DD) that an occurrence begins with; None for one that is no date or instant.

    Nothing but a real date gets into a file's name: an event's key may come from anyone.
    """
    day, rest = occurrence[:10], occurrence[10:]
    try:
        return (
            date.fromisoformat(day).isoformat()
            if _DAY.fullmatch(day) and rest[:1] in ("", "T", " ")
            else None
        )
    except ValueError:
        return None


def occurrence_days(value: str, folder: Path) -> Iterator[str]:
    """The dates for which `folder` has the file that `value` names with `{occurrence}`, in order."""
    if not stays_inside(value, folder):
        return
    before, _, after = value.partition(OCCURRENCE)
    if OCCURRENCE in after:  # the same date twice: the first place decides where to look
        after = after.partition(OCCURRENCE)[0].rpartition("/")[0]
    parent = folder / before.rpartition("/")[0]
    start = before.rpartition("/")[2]
    try:
        names = sorted(entry.name for entry in parent.iterdir())
    except OSError:
        return
    for name in names:
        day = day_of(name.removeprefix(start)[:10])
        if name.startswith(start) and day and has_file(value.replace(OCCURRENCE, day), folder):
            yield day


def has_file(value: str, folder: Path) -> bool:
    """Whether `value` names a file in `folder` that may be read."""
    try:
        return stays_inside(value, folder) and (folder / value).is_file()
    except (OSError, ValueError):
        return False


def read_text(value: str, folder: Path, place: Place) -> str | Finding:
    """The text of the file called `value` in `folder`, or why it is not read; `place` is where it is named."""
    path = folder / value

    def finding(id: str, message: str, hint: str | None = None) -> Finding:
        return Finding(id, Severity.ERROR, message, place, hint)

    if not stays_inside(value, folder):
        hint = f"keep it in {folder} and write its path from there"
        return finding("template-file-outside", f"{value!r} is not in the recipe's folder", hint)
    try:
        if not path.is_file():
            hint = "text that happens to end like a file's name needs a full stop or a second line"
            return finding("template-file-missing", f"there is no file {path}", hint)
        with path.open("rb") as file:
            content = file.read(_LARGEST_FILE + 1)
    except (OSError, ValueError) as unreadable:
        return finding("template-file-missing", f"{path} can't be read: {unreadable}")
    if len(content) > _LARGEST_FILE:
        return finding("template-too-large", f"{path} is larger than 512 KiB")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as broken:
        line = content[: broken.start].count(b"\n") + 1
        message, hint = "this is not UTF-8", "save the file as UTF-8"
        return Finding("template-encoding", Severity.ERROR, message, Place(str(path), line), hint)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def stays_inside(value: str, folder: Path) -> bool:
    """Whether `value` leads to a file below `folder`, links followed: recipes may come from strangers."""
    windows = PureWindowsPath(value)
    if "\0" in value or windows.drive or windows.root or ".." in windows.parts:
        return False
    try:
        return Path(os.path.realpath(folder / value)).is_relative_to(os.path.realpath(folder))
    except OSError:
        return False
