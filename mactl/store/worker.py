"""A worker: whoever holds claims on the queue, one per connection to a server."""

import os
import socket
import uuid
from dataclasses import dataclass
from pathlib import Path

_BOOT = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class Worker:
    """`name` is its own for ever; `boot` tells one start of the machine from the next."""

    name: str
    boot: str


def new_worker() -> Worker:
    """A worker of this process that nobody has ever been."""
    return Worker(f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:12]}", boot_id())


def has_died(name: str, boot: str) -> bool:
    """Whether the worker called `name` is known to be dead: a process of this machine, since this boot, that is there
    no more. A worker elsewhere, or whose process number was given away again, is not known to be."""
    host, _, rest = name.rpartition(":")[0].rpartition(":")
    if host != socket.gethostname() or boot != boot_id() or not rest.isdecimal():
        return False
    return is_gone(int(rest))


def is_gone(pid: int) -> bool:
    """Whether this machine is known to have no process with this number."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):  # somebody else's, or a number that no process ever has
        return False
    return False


def boot_id() -> str:
    """Which start of the machine this is; "" where the system doesn't tell, and power losses go unnoticed."""
    try:
        return _BOOT.read_text().strip()
    except OSError:
        return ""
