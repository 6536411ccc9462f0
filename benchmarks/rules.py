"""Eight segments and twelve score rules with decay: mactl's rules beside the same SQL written by hand.

    python benchmarks/rules.py                                    1,000,000 contacts, 5,000,000 events
    python benchmarks/rules.py --contacts 100000 --events 500000 --rounds 5

All ways start from the same Arrow tables in memory and give the same answers (this is checked). They take
turns within one run, so that what else the machine does falls on all of them alike; read the ratios, those
of CPU time where the machine is busy. Peak memory is that of a process of its own that works them out
once, the tables included.

    python benchmarks/rules.py --subjects 10 --contacts 100000 --events 500000

asks what a journey asks of ten enrollments instead: each question by itself, in a session that is kept and in one that
starts for it.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from by_hand import DAY, EPOCH, decayed, to_six
from pyarrow import feather
from pydantic import TypeAdapter

from mactl.columns import AT, CONTACT, EVENT, EVENT_ID, KEY, ZONE, FieldType
from mactl.facts.facts import Facts
from mactl.recipe.conditions import Condition, Kind
from mactl.recipe.cookbook import Cookbook, parse_recipe
from mactl.rules.embedded import DuckDB, Pandas
from mactl.rules.engine import Engine, kept
from mactl.rules.evaluate import evaluate
from mactl.rules.names import definitions_of
from mactl.rules.questions import Question

NOW = datetime.fromtimestamp(EPOCH, UTC)
TODAY = EPOCH // DAY

RECIPE = """
recipe: shared
segments:
  customers: {event: purchase}
  big-spenders: {event: purchase, within_last: 365 days, sum: {of: amount, gte: 200}}
  interested: {event: page_view, where: {path: {contains: Pricing}}, within_last: 30 days, count: {gte: 2}}
  dormant: [{segment: customers}, {none: [{event: login, within_last: 180 days}]}]
  renewing: [{field: country, in: [NL, BE]}, {field: contract_end, within_next: 90 days}]
  unhappy: {any: [{field: nps, lte: 4}, {event: complaint, within_last: 90 days}]}
  developers: {field: job_title, contains: develop}
  churn-prone: [{segment: renewing}, {segment: unhappy}, {field: clv, gte: 1000}]
scoring:
  fit:
    cap: 100
    rules:
      - {name: right industry, when: {field: industry, in: [saas, fintech]}, points: 20}
      - {name: right country, when: {field: country, eq: NL}, points: 10}
      - {name: decides, when: {field: job_title, starts_with: head}, points: 15}
      - {name: valuable, when: {field: clv, gte: 1500}, points: 20}
      - {name: opted out, when: {field: email_opt_out, eq: true}, points: -20}
      - {name: customer, when: {segment: customers}, points: 10}
  engagement:
    cap: 100
    rules:
      - {name: pricing, event: page_view, where: {path: {contains: pricing}}, points: 5, at_most: 25,
         half_life: 30 days}
      - {name: clicked, event: email_clicked, points: 3, at_most: 15, half_life: 14 days}
      - {name: webinar, event: webinar, points: 10, half_life: 60 days}
      - {name: download, event: download, points: 4, at_most: 12, half_life: 30 days}
      - {name: login, event: login, points: 1, at_most: 10, half_life: 7 days}
      - {name: complained, event: complaint, points: -8, half_life: 90 days}
"""

PRICING = "_event = 'page_view' and contains(lower(path), 'pricing')"
BY_HAND = f"""
with counted as (
  select _contact,
    count(*) filter (where _event = 'purchase') as purchases,
    sum(amount) filter (where _event = 'purchase' and _at >= {EPOCH - 365 * DAY}) as spent,
    count(*) filter (where {PRICING} and _at >= {EPOCH - 30 * DAY}) as pricing,
    count(*) filter (where _event = 'login' and _at >= {EPOCH - 180 * DAY}) as logins,
    count(*) filter (where _event = 'complaint' and _at >= {EPOCH - 90 * DAY}) as complaints,
    {decayed(PRICING, "_at", 5, 30)} as p1,
    {decayed("_event = 'email_clicked'", "_at", 3, 14)} as p2,
    {decayed("_event = 'webinar'", "_at", 10, 60)} as p3,
    {decayed("_event = 'download'", "_at", 4, 30)} as p4,
    {decayed("_event = 'login'", "_at", 1, 7)} as p5,
    {decayed("_event = 'complaint'", "_at", -8, 90)} as p6
  from events
  where _at <= {EPOCH} and _event in
    ('purchase', 'page_view', 'login', 'complaint', 'email_clicked', 'webinar', 'download')
  group by _contact
), segments as (
  select *,
    coalesce(purchases, 0) > 0 as customers,
    {to_six("coalesce(spent, 0)")} >= 200 as big_spenders,
    coalesce(pricing, 0) >= 2 as interested,
    coalesce(purchases, 0) > 0 and coalesce(logins, 0) = 0 as dormant,
    coalesce(lower(country) in ('nl', 'be') and contract_end between {TODAY} and {
    TODAY + 90
}, false)
      as renewing,
    coalesce(nps <= 4, false) or coalesce(complaints, 0) > 0 as unhappy,
    coalesce(contains(lower(job_title), 'develop'), false) as developers
  from contacts left join counted using (_contact)
)
select _contact, customers, big_spenders, interested, dormant, renewing, unhappy, developers,
  renewing and unhappy and coalesce(clv >= 1000, false) as churn_prone,
  {
    to_six('''least(100,
    case when lower(industry) in ('saas', 'fintech') then 20 else 0 end
    + case when lower(country) = 'nl' then 10 else 0 end
    + case when starts_with(lower(job_title), 'head') then 15 else 0 end
    + case when clv >= 1500 then 20 else 0 end
    + case when email_opt_out then -20 else 0 end + case when customers then 10 else 0 end)''')
} as fit,
  {
    to_six('''least(100, least(coalesce(p1, 0), 25) + least(coalesce(p2, 0), 15) + coalesce(p3, 0)
    + least(coalesce(p4, 0), 12) + least(coalesce(p5, 0), 10) + coalesce(p6, 0))''')
} as engagement
from segments
"""


def make_tables(contacts: int, events: int) -> tuple[pa.Table, pa.Table]:
    """The same made-up tables every time, as they are kept between runs: ids look like UUIDs, for their length
    matters; events stand contact by contact, and in place of an id have the row of their contact."""
    random = np.random.default_rng(20261201)

    def pick(
        words: list[str], size: int, empty: float, shares: list[float] | None = None
    ) -> pa.Array:
        chosen = random.choice(len(words), size, p=shares)
        return pc.take(pa.array(words), pa.array(chosen, mask=random.random(size) < empty))

    numbers = random.permutation(contacts).tolist()
    ids = pa.array([f"{n * 2654435761 % 2**32:08x}-55aa-5c3c-8001-{n:012x}" for n in numbers])
    people = {
        CONTACT: ids,
        KEY: ids,
        ZONE: pa.nulls(contacts, pa.string()),
        "country": pick(["NL", "BE", "DE", "FR", "GB"], contacts, 0.05),
        "industry": pick(["saas", "Fintech", "retail", "health", "public"], contacts, 0.1),
        "job_title": pick(["CTO", "Head of Sales", "Marketer", "Web Developer"], contacts, 0.2),
        "clv": pa.array(np.round(random.gamma(2, 500, contacts), 2)),
        "nps": pa.array(random.integers(0, 11, contacts) * 1.0, mask=random.random(contacts) < 0.4),
        "contract_end": pa.array((TODAY + random.integers(-400, 800, contacts)).astype("int32")),
        "email_opt_out": pa.array(random.random(contacts) < 0.1),
    }
    names = [
        "page_view", "email_opened", "email_clicked", "login", "purchase", "complaint", "webinar",
        "download", "signup", "cart_abandoned",
    ]  # fmt: skip
    shares = [0.45, 0.15, 0.05, 0.15, 0.06, 0.01, 0.03, 0.04, 0.02, 0.04]
    paths = [f"/{top}/{page}" for top in ("Pricing", "docs", "blog", "about") for page in range(60)]
    happened = {
        CONTACT: pa.array(np.sort(random.integers(0, contacts, events)).astype(np.int32)),
        EVENT: pick(names, events, 0, shares).dictionary_encode(),
        AT: pa.array(EPOCH - random.integers(0, 730 * DAY, events)),
        EVENT_ID: pa.nulls(events, pa.string()),
        "path": pick(paths, events, 0.5).dictionary_encode(),
        "amount": pa.array(
            np.round(random.gamma(2, 40, events), 2), mask=random.random(events) < 0.9
        ),
    }
    return pa.table(people), pa.table(happened)


def read_facts(folder: Path) -> Facts:
    """The tables in `folder`, read anew, with nothing worked out yet."""
    text, number = FieldType.TEXT, FieldType.NUMBER
    fields = {
        "country": text, "industry": text, "job_title": text, "clv": number, "nps": number,
        "contract_end": FieldType.DATE, "email_opt_out": FieldType.BOOLEAN,
    }  # fmt: skip
    people, happened = (
        feather.read_table(folder / f"{file}.arrow", memory_map=True)
        for file in ("contacts", "events")
    )
    ids, rows = people.column(CONTACT).chunk(0), happened.column(CONTACT).chunk(0)
    happened = happened.set_column(0, CONTACT, pa.DictionaryArray.from_arrays(rows, ids))
    return Facts(NOW, ZoneInfo("UTC"), people, fields, happened, {"path": text, "amount": number})


def rules(facts: Facts, engine: Engine) -> pd.DataFrame:
    recipe, findings = parse_recipe(RECIPE, Path("shared.yaml"))
    assert recipe is not None and not findings, findings
    cookbook = Cookbook({recipe.id: recipe})
    asked = {d.name.partition(".")[2]: d for d in definitions_of(cookbook)}
    return evaluate(facts, cookbook, asked, engine=engine)


def sql(facts: Facts) -> pa.Table:
    import duckdb

    with duckdb.connect() as connection:
        connection.register("events", facts.events)
        connection.register("contacts", facts.contacts)
        return connection.sql(BY_HAND).to_arrow_table()


WAYS: dict[str, Callable[[Facts], object]] = {
    "DuckDB, SQL by hand": sql,
    "mactl on DuckDB": lambda facts: rules(facts, DuckDB()),
    "mactl on DuckDB, within 300 MB": lambda facts: rules(facts, DuckDB(memory_limit="300MB")),
    "mactl on pandas": lambda facts: rules(facts, Pandas()),
}


ASKED = {
    "an event since the trigger": {"event": "purchase"},
    "an event with the trigger's value": {"event": "purchase", "same": "amount"},
    "a segment of segments": {"segment": "churn-prone"},
    "a score": {"score": "engagement", "gte": 10},
    "an event not followed by another": {
        "event": "purchase", "not_followed_by": {"event": "login", "within": "30 days"},
    },
    "a colleague": {"anyone": "industry", "has": {"event": "complaint", "within_last": "7 days"}},
    "a score that rose": {"score": "engagement", "rose_by": 5, "within_last": "3 days"},
}  # fmt: skip


def few(facts: Facts, count: int, rounds: int) -> None:
    """How long each question takes about `count` enrollments."""
    recipe, _ = parse_recipe(RECIPE, Path("shared.yaml"))
    assert recipe is not None
    cookbook, ids = (
        Cookbook({recipe.id: recipe}),
        facts.contacts.column(CONTACT)[:count].to_pylist(),
    )
    subjects = pd.DataFrame(
        {
            "id": [f"enrollment-{n}" for n in range(count)],
            "contact": ids,
            "since": EPOCH - 90 * DAY,
            "trigger": [{"amount": 50.0} for _ in range(count)],
        }
    )
    condition: TypeAdapter[Kind] = TypeAdapter(Condition)
    print(f"{'ms of ' + str(count) + ' enrollments':36}{'kept':>9}{'CPU':>7}{'anew':>9}{'CPU':>7}")
    with kept(DuckDB()) as session:
        for name, says in ASKED.items():
            asked = {"it": Question(condition.validate_python(says), "shared")}
            found = []
            for engine in (session, DuckDB()):
                evaluate(facts, cookbook, asked, engine=engine, subjects=subjects)
                times = []
                for _ in range(rounds):
                    start = time.perf_counter(), time.process_time()
                    evaluate(facts, cookbook, asked, engine=engine, subjects=subjects)
                    times.append((time.perf_counter() - start[0], time.process_time() - start[1]))
                found += medians(times)
            print(
                f"{name:36}{found[0] * 1000:9.0f}{found[1] * 1000:7.0f}{found[2] * 1000:9.0f}{found[3] * 1000:7.0f}"
            )


def check(facts: Facts) -> None:
    """Every way gives the same answers."""
    expected = rules(facts, DuckDB())
    hand = sql(facts).to_pandas().set_index(CONTACT).reindex(expected.index)
    hand.columns = [name.replace("_", "-") for name in hand.columns]
    pd.testing.assert_frame_equal(hand[list(expected)], expected, check_names=False, atol=2e-6)
    pd.testing.assert_frame_equal(rules(facts, Pandas()), expected, atol=2e-6)


def peak_memory() -> float:
    """The most memory in MiB that this process has had."""
    # ru_maxrss would do anywhere, but keeps the parent's peak over an exec.
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def measure(way: str, folder: Path) -> float:
    """The peak memory in MiB of a process that works it out once."""
    command = [sys.executable, __file__, "--way", way, "--folder", str(folder)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return float(done.stdout)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--contacts", type=int, default=1_000_000)
    parser.add_argument("--events", type=int, default=5_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--subjects", type=int, help="ask about so many enrollments instead")
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.way:
        WAYS[options.way](read_facts(options.folder))
        print(peak_memory())
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file, table in zip(
            ("contacts", "events"), make_tables(options.contacts, options.events), strict=True
        ):
            size = max(
                table.num_rows, 1
            )  # one batch: a dictionary may not change from one to the next
            feather.write_feather(
                table, folder / f"{file}.arrow", compression="uncompressed", chunksize=size
            )
        facts = read_facts(folder)
        print(f"{options.contacts:,} contacts, {options.events:,} events")
        if options.subjects:
            few(facts, options.subjects, options.rounds)
            return
        check(facts)
        taken: dict[str, list[tuple[float, float]]] = {way: [] for way in WAYS}
        for _ in range(options.rounds):
            for way, work in WAYS.items():
                start = time.perf_counter(), time.process_time()
                work(facts)
                taken[way].append((time.perf_counter() - start[0], time.process_time() - start[1]))
        print(f"{'':32}{'median s':>9}{'ratio':>7}{'CPU s':>9}{'ratio':>7}{'peak MiB':>10}")
        native = medians(taken["DuckDB, SQL by hand"])
        for way, times in taken.items():
            wall, cpu = medians(times)
            print(
                f"{way:32}{wall:9.2f}{wall / native[0]:7.2f}{cpu:9.2f}{cpu / native[1]:7.2f}"
                f"{measure(way, folder):10.0f}"
            )


def medians(times: list[tuple[float, float]]) -> tuple[float, float]:
    """Of the time that passed, and of the time that all cores worked."""
    wall, cpu = zip(*times, strict=True)
    return statistics.median(wall), statistics.median(cpu)


if __name__ == "__main__":
    main()
