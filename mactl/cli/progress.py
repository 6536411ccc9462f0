"""What is told while a command works: a line on stderr, written over on a terminal, now and then one in a log."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from mactl.cli.invocation import Invocation

_CLEAR = "\r\x1b[2K"
_AT_ONCE = 0.1  # seconds between two lines on a terminal, which nobody reads faster
_IN_A_LOG = 5.0
_LONG = 15.0  # seconds of silence after which a log is told that something still works
_WIDEST = 100  # columns: a longer line could not be written over


class Progress:
    """The line that says how far a command is; silent with `--quiet`."""

    def __init__(self, invocation: Invocation) -> None:
        self._on_terminal = sys.stderr.isatty() and not invocation.log.is_json
        self._log = invocation.log
        self._is_told = not invocation.quiet
        self.patience = 1.0 if self._on_terminal else _LONG
        """Seconds after which somebody wants to know whether anything happens."""
        self._every = _AT_ONCE if self._on_terminal else _IN_A_LOG
        # A log is told of what takes long, and then often; a terminal at once.
        self._last = time.monotonic() + (-self._every if self._on_terminal else _LONG - self._every)
        self._lock = threading.Lock()
        self._shows = False

    def tell(self, text: str) -> None:
        """Say `text`, where the last line is old enough."""
        self.tell_event(text, "progress", text=text)

    def tell_event(self, text: str, event: str, /, **about: Any) -> bool:
        """Say `text`, or `event` with `about` in a log of events, where the last line is old enough; whether it was."""
        with self._lock:
            now = time.monotonic()
            if not self._is_told or now - self._last < self._every:
                return False
            self._last = now
            if self._log.is_json:
                self._log.tell(event, **about)
                return True
            self._shows = self._on_terminal
            line = text[:_WIDEST]
            sys.stderr.write(f"{_CLEAR}{line} …" if self._on_terminal else f"{line} …\n")
            sys.stderr.flush()
            return True

    def clear(self) -> None:
        """Take the line away, before something else is printed."""
        with self._lock:
            if self._shows:
                sys.stderr.write(_CLEAR)
                sys.stderr.flush()
            self._shows = False

    @contextmanager
    def during(self, what: str) -> Iterator["Waiting"]:
        """While the block runs, say of `what` each second for how long; the answer ends that before the block does.

        No line is left after the block.
        """
        waiting = Waiting(self, what)
        try:
            yield waiting
        finally:
            waiting.end()
            self.clear()


class Waiting:
    """Something that says nothing itself while it works, and how long it has been at it."""

    def __init__(self, progress: Progress, what: str) -> None:
        self._progress, self._what = progress, what
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._count, daemon=True)
        self._thread.start()

    def _count(self) -> None:
        begun = time.monotonic()
        pause = self._progress.patience
        while not self._over.wait(pause):
            pause = 1.0
            seconds = round(time.monotonic() - begun)
            told = f"{self._what}, {seconds} s"
            self._progress.tell_event(told, "working", what=self._what, seconds=seconds)

    def end(self) -> None:
        """It is over, as far as anybody is told; more than once does no harm."""
        if self._over.is_set():
            return  # the line is somebody else's by now
        self._over.set()
        self._thread.join()
        self._progress.clear()
