"""A state on a server: who may, what is told, and what becomes of us when the server goes away."""

import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Connection, make_url, text

from mactl.errors import ConfigurationError, MactlError, StateError, TryAgainLater
from mactl.store import postgres as postgres_module
from mactl.store.commit import Changes, commit_run
from mactl.store.database import BrokenOff
from mactl.store.ledger import Ledger, Outcome
from mactl.store.lock import planner_lock
from mactl.store.logbook import read_runs
from mactl.store.state import State, is_there
from mactl.store.tables import SendStatus
from mactl.store.worker import new_worker
from tests.postgres import GUARDED, PASSWORD, Cluster
from tests.store.making import NOW, begun, queue, row_of, statuses

pytestmark = [
    pytest.mark.debian("postgresql"),
    pytest.mark.parametrize("kept_in", ["postgresql"], indirect=True),
]


@pytest.fixture
def database(url: str) -> str:
    return str(make_url(url).database)


def refusal(url: str, *, write: bool = True) -> MactlError:
    with pytest.raises(MactlError) as refused, State.open(url, Path(), write=write):
        pass
    assert PASSWORD not in str(refused.value)
    assert "wrong horse" not in str(refused.value)
    return refused.value


def test_a_server_that_is_away_is_for_later(postgres: Cluster, url: str) -> None:
    away = refusal(url.replace("mactl-postgres", "mactl-nowhere"))
    assert isinstance(away, TryAgainLater)
    assert away.exit_code == 75
    assert "does not answer" in away.message
    unknown = refusal("postgresql://mactl:wrong%20horse@127.0.0.1:1/db")
    assert isinstance(unknown, TryAgainLater)
    assert "(127.0.0.1, db)" in unknown.message


@pytest.mark.parametrize("write", [True, False])
def test_what_somebody_must_change_is_not_waited_for(
    postgres: Cluster, url: str, database: str, write: bool
) -> None:
    wrong = {
        postgres.url(database, GUARDED, "wrong horse"): "authentication failed",
        postgres.url(database, GUARDED): "no password",
        postgres.url("nowhere"): 'database "nowhere" does not exist',
        postgres.url(database, "nobody"): 'role "nobody" does not exist',
        f"{url}&colour=red": "colour",
    }
    for address, words in wrong.items():
        refused = refusal(address, write=write)
        assert isinstance(refused, ConfigurationError), address
        assert words in refused.message


def test_a_user_without_rights_is_told_which_to_ask_for(postgres: Cluster, new_url: str) -> None:
    database = str(make_url(new_url).database)
    address = postgres.url(database, GUARDED, PASSWORD)
    refused = refusal(address)
    assert isinstance(refused, ConfigurationError)
    assert "permission denied for schema public" in refused.message
    assert "CREATE" in str(refused.hint)

    with State.open(new_url, Path(), write=True):
        pass
    assert "permission denied for table" in refusal(address, write=False).message


def test_a_url_may_name_a_schema_and_each_has_a_state_of_its_own(
    postgres: Cluster, url: str, database: str
) -> None:
    north = f"{url}&options=-csearch_path%3Dnorth"
    refused = refusal(north)
    assert isinstance(refused, ConfigurationError)
    assert "there is no schema north" in refused.message

    postgres.execute(database, "CREATE SCHEMA north")
    with State.open(north, Path(), write=False) as state:
        assert not state.is_lasting
    with (
        State.open(url, Path(), write=True) as south,
        State.open(north, Path(), write=True) as state,
    ):
        assert state.id != south.id
        queue(state, "ann")
        with (
            planner_lock(south, "mactl send", NOW),
            planner_lock(state, "mactl send", NOW),
            south.writing(),  # they don't wait for each other
            state.writing(),
        ):
            pass
        assert statuses(south) == {}


def test_a_database_that_cannot_hold_every_name_is_refused(postgres: Cluster, url: str) -> None:
    if "latin" not in postgres.databases():
        made = "CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0"
        postgres.execute("postgres", made)
    refused = refusal(postgres.url("latin"))
    assert isinstance(refused, ConfigurationError)
    assert "LATIN1" in refused.message


def test_where_nothing_may_be_written_that_is_told(
    state_server: Cluster, url: str, database: str
) -> None:
    state_server.stand_by()
    try:
        with State.open(url, Path(), write=True) as state, state.reading():
            with pytest.raises(StateError, match="nothing can be written") as told:
                queue(state, "ann")
            with pytest.raises(StateError), planner_lock(state, "mactl send", NOW):
                pass
        assert "standby" in str(told.value.hint)
    finally:
        state_server.stand_by(False)


def test_a_commit_waits_for_the_disk_whatever_the_server_is_set_to(
    postgres: Cluster, url: str, database: str
) -> None:
    postgres.execute(database, f"ALTER DATABASE {database} SET synchronous_commit = off")
    with State.open(url, Path(), write=True) as state:
        for durable in (True, False):
            with state.writing(durable=durable) as connection:
                assert connection.execute(text("SHOW synchronous_commit")).scalar() == "on"


def test_a_state_on_a_server_is_not_looked_for(url: str) -> None:
    assert is_there(url, Path())
    assert not is_there("sqlite:///nowhere.db", Path())


def test_what_a_server_says_may_hold_what_text_cannot(state: State) -> None:
    queue(state, "ann")
    with Ledger(state, new_worker()) as ledger:
        (send,) = ledger.claim(1, NOW)
        ledger.mark_sending(send.id, NOW)
        assert ledger.settle(send, Outcome(SendStatus.SENT, response="2.0.0 \x00k"), NOW)
    assert row_of(state)["response"] == "2.0.0 \N{REPLACEMENT CHARACTER}k"


def test_a_number_larger_than_32_bits_is_a_version_too(state: State) -> None:
    queue(state, "ann", version=202611220930, priority=-(2**40))
    with Ledger(state, new_worker()) as ledger:
        (send,) = ledger.claim(1, NOW)
    assert (send.version, send.priority) == (202611220930, -(2**40))


# Planners


def end_connection_of_planner(postgres: Cluster, database: str) -> None:
    postgres.execute(
        database,
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_locks"
        " WHERE locktype = 'advisory' AND granted AND pid <> pg_backend_pid()"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
    )


def runs(state: State) -> list[str]:
    with state.reading() as connection:
        return [run.begun.command for run in read_runs(connection)]


def test_a_planner_that_lost_its_lock_commits_nothing(
    state: State, postgres: Cluster, database: str
) -> None:
    with planner_lock(state, "mactl send", NOW):
        end_connection_of_planner(postgres, database)
        with pytest.raises(TryAgainLater, match="lock was lost") as told:
            commit_run(state, begun(), Changes())
    assert told.value.exit_code == 75
    assert runs(state) == []
    with planner_lock(state, "mactl send", NOW):
        commit_run(state, begun(), Changes())
    assert runs(state) == ["send"]


def test_a_planner_that_was_overtaken_commits_nothing_even_if_it_did_not_notice(
    state: State, url: str
) -> None:
    with planner_lock(state, "mactl send", NOW), State.open(url, Path(), write=True) as other:
        left = '{"command": "mactl send", "pid": 7, "host": "north", "since": 0, "token": ""}'
        with closing(other.writer()) as writer, writer.transaction() as connection:
            connection.execute(
                text("UPDATE meta SET value = :left WHERE name = 'planner'"), {"left": left}
            )
        with pytest.raises(TryAgainLater, match="process 7 on north"):
            commit_run(state, begun(), Changes())
    assert runs(state) == []


def test_a_lock_that_was_lost_after_the_plan_was_written_hurts_nobody(
    state: State, postgres: Cluster, database: str
) -> None:
    with planner_lock(state, "mactl send", NOW):
        commit_run(state, begun(), Changes())
        end_connection_of_planner(postgres, database)
    with planner_lock(state, "mactl send", NOW):
        pass
    assert runs(state) == ["send"]


def test_marks_of_workers_that_are_gone_are_dropped_and_that_is_another_revision(
    state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_module, "_MOST_MARKS", 2)
    queue(state, *"abcd")
    for _ in range(4):
        with Ledger(state, new_worker()) as ledger:
            ledger.claim(1, NOW)
    before = state.follow()
    assert len(before.marks) == 5
    with planner_lock(state, "mactl send", NOW):
        after = state.follow()
    assert len(after.marks) == 1
    assert before.is_unbroken and before.last != after.last


# Workers

CLAIM = """
import random, sys
from pathlib import Path
from mactl.store.ledger import Ledger, Outcome
from mactl.store.state import State
from mactl.store.tables import SendStatus
from mactl.store.worker import new_worker

url, now, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
chance = random.Random(seed)
with State.open(url, Path(), write=True) as state, Ledger(state, new_worker()) as ledger:
    print("ready", flush=True)
    sys.stdin.readline()
    while claimed := ledger.claim(chance.randrange(1, 12), now):
        ledger.expire(now)
        for send in claimed:
            if chance.random() < 0.2:
                break
            assert ledger.mark_sending(send.id, now)
            print(send.id, flush=True)
            assert ledger.settle(send, Outcome(SendStatus.SENT), now)
        ledger.release()
"""


@pytest.mark.parametrize("seed", [1, 2])
def test_workers_on_one_queue_never_get_the_same_send(state: State, url: str, seed: int) -> None:
    ids = queue(state, *(f"person{number}" for number in range(150)))
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", CLAIM, url, str(NOW), str(seed * 10 + number)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for number in range(4)
    ]  # fmt: skip
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    sent = [process.communicate(timeout=60)[0].split() for process in processes]
    assert [process.returncode for process in processes] == [0] * 4
    assert sorted(id for each in sent for id in each) == sorted(ids)
    assert set(statuses(state).values()) == {"sent"}


def test_a_claim_passes_over_what_another_has_in_hand(state: State, url: str) -> None:
    queue(state, *"abc")
    with State.open(url, Path(), write=True) as other, closing(other.writer()) as writer:
        with writer.transaction() as connection:
            connection.execute(text("SELECT id FROM sends LIMIT 1 FOR UPDATE"))
            with Ledger(state, new_worker()) as ledger:
                assert len(ledger.claim(9, NOW)) == 2
        with Ledger(state, new_worker()) as ledger:
            assert len(ledger.claim(9, NOW)) == 1


def test_workers_do_not_wait_for_a_run_that_is_being_written(state: State, url: str) -> None:
    queue(state, "ann")
    with (
        State.open(url, Path(), write=True) as other,
        other.writing(),
        Ledger(state, new_worker()) as ledger,
    ):
        (send,) = ledger.claim(1, NOW)
        assert ledger.mark_sending(send.id, NOW)
        assert ledger.settle(send, Outcome(SendStatus.SENT), NOW)


# A server that goes away


def test_what_was_begun_is_done_again_when_the_server_is_back(
    state: State, state_server: Cluster
) -> None:
    queue(state, "ann")
    with Ledger(state, new_worker()) as ledger:
        (send,) = ledger.claim(1, NOW)
        state_server.restart()
        assert ledger.mark_sending(send.id, NOW)
        state_server.restart(signal.SIGKILL)
        assert ledger.settle(send, Outcome(SendStatus.SENT), NOW)
        state_server.restart()
        assert ledger.claim(1, NOW) == []
    assert statuses(state) == {"ann": "sent"}
    with state.reading() as connection:
        assert connection.execute(text("SELECT 1")).scalar() == 1


def test_a_server_that_stays_away_is_told_and_not_waited_for_twice(
    state: State, state_server: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_module, "_PATIENCE", 0.5)
    queue(state, "ann")
    with Ledger(state, new_worker()) as ledger:
        ledger.claim(1, NOW)
        state_server.stop()
        with pytest.raises(TryAgainLater, match="does not answer") as told:
            ledger.renew(NOW)
        assert told.value.exit_code == 75
        begun_at = time.monotonic()
        with pytest.raises(TryAgainLater):
            ledger.release()
        assert time.monotonic() - begun_at < 0.4


class Hiccup:
    """A server that goes away just before, or just after, a commit comes through."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, committed: bool) -> None:
        self.left = 1
        usual = Connection._commit_impl

        def commit(connection: Connection) -> None:
            if self.left:
                self.left -= 1
                if committed:
                    usual(connection)
                raise BrokenOff("the server went away")
            usual(connection)

        self._start = lambda: monkeypatch.setattr(Connection, "_commit_impl", commit)

    def __call__(self) -> None:
        self._start()


@pytest.mark.parametrize("committed", [True, False])
@pytest.mark.parametrize("what", ["claim", "mark", "settle", "release"])
def test_a_commit_of_which_nobody_heard_is_not_counted_twice(
    state: State, monkeypatch: pytest.MonkeyPatch, what: str, committed: bool
) -> None:
    queue(state, "ann", "bob")
    hiccup = Hiccup(monkeypatch, committed=committed)
    with Ledger(state, new_worker()) as ledger:
        if what == "claim":
            hiccup()
        claimed = ledger.claim(1, NOW)
        (send,) = claimed
        if what == "mark":
            hiccup()
        assert ledger.mark_sending(send.id, NOW)
        if what == "settle":
            hiccup()
        assert ledger.settle(send, Outcome(SendStatus.SENT), NOW)
        if what == "release":
            hiccup()
        ledger.release()
    assert sorted(statuses(state).values()) == ["queued", "sent"]
    assert row_of(state, send.contact_key.partition("@")[0])["attempts"] == 1


def test_an_upper_limit_of_tries_ends_a_flapping_server(
    state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue(state, "ann")
    hiccup = Hiccup(monkeypatch, committed=False)
    hiccup.left = 99
    with Ledger(state, new_worker()) as ledger:
        hiccup()
        with pytest.raises(TryAgainLater):
            ledger.claim(1, NOW)
    assert hiccup.left > 90
