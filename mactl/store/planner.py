"""Who plans: what a planner tells the others that find it at work."""

import json
import os
import secrets
import socket
from dataclasses import asdict, dataclass

from mactl.clock import from_epoch
from mactl.errors import TryAgainLater


@dataclass(frozen=True, slots=True)
class Planner:
    """`since` is in epoch seconds; `token` is no other planner's."""

    command: str
    pid: int
    host: str
    since: int
    token: str

    def to_json(self) -> str:
        """The whole, to be left where others look."""
        return json.dumps(asdict(self))


def new_planner(command: str, since: int) -> Planner:
    """This process, planning."""
    return Planner(command, os.getpid(), socket.gethostname(), since, secrets.token_hex(8))


class AnotherPlans(TryAgainLater):
    """Another planner is at work: what it left says which, since when (epoch seconds; None where it doesn't)."""

    def __init__(self, left: str | None) -> None:
        super().__init__(describe_planner(left), "wait for it with --wait")
        about = read_planner(left)
        self.since = about.since if about is not None else None


def describe_planner(left: str | None) -> str:
    """What is told of the planner that left `left`; a host is named where it is another."""
    about = read_planner(left)
    if about is None:
        return "another planner is at work on this state"  # it has only just begun, or just ended
    since = from_epoch(about.since).strftime("%Y-%m-%d %H:%M:%S UTC")
    where = "" if about.host == socket.gethostname() else f" on {about.host}"
    return f"`{about.command}` (process {about.pid}{where}) has been planning since {since}"


def read_planner(left: str | None) -> Planner | None:
    """The planner that left `left`; None where that says nothing."""
    try:
        about = Planner(**json.loads(left or ""))
        from_epoch(about.since)
    except (ValueError, TypeError, OverflowError, OSError):
        return None
    return about
