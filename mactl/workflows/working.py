"""`mactl worker` and `mactl send --resume`: drain the queues, without planning."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from mactl.clock import clock_from
from mactl.delivery.drained import Drained, together
from mactl.delivery.stopping import stopping_on_signals
from mactl.errors import MactlError, TryAgainLater
from mactl.project import Project
from mactl.store.state import State
from mactl.workflows.heartbeats import Warn, WorkerPulse
from mactl.workflows.missing_state import open_state_to_send
from mactl.workflows.opening import need_file_to_send
from mactl.workflows.posting.draining import Round, is_anything_due
from mactl.workflows.posting.gear import Gear, gear_of

_LOOK_EVERY = 5.0  # seconds between two looks at an empty queue
# Seconds, once a day's share is spent: each look claims, and lets go again.
_LOOK_WHILE_RESTING = 60.0
_FIRST_PAUSE, _LONGEST_PAUSE = 15.0, 600.0  # seconds, after a way that could not be taken


@dataclass(frozen=True)
class Reports:
    """Whom a worker tells: `progress` of messages, `trouble` of what keeps it from working for now, `drained` of all
    that came of its rounds so far, after each in which there was something, `unheard` of a heartbeat that nobody heard.
    """

    progress: Callable[[Drained], None] = lambda drained: None
    trouble: Callable[[MactlError], None] = lambda error: None
    drained: Callable[[Drained], None] = lambda drained: None
    unheard: Warn = lambda name, why: None


def drain_once(project: Project, reports: Reports) -> Drained:
    """Send what is queued or due again, and end; what came of it.

    Raises ConfigurationError where the project can't send.
    """
    gear = _gear(project)
    with open_state_to_send(project) as state, stopping_on_signals() as stop:
        return Round(
            state, project, gear, now=clock_from(_now()), stop=stop, progress=reports.progress
        ).drain_all()


def keep_draining(project: Project, reports: Reports) -> Drained:
    """Send what is queued or comes due, until a signal; what came of it all.

    A relay that can't be reached, or a state that is busy, is tried again with growing pauses. Meanwhile the heartbeat
    of the worker beats. Raises ConfigurationError where the project can't send.
    """
    gear, whole = _gear(project), Drained()
    pause = _FIRST_PAUSE
    with (
        open_state_to_send(project) as state,
        stopping_on_signals() as was_told,
        WorkerPulse(project, reports.unheard) as pulse,
    ):

        def stop() -> bool:
            pulse.live()  # whoever works asks all the time
            return was_told()

        while not stop():
            drained = _drain(state, project, gear, stop, whole, reports)
            error = drained.stopped
            pulse.is_able = error is None
            if error is None:
                pause = _FIRST_PAUSE
                _sleep(_LOOK_EVERY if drained.rests is None else _LOOK_WHILE_RESTING, stop)
            else:
                reports.trouble(error)
                _sleep(pause, stop)
                pause = min(pause * 2, _LONGEST_PAUSE)
    return whole


def _drain(
    state: State,
    project: Project,
    gear: Gear,
    stop: Callable[[], bool],
    whole: Drained,
    reports: Reports,
) -> Drained:
    """One round, added to `whole`."""
    before = together([whole])
    try:
        if not is_anything_due(state, _now()):
            return Drained()
        drained = Round(
            state, project, gear, now=clock_from(_now()), stop=stop,
            progress=lambda so_far: reports.progress(together([before, so_far])),
        ).drain_all()  # fmt: skip
    except TryAgainLater as error:
        return Drained(stopped=error)
    whole.counts.update(drained.counts)
    whole.reasons.update(drained.reasons)
    reports.drained(whole)
    return drained


def _gear(project: Project) -> Gear:
    need_file_to_send(project)
    return gear_of(project)


def _now() -> int:
    """Looked at between drains, never within one: a clock that is put right would end every lease, or none."""
    return int(time.time())


def _sleep(seconds: float, stop: Callable[[], bool]) -> None:
    until = time.monotonic() + seconds
    while not stop() and time.monotonic() < until:
        time.sleep(0.2)
