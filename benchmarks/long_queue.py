"""A long queue beside a short one: how soon the first message is out after a crash, and how much memory it all takes.

    python benchmarks/long_queue.py                1,000,000 messages beside 10,000, to smtp-sink

`mactl send --resume` is killed (SIGKILL) after three seconds and started again, which is when the clock runs. Memory is
that of all its processes together, pages that they share counted once (PSS), at its highest; Linux alone tells.
"""

import argparse
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

from letters import environment_of, queue_everything, write_project
from relays import need_postfix, sink

_SHORT = 10_000
_KILLED_AFTER = 3  # seconds
_LOOK_EVERY = 0.1


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--connections", type=int, default=32)
    given = parser.parse_args()
    need_postfix()
    peaks: dict[int, float] = {}
    for count in (_SHORT, given.messages):
        with tempfile.TemporaryDirectory() as name, sink() as port:
            folder = write_project(Path(name) / "project", _SHORT, connections=given.connections)
            queue_everything(folder)
            _lengthen(folder / ".mactl" / "state.db", count)
            url = f"smtp://127.0.0.1:{port}"
            first = _first_after_a_crash(folder, url) if count > _SHORT else None
            began, before = time.perf_counter(), _count(folder, "sent")
            peaks[count] = _peak(folder, url)
            took, done = time.perf_counter() - began, _count(folder, "sent") - before
        left = count - before - done
        print(
            f"{count:9,} queued: {done / took:,.0f} messages/s, peak {peaks[count]:,.0f} MiB, {left} not sent"
        )
        if first is not None:
            print(f"{'':9} first message {first:.2f} s after starting again")
    print(f"memory {peaks[given.messages] / peaks[_SHORT]:.2f} ×")


def _lengthen(state: Path, count: int) -> None:
    """Has the queue hold `count` messages, copies of those that it holds."""
    with closing(sqlite3.connect(state)) as connection:
        names = [row[1] for row in connection.execute("PRAGMA table_info(sends)")]
        copied = {
            "id": "id || '-' || ?1",
            "message_id": "replace(message_id, '@', '.' || ?1 || '@')",
        }
        what = ", ".join(copied.get(name, name) for name in names)
        (held,) = connection.execute("SELECT count(*) FROM sends").fetchone()
        for number in range(1, count // held):
            connection.execute(
                f"INSERT INTO sends ({', '.join(names)}) SELECT {what} FROM sends LIMIT {held}",
                (number,),
            )
        connection.commit()


def _start(folder: Path, url: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-m", "mactl", "send", "--resume", "--quiet"],
        cwd=folder, env=environment_of(folder, url), start_new_session=True, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def _first_after_a_crash(folder: Path, url: str) -> float:
    """Seconds from the second start to the first message of it on record."""
    process = _start(folder, url)
    time.sleep(_KILLED_AFTER)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    before = _count(folder, "sent")
    began = time.perf_counter()
    process = _start(folder, url)
    try:
        while _count(folder, "sent") == before:
            if process.poll() is not None:
                sys.exit("it ended before its first message")
        return time.perf_counter() - began
    finally:
        process.terminate()
        process.wait()


def _count(folder: Path, status: str) -> int:
    with closing(sqlite3.connect(folder / ".mactl" / "state.db", timeout=60)) as connection:
        query = "SELECT count(*) FROM sends WHERE status = ?"
        (count,) = connection.execute(query, (status,)).fetchone()
        return int(count)


def _peak(folder: Path, url: str) -> float:
    """The most memory (MiB) that sending all that is queued takes."""
    process = _start(folder, url)
    peak = 0.0
    while process.poll() is None:
        peak = max(peak, sum(map(_memory, _family(process.pid))))
        time.sleep(_LOOK_EVERY)
    if process.returncode not in (0, 1):
        sys.exit(f"it ended with {process.returncode}")
    return peak


def _family(session: int) -> Iterator[int]:
    """The processes of a session."""
    for entry in Path("/proc").iterdir():
        with suppress(OSError, ValueError):
            if os.getsid(int(entry.name)) == session:
                yield int(entry.name)


def _memory(process: int) -> float:
    with suppress(OSError):
        for line in Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    return 0.0


if __name__ == "__main__":
    main()
