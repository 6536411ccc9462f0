"""From CSV to segments and a score: `mactl segments` beside a DuckDB program that only computes the answer.

    python benchmarks/people.py                                       1,000,000 contacts, 5,000,000 events
    python benchmarks/people.py --contacts 100000 --events 500000 --rounds 5
    python benchmarks/people.py --growth                              100,000 to 10,000,000 contacts on DuckDB

Both read the same CSV files and answer eight segments, one of which asks for a score of twelve rules with decay; the
answers are compared. Cold, mactl loads, cleans and merges as well, and keeps what it made; warm, nothing has changed,
and the program reads the same tables as Parquet. Whole processes that take turns, start-up included, so that what else
the machine does falls on both alike: read the ratios, of CPU time where the machine is busy. Memory is the highest of
each process.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from by_hand import DAY, EPOCH, decayed, to_six

ROOT = Path(__file__).parent.parent
NOW = "2026-12-01T08:00Z"

SETTINGS = """\
project: benchmark
contacts: [{file: contacts.csv}]
events: [{file: events.csv}]
columns: {interests: list}
"""

RECIPE = """\
recipe: shared
version: 1
title: Eight segments and a score of twelve rules
segments:
  customers: {event: purchase}
  big-spenders: {event: purchase, within_last: 365 days, sum: {of: amount, gte: 200}}
  interested: {event: page_view, where: {path: {contains: pricing}}, within_last: 30 days, count: {gte: 2}}
  dormant: [{segment: customers}, {none: [{event: login, within_last: 180 days}]}]
  renewing: [{field: country, in: [NL, BE]}, {field: contract_end, within_next: 90 days}]
  unhappy: {any: [{field: nps, lte: 4}, {event: complaint, within_last: 90 days}]}
  churn-prone: [{segment: renewing}, {segment: unhappy}, {field: clv, gte: 500}]
  hot: {score: lead, gte: 60}
scoring:
  lead:
    cap: 100
    rules:
      - {name: right industry, when: {field: industry, in: [software, fintech]}, points: 20}
      - {name: right country, when: {field: country, eq: NL}, points: 10}
      - {name: decides, when: {field: job_title, starts_with: head}, points: 15}
      - {name: valuable, when: {field: clv, gte: 800}, points: 20}
      - {name: opted out, when: {field: newsletter_opt_out, eq: true}, points: -20}
      - {name: customer, when: {segment: customers}, points: 10}
      - {name: pricing, event: page_view, where: {path: {contains: pricing}}, points: 5, at_most: 25,
         half_life: 30 days}
      - {name: clicked, event: email_clicked, points: 3, at_most: 15, half_life: 14 days}
      - {name: demo, event: demo_requested, points: 10, half_life: 60 days}
      - {name: download, event: whitepaper_downloaded, points: 4, at_most: 12, half_life: 30 days}
      - {name: login, event: login, points: 1, at_most: 10, half_life: 7 days}
      - {name: complained, event: complaint, points: -8, half_life: 90 days}
"""


PRICING = "event = 'page_view' AND contains(lower(path), 'pricing')"
CONTACTS = (
    "SELECT lower(email) AS email, country, industry, job_title, clv, nps, contract_end,"
    " newsletter_opt_out FROM {contacts}"
)
EVENTS = (
    'SELECT lower(email) AS email, event, CAST(epoch("at") AS BIGINT) AS moment, path, amount'
    " FROM {events}"
)
ANSWER = f"""
WITH counted AS (
  SELECT email,
    count(*) FILTER (event = 'purchase') AS purchases,
    sum(amount) FILTER (event = 'purchase' AND moment >= {EPOCH - 365 * DAY}) AS spent,
    count(*) FILTER ({PRICING} AND moment >= {EPOCH - 30 * DAY}) AS pricing,
    count(*) FILTER (event = 'login' AND moment >= {EPOCH - 180 * DAY}) AS logins,
    count(*) FILTER (event = 'complaint' AND moment >= {EPOCH - 90 * DAY}) AS complaints,
    {decayed(PRICING, "moment", 5, 30)} AS p1,
    {decayed("event = 'email_clicked'", "moment", 3, 14)} AS p2,
    {decayed("event = 'demo_requested'", "moment", 10, 60)} AS p3,
    {decayed("event = 'whitepaper_downloaded'", "moment", 4, 30)} AS p4,
    {decayed("event = 'login'", "moment", 1, 7)} AS p5,
    {decayed("event = 'complaint'", "moment", -8, 90)} AS p6
  FROM events WHERE moment <= {EPOCH} GROUP BY email
), who AS (
  SELECT *,
    coalesce(purchases, 0) > 0 AS customers,
    coalesce(spent, 0) >= 200 AS big_spenders,
    coalesce(pricing, 0) >= 2 AS interested,
    coalesce(purchases, 0) > 0 AND coalesce(logins, 0) = 0 AS dormant,
    coalesce(country IN ('NL', 'BE') AND contract_end BETWEEN DATE '2026-12-01' AND DATE '2026-12-01' + 90,
      false) AS renewing,
    coalesce(nps <= 4, false) OR coalesce(complaints, 0) > 0 AS unhappy,
    least(100, CASE WHEN industry IN ('software', 'fintech') THEN 20 ELSE 0 END
      + CASE WHEN country = 'NL' THEN 10 ELSE 0 END
      + CASE WHEN starts_with(lower(job_title), 'head') THEN 15 ELSE 0 END
      + CASE WHEN clv >= 800 THEN 20 ELSE 0 END
      + CASE WHEN newsletter_opt_out THEN -20 ELSE 0 END
      + CASE WHEN coalesce(purchases, 0) > 0 THEN 10 ELSE 0 END
      + least(coalesce(p1, 0), 25) + least(coalesce(p2, 0), 15) + coalesce(p3, 0)
      + least(coalesce(p4, 0), 12) + least(coalesce(p5, 0), 10) + coalesce(p6, 0)) AS lead
  FROM contacts LEFT JOIN counted USING (email)
)
SELECT count(*) FILTER (customers), count(*) FILTER (big_spenders), count(*) FILTER (interested),
  count(*) FILTER (dormant), count(*) FILTER (renewing), count(*) FILTER (unhappy),
  count(*) FILTER (renewing AND unhappy AND coalesce(clv >= 500, false)),
  count(*) FILTER ({to_six("lead")} >= 60)
FROM who
"""
SEGMENTS = (
    "customers", "big-spenders", "interested", "dormant", "renewing", "unhappy", "churn-prone", "hot",
)  # fmt: skip

PROGRAM = f"""
import duckdb, json, sys
contacts, events = sys.argv[1:3]
read = {{"csv": "read_csv('%s')", "parquet": "read_parquet('%s')"}}
kind = contacts.rpartition(".")[2]
duckdb.sql("SET enable_progress_bar = false")
duckdb.sql({CONTACTS!r}.format(contacts=read[kind] % contacts)).create_view("contacts")
duckdb.sql({EVENTS!r}.format(events=read[kind] % events)).create_view("events")
counts = duckdb.sql('''{ANSWER}''').fetchall()[0]
print(json.dumps(dict(zip({SEGMENTS!r}, counts))))
"""


@dataclass(frozen=True)
class Run:
    """What a process took: seconds by the clock and of the processor, MiB at its highest; and what it printed."""

    wall: float
    cpu: float
    memory: float
    printed: str


# The peak of a process begins at what its parent holds, which here is a lot: a small one stands between.
_BETWEEN = """
import os, sys
pid = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ)
_, status, used = os.wait4(pid, 0)
open(sys.argv[1], "w").write(str(used.ru_maxrss))
sys.exit(os.waitstatus_to_exitcode(status))
"""


def measured(command: Sequence[str], folder: Path) -> Run:
    """What `command` takes in `folder`."""
    began = time.perf_counter()
    with tempfile.TemporaryFile("w+") as out, tempfile.NamedTemporaryFile("r") as peak:
        between = [sys.executable, "-S", "-c", _BETWEEN, peak.name]
        process = subprocess.Popen([*between, *command], cwd=folder, stdout=out)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        wall = time.perf_counter() - began
        out.seek(0)
        printed = out.read()
        memory = int(peak.read() or 0) / 1024
    if process.returncode:
        sys.exit(f"{command[:4]} ended with {process.returncode}")
    return Run(wall, used.ru_utime + used.ru_stime, memory, printed)


LEFT_OUT = {
    "contacts": ("opt_in_text", "opt_in_source", "opt_in_at", "timezone"),
    "events": (
        "product", "category", "currency", "cart_id", "value", "opt_out_offered", "template", "step", "url",
    ),
}  # fmt: skip
"""What generate.py makes beyond twenty columns of contacts, and seven of events."""


def project(folder: Path, contacts: int, events: int) -> Path:
    """A project on made-up people."""
    import duckdb

    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as wide:
        size = ["--contacts", str(contacts), "--events", str(events), "--out", wide]
        subprocess.run([sys.executable, ROOT / "benchmarks" / "generate.py", *size], check=True)
        for name, unwanted in LEFT_OUT.items():
            kept = f"SELECT * EXCLUDE ({', '.join(unwanted)})"
            read = f"read_csv('{wide}/{name}.csv', all_varchar = true)"
            duckdb.sql(f"COPY ({kept} FROM {read}) TO '{folder}/{name}.csv'")
    (folder / "mactl.yaml").write_text(SETTINGS)
    (folder / "recipes").mkdir()
    (folder / "recipes" / "shared.yaml").write_text(RECIPE)
    time.sleep(2.1)  # a file that changed only just now is read anew
    return folder


def to_parquet(folder: Path) -> None:
    """The files as Parquet: what somebody would have made who writes SQL by hand."""
    import duckdb

    for name in ("contacts", "events"):
        copied = f"COPY (FROM read_csv('{folder}/{name}.csv')) TO '{folder}/{name}.parquet'"
        duckdb.sql(copied)


def by_hand(folder: Path, kind: str) -> Run:
    """The program on files of a kind."""
    files = [str(folder / f"{name}.{kind}") for name in ("contacts", "events")]
    return measured([sys.executable, "-c", PROGRAM, *files], folder)


def mactl(folder: Path, *, cold: bool = False) -> Run:
    """`mactl segments`; `cold` as if it were the first time."""
    if cold:
        shutil.rmtree(folder / ".mactl", ignore_errors=True)
    command = ["segments", "--format", "json", "--now", NOW, "--quiet"]
    return measured([sys.executable, "-m", "mactl", *command], folder)


def agree(hand: Run, own: Run) -> None:
    """End the program where the two don't give the same answers."""
    found = {one["name"]: one["count"] for one in json.loads(own.printed)["segments"]}
    if found != (expected := json.loads(hand.printed)):
        sys.exit(f"not the same answers:\n{expected}\n{found}")


def show(taken: dict[str, list[Run]], first: str) -> None:
    """A line for each; ratios to the `first`."""
    print(f"{'':28}{'median s':>10}{'ratio':>8}{'CPU s':>8}{'ratio':>8}{'peak MiB':>10}")
    base = taken[first]
    for name, runs in taken.items():
        wall, cpu = (statistics.median(getattr(r, w) for r in runs) for w in ("wall", "cpu"))
        walls, cpus = (statistics.median(getattr(r, w) for r in base) for w in ("wall", "cpu"))
        memory = max(run.memory for run in runs)
        print(
            f"{name:28}{wall:10.2f}{wall / walls:8.2f}{cpu:8.2f}{cpu / cpus:8.2f}{memory:10.0f}",
            flush=True,
        )


def beside(folder: Path, rounds: int) -> None:
    """Cold and warm beside the program."""
    to_parquet(folder)
    for name, kind, cold in (("cold, CSV", "csv", True), ("warm, Parquet", "parquet", False)):
        taken: dict[str, list[Run]] = {f"by hand, {name}": [], f"mactl segments, {name[:4]}": []}
        hand, own = taken.values()
        for _ in range(rounds):
            hand.append(by_hand(folder, kind))
            own.append(mactl(folder, cold=cold))
            agree(hand[-1], own[-1])
        show(taken, next(iter(taken)))


def growth(folder: Path, rounds: int) -> None:
    """How the cost grows with the data: 100,000, 1,000,000 and 10,000,000 contacts, five events each."""
    taken: dict[str, list[Run]] = {}
    for contacts in (100_000, 1_000_000, 10_000_000):
        place = project(folder / str(contacts), contacts, 5 * contacts)
        taken[f"{contacts:,} cold"] = [mactl(place, cold=True) for _ in range(rounds)]
        taken[f"{contacts:,} warm"] = [mactl(place) for _ in range(rounds)]
        shutil.rmtree(place)
    show(taken, "100,000 cold")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--contacts", type=int, default=1_000_000)
    parser.add_argument("--events", type=int, default=5_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--growth", action="store_true", help="how the cost grows with the data")
    parser.add_argument("--keep", type=Path, help="keep the data in this folder")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.keep or Path(temporary) / "project"
        if given.growth:
            growth(folder, given.rounds)
            return
        if not (folder / "mactl.yaml").exists():
            project(folder, given.contacts, given.events)
        sizes = " and ".join(
            f"{name} of {(folder / name).stat().st_size / 1e6:.0f} MB"
            for name in ("contacts.csv", "events.csv")
        )
        print(sizes, flush=True)
        beside(folder, given.rounds)


if __name__ == "__main__":
    main()
