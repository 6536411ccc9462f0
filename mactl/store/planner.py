"""Who plans: what a planner tells the others that find it at work."""

import json
import os
import secrets
import socket
from dataclasses import asdict, dataclass

from mactl.clock import from_epoch


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


def describe_planner(left: str | None) -> str:
    """What is told of the planner that left `left`; a host is named where it is another."""
    try:
        about = Planner(**json.loads(left or ""))
        since = from_epoch(about.since).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (ValueError, TypeError):
        return "another planner is at work on this state"  # it has only just begun, or just ended
    where = "" if about.host == socket.gethostname() else f" on {about.host}"
    return f"`{about.command}` (process {about.pid}{where}) has been planning since {since}"
