"""Two workers on one PostgreSQL beside one, with a relay that is ten milliseconds away.

    python benchmarks/workers.py                   4,000 messages, 4 connections a worker

Each `mactl worker --once` stands for a machine of its own: it sends from one process. What the relay took is counted
there, and no message may come twice.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from letters import environment_of, queue_everything, write_project
from relays import ROOT, count_taken, counting_sink, far_away, need_postfix

sys.path.insert(0, str(ROOT))
from tests.postgres import Cluster, cluster

_ROUND_TRIP = 10  # milliseconds


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--messages", type=int, default=4_000)
    parser.add_argument("--connections", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    need_postfix()
    rates: dict[int, list[float]] = {1: [], 2: []}
    with tempfile.TemporaryDirectory() as name, cluster() as server:
        queued = server.create()
        folder = write_project(
            Path(name) / "project", given.messages, connections=given.connections,
            state="${STATE_URL}",
        )  # fmt: skip
        os.environ["STATE_URL"] = server.url(queued)
        queue_everything(folder)
        for _ in range(given.rounds):
            for workers, told in rates.items():
                log = Path(name) / "taken"
                with counting_sink(log) as near, far_away(near, _ROUND_TRIP) as port:
                    told.append(given.messages / _drain(server, queued, folder, port, workers))
                if (taken := count_taken(log)) != given.messages:
                    sys.exit(f"the relay took {taken:,} messages, not {given.messages:,}")
    one, two = (statistics.median(told) for told in rates.values())
    print(f"{given.messages:,} messages, {given.connections} connections a worker")
    print(f"one worker  {one:8,.0f} messages/s, median of {given.rounds}")
    print(f"two workers {two:8,.0f}  {two / one:.2f} ×, no message twice")


def _drain(server: Cluster, queued: str, folder: Path, port: int, workers: int) -> float:
    """Seconds in which so many workers send all that is queued."""
    with server.database(template=queued) as database:
        about = environment_of(folder, f"smtp://127.0.0.1:{port}") | {
            "STATE_URL": server.url(database)
        }
        core = next(iter(os.sched_getaffinity(0)))
        began = time.perf_counter()
        running = [
            subprocess.Popen(
                ["taskset", "--cpu-list", str(core + number),
                 sys.executable, "-m", "mactl", "worker", "--once", "--quiet"],
                cwd=folder, env=about,
            )
            for number in range(workers)
        ]  # fmt: skip
        codes = [process.wait() for process in running]
        took = time.perf_counter() - began
        with server.connect(database) as connection:
            query = "SELECT count(*), count(*) FILTER (WHERE status = 'sent' AND attempts = 1) FROM sends"
            row = connection.execute(query).fetchone()
            told = connection.execute("SELECT count(DISTINCT worker) FROM sends").fetchone()
    if any(codes) or row is None or row[0] != row[1] or told is None or told[0] < workers:
        sys.exit(f"not everybody was written to once: {codes}, {row}, {told} workers")
    return took


if __name__ == "__main__":
    main()
