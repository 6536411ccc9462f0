"""A state that vanished, or came back from a copy, and what is said of one."""

import json
import os
import re
import shutil
import sqlite3
from pathlib import Path

import pytest

from mactl.delivery.server import EmbeddedServer
from mactl.store.migrations import versions
from tests.cli.conftest import NOW, Home, Mactl

SOON, LATER, MUCH_LATER = "2026-12-01T10:00", "2026-12-03T12:00", "2026-12-03T13:00"
VERSIONS = Path(versions.__path__[0])
_MADE = re.compile(r'create_table\(\s*"(\w+)"')
RELAY = "smtp://relay.example.com"


@pytest.fixture(autouse=True)
def far(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's folder of this test."""
    folder = tmp_path_factory.mktemp("far")
    monkeypatch.setenv("XDG_STATE_HOME", str(folder))
    return folder


def state_of(home: Home) -> Path:
    return home.folder / ".mactl" / "state.db"


def copy(home: Home) -> Path:
    """A copy of the state, as `.backup` makes it."""
    target = home.folder / "copy.db"
    with sqlite3.connect(state_of(home)) as source, sqlite3.connect(target) as copied:
        source.backup(copied)
    source.close()
    copied.close()
    return target


def put_back(home: Home, kept: Path) -> None:
    for path in home.folder.glob(".mactl/state.db*"):
        path.unlink()
    shutil.copy(kept, state_of(home))


def statuses(mactl: Mactl) -> dict[tuple[str, str], str]:
    """(address, step) → status."""
    sends = mactl("sends", "list", "--format", "json").json["sends"]
    return {(send["to"], send["step"]): send["status"] for send in sends}


def as_an_older_mactl_made_it(home: Home) -> None:
    """Takes back what the revisions after 0002 added."""
    later = [path for path in VERSIONS.glob("r*.py") if path.name >= "r0003"]
    added = [name for path in later for name in _MADE.findall(path.read_text(encoding="utf-8"))]
    with sqlite3.connect(state_of(home)) as database:
        database.execute("UPDATE alembic_version SET version_num = '0002'")
        for table in added:
            database.execute(f"DROP TABLE {table}")
        database.execute("ALTER TABLE sends DROP COLUMN kind")
    database.close()


def test_a_state_that_an_older_mactl_made_is_seen_as_the_one_it_is(
    home: Home, mactl: Mactl
) -> None:
    mactl("send", "--yes", "--now", NOW)
    before = mactl("state", "show", "--format", "json").json
    as_an_older_mactl_made_it(home)

    shown = mactl("state", "show", "--format", "json")

    assert (shown.status, shown.json["mismatch"]) == (0, None)
    assert (shown.json["id"], shown.json["runs"]) == (before["id"], 1)
    assert shown.json["place"] == before["place"]


def test_a_plan_on_a_state_that_an_older_mactl_made_says_which_it_was(
    home: Home, mactl: Mactl
) -> None:
    mactl("send", "--yes", "--now", NOW)
    id = mactl("state", "show", "--format", "json").json["id"]
    as_an_older_mactl_made_it(home)

    assert mactl("plan", "--now", LATER, "--out", "kept.plan").status == 0

    kept = json.loads((home.folder / "kept.plan").read_text(encoding="utf-8"))
    assert kept["state"] == {"id": id, "run": 1}


def test_a_copy_that_an_older_mactl_made_may_be_taken_in_doubt(home: Home, mactl: Mactl) -> None:
    mactl("send", "--yes", "--now", NOW)
    as_an_older_mactl_made_it(home)
    kept = copy(home)
    mactl("send", "--yes", "--now", LATER)
    put_back(home, kept)

    accepted = mactl("state", "accept", "--in-doubt")

    assert accepted.status == 0, accepted.err
    assert mactl("state", "show").status == 0


def test_a_copy_that_is_put_back_is_noticed_and_refused(home: Home, mactl: Mactl) -> None:
    mactl("send", "--yes", "--now", NOW)
    kept = copy(home)
    mactl("send", "--yes", "--now", LATER)
    before = len(home.outbox)
    put_back(home, kept)

    for refused in (
        mactl("send", "--yes", "--now", MUCH_LATER),
        mactl("send", "--yes", "--resume"),
        mactl("worker", "--once"),
    ):
        assert refused.status == 2
        assert "an older copy of the state last seen at" in refused.err
        assert "after 2 runs; this one knows of 1: people would be written to again" in refused.err
        assert "mactl state accept" in refused.err
    assert len(home.outbox) == before
    assert mactl("plan", "--now", MUCH_LATER).status == 0


def test_a_copy_made_in_the_middle_of_a_run_is_noticed(home: Home, mactl: Mactl) -> None:
    """Its runs are as many, but less was claimed."""
    mactl("send", "--yes", "--now", NOW)
    kept = copy(home)
    with sqlite3.connect(kept) as database:
        database.execute("UPDATE sends SET status = 'queued', worker = NULL WHERE status = 'sent'")
        database.execute("DELETE FROM meta WHERE name = 'claims'")
    database.close()
    put_back(home, kept)

    refused = mactl("send", "--yes", "--now", SOON)
    assert refused.status == 2
    assert "after 1 run; this one is from the middle of the last of them" in refused.err
    assert len(home.outbox) == 2


@pytest.mark.parametrize("lost", ["the file", "the folder"])
def test_a_state_that_is_gone_is_noticed_and_not_made_anew(
    home: Home, mactl: Mactl, monkeypatch: pytest.MonkeyPatch, lost: str
) -> None:
    with EmbeddedServer(home.folder / "outbox") as server:
        monkeypatch.setenv("SMTP_URL", server.url)
        assert mactl("send", "--yes", "--now", NOW).status == 0
    if lost == "the file":
        state_of(home).unlink()
    else:
        shutil.rmtree(home.folder / ".mactl")

    refused = mactl("send", "--yes", "--now", SOON)

    assert refused.status == 2
    assert "the state is gone" in refused.err
    assert not state_of(home).exists()
    shown = mactl("state", "show", "--format", "json")
    assert (shown.status, shown.json["mismatch"], shown.json["id"]) == (1, "vanished", None)
    assert mactl("state", "accept", "--in-doubt").status == 2  # nothing is left to be in doubt
    assert mactl("state", "accept", "--as-is").status == 0
    assert mactl("state", "show").status == 0


def test_who_only_fills_a_folder_may_start_over(home: Home, mactl: Mactl) -> None:
    mactl("send", "--yes", "--now", NOW)
    shutil.rmtree(home.folder / ".mactl")
    shutil.rmtree(home.folder / "outbox")

    assert mactl("send", "--yes", "--now", NOW).status == 0
    assert len(home.outbox) == 2


def test_another_state_in_its_place_is_refused(home: Home, mactl: Mactl) -> None:
    mactl("send", "--yes", "--now", NOW)
    state_of(home).unlink()
    mactl("suppress", "add", "ann@example.com")  # which makes a new one

    refused = mactl("send", "--yes", "--now", SOON)

    assert refused.status == 2
    assert "another state than the one last seen" in refused.err
    assert mactl("state", "accept", "--as-is").status == 0
    assert mactl("send", "--yes", "--now", SOON).status == 0


def test_a_state_that_is_suddenly_looked_for_elsewhere_is_refused(
    home: Home, mactl: Mactl, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = home.folder / "mactl.yaml"
    settings.write_text(settings.read_text() + 'state: "${STATE_URL:-sqlite:///.mactl/state.db}"\n')
    monkeypatch.setenv("STATE_URL", "sqlite:///elsewhere/state.db")
    assert mactl("send", "--yes", "--now", NOW).status == 0
    monkeypatch.delenv("STATE_URL")  # as where cron's environment lacks it
    monkeypatch.setenv("SMTP_URL", RELAY)

    refused = mactl("send", "--yes")

    assert refused.status == 2
    assert "the state was in another place" in refused.err
    assert str(Path("elsewhere/state.db")) in refused.err


def test_what_may_have_gone_out_since_the_copy_is_unknown_and_goes_no_more(
    home: Home, mactl: Mactl
) -> None:
    """The copy is of before anybody was written to; all that happened since is gone over once more, in silence."""
    mactl("send", "--yes", "--now", "2026-11-30T10:30")  # only Ann had signed up by then
    kept = copy(home)
    for now in (NOW, LATER):
        mactl("send", "--yes", "--now", now)
    assert len(home.outbox) == 3  # Bob lives in Belgium
    put_back(home, kept)

    accepted = mactl("state", "accept", "--in-doubt", "--now", MUCH_LATER, "--format", "json")
    ran = mactl("send", "--yes", "--now", MUCH_LATER, "--format", "json")
    for _ in range(3):
        mactl("send", "--yes", "--now", MUCH_LATER)

    assert (accepted.status, accepted.json["mismatch"]) == (0, "older")
    assert len(home.outbox) == 3
    assert (ran.status, ran.json["unknown"], ran.json["sent"]) == (1, 1, 0)
    found = statuses(mactl)
    assert found["ann@example.com", "first"] == "sent"  # which the copy knows
    assert found["ann@example.com", "second"] == "unknown"
    assert mactl("sends", "resolve", "--not-sent", "--yes").status == 0
    assert mactl("sends", "retry", "--yes", "--now", MUCH_LATER).status == 0
    mactl("send", "--yes", "--now", MUCH_LATER)
    assert len(home.outbox) == 4  # for somebody has looked, and said so


def test_what_is_due_after_the_return_goes_out_as_ever(home: Home, mactl: Mactl) -> None:
    mactl("send", "--yes", "--now", "2026-11-30T09:00")
    kept = copy(home)
    mactl("send", "--yes", "--now", NOW)
    put_back(home, kept)
    assert mactl("state", "accept", "--in-doubt", "--now", SOON).status == 0
    mactl("send", "--yes", "--now", SOON)
    assert len(home.outbox) == 2  # as before the loss

    mactl("send", "--yes", "--now", LATER)

    second = {who: status for (who, step), status in statuses(mactl).items() if step == "second"}
    assert second["ann@example.com"] == "sent"
    assert len(home.outbox) == 3


def test_what_waits_in_the_copy_is_in_doubt(home: Home, mactl: Mactl) -> None:
    mactl("send", "--yes", "--now", NOW)
    with sqlite3.connect(state_of(home)) as database:
        database.execute("UPDATE sends SET status = 'queued', worker = NULL WHERE status = 'sent'")
    database.close()

    accepted = mactl("state", "accept", "--in-doubt", "--now", SOON, "--format", "json")

    assert accepted.json["in_doubt"] == 2
    mactl("send", "--yes", "--now", SOON)
    assert set(statuses(mactl).values()) == {"unknown", "skipped"}
    assert len(home.outbox) == 2


def test_accepting_asks_what_to_do_and_does_nothing_where_nothing_is_wrong(
    home: Home, mactl: Mactl
) -> None:
    mactl("send", "--yes", "--now", NOW)
    fine = mactl("state", "accept")
    assert (fine.status, "nothing to accept" in fine.out) == (0, True)
    kept = copy(home)
    mactl("send", "--yes", "--now", LATER)
    put_back(home, kept)

    asked = mactl("state", "accept")

    assert asked.status == 2
    assert "--in-doubt" in asked.err
    assert "--as-is" in asked.err
    assert mactl("state", "accept", "--as-is", "--in-doubt").status == 2
    assert mactl("state", "accept", "--as-is", "--until", NOW).status == 2


def test_what_is_shown_of_a_state(home: Home, mactl: Mactl) -> None:
    none = mactl("state", "show", "--format", "json").json
    assert (none["id"], none["runs"], none["mismatch"]) == (None, 0, None)
    assert not state_of(home).exists()
    mactl("send", "--yes", "--now", NOW)

    shown = mactl("state", "show", "--format", "json").json

    assert shown["place"] == str(state_of(home)) or shown["place"].endswith(".mactl/state.db")
    assert (shown["runs"], shown["sends"]) == (1, {"sent": 2, "skipped": 1})
    assert shown["people"] == 3
    assert shown["last_run"]["now"] == "2026-12-01T09:00:00+01:00"
    assert (shown["seen"]["id"], shown["seen"]["runs"]) == (shown["id"], 1)
    assert (shown["planner"], shown["workers"], shown["faults"]) == (None, [], [])
    told = mactl("state", "show")
    assert told.status == 0
    assert "2 sent, 1 skipped" in told.out


def test_pages_that_are_damaged_are_told(home: Home, mactl: Mactl) -> None:
    mactl("send", "--yes", "--now", NOW)
    database = sqlite3.connect(state_of(home))
    (page,) = database.execute("SELECT rootpage FROM sqlite_master WHERE name = 'sends'").fetchone()
    (size,) = database.execute("PRAGMA page_size").fetchone()
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    with state_of(home).open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(os.urandom(size))

    shown = mactl("state", "show")

    assert shown.status in (1, 2)
    assert "damaged" in shown.out + shown.err
    refused = mactl("send", "--yes", "--now", LATER)
    assert refused.status == 2
    assert "damaged" in refused.err
    assert "put back the last copy" in refused.err


def test_a_file_that_is_no_database_is_told(home: Home, mactl: Mactl) -> None:
    home.write(
        ".mactl/state.db", "this is not a database, but long enough to be taken for one" * 20
    )

    for arguments in (["send", "--yes", "--now", NOW], ["state", "show"], ["plan", "--now", NOW]):
        refused = mactl(*arguments)
        assert refused.status == 2
        assert "not a state of mactl" in refused.err


@pytest.mark.parametrize(
    "first",
    [["check"], ["check", "--data"], ["plan"], ["send", "--yes"]],
    ids=" ".join,
)
def test_what_mactl_keeps_is_its_owners_alone_whatever_comes_first(
    home: Home, mactl: Mactl, first: list[str]
) -> None:
    for path in home.folder.rglob("*.*"):
        os.utime(path, (0, 0))  # nothing is kept of files that are just being written
    before = os.umask(0o022)
    try:
        mactl(*first, *(["--now", NOW] if first[0] != "check" else []))
    finally:
        os.umask(before)

    assert (home.folder / ".mactl").stat().st_mode & 0o777 == 0o700
