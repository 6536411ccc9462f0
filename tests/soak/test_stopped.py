"""Processes that sleep past their lease, run side by side, or lose the server that keeps their state."""

import os
import random
import signal
import time
from datetime import timedelta
from pathlib import Path

import pytest

from tests.postgres import Cluster
from tests.soak.counting import Manners, counting_server
from tests.soak.town import CONNECTIONS, Town, check_books, finish, wait_until

PAST_A_LEASE = timedelta(minutes=20)
TOGETHER = 4


def test_a_sender_that_sleeps_past_its_lease_repeats_nobody_when_it_wakes(
    tmp_path: Path, new_url: str
) -> None:
    """Others take over what it had claimed; what it was in the middle of it may still tell."""
    people = 600
    with counting_server(tmp_path, Manners(think=0.02)) as server:
        town = Town(tmp_path / "town", people, server.url, new_url).build()
        sleeper = town.start()
        wait_until(40, server.count, sleeper)
        os.killpg(sleeper.pid, signal.SIGSTOP)
        asleep = check_books(town, server.count, in_doubt=CONNECTIONS)
        assert asleep["claimed"] and asleep["sending"]
        town.send(later=PAST_A_LEASE)
        taken_over = check_books(town, server.count, in_doubt=CONNECTIONS)
        os.killpg(sleeper.pid, signal.SIGCONT)
        status, said = finish(sleeper)
        standing = check_books(town, server.count, in_doubt=CONNECTIONS)

    assert status in (0, 1, 75), said
    assert taken_over.keys() <= {"sent", "unknown"}
    # What was under way when it fell asleep had come to the server, and it heard of it when it woke.
    assert standing["unknown"] <= taken_over["unknown"]
    assert sum(standing.values()) == people


def test_cron_jobs_that_start_at_once_repeat_nobody(
    tmp_path: Path, new_url: str, kept_in: str
) -> None:
    """One plans; the other comes later and finds nothing to plan, or ends with 75. Each time somebody is new."""
    ends = []
    rounds = TOGETHER if kept_in == "sqlite" else TOGETHER // 2
    with counting_server(tmp_path) as server:
        town = Town(tmp_path / "town", 0, server.url, new_url)
        town.build()
        for _ in range(rounds):
            town.people += 40
            town.populate()
            both = [town.start(later=timedelta(minutes=number)) for number in (1, 0)]
            for process in both:
                status, said = finish(process)
                assert status in (0, 75), said
                ends.append(status)
            assert check_books(town, server.count, in_doubt=0) == {"sent": town.people}

    assert server.count.total == rounds * 40
    assert set(ends) == {0, 75}


@pytest.mark.debian("postgresql")
@pytest.mark.parametrize("kept_in", ["postgresql"], indirect=True)
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT], ids=["fast", "immediate"])
def test_a_database_server_that_restarts_underneath_costs_nobody_a_message(
    tmp_path: Path, new_url: str, state_server: Cluster, how: signal.Signals
) -> None:
    people = 1_200
    chance = random.Random(7)
    with counting_server(tmp_path, Manners(think=0.005)) as server:
        town = Town(tmp_path / "town", people, server.url, new_url).build()
        process = town.start()
        for part in range(1, 4):
            wait_until(part * 200, server.count, process)
            time.sleep(chance.random() / 20)
            state_server.restart(how)
        status, said = finish(process)
        standing = check_books(town, server.count, in_doubt=3 * CONNECTIONS)

    assert status == 0, said
    assert standing == {"sent": people}
