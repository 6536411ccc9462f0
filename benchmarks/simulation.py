"""`mactl plan --days 30` beside one `mactl plan`, on the same project, where little is due on most days.

    python benchmarks/simulation.py                                  100,000 contacts, 500,000 events
    python benchmarks/simulation.py --contacts 10000 --events 50000 --days 7 --rounds 5

Both are processes of their own, start-up included, on files that were read before, and take turns; read the ratio of
CPU time. One plan for every hour of the days would be as many times one plan as there are hours.
"""

import argparse
import statistics
import tempfile
from pathlib import Path

from commands import measure
from idle import project


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--contacts", type=int, default=100_000)
    parser.add_argument("--events", type=int, default=500_000)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    commands = {"one plan": ["plan"], f"{given.days} days": ["plan", "--days", str(given.days)]}
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    with tempfile.TemporaryDirectory() as temporary:
        folder = project(Path(temporary), given.contacts, given.events)
        measure(folder, ["plan"])  # what is read from files is kept from here on
        for _ in range(given.rounds):
            for name, command in commands.items():
                taken[name].append(measure(folder, command))
    print(f"{given.contacts:,} contacts and {given.events:,} events; medians of {given.rounds}")
    one = statistics.median(cpu for cpu, _ in taken["one plan"])
    for name, runs in taken.items():
        cpu, wall = (statistics.median(column) for column in zip(*runs, strict=True))
        print(f"{name:10} {cpu:6.2f} CPU s   {wall:6.2f} s   {cpu / one:4.1f} ×")


if __name__ == "__main__":
    main()
