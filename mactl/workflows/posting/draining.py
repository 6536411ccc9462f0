"""Draining the queues: e-mail over several connections at once, then the other channels, then actions."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from mactl.delivery.channels.opening import declared, open_channel
from mactl.delivery.desk import Desk
from mactl.delivery.drained import Drained, together
from mactl.delivery.sender import drain
from mactl.delivery.throttle import Throttle
from mactl.delivery.transport import Transport
from mactl.errors import ConfigurationError, TryAgainLater
from mactl.project import Project
from mactl.store.actions import count_waiting_actions
from mactl.store.claims import is_anything_left_behind
from mactl.store.ledger import Ledger, count_waiting, waiting_channels
from mactl.store.state import State
from mactl.store.tables import EMAIL
from mactl.store.worker import new_worker
from mactl.workflows.posting.acting import perform_actions
from mactl.workflows.posting.channel_post import ChannelPost
from mactl.workflows.posting.crew import Crew
from mactl.workflows.posting.forking import most_worth_counting, processes_for
from mactl.workflows.posting.gear import Gear, throttle_of
from mactl.workflows.posting.post import Post
from mactl.workflows.posting.taking_over import take_over
from mactl.workflows.posting.watching import Watch, breaker_of

_WORTH_A_CONNECTION = 25  # messages; fewer are out before another session stands
_GATEWAY_CONNECTIONS = 4


@dataclass(frozen=True)
class Round:
    """One drain of all queues: whose they are, what takes the messages, when it is, and who hears of it.

    `now` is the present epoch second; `stop` says whether no other message should begin; `progress` is told what came
    of it all so far, now and then.
    """

    state: State
    project: Project
    gear: Gear
    now: Callable[[], int]
    stop: Callable[[], bool]
    progress: Callable[[Drained], None]

    def drain_all(self) -> Drained:
        """Send all that is queued or due again: e-mail over the relay, the other channels as mactl.yaml declares them,
        then actions; what came of it all together.

        A way that can't be taken doesn't stop the others; `stopped` is the first of them.
        """
        parts = [take_over(self.state, self.project, self.now())]

        def tell(drained: Drained) -> None:
            self.progress(together([*parts, drained]))

        part = replace(self, progress=tell)
        parts.append(part._drain_mail())
        with self.state.reading() as connection:
            others = [name for name in waiting_channels(connection, self.now()) if name != EMAIL]
        for name in others:
            parts.append(part._drain_channel(name))
        parts.append(
            perform_actions(
                self.state, self.project, self.gear.transport,
                signer=self.gear.signer, now=self.now, stop=self.stop, progress=tell,
            )
        )  # fmt: skip
        return together(parts)

    def drain_queue(
        self,
        transport: Transport,
        desk: Desk,
        connections: int,
        *,
        channel: str = EMAIL,
        throttle: Throttle | None = None,
    ) -> Drained:
        """Send what is queued or due again on one channel, over at most `connections` sessions.

        A session that is lost leaves at most one message in doubt.
        """
        waiting = self._count_waiting(channel, connections * _WORTH_A_CONNECTION)
        with Ledger(self.state, new_worker()) as ledger:
            return drain(
                ledger, transport, desk,
                connections=max(1, min(connections, waiting // _WORTH_A_CONNECTION)),
                now=self.now, stop=self.stop, progress=self.progress,
                channel=channel, throttle=throttle,
            )  # fmt: skip

    def _drain_mail(self) -> Drained:
        """E-mail, over several processes where it is much."""
        smtp = self.project.settings.smtp
        connections = smtp.connections if smtp else 1
        waiting = self._count_waiting(EMAIL, most_worth_counting())
        processes = min(processes_for(waiting), connections) if self.state.is_lasting else 1
        each = connections // processes

        done: list[Drained] = []
        with Crew(self.project, processes - 1, each, self.now()) as crew:
            watch = Watch(
                breaker_of(smtp), self.stop, self.progress, lambda: [*done, *crew.drained()]
            )

            def own() -> Drained:
                gear, settings = self.gear, self.project.settings
                return replace(self, stop=watch.is_over, progress=watch.see).drain_queue(
                    gear.transport,
                    Post(self.state, settings, self.now, gear.signer),
                    connections - each * (processes - 1),
                    throttle=throttle_of(gear, settings, self.now),
                )

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

    def _drain_channel(self, name: str) -> Drained:
        try:
            channel, transport = declared(self.project, name), open_channel(self.project, name)
        except ConfigurationError as error:
            return Drained(stopped=error)
        return self.drain_queue(
            transport,
            ChannelPost(self.state, self.project.settings, self.now, name, channel),
            # A file has one row after another, whoever writes them.
            1 if channel.file is not None else _GATEWAY_CONNECTIONS,
            channel=name,
        )

    def _count_waiting(self, channel: str, most: int) -> int:
        with self.state.reading() as connection:
            return count_waiting(connection, self.now(), channel, most)


def is_anything_due(state: State, now: int) -> bool:
    """Whether a drain at `now` (epoch seconds) would find anything: to send, to do, or left behind by the dead."""
    with state.reading() as connection:
        return bool(
            waiting_channels(connection, now)
            or count_waiting_actions(connection, now)
            or is_anything_left_behind(connection, now)
        )
