"""What the ledger costs: the same messages sent with it, and with one that remembers nothing.

    python benchmarks/ledger.py                10,000 messages to smtp-sink
    python benchmarks/ledger.py --slow-sync    with four milliseconds added to every fsync (needs strace)

One process drains in each; only the draining is timed.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from letters import environment_of, queue_everything, queued_again, write_project
from relays import need_postfix, sink

from mactl.clock import to_epoch
from mactl.delivery.sender import drain
from mactl.store.claims import Expired
from mactl.store.ledger import Ledger, Outcome, QueuedSend
from mactl.store.worker import new_worker
from mactl.workflows.opening import open_project, open_state
from mactl.workflows.posting.gear import gear_of
from mactl.workflows.posting.post import Post

_SLOW_SYNC = ["strace", "-f", "--seccomp-bpf", "-o", "/dev/null", "-e", "trace=fsync,fdatasync",
              "-e", "inject=fsync,fdatasync:delay_exit=4000"]  # fmt: skip


class Forgetful(Ledger):
    """Hands out what it read beforehand, and writes nothing down."""

    def read(self, now: int) -> None:
        self._queue = super().claim(10_000_000, now)

    def claim(self, limit: int, now: int, channel: str = "email") -> list[QueuedSend]:
        claimed, self._queue = self._queue[:limit], self._queue[limit:]
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


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--slow-sync", action="store_true")
    parser.add_argument("--drain", metavar="KIND", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.drain:
        _drain(given.drain, given.connections)
        return
    need_postfix()
    rates: dict[str, list[float]] = {"without": [], "with": []}
    with tempfile.TemporaryDirectory() as name, sink() as port:
        folder = write_project(
            Path(name) / "project", given.messages, connections=given.connections
        )
        queue_everything(folder)
        kept = (folder / ".mactl").rename(folder / "queued")
        for _ in range(given.rounds):
            for kind, told in rates.items():
                queued_again(kept, folder)
                command = [sys.executable, __file__, "--drain", kind,
                           "--connections", str(given.connections)]  # fmt: skip
                if given.slow_sync:
                    command = [*_SLOW_SYNC, *command]
                environment = environment_of(folder, f"smtp://127.0.0.1:{port}")
                ran = subprocess.run(
                    command, cwd=folder, env=environment, capture_output=True, text=True, check=True
                )
                told.append(json.loads(ran.stdout))
    without, with_it = (statistics.median(told) for told in rates.values())
    print(f"{given.messages:,} messages, {given.connections} connections, one process; messages/s")
    print(f"without a ledger {without:8,.0f}  ({min(rates['without']):,.0f}–{max(rates['without']):,.0f})")  # fmt: skip
    print(f"with it          {with_it:8,.0f}  ({min(rates['with']):,.0f}–{max(rates['with']):,.0f})")  # fmt: skip
    print(f"it costs         {1 - with_it / without:8.1%}")


def _drain(kind: str, connections: int) -> None:
    project = open_project(Path())
    gear, present = gear_of(project), to_epoch(datetime.now(UTC))
    with open_state(project, write=True) as state:
        post = Post(state, project.settings, lambda: present, gear.signer)
        ledger = Forgetful if kind == "without" else Ledger
        with ledger(state, new_worker()) as books:
            if isinstance(books, Forgetful):
                books.read(present)
            began = time.perf_counter()
            drained = drain(
                books, gear.transport, post, now=lambda: present, connections=connections
            )
            took = time.perf_counter() - began
    print(json.dumps(drained.counts["sent"] / took))


if __name__ == "__main__":
    main()
