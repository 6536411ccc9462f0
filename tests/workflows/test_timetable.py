"""Times as cron and systemd read them: cronsim is a parser of crontab(5), systemd-analyze is systemd's own."""

import os
import subprocess
import time as clock
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from cronsim import CronSim

from mactl.workflows.scheduling.machine import local_times
from mactl.workflows.scheduling.timetable import Timetable, daily, every, within_day

START = datetime(2026, 12, 1, tzinfo=UTC)
NOW = START + timedelta(hours=8)


def instants(table: Timetable, zone: str, days: int) -> set[datetime]:
    """When cron runs it on a machine in `zone`, in UTC."""
    start = START.astimezone(ZoneInfo(zone)) - timedelta(minutes=1)
    end = START + timedelta(days=days)
    found: set[datetime] = set()
    for line in table.cron:
        for at in CronSim(line, start):
            if at.astimezone(UTC) >= end:
                break
            found.add(at.astimezone(UTC))
    return found


@pytest.mark.parametrize(
    ("minutes", "cron"),
    [
        (1, "* * * * *"),
        (5, "*/5 * * * *"),
        (15, "*/15 * * * *"),
        (30, "*/30 * * * *"),
        (60, "0 * * * *"),
        (120, "0 */2 * * *"),
        (480, "0 */8 * * *"),
    ],
)
def test_a_step_is_the_same_all_day_long(minutes: int, cron: str) -> None:
    table = every(minutes)
    assert table.cron == (cron,)
    expected = {START + timedelta(minutes=m) for m in range(0, 24 * 60, minutes)}
    assert instants(table, "UTC", 1) == expected


@pytest.mark.parametrize("minutes", [5, 10, 15, 20, 30, 60])
def test_an_offset_is_so_many_minutes_before_each(minutes: int) -> None:
    runs = instants(every(minutes), "UTC", 1)
    before = instants(every(minutes, offset=-3), "UTC", 1)
    assert {at + timedelta(minutes=3) for at in before if at.day == 1} - runs <= {
        START + timedelta(days=1)
    }
    assert len(before) == len(runs)


@pytest.mark.parametrize(
    ("minutes", "instead"), [(7, "6m"), (25, "20m"), (45, "30m"), (90, "1h"), (300, "4h"), (1500, "24h")]
)  # fmt: skip
def test_what_cron_cannot_count_is_refused_with_what_it_can(minutes: int, instead: str) -> None:
    with pytest.raises(ValueError, match=f"; {instead} divides the day"):
        every(minutes)


@pytest.fixture
def machine_in(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A machine whose clock is in another zone."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = request.param
    clock.tzset()
    yield request.param
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    clock.tzset()


@pytest.mark.parametrize(
    ("machine_in", "cron"),
    [
        ("UTC", ("0 5,6 * * *",)),
        ("Europe/Amsterdam", ("0 7 * * *",)),
        ("Europe/Paris", ("0 7 * * *",)),
        ("America/New_York", ("0 1,2 * * *",)),  # summer begins three weeks apart
        ("Asia/Kolkata", ("30 10,11 * * *",)),
        ("Pacific/Auckland", ("0 17,18,19 * * *",)),
    ],
    indirect=["machine_in"],
)
def test_a_time_of_day_is_met_all_year_whatever_the_machines_zone(
    machine_in: str, cron: tuple[str, ...]
) -> None:
    zone = ZoneInfo("Europe/Amsterdam")
    table = daily([time(7)], "Europe/Amsterdam", local_times([time(7)], zone.key, NOW))

    assert table.cron == cron
    runs, late = instants(table, machine_in, 365), []
    for day in range(365):
        noon = (START + timedelta(days=day, hours=12)).astimezone(zone)
        seven = noon.replace(hour=7, minute=0).astimezone(UTC)
        if seven not in runs:
            late.append(seven)
            assert seven + timedelta(hours=1) in runs
    # It may fall into the one hour a year that the machine's clock shows twice, of which cron takes the first.
    assert len(late) <= 1


def test_times_of_several_minutes_are_a_line_for_each() -> None:
    table = daily([time(8), time(9, 30), time(14)], "UTC", [time(8), time(9, 30), time(14)])
    assert table.cron == ("0 8,14 * * *", "30 9 * * *")


def test_a_part_of_the_day_is_looked_after_more_often() -> None:
    table = within_day(20, range(7, 9), "UTC", [7, 8])
    assert instants(table, "UTC", 1) == {
        START + timedelta(hours=7, minutes=m) for m in range(0, 120, 20)
    }


@pytest.mark.debian("systemd")
@pytest.mark.parametrize(
    "table",
    [
        *(every(minutes) for minutes in (1, 5, 15, 60, 120)),
        every(15, offset=-5),
        every(60, offset=-5),
        daily([time(7), time(9, 30)], "Europe/Amsterdam", [time(6), time(8, 30)]),
        within_day(20, range(7, 21), "Europe/Amsterdam", range(6, 20)),
    ],
)
def test_systemd_reads_the_same_times_as_cron(table: Timetable) -> None:
    base = START.strftime("%Y-%m-%d %H:%M:%S UTC")
    shown = subprocess.run(
        ["systemd-analyze", "calendar", "--iterations=5", f"--base-time={base}", *table.on_calendar],
        env={**os.environ, "TZ": "UTC"}, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    found = {
        datetime.strptime(line.split(": ", 1)[1].strip(), "%a %Y-%m-%d %H:%M:%S UTC")
        for line in shown.splitlines()
        if "elapse:" in line or "Iter." in line
    }
    # In December the two clocks of the cases are an hour apart.
    runs = {at.replace(tzinfo=None) for at in instants(table, "UTC", 6)}
    assert found <= runs and len(found) >= 5
    assert set(islice(sorted(runs - {START.replace(tzinfo=None)}), 2)) <= found
