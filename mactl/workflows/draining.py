"""Draining the queue over several connections at once, each with claims of its own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

from mactl.delivery.sender import Drained, drain
from mactl.delivery.transport import Transport
from mactl.store.ledger import Ledger, count_waiting
from mactl.store.state import State
from mactl.store.worker import new_worker
from mactl.workflows.posting import Post

_WORTH_A_CONNECTION = 25  # messages; fewer are out before another session stands


def drain_queue(
    state: State,
    transport: Transport,
    make_post: Callable[[], Post],
    *,
    connections: int,
    now: Callable[[], int],
    stop: Callable[[], bool],
    progress: Callable[[Drained], None],
) -> Drained:
    """Send what is queued or due again, over at most `connections` sessions; what came of it all together.

    Each session claims for itself, so none has what another has, and a session that is lost leaves at most
    one message in doubt. `progress` hears of all of them together, one call at a time.
    """
    with state.reading() as connection:
        waiting = count_waiting(connection, now())
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
                ledger, transport, post.judge, post.compose, now=now, stop=stop, progress=tell
            )

    if sessions == 1:
        return run(0)
    with ThreadPoolExecutor(sessions) as pool:
        return _together(list(pool.map(run, range(sessions))))


def _together(parts: list[Drained]) -> Drained:
    whole = Drained()
    for part in parts:
        whole.counts.update(part.counts)
        whole.reasons.update(part.reasons)
        whole.stopped = whole.stopped or part.stopped
        whole.is_interrupted = whole.is_interrupted or part.is_interrupted
    return whole
