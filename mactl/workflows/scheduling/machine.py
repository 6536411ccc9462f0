"""What of this machine a schedule depends on: where mactl is, whose the project is, what its clocks say."""

import os
import pwd
import shutil
import sys
from collections.abc import Collection
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from mactl.clock import zone_named

_DAYS = 366


def mactl_command() -> tuple[str, ...]:
    """What starts this mactl with no PATH at all: the absolute path of its script, else of Python with the module."""
    called = shutil.which(sys.argv[0])
    if called is not None and Path(called).name == "mactl":
        return (str(Path(called).absolute()),)
    beside = Path(sys.executable).absolute().parent / "mactl"
    return (str(beside),) if os.access(beside, os.X_OK) else (sys.executable, "-m", "mactl")


def owner_of(folder: Path) -> str:
    """Whose `folder` is: the name, or the number of one who has none."""
    number = folder.stat().st_uid
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def notes_of(folder: Path) -> Path | None:
    """Where the owner of `folder` has what `mactl.store.witness` notes, if a service runs it; None without a home."""
    try:
        home = pwd.getpwuid(folder.stat().st_uid).pw_dir
    except KeyError:
        return None
    return Path(home) / ".local" / "state" / "mactl"


def local_times(times: Collection[time], zone: str, now: datetime) -> list[time]:
    """What this machine's clock shows at `times` of `zone`, over the year from `now`: several for one time where the
    two don't change to daylight saving together."""
    there = zone_named(zone)
    first = now.astimezone(there).date()
    shown = set()
    for day in range(_DAYS):
        for at in times:
            moment = datetime.combine(first + timedelta(days=day), at, there)
            shown.add(moment.astimezone(UTC).astimezone().time())
    return sorted(shown)


def writable_part(path: Path) -> Path:
    """`path` where it is there, else the nearest folder above it that is: where it could be made."""
    path = path.absolute()
    return next((p for p in (path, *path.parents) if p.is_dir()), Path("/"))
