"""Opening the state: what is made, what is left alone, and what is refused."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, inspect, select, text, update

from mactl.errors import ConfigurationError, StateError, TryAgainLater
from mactl.store import migrations, postgres, sqlite
from mactl.store import state as state_module
from mactl.store.ledger import Ledger, Outcome
from mactl.store.logbook import begin_run, read_runs
from mactl.store.state import State, database_path
from mactl.store.tables import REVISION, SendStatus, meta
from mactl.store.worker import new_worker
from tests.store.conftest import URL
from tests.store.making import NOW, begun, queue, row_of, stand, statuses


def fingerprints(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.endswith("-shm")  # shared memory, not data
    }


def make(folder: Path) -> Path:
    with State.open(URL, folder, write=True):
        pass
    return folder / ".mactl" / "state.db"


class Outside:
    """Whoever gets at the database without mactl."""

    def __init__(self, url: str, folder: Path) -> None:
        self.engine = create_engine(url.replace("sqlite:///", f"sqlite:///{folder}/"))

    def execute(self, statement: str) -> list[tuple[Any, ...]]:
        with self.engine.begin() as connection:
            result = connection.execute(text(statement))
            return [tuple(row) for row in result] if result.returns_rows else []

    def tables(self) -> set[str]:
        return set(inspect(self.engine).get_table_names())


@pytest.fixture
def outside(new_url: str, tmp_path: Path) -> Iterator[Outside]:
    (tmp_path / ".mactl").mkdir()
    found = Outside(new_url, tmp_path)
    yield found
    found.engine.dispose()


def test_reading_a_missing_state_makes_nothing_and_finds_it_empty(
    new_url: str, tmp_path: Path
) -> None:
    with State.open(new_url, tmp_path, write=False) as state, state.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM sends")).scalar() == 0
        assert not state.is_lasting
    assert list(tmp_path.iterdir()) == []


def test_reading_a_missing_state_makes_no_table(
    outside: Outside, new_url: str, tmp_path: Path
) -> None:
    outside.execute("SELECT 1")
    with State.open(new_url, tmp_path, write=False):
        pass
    assert outside.tables() == set()


def test_a_new_state_is_its_owners_alone(tmp_path: Path) -> None:
    path = make(tmp_path / "project")

    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert path.stat().st_mode & 0o777 == 0o600


def test_the_log_beside_the_state_is_its_owners_alone_too(tmp_path: Path) -> None:
    with State.open(URL, tmp_path, write=True) as state, state.writing() as connection:
        connection.execute(update(meta).values(value=meta.c.value))
        logs = list((tmp_path / ".mactl").glob("*-wal"))
        assert [log.stat().st_mode & 0o777 for log in logs] == [0o600]


def test_a_state_keeps_its_id_and_its_secret(new_url: str, tmp_path: Path) -> None:
    with State.open(new_url, tmp_path, write=True) as first:
        pass
    for write in (True, False):
        with State.open(new_url, tmp_path, write=write) as again:
            assert again.is_lasting
            assert (again.id, again.secret) == (first.id, first.secret)
    with State.open(URL, tmp_path / "elsewhere", write=True) as other:
        assert other.id != first.id
        assert other.secret != first.secret
    assert len(first.secret) == 32


def test_reading_changes_no_byte_on_disk(tmp_path: Path) -> None:
    make(tmp_path)
    before = fingerprints(tmp_path)

    with State.open(URL, tmp_path, write=False) as state, state.reading() as connection:
        connection.execute(select(meta)).all()

    assert fingerprints(tmp_path) == before


def test_reading_after_a_crash_changes_no_byte_and_sees_what_was_committed(tmp_path: Path) -> None:
    path = make(tmp_path)
    committed_then_killed = (
        "import os, sqlite3, sys\n"
        "connection = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "connection.execute(\"INSERT INTO meta VALUES ('left', 'behind')\")\n"
        "os.kill(os.getpid(), 9)\n"
    )
    subprocess.run([sys.executable, "-c", committed_then_killed, path], check=False)
    before = fingerprints(tmp_path)
    assert any(name.endswith("-wal") for name in before)

    with State.open(URL, tmp_path, write=False) as state, state.reading() as connection:
        found = connection.execute(select(meta.c.value).where(meta.c.name == "left")).scalar()

    assert found == "behind"
    assert fingerprints(tmp_path) == before


def test_a_state_is_readable_where_nobody_may_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path)
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # root may write anywhere
    with State.open(URL, tmp_path, write=False) as state, state.reading() as connection:
        assert len(connection.execute(select(meta)).all()) == 2


def test_nothing_can_be_written_through_a_state_opened_for_reading(
    url: str, tmp_path: Path
) -> None:
    with (
        State.open(url, tmp_path, write=False) as state,
        pytest.raises(StateError),
        state.writing() as connection,
    ):
        connection.execute(update(meta).values(value="overwritten"))


@pytest.mark.parametrize(
    ("url", "where"),
    [
        ("sqlite:///.mactl/state.db", "/project/.mactl/state.db"),
        ("sqlite:////var/lib/state.db", "/var/lib/state.db"),
        ("sqlite:///odd %name?.db".replace("?", ""), "/project/odd %name.db"),
        ("sqlite://", None),
        ("sqlite:///:memory:", None),
    ],
)
def test_a_relative_path_is_seen_from_the_project(url: str, where: str | None) -> None:
    assert database_path(url, Path("/project")) == (Path(where) if where else None)


@pytest.mark.parametrize(
    "url", ["", "state.db", "oracle://scott:tiger@host/db", "sqlite:///a.db?mode=ro"]
)
def test_what_names_no_state_is_refused_without_repeating_a_password(url: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        database_path(url, Path())
    assert "tiger" not in str(refused.value)


def test_a_path_may_hold_any_character(tmp_path: Path) -> None:
    folder = tmp_path / "100% ça va? #1"
    with State.open("sqlite:///state.db", folder, write=True) as made:
        pass
    with State.open("sqlite:///state.db", folder, write=False) as again:
        assert again.id == made.id


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".mactl").mkdir()
    (tmp_path / ".mactl" / "state.db").write_text(
        "not a database, but long enough to be read\n" * 40
    )
    for write in (True, False):
        with pytest.raises(StateError, match="damaged") as refused:
            State.open(URL, tmp_path, write=write)
        assert refused.value.hint


def test_a_damaged_state_is_refused(tmp_path: Path) -> None:
    path = make(tmp_path)
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)
    with (
        pytest.raises(StateError, match="damaged"),
        State.open(URL, tmp_path, write=False) as state,
        state.reading() as connection,
    ):
        connection.execute(text("SELECT * FROM sends")).all()


def test_somebody_elses_database_is_refused(outside: Outside, new_url: str, tmp_path: Path) -> None:
    outside.execute("CREATE TABLE recipes (title TEXT)")
    for write in (True, False):
        with pytest.raises(StateError, match="not a state of mactl"):
            State.open(new_url, tmp_path, write=write)
    assert outside.tables() == {"recipes"}


def test_an_empty_file_left_by_a_crash_becomes_a_state(tmp_path: Path) -> None:
    (tmp_path / "state.db").touch()
    with State.open("sqlite:///state.db", tmp_path, write=False):
        pass
    assert (tmp_path / "state.db").stat().st_size == 0
    with State.open("sqlite:///state.db", tmp_path, write=True) as state:
        assert state.id


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / ".mactl").write_text("in the way")
    with pytest.raises(StateError, match="cannot be opened"):
        State.open(URL, tmp_path, write=True)


def test_a_state_of_a_newer_mactl_is_refused(
    outside: Outside, new_url: str, tmp_path: Path
) -> None:
    with State.open(new_url, tmp_path, write=True):
        pass
    outside.execute("UPDATE alembic_version SET version_num = '9999'")
    for write in (True, False):
        with pytest.raises(StateError, match="made by a newer mactl") as refused:
            State.open(new_url, tmp_path, write=write)
        assert "update mactl" in (refused.value.hint or "")


LATER = f'''"""A later revision."""

import sqlalchemy as sa
from alembic import op

revision = "9000"
down_revision = "{REVISION}"


def upgrade() -> None:
    op.create_table("later", sa.Column("id", sa.Text(), primary_key=True))
    with op.batch_alter_table("meta") as batch:
        batch.add_column(sa.Column("note", sa.Text()))
'''


@pytest.fixture
def later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A mactl with one revision more; returns the file of that revision."""
    folder = tmp_path / "later 100%"
    shutil.copytree(Path(migrations.__file__).parent, folder)
    (folder / "versions" / "r9000_later.py").write_text(LATER)
    monkeypatch.setattr(migrations, "FOLDER", folder)
    monkeypatch.setattr(state_module, "REVISION", "9000")
    return folder / "versions" / "r9000_later.py"


def tables(state: State) -> set[str]:
    with state.reading() as connection:
        return set(inspect(connection).get_table_names())


@pytest.fixture
def older(outside: Outside, new_url: str, tmp_path: Path) -> Outside:
    """A state that was made before there was a later revision, with one row of its own and one of a run."""
    with State.open(new_url, tmp_path, write=True) as state, state.writing() as connection:
        connection.execute(text("INSERT INTO meta VALUES ('kept', 'yes')"))
        begin_run(connection, begun())
    return outside


def test_an_older_state_is_read_through_a_copy_and_stays_as_it_is(
    older: Outside, later: Path, new_url: str, tmp_path: Path
) -> None:
    before = fingerprints(tmp_path / ".mactl")
    with State.open(new_url, tmp_path, write=False) as state:
        assert "later" in tables(state)
        assert state.is_lasting
        with state.copy() as tried:
            assert not tried.is_lasting
        with state.reading() as connection:
            kept = connection.execute(text("SELECT value, note FROM meta WHERE name = 'kept'"))
            assert kept.one() == ("yes", None)
            assert [run.begun for run in read_runs(connection)] == [begun()]
    assert fingerprints(tmp_path / ".mactl") == before
    assert "later" not in older.tables()


def test_an_older_state_is_migrated_when_opened_for_writing(
    older: Outside, later: Path, new_url: str, tmp_path: Path
) -> None:
    with State.open(new_url, tmp_path, write=False) as state:
        before = (state.id, state.secret)
    with State.open(new_url, tmp_path, write=True) as state:
        assert "later" in tables(state)
        assert (state.id, state.secret) == before
    assert older.execute("SELECT version_num FROM alembic_version") == [("9000",)]


def test_a_migration_that_fails_leaves_the_state_as_it_was(
    older: Outside, later: Path, new_url: str, tmp_path: Path
) -> None:
    later.write_text(LATER + "    op.execute('SELECT * FROM nowhere')\n")
    with pytest.raises(Exception, match="nowhere"):
        State.open(new_url, tmp_path, write=True)
    assert "later" not in older.tables()
    assert older.execute("SELECT version_num FROM alembic_version") == [(REVISION,)]


def test_a_reader_sees_one_snapshot_whatever_others_write_meanwhile(state: State) -> None:
    names = select(meta.c.name).where(meta.c.name == "meanwhile")
    with state.reading() as connection:
        assert connection.execute(names).all() == []
        with state.writing() as writer:
            writer.execute(text("INSERT INTO meta VALUES ('meanwhile', '')"))
        assert connection.execute(names).all() == []
    with state.reading() as connection:
        assert len(connection.execute(names).all()) == 1


INCREMENT = """
import sys
from pathlib import Path
from sqlalchemy import text
from mactl.store.state import State

with State.open(sys.argv[1], Path(sys.argv[2]), write=True) as state:
    for _ in range(50):
        with state.writing(durable=False) as connection:
            connection.execute(text("INSERT INTO meta VALUES ('counter', '0') ON CONFLICT DO NOTHING"))
            found = connection.execute(text("SELECT value FROM meta WHERE name = 'counter'")).scalar()
            connection.execute(text(f"UPDATE meta SET value = '{int(found) + 1}' WHERE name = 'counter'"))
"""


def test_processes_that_start_together_make_one_state_and_lose_no_update(
    new_url: str, tmp_path: Path
) -> None:
    command = [sys.executable, "-c", INCREMENT, new_url, str(tmp_path)]
    processes = [subprocess.Popen(command) for _ in range(3)]
    assert [process.wait(timeout=60) for process in processes] == [0, 0, 0]
    with State.open(new_url, tmp_path, write=False) as state, state.reading() as connection:
        values = {row.name: row.value for row in connection.execute(select(meta))}
    assert values["counter"] == "150"


def test_a_writer_that_never_ends_is_told_as_try_again_later(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "_PATIENCE", 20)
    monkeypatch.setattr(postgres, "_SESSION", {"lock_timeout": "20ms"})
    with (
        State.open(url, tmp_path, write=True) as state,
        State.open(url, tmp_path, write=True) as other,
        state.writing(),
    ):
        with pytest.raises(TryAgainLater), other.writing():
            pass
        with other.reading() as connection:  # readers never wait
            connection.execute(select(meta)).all()


def test_a_transaction_that_raises_writes_nothing(state: State) -> None:
    with pytest.raises(KeyError), state.writing() as connection:
        connection.execute(text("INSERT INTO meta VALUES ('half', '')"))
        connection.execute(text("CREATE TABLE half (id TEXT)"))
        raise KeyError
    assert "half" not in tables(state)
    with state.reading() as connection:
        assert "half" not in connection.execute(select(meta.c.name)).scalars().all()


def test_a_copy_has_all_and_what_is_tried_on_it_stays_there(state: State) -> None:
    queue(state, "ann", "bob")
    stand(state, "bob", status="sent", settled_at=NOW)
    with state.copy() as copy:
        assert (copy.id, copy.is_lasting) == (state.id, False)
        assert row_of(copy, "ann") == row_of(state, "ann")
        assert statuses(copy) == {"ann": "queued", "bob": "sent"}
        queue(copy, "cas")
    assert statuses(state) == {"ann": "queued", "bob": "sent"}


def test_a_trail_leads_from_revision_to_revision_until_others_write(
    state: State, url: str, tmp_path: Path
) -> None:
    trail = state.follow()
    begun_at = trail.last
    with Ledger(state, new_worker()) as ledger:
        assert ledger.claim(9, NOW) == []
        ledger.expire(NOW)
    assert trail.last == state.follow().last == begun_at  # nothing was changed
    queue(state, "ann", "bob")
    assert trail.last == state.follow().last != begun_at
    with Ledger(state, new_worker()) as ledger:
        (send, _) = ledger.claim(9, NOW)
        ledger.mark_sending(send.id, NOW)
        ledger.settle(send, Outcome(SendStatus.SENT), NOW)
    assert trail.is_unbroken
    assert trail.last == state.follow().last

    with State.open(url, tmp_path, write=True) as other:
        queue(other, "cas")
        assert other.follow().last != trail.last
    queue(state, "dan")
    assert not (trail.is_unbroken and trail.last == state.follow().last)


def test_a_trail_does_not_lead_past_what_a_worker_elsewhere_wrote(
    state: State, url: str, tmp_path: Path
) -> None:
    queue(state, "ann")
    trail = state.follow()
    with (
        State.open(url, tmp_path, write=True) as other,
        Ledger(other, new_worker()) as ledger,
    ):
        ledger.claim(1, NOW)
    queue(state, "bob")
    assert not (trail.is_unbroken and trail.last == state.follow().last)
