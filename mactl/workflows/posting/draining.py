"""Draining the queues: e-mail over several connections at once, then the other channels, then actions."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from mactl.delivery.breaker import Breaker
from mactl.delivery.channels.opening import declared, file_of, open_channel
from mactl.delivery.desk import Desk
from mactl.delivery.drained import Drained, together
from mactl.delivery.sender import drain
from mactl.delivery.throttle import Throttle
from mactl.delivery.transport import Transport
from mactl.errors import ConfigurationError, MactlError, TryAgainLater
from mactl.project import Project, Smtp
from mactl.store.actions import count_waiting_actions
from mactl.store.ledger import Ledger, count_left_behind, count_waiting, waiting_channels
from mactl.store.state import State
from mactl.store.tables import SendStatus
from mactl.store.worker import new_worker
from mactl.workflows.posting.acting import perform_actions, take_over_actions
from mactl.workflows.posting.channel_post import ChannelPost
from mactl.workflows.posting.crew import Crew
from mactl.workflows.posting.forking import processes_for
from mactl.workflows.posting.gear import Gear, throttle_of
from mactl.workflows.posting.post import Post

EMAIL = "email"
_WORTH_A_CONNECTION = 25  # messages; fewer are out before another session stands
_GATEWAY_CONNECTIONS = 4
_LEFT_BEHIND = "its worker stopped, or the machine did, while it was being sent"


def drain_all(
    state: State,
    project: Project,
    gear: Gear,
    *,
    now: Callable[[], int],
    stop: Callable[[], bool],
    progress: Callable[[Drained], None],
) -> Drained:
    """Send all that is queued or due again: e-mail over the relay, the other channels as mactl.yaml declares them,
    then actions; what came of it all together.

    A way that can't be taken doesn't stop the others; `stopped` is the first of them.
    """
    parts = [_take_over(state, project, now())]

    def tell(drained: Drained) -> None:
        progress(together([*parts, drained]))

    parts.append(_drain_mail(state, project, gear, now=now, stop=stop, progress=tell))
    with state.reading() as connection:
        others = [name for name in waiting_channels(connection, now()) if name != EMAIL]
    for name in others:
        parts.append(_drain_channel(state, project, name, now=now, stop=stop, progress=tell))
    parts.append(
        perform_actions(
            state, project, gear.transport, signer=gear.signer, now=now, stop=stop, progress=tell
        )
    )
    return together(parts)


def is_anything_due(state: State, now: int) -> bool:
    """Whether a drain at `now` (epoch seconds) would find anything: to send, to do, or left behind by the dead."""
    with state.reading() as connection:
        return bool(
            waiting_channels(connection, now)
            or count_waiting_actions(connection, now)
            or count_left_behind(connection, now)
        )


def _drain_mail(
    state: State,
    project: Project,
    gear: Gear,
    *,
    now: Callable[[], int],
    stop: Callable[[], bool],
    progress: Callable[[Drained], None],
) -> Drained:
    """E-mail, over several processes where it is much."""
    with state.reading() as connection:
        waiting = count_waiting(connection, now(), EMAIL)
    smtp = project.settings.smtp
    connections = smtp.connections if smtp else 1
    processes = min(processes_for(waiting), connections) if state.is_lasting else 1
    each = -(-connections // processes)

    done: list[Drained] = []
    with Crew(project, processes - 1, each, now()) as crew:
        watch = _Watch(_breaker(smtp), stop, progress, lambda: [*done, *crew.drained()])

        def own() -> Drained:
            post = Post(state, project.settings, now, gear.signer)
            return drain_queue(
                state, gear.transport, post, connections=each, now=now,
                stop=watch.is_over, progress=watch.see,
                throttle=throttle_of(gear, project.settings, now),
            )  # fmt: skip

        mine = own()
        crew.wait(lambda: watch.see(mine), lambda: watch.is_over() or mine.stopped is not None)
        done.append(mine)
        whole = together([mine, *crew.drained()])
        gave_up = isinstance(whole.stopped, TryAgainLater)
        if mine.stopped is None and not watch.is_over() and (crew.has_losses or gave_up):
            # What one of them left when it died, or when the relay had no room for it, is nobody's by now.
            rest = own()
            whole = together([rest, whole])
            whole.stopped = rest.stopped if gave_up else whole.stopped
    return watch.conclude(whole)


def _breaker(smtp: Smtp | None) -> Breaker | None:
    told = smtp.stop_if if smtp is not None else None
    return Breaker(told.failed, told.of) if told is not None else None


@dataclass
class _Watch:
    """A drain by several processes, seen as one: what it tells, and when it should end."""

    breaker: Breaker | None
    stop: Callable[[], bool]
    progress: Callable[[Drained], None]
    others: Callable[[], Sequence[Drained]]
    why: MactlError | None = None

    def see(self, own: Drained) -> None:
        """Tell what came of it all so far."""
        whole = together([own, *self.others()])
        if self.breaker is not None and self.why is None:
            self.why = self.breaker.why(whole)
        self.progress(whole)

    def is_over(self) -> bool:
        """Whether no other message should begin."""
        return self.why is not None or self.stop()

    def conclude(self, whole: Drained) -> Drained:
        """`whole`, with the reason why it was ended early."""
        if self.why is not None:
            whole.stopped = whole.stopped or self.why
            whole.is_interrupted = self.stop()
        return whole


def _drain_channel(
    state: State,
    project: Project,
    name: str,
    *,
    now: Callable[[], int],
    stop: Callable[[], bool],
    progress: Callable[[Drained], None],
) -> Drained:
    try:
        channel, transport = declared(project, name), open_channel(project, name)
    except ConfigurationError as error:
        return Drained(stopped=error)
    return drain_queue(
        state,
        transport,
        ChannelPost(state, project.settings, now, name, channel),
        # A file has one row after another, whoever writes them.
        connections=1 if channel.file is not None else _GATEWAY_CONNECTIONS,
        now=now,
        stop=stop,
        progress=progress,
        channel=name,
    )


def drain_queue(
    state: State,
    transport: Transport,
    desk: Desk,
    *,
    connections: int,
    now: Callable[[], int],
    stop: Callable[[], bool],
    progress: Callable[[Drained], None],
    channel: str = EMAIL,
    throttle: Throttle | None = None,
) -> Drained:
    """Send what is queued or due again on one channel, over at most `connections` sessions; what came of it all
    together.

    A session that is lost leaves at most one message in doubt.
    """
    with state.reading() as connection:
        waiting = count_waiting(connection, now(), channel)
    with Ledger(state, new_worker()) as ledger:
        return drain(
            ledger,
            transport,
            desk,
            connections=max(1, min(connections, waiting // _WORTH_A_CONNECTION)),
            now=now,
            stop=stop,
            progress=progress,
            channel=channel,
            throttle=throttle,
        )


def _take_over(state: State, project: Project, now: int) -> Drained:
    """What others left behind when they died: a row in a file proves that its message went out, and of the rest
    nobody can tell."""
    files = [name for name, channel in project.settings.channels.items() if channel.file]
    with Ledger(state, new_worker()) as ledger:
        before = {name: set(ledger.in_doubt(name)) for name in files}
        unknown = ledger.expire(now).unknown
        for name in files:
            with suppress(ConfigurationError, OSError):  # what can't be read proves nothing
                proven = _rows_in_file(project, name, ledger.in_doubt(name))
                ledger.prove_sent(proven, "its row is in the file", now)
                unknown -= len(proven - before[name])
    unknown += take_over_actions(state, project, now)
    drained = Drained()
    if unknown:
        drained.counts[SendStatus.UNKNOWN] += unknown
        drained.reasons[(SendStatus.UNKNOWN, _LEFT_BEHIND)] += unknown
    return drained


def _rows_in_file(project: Project, channel: str, ids: Sequence[str]) -> set[str]:
    """Which of `ids` have a row in the file of `channel`."""
    file = file_of(project, channel) if ids else None
    if file is None:
        return set()
    try:
        return file.holding(ids)
    finally:
        file.close()
