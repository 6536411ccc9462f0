"""`mactl send --resume` beside mailmerge, and beside what Postfix's smtp-source reaches without writing anything.

    python benchmarks/sending.py                    10,000 messages to smtp-sink, unsigned and signed
    python benchmarks/sending.py --round-trip 10    with 10 ms added to every round trip
    python benchmarks/sending.py --starttls         to Postfix's own smtpd, in the clear and over TLS (as root)

Whole processes in turn, start-up included, to a server on the same machine; every message is rendered from its template
and, with mactl, written down in the ledger. mailmerge, in a virtual environment of its own, sends fewer of the same
letters, unsigned. Read the ratios of messages per second.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from letters import drain, queue_everything, queued_again, write_mailmerge, write_project
from relays import SOURCE, far_away, need_postfix, postfix, sink

SIZE = 8_000  # bytes of a message of smtp-source: what one of the letters has
_PEER = "mailmerge==2.3.0"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--round-trip", type=float, default=0, help="milliseconds to add")
    parser.add_argument("--starttls", action="store_true")
    given = parser.parse_args()
    need_postfix()
    count, connections = given.messages, given.connections
    rates: dict[str, list[float]] = {}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        if given.starttls:
            contestants = _postfix(stack, folder, count, connections)
        else:
            port = stack.enter_context(sink())
            if given.round_trip:
                port = stack.enter_context(far_away(port, given.round_trip))
            contestants = _beside_mailmerge(folder, port, count, connections, given.round_trip)
        for _ in range(given.rounds):
            for name, (prepare, run, messages) in contestants.items():
                prepare()
                started = time.perf_counter()
                run()
                rates.setdefault(name, []).append(messages / (time.perf_counter() - started))
    print(f"{count:,} messages, {connections} connections; messages/s, medians of {given.rounds}")
    first = statistics.median(next(iter(rates.values())))
    for name, told in rates.items():
        rate = statistics.median(told)
        spread = f"{min(told):,.0f}–{max(told):,.0f}"
        print(f"{name:28} {rate:8,.0f}  ({spread})  {rate / first:6.2f} ×")


Contestant = tuple[Callable[[], None], Callable[[], None], int]
"""What is done before the clock runs, what while it runs, and how many messages that sends."""


def _beside_mailmerge(
    folder: Path, port: int, count: int, connections: int, round_trip: float
) -> dict[str, Contestant]:
    few = max(20, count // (250 if round_trip else 10))
    return {
        "mailmerge": (_nothing, _mailmerge(folder / "mailmerge", few, port), few),
        "mactl": _mactl(folder / "plain", count, connections, f"smtp://127.0.0.1:{port}"),
        "mactl, RSA-2048": _mactl(
            folder / "signed", count, connections, f"smtp://127.0.0.1:{port}", signed=True
        ),
        "smtp-source": (_nothing, _source(port, count, connections), count),
    }


def _postfix(stack: ExitStack, folder: Path, count: int, connections: int) -> dict[str, Contestant]:
    (folder / "postfix").mkdir()
    folder.chmod(0o755)
    port, certificate = stack.enter_context(postfix(folder / "postfix"))
    os.environ["SSL_CERT_FILE"] = str(certificate)  # as OpenSSL has it, for mactl too
    return {
        "mactl, in the clear": _mactl(
            folder / "plain", count, connections, f"smtp://localhost:{port}", signed=True
        ),
        "mactl, STARTTLS": _mactl(
            folder / "tls", count, connections, f"smtp+starttls://localhost:{port}", signed=True
        ),
    }


def _nothing() -> None:
    """Needs no preparation."""


def _mactl(
    folder: Path, count: int, connections: int, url: str, *, signed: bool = False
) -> Contestant:
    write_project(folder, count, signed=signed, connections=connections)
    queue_everything(folder)
    kept = (folder / ".mactl").rename(folder / "queued")
    return lambda: queued_again(kept, folder), lambda: drain(folder, url, count), count


def _mailmerge(folder: Path, count: int, port: int) -> Callable[[], None]:
    write_mailmerge(folder, count, port)
    venv.create(folder / "venv", with_pip=True)
    subprocess.run(
        [folder / "venv/bin/python", "-m", "pip", "install", "--quiet", _PEER], check=True
    )
    command = [folder / "venv/bin/mailmerge", "--no-dry-run", "--no-limit", "--output-format", "text",
               "--template", "letter.txt", "--database", "people.csv", "--config", "server.conf"]  # fmt: skip
    return lambda: _run(command, folder)


def _source(port: int, count: int, connections: int) -> Callable[[], None]:
    command = [SOURCE, "-d", "-s", str(connections), "-m", str(count), "-l", str(SIZE),
               "-f", "news@example.com", "-t", "ann@example.test", f"127.0.0.1:{port}"]  # fmt: skip
    return lambda: _run(command, Path.cwd())


def _run(command: list[object], folder: Path) -> None:
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if ran.returncode:
        sys.exit(f"{command[0]}: {ran.stderr}")


if __name__ == "__main__":
    main()
