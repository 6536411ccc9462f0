"""Where an audit looks: name servers and the web, or what was recorded of them."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from mactl.audit import Means, system_resolver
from mactl.audit.tape import Recording, replayed
from mactl.audit.web import NoWeb
from mactl.errors import UsageError


@dataclass(frozen=True, slots=True)
class Sources:
    """Who is asked: `nameserver` as `system_resolver` takes it, the system's where it is None.

    `ca_file` has certificates to trust beside the system's. `record` is a file to keep all in that is answered;
    `replay` is one to take the answers from, without a network.
    """

    nameserver: str | None = None
    ca_file: Path | None = None
    record: Path | None = None
    replay: Path | None = None

    def open(self, now: datetime | None, clock: datetime, timeout: float) -> "Opened":
        """The means of one run at `now`, else at the time of what is replayed, else of the `clock`.

        `timeout` is what one question may take, in seconds. Raises UsageError for what can't be opened.
        """
        if self.replay is not None:
            if self.record is not None or self.nameserver is not None:
                raise UsageError("--replay asks nobody", "leave out --record and --nameserver")
            means = replayed(self.replay)
            return Opened(means if now is None else Means(means.resolver, means.web, now))
        resolver = system_resolver(self.nameserver, timeout, self.ca_file)
        means = Means(resolver, NoWeb(), now or clock)
        if self.record is None:
            return Opened(means)
        recording = Recording(means)
        return Opened(recording.means, recording, self.record)


@dataclass(frozen=True, slots=True)
class Opened:
    """The means of a run, and where they are recorded."""

    means: Means
    recording: Recording | None = None
    path: Path | None = None

    def close(self) -> None:
        """Write the recording, where there is one; raises UsageError where it can't be written."""
        if self.recording is None or self.path is None:
            return
        try:
            self.recording.save(self.path)
        except OSError as failed:
            raise UsageError(
                f"{self.path}: {failed.strerror or failed}", "name a file in a folder that is there"
            ) from None
