"""What holds for both where two contacts turn out to be one: what either of them withdrew."""

from sqlalchemy import Connection

from mactl.clock import from_epoch
from mactl.project import Project
from mactl.store.decisions import DecisionKind, share_opt_outs
from mactl.store.state import State
from mactl.workflows.gathering import Sources, gather
from mactl.workflows.persons.sides import Side
from mactl.workflows.persons.withdrawing import keep_withdrawn


class Joining:
    """What holds for both of two contacts, of whom the first stays, who are about to be one; `at` is now in epoch
    seconds."""

    def __init__(self, project: Project, sides: tuple[Side, Side], state: State, at: int) -> None:
        self._project, self._state, self._at = project, state, at
        self._stays = sides[0].id
        self._addresses = sides[0].addresses | sides[1].addresses
        gathered = gather(project, Sources(), state, from_epoch(at))
        one, other = (side.withdrawn(project, gathered) for side in sides)
        # What both say needs nobody to say it for them.
        self._withdrawn = one ^ other

    def keep_opt_outs(self, connection: Connection, kind: DecisionKind) -> int:
        """Let what either said hold for the one, at all their addresses: a consent of the other, though newer, does not
        lift it. How many suppressions are new."""
        count = share_opt_outs(connection, self._addresses, kind, self._at, self._state.secret)
        told = "withdrawn by one of two who are one person", f"contacts {kind}"
        return count + keep_withdrawn(
            connection,
            self._project,
            [self._stays],
            self._addresses,
            self._withdrawn,
            told,
            self._at,
        )
