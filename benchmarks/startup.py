"""How long `mactl --version` and `mactl --help` take, as multiples of `python -c pass`.

    python benchmarks/startup.py [--runs 31]

The three are run in turn, so that a machine that drifts drifts for all of them; medians are compared.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

LIMITS = {"--version": 7.0, "--help": 13.0}


def seconds(command: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run(
        command, stdout=subprocess.DEVNULL, check=True, env={**os.environ, "COLUMNS": "100"}
    )
    return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=31)
    runs = parser.parse_args().runs
    mactl = str(Path(sys.executable).with_name("mactl"))
    commands = {"python -c pass": [sys.executable, "-c", "pass"]}
    commands |= {f"mactl {option}": [mactl, option] for option in LIMITS}
    taken: dict[str, list[float]] = {name: [] for name in commands}
    for turn in range(runs + 1):
        for name, command in commands.items():
            lasted = seconds(command)
            if turn:  # the first turn warms the caches
                taken[name].append(lasted)
    base = statistics.median(taken["python -c pass"])
    for name, times in taken.items():
        median = statistics.median(times)
        limit = LIMITS.get(name.removeprefix("mactl "))
        print(
            f"{name:16} {1000 * median:7.1f} ms  {median / base:5.1f} ×"
            + (f"  (at most {limit:g})" if limit else "")
        )


if __name__ == "__main__":
    main()
