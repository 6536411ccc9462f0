"""A state that came back from a copy: what may have gone out since the copy was made is in doubt, and goes no more.

Nobody knows what the lost state did between the copy and its end. So what waits in the copy is `unknown`; and so is
all that later runs find due up to the moment of the return, and all that the first of them decides, for it sees at
once what others saw one by one. A send in doubt counts from the moment when it was due, so that journeys go over the
lost time once more as they did, in silence.
"""

import json
from dataclasses import dataclass

import pandas as pd
from sqlalchemy import Connection, func, select, update

from mactl.store.actions import REPEATABLE
from mactl.store.claims import IN_HAND
from mactl.store.meta import read_value, write_value
from mactl.store.tables import SendStatus, actions, sends

RESTORED = "it may have gone out before the state was put back"
_NAME = "restored"
_WAITING = (SendStatus.QUEUED, SendStatus.DEFERRED, *IN_HAND)


@dataclass(frozen=True, slots=True)
class Restored:
    """`until` (epoch seconds): what was due by then is in doubt; `is_new`: so is all that the next run decides."""

    until: int
    is_new: bool = False


def read_restored(connection: Connection) -> Restored | None:
    """Until when the state's past is in doubt; None where it never came back from a copy."""
    found = read_value(connection, _NAME)
    return None if found is None else Restored(**json.loads(found))


def write_restored(connection: Connection, restored: Restored) -> None:
    """Has what was due until then be in doubt."""
    value = json.dumps({"until": restored.until, "is_new": restored.is_new})
    write_value(connection, _NAME, value)


def doubt_what_waits(connection: Connection, now: int) -> int:
    """Turns into `unknown` all that is queued, or in hand, and may not be repeated; how many messages and actions."""
    changed = {
        "status": SendStatus.UNKNOWN, "hold_until": None, "lease_until": None, "worker": None, "boot": None,
        "settled_at": now,
    }  # fmt: skip
    messages = connection.execute(
        update(sends).where(sends.c.status.in_(_WAITING)).values(**changed, reason=RESTORED)
    )
    del changed["hold_until"]
    told = connection.execute(
        update(actions)
        .where(actions.c.status.in_(_WAITING), actions.c.kind.not_in(REPEATABLE))
        .values(**changed, response=RESTORED)
    )
    return int(messages.rowcount + told.rowcount)


def doubt_sends(planned: pd.DataFrame, restored: Restored, now: int) -> pd.DataFrame:
    """`planned`, as in `Changes.sends`, with what may have gone out before in doubt."""
    doubtful = _is_doubtful(planned, restored)
    return planned.assign(
        status=planned["status"].mask(doubtful, SendStatus.UNKNOWN.value),
        reason=planned["reason"].astype("object").mask(doubtful, RESTORED),
        released_at=planned["released_at"].mask(doubtful, planned["due_at"]),
        settled_at=planned["settled_at"].astype("Int64").mask(doubtful, now),
    )


def doubt_actions(planned: pd.DataFrame, restored: Restored, now: int) -> pd.DataFrame:
    """The same of `Changes.actions`; what may be repeated is."""
    doubtful = _is_doubtful(planned, restored) & ~planned["kind"].isin(list(REPEATABLE))
    nothing = pd.Series(pd.NA, index=planned.index, dtype="object")
    return planned.assign(
        status=planned["status"].mask(doubtful, SendStatus.UNKNOWN.value),
        response=planned.get("response", nothing).astype("object").mask(doubtful, RESTORED),
        settled_at=planned.get("settled_at", nothing).astype("Int64").mask(doubtful, now),
    )


def _is_doubtful(planned: pd.DataFrame, restored: Restored) -> "pd.Series[bool]":
    is_due = (planned["due_at"] <= restored.until) | restored.is_new
    return is_due & (planned["status"] == SendStatus.QUEUED.value)


def count_doubts(connection: Connection, run: int) -> int:
    """How many sends the run `run` left in doubt for this reason."""
    doubtful = select(func.count()).where(sends.c.run == run, sends.c.reason == RESTORED)
    return int(connection.execute(doubtful).scalar_one())
