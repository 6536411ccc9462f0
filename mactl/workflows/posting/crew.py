"""A crew: several processes that drain one queue, for rendering and signing take more than one core has.

Each is a worker of its own, as on a machine of its own: it claims for itself, and what it leaves when it dies is taken
over by whoever comes next. Only the one that called them tells people what came of it all.
"""

import gc
import multiprocessing
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from mactl.clock import clock_from
from mactl.delivery.drained import Drained
from mactl.delivery.sender import drain
from mactl.delivery.stopping import stopping_on_signals
from mactl.errors import MactlError
from mactl.project import Project
from mactl.store.ledger import Ledger
from mactl.store.state import State
from mactl.store.worker import new_worker
from mactl.workflows.posting.forking import CONTEXT, make_ready
from mactl.workflows.posting.gear import gear_of, throttle_of
from mactl.workflows.posting.post import Post

_TELL_EVERY = 0.2  # seconds


@dataclass(frozen=True)
class _Order:
    """What a process of the crew is to do."""

    project: Project
    connections: int
    now: int
    """The present epoch second, when it was given."""


@dataclass
class _Hand:
    """A process of the crew, and what it has told so far."""

    process: BaseProcess
    words: Connection
    drained: Drained

    def listen(self) -> None:
        """Take in what it has told since."""
        with suppress(EOFError, OSError):
            while self.words.poll():
                self.drained = self.words.recv()


class Crew:
    """So many processes beside this one; a context manager, which ends with the last of them.

    `stop` ends them in good order, and so does the death of this process.
    """

    def __init__(self, project: Project, processes: int, connections: int, now: int) -> None:
        self._hands: list[_Hand] = []
        self._order = _Order(project, connections, now)
        self._processes = processes
        self._is_stopped = CONTEXT.Event()

    def __enter__(self) -> "Crew":
        make_ready()
        for _ in range(self._processes):
            ours, theirs = CONTEXT.Pipe(duplex=False)
            process = CONTEXT.Process(
                target=_work, args=(self._order, theirs, self._is_stopped.is_set)
            )
            process.start()
            theirs.close()
            self._hands.append(_Hand(process, ours, Drained()))
        return self

    def __exit__(self, *error: object) -> None:
        if any(error):
            self.stop()
        for hand in self._hands:
            hand.process.join()
            hand.words.close()

    def stop(self) -> None:
        """Have them end after the messages in hand."""
        self._is_stopped.set()

    @property
    def has_losses(self) -> bool:
        """Whether one of them, all of which are done, died instead of ending."""
        return any(hand.process.exitcode for hand in self._hands)

    def drained(self) -> Sequence[Drained]:
        """What each has told so far."""
        for hand in self._hands:
            hand.listen()
        return [hand.drained for hand in self._hands]

    def wait(self, tell: Callable[[], None], is_over: Callable[[], bool]) -> None:
        """Wait until all are done; `tell` is called now and then, and `is_over` asked whether they should stop."""
        while any(hand.process.is_alive() for hand in self._hands):
            if is_over():
                self.stop()
            self.drained()
            tell()
            self._hands[0].process.join(_TELL_EVERY)
            if not self._hands[0].process.is_alive():
                time.sleep(0.01)
        self.drained()
        tell()


class _NowAndThen:
    """Says yes, but only so many seconds after it last did."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._next = 0.0

    def __call__(self) -> bool:
        is_time = time.monotonic() >= self._next
        if is_time:
            self._next = time.monotonic() + self._seconds
        return is_time


def _work(order: _Order, words: Connection, is_stopped: Callable[[], bool]) -> None:
    """What a process of the crew does."""
    gc.freeze()  # it has all the modules, and shares them
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C reaches all; whoever called us tells
    may_tell, may_look = _NowAndThen(_TELL_EVERY), _NowAndThen(_TELL_EVERY)
    parent, is_alone = multiprocessing.parent_process(), False

    def tell(drained: Drained) -> None:
        if may_tell():
            words.send(drained)

    project, now = order.project, clock_from(order.now)
    with closing(words), stopping_on_signals((signal.SIGTERM,)) as was_told:

        def stop() -> bool:
            nonlocal is_alone
            if parent is not None and may_look():
                is_alone = not parent.is_alive()
            return is_alone or was_told() or is_stopped()

        try:
            gear = gear_of(project)
            with (
                State.open(
                    project.secret(project.settings.state), project.folder, write=True
                ) as state,
                Ledger(state, new_worker()) as ledger,
            ):
                post = Post(state, project.settings, now, gear.signer)
                drained = drain(
                    ledger, gear.transport, post,
                    connections=order.connections, now=now, stop=stop, progress=tell,
                    throttle=throttle_of(gear, project.settings, now),
                )  # fmt: skip
        except MactlError as error:
            drained = Drained(stopped=error)
        with suppress(OSError):
            words.send(drained)
