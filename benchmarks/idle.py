"""An idle `mactl send` beside a hand-written DuckDB program that answers the same segments from Parquet.

    python benchmarks/idle.py                                       1,000,000 contacts, 5,000,000 events
    python benchmarks/idle.py --contacts 100000 --events 500000 --rounds 5

Nothing is due, and the files have not changed since the last run. Both are processes of their own, start-up
included, and take turns, so that what else the machine does falls on both alike; read the ratio of CPU time. The
program's SQL is given the cleaned tables as Parquet, and its answers are compared with those of `mactl segments`.
`send --full`, which looks at everybody, stands beside them.
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
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).parent.parent
NOW = datetime(2028, 1, 4, 9, tzinfo=UTC)
"""Long after the last event: nothing is due."""

PROGRAM = """
import duckdb, json, sys
folder, now = sys.argv[1], int(sys.argv[2])
contacts, events = f"read_parquet('{folder}/contacts.parquet')", f"read_parquet('{folder}/events.parquet')"
day = 86400
counts = duckdb.sql(f'''
WITH did AS (
    SELECT contact,
           bool_or(event = 'purchase') AS bought,
           bool_or(event = 'complaint_resolved' AND moment >= {now - 90 * day}) AS resolved,
           bool_or(event = 'demo_requested' AND moment >= {now - 14 * day}) AS talks
    FROM {events}
    WHERE event IN ('purchase', 'complaint_resolved', 'demo_requested') AND moment <= {now}
    GROUP BY contact
), who AS (
    SELECT contact,
           coalesce(bought, false) AS customers,
           coalesce(nps <= 6 AND clv >= 1000, false) AS churn_prone,
           coalesce(resolved, false) AS complaint_resolved,
           coalesce(talks, false) AS in_sales_talks,
           coalesce(contract_end BETWEEN {now // day} AND {now // day + 90}, false) AS ending
    FROM {contacts} LEFT JOIN did USING (contact)
)
SELECT count(*) FILTER (customers), count(*) FILTER (churn_prone), count(*) FILTER (complaint_resolved),
       count(*) FILTER (in_sales_talks),
       count(*) FILTER (customers AND churn_prone AND complaint_resolved AND ending)
FROM who
''').fetchall()[0]
names = ["customers", "churn-prone", "complaint-resolved", "in-sales-talks", "worth-a-call"]
print(json.dumps(dict(zip(names, counts))))
"""
"""The segments of the shipped cookbook, by hand."""


def project(folder: Path, contacts: int, events: int) -> Path:
    """The shipped cookbook on made-up people, who all stand where a run has put them."""
    size = ["--contacts", str(contacts), "--events", str(events), "--out", str(folder)]
    subprocess.run([sys.executable, ROOT / "benchmarks" / "generate.py", *size], check=True)
    shutil.copytree(ROOT / "recipes", folder / "recipes")
    settings = (ROOT / "mactl.yaml").read_text(encoding="utf-8").replace(".csv.example", ".csv")
    (folder / "mactl.yaml").write_text(settings, encoding="utf-8")
    time.sleep(2.1)  # a file that changed only just now is read anew
    return folder


def parquet(folder: Path) -> None:
    """The cleaned tables as Parquet: what somebody would have made who writes SQL by hand."""
    import duckdb
    from pyarrow import ipc

    found = next((folder / ".mactl" / "cache").glob("people-*"))
    contacts = ipc.open_file(found / "contacts.arrow").read_all()
    events = ipc.open_file(
        next((folder / ".mactl" / "cache").glob("events-*")) / "events.arrow"
    ).read_all()
    connection = duckdb.connect()
    connection.register("contacts", contacts)
    connection.register("events", events)
    for table, names in (
        ("contacts", {"_contact": "contact"}),
        ("events", {"_contact": "contact", "_event": "event", "_at": "moment"}),
    ):
        renamed = ", ".join(f"{old} AS {new}" for old, new in names.items())
        rest = "COLUMNS('^[^_].*')"
        connection.execute(
            f"COPY (SELECT {renamed}, {rest} FROM {table}) TO '{folder}/{table}.parquet'"
        )


def measure(folder: Path, command: list[str]) -> tuple[float, float, str]:
    """CPU seconds (user and system), wall seconds and the output of one process."""
    before, started = os.times(), time.perf_counter()
    out = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, check=True, text=True).stdout
    wall, after = time.perf_counter() - started, os.times()
    cpu = (
        after.children_user - before.children_user + after.children_system - before.children_system
    )
    return cpu, wall, out


def mactl(folder: Path, *arguments: str, minute: int) -> tuple[float, float, str]:
    """The same of a `mactl` command, `minute` minutes after the first."""
    now = (NOW + timedelta(minutes=minute)).isoformat()
    return measure(folder, [sys.executable, "-m", "mactl", *arguments, "--now", now])


def agree(folder: Path, by_hand: str) -> bool:
    """Whether mactl finds as many people in each segment as the program did."""
    segments = json.loads(mactl(folder, "segments", "--format", "json", minute=0)[2])
    found = {one["name"]: one["count"] for one in segments["segments"]}
    return bool(found == json.loads(by_hand))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--contacts", type=int, default=1_000_000)
    parser.add_argument("--events", type=int, default=5_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = project(Path(temporary), given.contacts, given.events)
        for _ in range(3):  # the first writes everybody down, the next finds that nothing is due
            mactl(folder, "send", "--yes", minute=0)
        parquet(folder)
        hand = [sys.executable, "-c", PROGRAM, str(folder), str(int(NOW.timestamp()))]
        if not agree(folder, measure(folder, hand)[2]):
            raise SystemExit("the program and mactl do not agree on who is in which segment")
        taken: dict[str, list[tuple[float, float]]] = {"by hand": [], "send": [], "send --full": []}
        for minute in range(1, given.rounds + 1):
            taken["by hand"].append(measure(folder, hand)[:2])
            taken["send"].append(mactl(folder, "send", "--yes", minute=minute)[:2])
        taken["send --full"].append(mactl(folder, "send", "--yes", "--full", minute=99)[:2])
    first = statistics.median(cpu for cpu, _ in taken["by hand"])
    print(f"{given.contacts:,} contacts and {given.events:,} events; CPU seconds (wall)")
    for name, times in taken.items():
        cpu, wall = (statistics.median(column) for column in zip(*times, strict=True))
        print(f"{name:12} {cpu:6.2f} ({wall:6.2f})   {cpu / first:5.2f} ×")


if __name__ == "__main__":
    main()
