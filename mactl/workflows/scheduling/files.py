"""The files that a schedule comes to."""

from collections.abc import Mapping
from pathlib import Path

from mactl.errors import UsageError
from mactl.workflows.scheduling.crontab import crontab
from mactl.workflows.scheduling.schedule import Schedule
from mactl.workflows.scheduling.units import unit_name, units


def files_of(schedule: Schedule, *, systemd: bool) -> dict[str, str]:
    """File name → text: the units of systemd, or one file with lines for a crontab."""
    return units(schedule) if systemd else {unit_name(schedule, "crontab"): crontab(schedule)}


def write_files(folder: Path, files: Mapping[str, str]) -> list[Path]:
    """Write `files` into `folder`, which is made where it is missing; where each is by now.

    Raises UsageError where another text stands in one of them: somebody may have changed it. None is written then.
    """
    paths = {folder / name: text for name, text in files.items()}
    try:
        for path, text in paths.items():
            if path.exists() and path.read_text(encoding="utf-8") != text:
                raise UsageError(
                    f"{path} is there already, and says something else",
                    "compare the two, and take it away first",
                )
        folder.mkdir(parents=True, exist_ok=True)
        for path, text in paths.items():
            path.write_text(text, encoding="utf-8")
    except (OSError, UnicodeDecodeError) as failed:
        why = getattr(failed, "strerror", None) or "it is no text"
        raise UsageError(
            f"{getattr(failed, 'filename', None) or folder}: {why}",
            "choose a folder that can be written to",
        ) from failed
    return list(paths)
