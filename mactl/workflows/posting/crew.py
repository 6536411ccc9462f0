"""A crew: several processes that drain one queue, for rendering and signing take more than one core has.

Each is a worker of its own, as on a machine of its own: it claims for itself, and what it leaves when it dies is taken
over by whoever comes next. Only the one that called them tells people what came of it all.
"""

import gc
import multiprocessing
import signal
import threading
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
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
from mactl.workflows.posting.watching import NowAndThen

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


class Crew:
    """So many processes beside this one; a context manager, which ends with the last of them.

    `stop` ends them in good order, and so does the death of this process.
    """

    def __init__(self, project: Project, processes: int, connections: int, now: int) -> None:
        self._hands: list[_Hand] = []
        self._order = _Order(project, connections, now)
        self._processes = processes
        self._is_stopped = CONTEXT.Event() if processes else None
        self._listener = threading.Thread(target=self._listen, name="crew", daemon=True)

    def __enter__(self) -> "Crew":
        if self._is_stopped is not None:
            make_ready()
            for _ in range(self._processes):
                ours, theirs = CONTEXT.Pipe(duplex=False)
                process = CONTEXT.Process(
                    target=_work, args=(self._order, theirs, self._is_stopped.is_set)
                )
                process.start()
                theirs.close()
                self._hands.append(_Hand(process, ours, Drained()))
            self._listener.start()
        return self

    def __exit__(self, *error: object) -> None:
        if any(error):
            self.stop()
        if self._hands:
            self._listener.join()
        for hand in self._hands:
            hand.process.join()
            hand.words.close()

    def stop(self) -> None:
        """Have them end after the messages in hand."""
        if self._is_stopped is not None:
            self._is_stopped.set()

    @property
    def has_losses(self) -> bool:
        """Whether one of them, all of which are done, died instead of ending."""
        return any(hand.process.exitcode for hand in self._hands)

    def drained(self) -> Sequence[Drained]:
        """What each has told so far."""
        return [hand.drained for hand in self._hands]

    def wait(self, tell: Callable[[], None], is_over: Callable[[], bool]) -> None:
        """Wait until all are done; `tell` is called now and then, and `is_over` asked whether they should stop."""
        while alive := [hand.process for hand in self._hands if hand.process.is_alive()]:
            if is_over():
                self.stop()
            tell()
            wait([process.sentinel for process in alive], _TELL_EVERY)
        if self._hands:
            self._listener.join()
        tell()

    def _listen(self) -> None:
        """Take in what they tell, until all have ended: nobody can say more than a pipe holds to one who is busy."""
        telling = {hand.words: hand for hand in self._hands}
        while telling:
            for words in wait(list(telling)):
                assert isinstance(words, Connection)
                try:
                    telling[words].drained = words.recv()
                except (EOFError, OSError):
                    del telling[words]


def _work(order: _Order, words: Connection, is_stopped: Callable[[], bool]) -> None:
    """What a process of the crew does."""
    gc.freeze()  # it has all the modules, and shares them
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C reaches all; whoever called us tells
    may_tell, may_look = NowAndThen(_TELL_EVERY), NowAndThen(_TELL_EVERY)
    parent, is_alone = multiprocessing.parent_process(), False

    def tell(drained: Drained) -> None:
        if may_tell():
            with suppress(OSError):  # whoever called us has died; that is noticed where it matters
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
