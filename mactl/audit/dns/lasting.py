"""Connections that are kept for the next question."""

import asyncio
from collections.abc import Coroutine

_lasting: set[asyncio.Task[None]] = set()


def until_the_loop_ends(keeping: Coroutine[None, None, None]) -> None:
    """Run what keeps a connection until its event loop ends, and cancels it so that it can close.

    The loop itself does not hold a task that waits, and one that nobody holds is lost on the way.
    """
    task = asyncio.ensure_future(keeping)
    _lasting.add(task)
    task.add_done_callback(_lasting.discard)
