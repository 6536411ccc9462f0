"""A disk that is full, and a folder that nobody may write to: the sender stops, says so, and goes on once it can.

Where nobody may make a small disk, a limit on how large a file may grow stands in for its end: the system refuses the
same writes, in the middle.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.soak.counting import Manners, counting_server
from tests.soak.town import CONNECTIONS, Town, check_books, finish

PEOPLE = 400
LIMITED = """
import resource, runpy, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv.pop(1)), resource.RLIM_INFINITY))
sys.argv[0] = "mactl"
runpy.run_module("mactl", run_name="__main__")
"""


def send_with_room(town: Town, size: int) -> tuple[int, str]:
    """A run whose files may grow to `size` bytes: its exit status, and what it said on stderr."""
    return finish(town.start(program=("-c", LIMITED, str(size))))


@pytest.mark.parametrize("kilobytes", [40, 160])
def test_a_disk_that_fills_up_while_sending_stops_it_and_repeats_nobody(
    tmp_path: Path, kilobytes: int
) -> None:
    with counting_server(tmp_path, Manners(think=0.002)) as server:
        town = Town(tmp_path / "town", PEOPLE, server.url).build()
        town.fill_queue()
        status, said = send_with_room(town, kilobytes * 1024)
        standing = check_books(town, server.count, in_doubt=CONNECTIONS)
        assert standing["sent"] < PEOPLE
        assert status == 2, said
        assert "state.db: " in said
        assert "look at the free space" in said
        assert "Traceback" not in said

        town.send()
        standing = check_books(town, server.count, in_doubt=CONNECTIONS)

    assert standing.keys() <= {"sent", "unknown"}
    assert sum(standing.values()) == PEOPLE


@contextmanager
def small_disk(folder: Path, room: int) -> Iterator[None]:
    """Has `folder` lie on a disk of its own, in memory, with so many kilobytes left."""
    aside = folder.rename(folder.with_name("aside"))
    folder.mkdir()
    used = sum(-(-file.stat().st_size // 4096) * 4 for file in aside.rglob("*"))
    mount = ["mount", "-t", "tmpfs", "-o", f"size={used + room}k", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("this machine makes no disk in memory")
    try:
        shutil.copytree(aside, folder, dirs_exist_ok=True)
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="a disk is for root to make")
@pytest.mark.parametrize("room", [64, 256, 600])  # kilobytes
def test_a_disk_that_is_full_stops_the_sender_and_repeats_nobody(tmp_path: Path, room: int) -> None:
    with counting_server(tmp_path, Manners(think=0.002)) as server:
        town = Town(tmp_path / "town", PEOPLE, server.url).build()
        town.fill_queue()
        with small_disk(town.folder / ".mactl", room):
            status, said = finish(town.start())
            standing = check_books(town, server.count, in_doubt=CONNECTIONS)
            assert standing["sent"] < PEOPLE
            assert status == 2, said
            assert "look at the free space" in said
            assert "Traceback" not in said

            subprocess.run(
                ["mount", "-o", "remount,size=64m", str(town.folder / ".mactl")], check=True
            )
            town.send()
            standing = check_books(town, server.count, in_doubt=CONNECTIONS)

    assert standing.keys() <= {"sent", "unknown"}
    assert sum(standing.values()) == PEOPLE


def test_a_plan_that_finds_no_room_is_not_written_at_all(tmp_path: Path) -> None:
    with counting_server(tmp_path) as server:
        town = Town(tmp_path / "town", PEOPLE, server.url).build()
        status, said = send_with_room(town, 500 * 1024)
        assert status == 2, said
        assert "look at the free space" in said
        assert town.statuses() == {}
        assert server.count.total == 0

        town.send()
        assert check_books(town, server.count, in_doubt=0) == {"sent": PEOPLE}


def test_a_state_that_nobody_may_write_to_is_told(tmp_path: Path) -> None:
    """In a folder that takes no files, whoever asks."""
    with counting_server(tmp_path) as server:
        town = Town(tmp_path / "town", 3, server.url, "sqlite:////proc/self/state.db").build()
        status, said = finish(town.start())

    assert status == 2
    assert "/proc/self/state.db: the state cannot be opened for writing" in said
    assert server.count.total == 0
