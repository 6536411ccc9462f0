"""Stopping in good order: the first signal asks, the second one insists."""

import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

LOOK_UP_EVERY = 0.5
"""Seconds of a pause, after which whoever pauses looks up: who is asked to stop should not be waited for."""
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def stopping_on_signals(
    signals: Sequence[signal.Signals] = _SIGNALS,
) -> Iterator[Callable[[], bool]]:
    """Yields a function that says whether one of `signals` has come; a second one does what it always does.

    Only in the main thread of a process.
    """
    before = {number: signal.getsignal(number) for number in signals}
    asked = False

    def put_back() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def ask(number: int, frame: FrameType | None) -> None:
        nonlocal asked
        asked = True
        put_back()

    for number in signals:
        signal.signal(number, ask)
    try:
        yield lambda: asked
    finally:
        put_back()
