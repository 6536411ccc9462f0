"""What a monitoring service is told of runs and workers, as `heartbeat` of mactl.yaml says.

Whatever comes of it is a warning: who watches a run doesn't change what comes of the run.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from mactl.errors import ConfigurationError
from mactl.project import Project

_LONGEST_SILENCE = 600.0  # seconds: a server may take that long over one message (RFC 5321 4.5.3.2)

Warn = Callable[[str, str], None]
"""Hears what mactl.yaml calls an address, and why nobody heard the heartbeat there."""


@dataclass(frozen=True)
class RunHeartbeat:
    """The heartbeat of `mactl send`: tells that a run begins, and how it ended; silent where mactl.yaml names none."""

    project: Project
    warn: Warn

    def begin(self) -> None:
        """A run begins."""
        heartbeat = self.project.settings.heartbeat
        if heartbeat is not None:
            _beat(self.project, "heartbeat.start_url", heartbeat.start_url, self.warn)

    def end(self, *, well: bool) -> None:
        """It is over."""
        heartbeat = self.project.settings.heartbeat
        if heartbeat is None:
            return
        if well:
            _beat(self.project, "heartbeat.url", heartbeat.url, self.warn)
        else:
            _beat(self.project, "heartbeat.failure_url", heartbeat.failure_url, self.warn)


class WorkerPulse:
    """The heartbeat of `mactl worker`, from a thread of its own; a context manager.

    It beats only while the worker shows signs of life: a process that hangs has none. While something keeps the worker
    from working, `failure_url` is told.
    """

    def __init__(self, project: Project, warn: Warn) -> None:
        self._project, self._warn = project, warn
        heartbeat = project.settings.heartbeat
        self._told = heartbeat.worker if heartbeat is not None else None
        self._every = self._told.every.exact.total_seconds() if self._told is not None else 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._go_on, name="heartbeat", daemon=True)
        self._seen = time.monotonic()
        self.is_able = True
        """Whether nothing keeps the worker from working."""

    def __enter__(self) -> "WorkerPulse":
        if self._told is not None:
            self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()  # the thread may be waiting for an answer, and nobody waits for it

    def live(self) -> None:
        """A sign of life, which costs nothing."""
        self._seen = time.monotonic()

    def _go_on(self) -> None:
        self._beat()
        while not self._over.wait(self._every):
            if time.monotonic() - self._seen <= max(self._every, _LONGEST_SILENCE):
                self._beat()

    def _beat(self) -> None:
        assert self._told is not None
        if self.is_able:
            _beat(self._project, "heartbeat.worker.url", self._told.url, self._warn)
        else:
            name = "heartbeat.worker.failure_url"
            _beat(self._project, name, self._told.failure_url, self._warn)


def _beat(project: Project, name: str, url: str | None, warn: Warn) -> None:
    if url is None:
        return
    from mactl.delivery.heartbeat import (
        beat,
    )  # TLS takes a while to import, and most have no heartbeat

    try:
        why = beat(name, project.secret(url))
    except ConfigurationError as error:  # the environment lacks a secret
        why = error.message
    if why is not None:
        warn(name, why)
