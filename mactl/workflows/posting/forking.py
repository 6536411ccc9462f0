"""Where the processes of a crew come from: copies of one that has read the modules they need, and done nothing else.

This process can't be copied itself: it has a database open, and threads perhaps.
"""

import multiprocessing
import os
import signal
from multiprocessing import forkserver, resource_tracker

CONTEXT = multiprocessing.get_context("forkserver")
MODULES = ["mactl.workflows.posting.crew", "mactl.delivery.dkim"]
"""What is read before there is a crew."""
WORTH_A_PROCESS = 1_000
"""Messages; fewer are out before another process has begun."""


def processes_for(waiting: int) -> int:
    """How many processes `waiting` messages are worth on this machine."""
    return max(1, min(waiting, most_worth_counting()) // WORTH_A_PROCESS)


def most_worth_counting() -> int:
    """How many waiting messages are worth as many processes as there can be."""
    return len(os.sched_getaffinity(0)) * WORTH_A_PROCESS


def make_ready(waiting: int | None = None) -> None:
    """Has the modules of a crew read, beside what this process does, so that it can begin at once: where `waiting`
    messages are worth one, or nobody knows yet."""
    if processes_for(most_worth_counting() if waiting is None else waiting) > 1:
        CONTEXT.set_forkserver_preload(MODULES)
        resource_tracker.ensure_running()  # here, as it would let signals through again below
        # A Ctrl-C reaches all processes of a terminal: while it reads, this one would die of it, and a crew with it.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT,))
        try:
            forkserver.ensure_running()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
