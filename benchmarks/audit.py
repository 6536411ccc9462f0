"""`mactl audit` beside checkdmarc, with a name server that takes its time; a dead one; a thousand domains.

    python benchmarks/audit.py                       everything, 3 rounds
    python benchmarks/audit.py --rounds 5 --peer .venv-peer/bin/checkdmarc

Whole processes, in turn, asking the same name server on the loopback (benchmarks/name_server.py, a process of its own)
with the same delay; checkdmarc is put into a folder of its own (`pip install`), since mactl does not need it. It asks
port 53 of the server it is given, so this needs the right to listen there: run it as root, or
`sysctl net.ipv4.ip_unprivileged_port_start=53`.
"""

import argparse
import asyncio
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from name_server import domain

from mactl.audit import Answer, Means, Resolver, audit_domain, system_resolver
from mactl.audit.web import NoWeb

ADDRESS = "127.0.0.2"
DEAD = "127.0.0.3"
_NEAR, _FAR = 0.02, 0.05  # seconds that an answer takes
_MANY, _SOME = 1_000, 100


@dataclass(frozen=True)
class Run:
    """What a process took: seconds by the clock and of the processor, and its highest memory in MiB."""

    wall: float
    cpu: float
    memory: float
    status: int


def measured(command: Sequence[str]) -> Run:
    """What `command` takes; what it prints is thrown away."""
    began = time.perf_counter()
    silent = subprocess.DEVNULL
    process = subprocess.Popen(command, stdout=silent, stderr=silent)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - began
    cpu = used.ru_utime + used.ru_stime
    return Run(wall, cpu, used.ru_maxrss / 1024, process.returncode)


def finished(command: Sequence[str]) -> Run:
    """The same of one that did its work: 0, or 1 for what it found; who gives up early is not fast."""
    run = measured(command)
    if run.status not in (0, 1):
        sys.exit(f"{' '.join(command)[:80]} exits with {run.status}")
    return run


def audit(count: int, address: str = ADDRESS) -> list[str]:
    domains = [domain(number) for number in range(count)]
    return [sys.executable, "-m", "mactl", "audit", *domains, "--nameserver", address]


def peer(program: Path, count: int, address: str = ADDRESS) -> list[str]:
    return [str(program), *map(domain, range(count)), "--nameserver", address]


@contextmanager
def name_server(delay: float) -> Iterator[None]:
    """One on port 53 whose answers take so many seconds."""
    script = Path(__file__).with_name("name_server.py")
    command = [sys.executable, str(script), "--address", ADDRESS, "--delay", str(delay)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        if server.stdout.readline() != b"ready\n":
            sys.exit(f"no name server can listen at {ADDRESS}:53: see the beginning of {__file__}")
        try:
            yield
        finally:
            server.terminate()


@contextmanager
def dead_server() -> Iterator[None]:
    """One that takes every question and answers none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind((DEAD, 53))
        yield


def install_peer(folder: Path) -> Path:
    """checkdmarc in a virtual environment of its own; the program."""
    venv.create(folder, with_pip=True)
    pip = [folder / "bin" / "python", "-m", "pip", "install", "--quiet"]
    subprocess.run([*pip, "checkdmarc"], check=True)
    return folder / "bin" / "checkdmarc"


class InRounds:
    """Lets all that can be asked at once be asked at once, and counts how often that is."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._waiting: list[tuple[tuple[str, str, bool], asyncio.Future[Answer]]] = []
        self._pump: asyncio.Task[None] | None = None
        self.rounds = 0

    async def query(self, name: str, rdtype: str, *, unchecked: bool = False) -> Answer:
        arrived: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append(((name, rdtype, unchecked), arrived))
        if self._pump is None or self._pump.done():
            self._pump = asyncio.ensure_future(self._ask_all())
        return await arrived

    def at(self, address: str) -> Resolver:
        return self._resolver.at(address)

    async def _ask_all(self) -> None:
        while True:
            for _ in range(200):  # whatever follows from the answers of before
                await asyncio.sleep(0)
            if not self._waiting:
                return
            self.rounds += 1
            batch, self._waiting = self._waiting, []
            asking = (self._resolver.query(n, t, unchecked=u) for (n, t, u), _ in batch)
            for (_, arrived), answer in zip(batch, await asyncio.gather(*asking), strict=True):
                arrived.set_result(answer)


async def one_inside(in_rounds: bool) -> tuple[float, int, int]:
    """Seconds of an audit in this process, its questions, and how many of them depend on each other."""
    resolver: Resolver = system_resolver(ADDRESS)
    counting = InRounds(resolver)
    means = Means(counting if in_rounds else resolver, NoWeb(), datetime.now(UTC))
    began = time.perf_counter()
    report = await audit_domain(domain(0), means)
    took = time.perf_counter() - began
    if report.no_dns:
        sys.exit("the name server did not answer")
    return took, report.asked, counting.rounds


def in_turn(rounds: int, commands: dict[str, list[str]]) -> dict[str, float]:
    """The median of the seconds that each command takes."""
    taken: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            taken[name].append(finished(command).wall)
    return {name: statistics.median(times) for name, times in taken.items()}


def compare(rounds: int, program: Path) -> None:
    with name_server(_FAR):
        _, asked, depth = asyncio.run(one_inside(True))
        inside = statistics.median(asyncio.run(one_inside(False))[0] for _ in range(rounds))
        print(f"one domain, {asked} questions, {_FAR * 1000:g} ms an answer")
        print(f"  depth in round trips   {depth:8}  (at most 8)")
        print(f"  the audit by itself    {inside:8.2f} s")
        for count in (1, 20):
            commands = {"mactl audit": audit(count), "checkdmarc": peer(program, count)}
            ours, theirs = in_turn(rounds, commands).values()
            print(f"{count} domain{'s' * (count > 1)}, whole processes, medians of {rounds}")
            print(f"  mactl audit            {ours:8.2f} s")
            print(f"  checkdmarc             {theirs:8.2f} s  {theirs / ours:6.1f} ×")


def be_patient(rounds: int, program: Path) -> None:
    with dead_server():
        print(f"a dead name server, medians of {rounds}")
        for count in (1, 20, _MANY):
            took = statistics.median(measured(audit(count, DEAD)).wall for _ in range(rounds))
            print(f"  mactl audit, {count:5,}     {took:8.2f} s  (the deadline is 5)")
        took = statistics.median(measured(peer(program, 1, DEAD)).wall for _ in range(rounds))
        print(f"  checkdmarc, 1          {took:8.2f} s")


def many(rounds: int) -> None:
    with name_server(_NEAR):
        print(f"one process, {_NEAR * 1000:g} ms an answer, medians of {rounds}")
        highest: list[float] = []
        for count in (_SOME, _MANY):
            runs = [finished(audit(count)) for _ in range(rounds)]
            wall, cpu, memory = (
                statistics.median(getattr(run, name) for run in runs)
                for name in ("wall", "cpu", "memory")
            )
            highest.append(memory)
            print(f"  {count:5,} domains {wall:8.2f} s  {cpu:6.2f} CPU s  {memory:6.0f} MiB")
        print(f"  memory {highest[1] / highest[0]:.2f} ×")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peer", type=Path, help="a checkdmarc that is installed already")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mactl-bench-") as folder:
        program = given.peer or install_peer(Path(folder))
        compare(given.rounds, program)
        be_patient(given.rounds, program)
        many(given.rounds)


if __name__ == "__main__":
    main()
