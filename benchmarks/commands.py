"""How `mactl segments`, `scores` and `plan` grow with the data: whole processes, on ten times as many people.

    python benchmarks/commands.py [--contacts 100000] [--events 500000] [--runs 3]

A loop per contact would grow tenfold; work on whole tables grows less, since start-up is the same for both.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
COMMANDS = {"segments": ["segments"], "scores": ["scores"], "plan": ["plan"]}
NOW = "2026-12-01T09:00"


def project(folder: Path, contacts: int, events: int) -> Path:
    """The shipped cookbook on made-up people."""
    size = ["--contacts", str(contacts), "--events", str(events), "--out", str(folder)]
    subprocess.run([sys.executable, ROOT / "benchmarks" / "generate.py", *size], check=True)
    shutil.copytree(ROOT / "recipes", folder / "recipes")
    settings = (ROOT / "mactl.yaml").read_text(encoding="utf-8").replace(".csv.example", ".csv")
    (folder / "mactl.yaml").write_text(settings, encoding="utf-8")
    return folder


def measure(folder: Path, command: list[str]) -> tuple[float, float]:
    """CPU seconds (user and system) and wall seconds of one run."""
    before, started = os.times(), time.perf_counter()
    mactl = [sys.executable, "-m", "mactl", *command, "--now", NOW, "--quiet"]
    subprocess.run(mactl, cwd=folder, stdout=subprocess.DEVNULL, check=True)
    after = os.times()
    cpu = (
        after.children_user - before.children_user + after.children_system - before.children_system
    )
    return cpu, time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--contacts", type=int, default=100_000)
    parser.add_argument("--events", type=int, default=500_000)
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        small = project(Path(temporary) / "small", given.contacts // 10, given.events // 10)
        large = project(Path(temporary) / "large", given.contacts, given.events)
        print(
            f"{given.contacts:,} contacts and {given.events:,} events, beside a tenth of both; CPU seconds (wall)"
        )
        for name, command in COMMANDS.items():
            taken: dict[Path, list[tuple[float, float]]] = {small: [], large: []}
            for _ in range(given.runs):
                for folder in taken:
                    taken[folder].append(measure(folder, command))
            (few, few_wall), (many, many_wall) = (
                tuple(statistics.median(column) for column in zip(*taken[folder], strict=True))
                for folder in (small, large)
            )
            print(
                f"{name:10} {few:5.2f} ({few_wall:5.2f})   {many:5.2f} ({many_wall:5.2f})   {many / few:4.1f} ×"
            )


if __name__ == "__main__":
    main()
