"""Performing actions: notices, exports and webhooks whose time has come, and what others left behind."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from mactl.delivery.actions.exports import Exports, exported
from mactl.delivery.actions.notices import Notices
from mactl.delivery.actions.performing import Doer, perform
from mactl.delivery.actions.webhooks import Webhooks
from mactl.delivery.drained import Drained, together
from mactl.delivery.transport import Transport
from mactl.project import Project, need_sender
from mactl.store.actions import ActionKind, ActionLedger, count_waiting_actions
from mactl.store.state import State
from mactl.store.tokens import Tokens
from mactl.store.worker import new_worker

if TYPE_CHECKING:
    from mactl.delivery.dkim import Signers


def perform_actions(
    state: State,
    project: Project,
    transport: Transport,
    *,
    signer: "Signers | None" = None,
    now: Callable[[], int],
    stop: Callable[[], bool] = lambda: False,
    progress: Callable[[Drained], None] = lambda drained: None,
) -> Drained:
    """Perform the actions whose time has come: notices over `transport`, exports, webhooks; what came of them.

    Opens nothing where nothing waits. Each kind goes on where another can't.
    """
    with state.reading() as connection:
        waiting = count_waiting_actions(connection, now())
    if not waiting:
        return Drained()
    tokens, sender = Tokens(state.secret), need_sender(project.settings)
    doers: list[Doer] = [
        Notices(transport, sender, tokens, now, signer),
        Exports(project.folder),
        Webhooks(project),
    ]
    parts: list[Drained] = []

    def tell(done: Drained) -> None:
        progress(together([*parts, done]))

    for doer in doers:
        with ActionLedger(state, new_worker()) as ledger:
            parts.append(perform(ledger, doer, now=now, stop=stop, progress=tell))
    return together(parts)


def take_over_actions(state: State, project: Project, now: int) -> int:
    """Take over what workers that are gone left behind; how many actions are in doubt because of it.

    An export whose row is in its file was done.
    """
    with ActionLedger(state, new_worker()) as ledger:
        before = {id for id, *_ in ledger.in_doubt(ActionKind.EXPORT)}
        unknown = ledger.expire(now).unknown
        doubtful = [(id, target) for id, target, _ in ledger.in_doubt(ActionKind.EXPORT)]
        proven = exported(project.folder, doubtful)
        ledger.prove_sent(proven, "its row is in the file", now)
    return unknown - len(proven - before)
