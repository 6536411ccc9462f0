"""A clock that jumps by hours, while a sender is at work and between two runs: nobody is written to twice, nobody is
left behind."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mactl.clock import from_epoch
from mactl.store.logbook import last_now
from tests.soak.counting import Manners, counting_server
from tests.soak.town import CONNECTIONS, Town, check_books, finish, kill, wait_until

PEOPLE = 400
JUMPS = ["+3h", "-3h"]
LIBRARY = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)

pytestmark = pytest.mark.debian("faketime")


class Clock:
    """The clock of some processes, which can be set at any time."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "clock"
        self.set("+0")

    def set(self, offset: str) -> None:
        """So much ahead (+3h) of the machine's, or behind (-3h)."""
        draft = self._file.with_suffix(".new")
        draft.write_text(offset + "\n")
        draft.replace(self._file)

    @property
    def around(self) -> dict[str, str]:
        """What the environment says; how much time passes is nobody's to change."""
        return {
            "LD_PRELOAD": str(LIBRARY),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_CACHE_DURATION": "1",
            "DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
        }


class Street:
    """The project, run by the clock alone."""

    def __init__(self, tmp_path: Path, smtp: str) -> None:
        self.clock = Clock(tmp_path)
        self.town = Town(tmp_path / "town", PEOPLE, smtp, now=None, around=self.clock.around)
        self.town.build()
        events = self.town.folder / "events.csv"
        paid = (datetime.now(UTC) - timedelta(hours=6)).strftime("%Y-%m-%dT%H:%M")
        events.write_text(re.sub("2026-11-30T10:00", paid, events.read_text()))

    def run(self, *arguments: str) -> tuple[int, str]:
        """`mactl ARGUMENTS` under the clock, to its end: its exit status, and what it said on stderr."""
        return finish(self.town.mactl(*arguments))


@pytest.mark.parametrize("jump", JUMPS)
@pytest.mark.parametrize("arguments", [("send", "--yes"), ("worker", "--once")], ids=" ".join)
def test_a_clock_that_jumps_while_messages_go_out_changes_nothing(
    tmp_path: Path, jump: str, arguments: tuple[str, ...]
) -> None:
    with counting_server(tmp_path, Manners(think=0.01)) as server:
        street = Street(tmp_path, server.url)
        street.town.fill_queue()
        process = street.town.mactl(*arguments)
        wait_until(50, server.count, process)
        street.clock.set(jump)
        status, said = finish(process)
        assert status == 0, said
        assert check_books(street.town, server.count, in_doubt=0) == {"sent": PEOPLE}


@pytest.mark.parametrize("jump", JUMPS)
def test_what_a_sender_with_a_wrong_clock_left_behind_is_taken_over(
    tmp_path: Path, jump: str
) -> None:
    """It is killed, and the clock put right: its leases would run out hours later, or have long run out."""
    with counting_server(tmp_path, Manners(think=0.01)) as server:
        street = Street(tmp_path, server.url)
        street.town.fill_queue()
        street.clock.set(jump)
        process = street.town.mactl("worker", "--once")
        wait_until(50, server.count, process)
        kill(process, whole=True)
        street.clock.set("+0")
        street.run("worker", "--once")
        standing = check_books(street.town, server.count, in_doubt=CONNECTIONS)

    assert standing.keys() <= {"sent", "unknown"}
    assert sum(standing.values()) == PEOPLE


def test_a_clock_that_is_put_back_a_little_keeps_no_run_from_its_work(tmp_path: Path) -> None:
    """They stand still at the time of the last one until the clock has come there again."""
    with counting_server(tmp_path) as server:
        street = Street(tmp_path, server.url)
        street.town.fill_queue()
        ahead = last_of(street.town)
        street.clock.set("-20m")
        status, said = street.run("send", "--yes", "--full")
        assert status == 0, said
        assert check_books(street.town, server.count, in_doubt=0) == {"sent": PEOPLE}
        assert last_of(street.town) == ahead


def test_a_clock_that_was_hours_ahead_is_told_and_can_be_set_right(tmp_path: Path) -> None:
    with counting_server(tmp_path) as server:
        street = Street(tmp_path, server.url)
        street.clock.set("+5h")
        assert street.run("send", "--yes")[0] == 0
        street.clock.set("+0")
        status, said = street.run("send", "--yes")
        assert status == 2
        assert "is before the last run" in said
        assert "mactl state accept --as-is" in said
        assert street.run("state", "accept", "--as-is")[0] == 0
        assert street.run("send", "--yes")[0] == 0
        assert check_books(street.town, server.count, in_doubt=0) == {"sent": PEOPLE}


def last_of(town: Town) -> datetime:
    """When the last run was."""
    with town.open() as state, state.reading() as connection:
        found = last_now(connection)
    assert found is not None
    return from_epoch(found)
