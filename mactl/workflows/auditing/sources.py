"""Where an audit looks: name servers and the web, or what was recorded of them."""

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from mactl.audit import Means, system_resolver
from mactl.audit.tape import Recording, replayed
from mactl.audit.trust import certificates_in
from mactl.audit.web import HttpsWeb, MemoWeb
from mactl.errors import UsageError

_KEPT = 64  # pages that a run remembers for the next domain


@dataclass(frozen=True, slots=True)
class Sources:
    """Who is asked: `nameserver` as `system_resolver` takes it, the system's where it is None; `http` is a server
    (`HOST:PORT`) that answers for all of the web, None for the web itself.

    `ca_file` has certificates to trust beside the system's, and roots that may vouch for a mark certificate. `record`
    is a file to keep all in that is answered; `replay` is one to take the answers from, without a network.
    """

    nameserver: str | None = None
    http: str | None = None
    ca_file: Path | None = None
    record: Path | None = None
    replay: Path | None = None

    def open(self, now: datetime | None, clock: datetime, timeout: float) -> "Opened":
        """The means of one run at `now`, else at the time of what is replayed, else of the `clock`.

        `timeout` is what one question, and one page, may take, in seconds. Raises UsageError for what can't be opened.
        """
        trusted = certificates_in(self.ca_file) if self.ca_file is not None else ()
        if self.replay is not None:
            if self.record is not None or self.nameserver is not None or self.http is not None:
                hint = "leave out --record, --nameserver and --http"
                raise UsageError("--replay asks nobody", hint)
            means = replayed(self.replay)
            return Opened(replace(means, now=now or means.now, trusted=trusted))
        resolver = system_resolver(self.nameserver, timeout, trusted)
        web = MemoWeb(HttpsWeb(resolver, timeout, self.http, trusted), keep=_KEPT)
        means = Means(resolver, web, now or clock, trusted)
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

    def __enter__(self) -> Means:
        return self.means

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Write the recording, where there is one; raises UsageError where it can't be written.

        One that was interrupted is not written: it would take the place of a whole one.
        """
        if self.recording is None or self.path is None:
            return
        if kind is not None and not issubclass(kind, Exception):
            return
        try:
            self.recording.save(self.path)
        except OSError as failed:
            raise UsageError(
                f"{self.path}: {failed.strerror or failed}", "name a file in a folder that is there"
            ) from None
