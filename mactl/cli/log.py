"""The log of a run as JSON: one object on a line of stderr for each event, for journald, containers and their kin.

Without it the same is told to people, by whoever has it to tell. docs/cron.md names the events and what they hold.
"""

import json
import os
import re
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from mactl.findings import Finding, Severity

if TYPE_CHECKING:
    from mactl.errors import MactlError


class Level(IntEnum):
    """How much an event matters."""

    INFO = 1
    WARNING = 2
    ERROR = 3


_PHONE = re.compile(r"(\+\d{2})\d{5,}")
_OF_A_FINDING = {
    Severity.NOTE: Level.INFO,
    Severity.WARNING: Level.WARNING,
    Severity.ERROR: Level.ERROR,
}
_OF_A_STATUS = {"failed": Level.ERROR, "unknown": Level.ERROR}
"""Statuses of sends that are no matter of course."""


class Log:
    """A log that nobody asked for: it tells nothing."""

    is_json = False

    def begin(self, command: str) -> None:
        """A command begins."""

    def know(self, **about: Any) -> None:
        """`about` is part of every event from now on."""

    def tell(self, event: str, level: Level = Level.INFO, /, **about: Any) -> None:
        """Something happened."""

    def tell_outcomes(self, reasons: Mapping[tuple[str, str], int]) -> None:
        """(status, reason) → how many so far: what came since this was last told."""

    def tell_findings(self, findings: Iterable[Finding]) -> None:
        """What is wrong, and where."""

    def tell_stop(self, error: "MactlError", level: Level = Level.ERROR) -> None:
        """Why the command, or a way that its messages take, can't go on."""

    def come_to(self, **counts: Any) -> None:
        """What the last event will tell of what came of it all."""

    def end(self, status: int, level: Level | None = None) -> None:
        """The command ends with this exit status."""


class JsonLog(Log):
    """Events of `least` and above, without people's addresses unless they are asked for."""

    is_json = True

    def __init__(self, *, least: Level, shows_addresses: bool) -> None:
        self._least, self._shows_addresses = least, shows_addresses
        self._known: dict[str, Any] = {}
        self._counts: dict[str, Any] = {}
        self._told: Counter[tuple[str, str]] = Counter()
        self._begun = time.monotonic()
        self._lock = threading.Lock()

    def begin(self, command: str) -> None:
        from mactl import __version__

        self.know(command=command)
        self.tell("run-started", pid=os.getpid(), version=__version__)

    def know(self, **about: Any) -> None:
        self._known.update(about)

    def tell(self, event: str, level: Level = Level.INFO, /, **about: Any) -> None:
        if level < self._least:
            return
        at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        head = {"at": at, "level": level.name.lower(), "event": event}
        line = json.dumps(self._clean({**head, **self._known, **about}), ensure_ascii=True)
        with self._lock:
            sys.stderr.write(f"{line}\n")
            sys.stderr.flush()

    def tell_outcomes(self, reasons: Mapping[tuple[str, str], int]) -> None:
        for (status, reason), count in sorted(reasons.items()):
            more = count - self._told[status, reason]
            if more > 0:
                self._told[status, reason] = count
                level = _OF_A_STATUS.get(status, Level.INFO)
                self.tell("outcome", level, status=str(status), reason=reason, count=more)

    def tell_findings(self, findings: Iterable[Finding]) -> None:
        from mactl.cli.output import finding_json

        for finding in findings:
            self.tell("finding", _OF_A_FINDING[finding.severity], **finding_json(finding))

    def tell_stop(self, error: "MactlError", level: Level = Level.ERROR) -> None:
        self.tell_findings(getattr(error, "findings", ()))
        self.tell(
            "stopped", level,
            message=error.message, hint=error.hint, exit_status=error.exit_code,
        )  # fmt: skip

    def come_to(self, **counts: Any) -> None:
        self._counts = counts

    def end(self, status: int, level: Level | None = None) -> None:
        level = level or (Level.ERROR if status else Level.INFO)
        seconds = round(time.monotonic() - self._begun, 3)
        self.tell("run-finished", level, exit_status=status, seconds=seconds, **self._counts)

    def _clean(self, value: Any) -> Any:
        """`value` without addresses and telephone numbers in its texts."""
        if self._shows_addresses:
            return value
        if isinstance(value, str):
            from mactl.cli.output import redacted

            return _PHONE.sub(r"\1***", redacted(value))
        if isinstance(value, dict):
            return {key: self._clean(inner) for key, inner in value.items()}
        return value
