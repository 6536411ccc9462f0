"""Draining the queues: e-mail over several connections at once, then the other channels, then actions."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Lock
from typing import Protocol

from mactl.delivery.channels.opening import declared, file_of, open_channel
from mactl.delivery.dkim import Signer
from mactl.delivery.sender import Drained, Verdict, drain
from mactl.delivery.transport import Envelope, Transport
from mactl.errors import ConfigurationError
from mactl.project import Project
from mactl.store.ledger import Ledger, QueuedSend, count_waiting, waiting_channels
from mactl.store.state import State
from mactl.store.tables import SendStatus
from mactl.store.worker import new_worker
from mactl.workflows.posting.acting import perform_actions, take_over_actions
from mactl.workflows.posting.channel_post import ChannelPost
from mactl.workflows.posting.post import Post

EMAIL = "email"
_WORTH_A_CONNECTION = 25  # messages; fewer are out before another session stands
_GATEWAY_CONNECTIONS = 4
_LEFT_BEHIND = "its worker stopped, or the machine did, while it was being sent"


class Desk(Protocol):
    """What a worker does with each send: judge it once more, and write what goes out."""

    def judge(self, sends: Sequence[QueuedSend]) -> Sequence[Verdict]:
        """A verdict on each of `sends`, from the state as it stands."""
        ...

    def compose(self, send: QueuedSend) -> Envelope:
        """What goes out; CannotRender where it can't be written."""
        ...


def drain_all(
    state: State,
    project: Project,
    transport: Transport,
    *,
    signer: Signer | None = None,
    now: Callable[[], int],
    stop: Callable[[], bool],
    progress: Callable[[Drained], None],
) -> Drained:
    """Send all that is queued or due again: e-mail over `transport`, the other channels as mactl.yaml declares them,
    then actions; what came of it all together.

    A way that can't be taken doesn't stop the others; `stopped` is the first of them.
    """
    parts = [_take_over(state, project, now())]

    def tell(drained: Drained) -> None:
        progress(_together([*parts, drained]))

    smtp = project.settings.smtp
    parts.append(
        drain_queue(
            state,
            transport,
            lambda: Post(state, project.settings, now, signer),
            connections=smtp.connections if smtp else 1,
            now=now,
            stop=stop,
            progress=tell,
        )
    )
    with state.reading() as connection:
        others = [name for name in waiting_channels(connection, now()) if name != EMAIL]
    for name in others:
        parts.append(_drain_channel(state, project, name, now=now, stop=stop, progress=tell))
    parts.append(
        perform_actions(state, project, transport, signer=signer, now=now, stop=stop, progress=tell)
    )
    return _together(parts)


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
        lambda: ChannelPost(state, project.settings, now, name, channel),
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
    make_post: Callable[[], Desk],
    *,
    connections: int,
    now: Callable[[], int],
    stop: Callable[[], bool],
    progress: Callable[[Drained], None],
    channel: str = EMAIL,
) -> Drained:
    """Send what is queued or due again on one channel, over at most `connections` sessions; what came of it all
    together.

    Each session claims for itself, so none has what another has, and a session that is lost leaves at most
    one message in doubt. `progress` hears of all of them together, one call at a time.
    """
    with state.reading() as connection:
        waiting = count_waiting(connection, now(), channel)
    sessions = max(1, min(connections, waiting // _WORTH_A_CONNECTION))
    parts: list[Drained] = [Drained() for _ in range(sessions)]
    one_at_a_time = Lock()

    def run(number: int) -> Drained:
        def tell(drained: Drained) -> None:
            with one_at_a_time:
                parts[number] = drained
                progress(_together(parts))

        post = make_post()
        with Ledger(state, new_worker()) as ledger:
            return drain(
                ledger, transport, post.judge, post.compose,
                now=now, stop=stop, progress=tell, channel=channel,
            )  # fmt: skip

    if sessions == 1:
        return run(0)
    with ThreadPoolExecutor(sessions) as pool:
        return _together(list(pool.map(run, range(sessions))))


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


def _together(parts: Sequence[Drained]) -> Drained:
    whole = Drained()
    for part in parts:
        whole.counts.update(part.counts)
        whole.reasons.update(part.reasons)
        whole.stopped = whole.stopped or part.stopped
        whole.is_interrupted = whole.is_interrupted or part.is_interrupted
    return whole
