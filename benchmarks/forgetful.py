"""mactl with a ledger that writes nothing down: what importing this makes of it. For `ledger.py` alone."""

import multiprocessing
from collections.abc import Sequence

from sqlalchemy import Connection, select

from mactl.store.claims import Expired
from mactl.store.ledger import Ledger, Outcome, QueuedSend
from mactl.store.tables import sends
from mactl.workflows.posting import forking

_PROCESSES = 2


class Forgetful(Ledger):
    """Hands out its process's share of the queue, which it reads at once, and remembers nothing."""

    _left: list[QueuedSend] | None = None

    def claim(self, limit: int, now: int, channel: str = "email") -> list[QueuedSend]:
        if self._left is None:
            rank = 0 if multiprocessing.parent_process() is None else 1
            self._left = self._state.read(_read_queue)[rank::_PROCESSES]
        claimed, self._left = self._left[:limit], self._left[limit:]
        return claimed

    def write(
        self, became: Sequence[tuple[QueuedSend, Outcome]], begin: Sequence[QueuedSend], now: int
    ) -> tuple[list[bool], list[bool]]:
        return [True] * len(became), [True] * len(begin)

    def renew(self, now: int) -> int:
        return 0

    def release(self) -> int:
        return 0

    def expire(self, now: int) -> Expired:
        return Expired()


def _read_queue(connection: Connection) -> list[QueuedSend]:
    columns = [sends.c[name] for name in QueuedSend._fields]
    rows = connection.execute(select(*columns).order_by(sends.c.due_at, sends.c.id)).all()
    return [QueuedSend._make(row) for row in rows]


for _name in ("_left", "claim", "write", "renew", "release", "expire"):
    setattr(Ledger, _name, vars(Forgetful)[_name])
forking.MODULES.append(__name__)
