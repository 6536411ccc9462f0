"""What the ledger costs: the same messages sent with it, and with one that remembers nothing.

    python benchmarks/ledger.py                10,000 messages to smtp-sink
    python benchmarks/ledger.py --slow-sync    with four milliseconds added to every fsync (needs strace)

Whole processes in turn, start-up included, as `sending.py` has them; so many cores, so many processes.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from letters import environment_of, queue_everything, queued_again, write_project
from relays import need_postfix, sink

_SLOW_SYNC = ["strace", "-f", "--seccomp-bpf", "-o", "/dev/null", "-e", "trace=fsync,fdatasync",
              "-e", "inject=fsync,fdatasync:delay_exit=4000"]  # fmt: skip


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
        _drain(given.drain)
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
                command = [sys.executable, __file__, "--drain", kind]
                if given.slow_sync:
                    command = [*_SLOW_SYNC, *command]
                environment = environment_of(folder, f"smtp://127.0.0.1:{port}") | {
                    "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path])
                }
                began = time.perf_counter()
                ran = subprocess.run(
                    command, cwd=folder, env=environment, capture_output=True, text=True, check=True
                )
                told.append(given.messages / (time.perf_counter() - began))
                if json.loads(ran.stdout)["sent"] != given.messages:
                    sys.exit(f"they did not all go out: {ran.stdout}")
    without, with_it = (statistics.median(told) for told in rates.values())
    print(f"{given.messages:,} messages, {given.connections} connections; messages/s")
    print(f"without a ledger {without:8,.0f}  ({min(rates['without']):,.0f}–{max(rates['without']):,.0f})")  # fmt: skip
    print(f"with it          {with_it:8,.0f}  ({min(rates['with']):,.0f}–{max(rates['with']):,.0f})")  # fmt: skip
    print(f"it costs         {1 - with_it / without:8.1%}")


def _drain(kind: str) -> None:
    """`mactl send --resume` in this process."""
    if kind == "without":
        import forgetful  # noqa: F401  importing it is what makes it so
    from mactl.cli import main as mactl

    sys.argv = ["mactl", "send", "--resume", "--format", "json"]
    mactl()


if __name__ == "__main__":
    main()
