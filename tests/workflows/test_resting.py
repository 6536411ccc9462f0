"""A run that only writes itself down, and everything after which none does."""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, update

from mactl.errors import StateError
from mactl.project import load_project
from mactl.store.logbook import last_now, read_runs
from mactl.store.tables import contacts, events
from mactl.workflows.gathering import Sources
from mactl.workflows.opening import open_state
from mactl.workflows.sending.outcome import Sent
from mactl.workflows.sending.resting import look_at, pass_over
from mactl.workflows.sending.send import Manners, send_now
from mactl.workflows.suppressing.changing import lift, suppress

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
FILES = {
    "mactl.yaml": """\
timezone: Europe/Amsterdam
contacts: [{file: contacts.csv}]
events: [{file: "events/*.csv"}]
data: {shops: {file: shops.csv, key: city}}
consent: {news: {state: ok, at: at, source: src, wording: txt, free: true, unambiguous: true}}
sender: {from: a@example.com, address: Example, unsubscribe: "https://example.com/u/{token}"}
smtp: {url: "maildir:outbox"}
""",
    "contacts.csv": """\
email,ok,at,src,txt
ann@example.com,yes,2026-01-01T10:00,form,yes please
bob@example.com,yes,2026-01-01T10:00,form,yes please
""",
    "events/one.csv": """\
id,email,event,at
1,ann@example.com,signed_up,2026-12-01T08:00Z
2,bob@example.com,visit,2026-12-01T08:00Z
3,bob@example.com,,2026-12-01T08:00Z
""",
    "shops.csv": "city,street\nUtrecht,Domplein\n",
    "recipes/hello.yaml": """\
recipe: hello
privacy: {basis: [consent], topic: news, purpose: Say hello}
journey:
  enter: {event: signed_up}
  leave: []
  steps: [{send: first}, {wait: 5 hours}, {send: second}]
templates:
  first: {subject: Hello, body: hello/first.md}
  second: {subject: Again, body: x}
""",
    "recipes/hello/first.md": "Welcome.\n",
}


class Home:
    """A project in the working directory, all of whose files were written long ago."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name, text in FILES.items():
            self.write(name, text)

    def write(self, name: str, text: str, at: float = LONG_AGO) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        os.utime(path, (at, at))

    def append(self, name: str, text: str) -> None:
        """At the very instant that the file had before: the size alone tells."""
        self.write(name, (self.folder / name).read_text() + text)

    def send(self, minutes: int, *names: str) -> Sent:
        project, _ = load_project(self.folder)
        return send_now(project, names, Sources(), after(minutes), Manners())

    def pass_over(self, minutes: int, *names: str) -> Sent | None:
        project, _ = load_project(self.folder)
        return pass_over(project, names, after(minutes))

    def come_to_rest(self) -> None:
        """Somebody is sent a message, goes on to the next step, and has five hours to wait."""
        assert self.send(0).counts["sent"] == 1
        assert not self.send(1).did_anything
        assert not self.send(1).did_anything


def after(minutes: int) -> datetime:
    return NOW + timedelta(minutes=minutes)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.chdir(tmp_path)
    return Home(tmp_path)


def test_runs_after_one_that_did_nothing_only_write_themselves_down(home: Home) -> None:
    home.come_to_rest()
    passed = [home.pass_over(minutes) for minutes in (1, 2, 250)]

    told = [sent for sent in passed if sent is not None]
    assert [sent.run for sent in told] == [4, 5, 6]
    assert [finding.id for finding in told[0].findings] == [f.id for f in home.send(251).findings]
    assert told[0].findings
    project, _ = load_project(home.folder)
    with open_state(project) as state, state.reading() as connection:
        runs = read_runs(connection)
        assert last_now(connection) == after(251).timestamp()
    assert [run.begun.recipes for run in runs[:-1]] == [runs[-1].begun.recipes] * 6
    assert runs[1].counts == runs[0].counts
    assert all(run.finished_at for run in runs)


def test_nothing_is_passed_over_while_something_may_be_due(home: Home) -> None:
    assert home.pass_over(0) is None
    home.send(0)
    assert home.pass_over(1) is None  # that run did something
    home.send(1)
    home.send(1)
    assert home.pass_over(299) is not None
    assert home.pass_over(300) is None
    assert home.send(301).counts["sent"] == 1


def test_the_past_is_not_passed_over(home: Home) -> None:
    home.come_to_rest()
    assert home.pass_over(0) is None


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_file_that_was_edited_is_looked_at(home: Home, name: str) -> None:
    home.come_to_rest()
    home.append(name, "# edited\n" if name.endswith(".yaml") else "\n")
    assert home.pass_over(2) is None


@pytest.mark.parametrize("name", ["events/two.csv", "recipes/more.yaml", "recipes/hello/more.md"])
def test_a_file_that_is_new_is_looked_at(home: Home, name: str) -> None:
    home.come_to_rest()
    home.write(name, "recipe: more\n" if name.endswith("yaml") else FILES["events/one.csv"])
    assert home.pass_over(2) is None


@pytest.mark.parametrize("name", ["contacts.csv", "recipes/hello/first.md"])
def test_a_file_that_is_gone_is_missed(home: Home, name: str) -> None:
    home.come_to_rest()
    (home.folder / name).unlink()
    assert home.pass_over(2) is None


def test_settings_that_are_edited_while_a_run_begins_bring_no_rest(home: Home) -> None:
    home.send(0)
    home.send(1)
    project, _ = load_project(home.folder)
    home.append("mactl.yaml", "limits: {min_gap: 2 hours}\n")
    assert not send_now(project, (), Sources(), after(1), Manners()).did_anything
    assert home.pass_over(2) is None


def test_a_source_that_changed_only_just_now_may_change_again_unseen(home: Home) -> None:
    just_now = datetime.now(UTC) + timedelta(
        minutes=1
    )  # however long the busy machine takes to look
    home.write("contacts.csv", FILES["contacts.csv"], at=just_now.timestamp())
    home.come_to_rest()
    assert home.pass_over(2) is None


def _suppress(home: Home) -> None:
    suppress(load_project(home.folder)[0], ["bob@example.com"], None, "asked", NOW)


def _suppress_and_lift(home: Home) -> None:
    _suppress(home)
    lift(load_project(home.folder)[0], ["bob@example.com"], None)


def _tell(home: Home) -> None:
    told = {"contact": "x", "event": "task_done", "at": 1, "source_id": "x", "properties": "{}"}
    with open_state(load_project(home.folder)[0], write=True) as state, state.writing() as writing:
        writing.execute(insert(events).values(told))


def _merge(home: Home) -> None:
    with open_state(load_project(home.folder)[0], write=True) as state, state.writing() as writing:
        writing.execute(update(contacts).values(merged_into=None))


def _another_run(home: Home) -> None:
    home.send(1, "hello")


def _lose(home: Home) -> None:
    for path in (home.folder / ".mactl").glob("state.db*"):
        path.unlink()


@pytest.mark.parametrize("meddle", [_suppress, _suppress_and_lift, _tell, _merge, _another_run])
def test_a_state_that_anybody_wrote_to_is_read(home: Home, meddle: Callable[[Home], None]) -> None:
    home.come_to_rest()
    meddle(home)
    assert home.pass_over(2) is None


def test_a_state_that_is_gone_is_not_passed_over(home: Home) -> None:
    home.come_to_rest()
    _lose(home)
    with pytest.raises(StateError, match="is gone"):
        home.pass_over(2)


def test_a_state_that_was_put_back_from_a_copy_is_not_passed_over(home: Home) -> None:
    home.send(0)
    state = home.folder / ".mactl" / "state.db"
    copy = state.read_bytes()
    home.send(1)
    home.send(1)
    assert home.pass_over(2) is not None
    state.write_bytes(copy)
    with pytest.raises(StateError, match="older"):
        home.pass_over(3)


def test_who_only_reads_disturbs_nobody(home: Home) -> None:
    home.come_to_rest()
    project, _ = load_project(home.folder)
    with open_state(project) as state, state.reading() as connection:
        assert read_runs(connection)
    with open_state(project, write=True) as state, state.writing():
        pass
    assert home.pass_over(2) is not None


def test_each_choice_of_recipes_comes_to_rest_by_itself(home: Home) -> None:
    home.come_to_rest()
    assert home.pass_over(2, "hello") is None
    assert not home.send(2, "hello").did_anything
    assert home.pass_over(3, "hello") is not None
    assert home.pass_over(3) is None  # somebody wrote to the state


def test_a_kept_rest_that_is_damaged_is_none(home: Home) -> None:
    home.come_to_rest()
    for path in (home.folder / ".mactl" / "cache").glob("rest-*"):
        path.write_text('{"look": 1}')
    assert home.pass_over(2) is None


def test_what_is_kept_is_for_its_owner_alone_and_names_nobody(home: Home) -> None:
    home.come_to_rest()
    folder = home.folder / ".mactl" / "cache"
    (path,) = folder.glob("rest-*")
    assert folder.stat().st_mode & 0o77 == 0
    assert "@example.com" not in path.read_text()


def test_what_a_run_is_made_from_tells_projects_apart(home: Home) -> None:
    project, _ = load_project(home.folder)
    assert look_at(project, []) == look_at(project, [])
    assert look_at(project, []) != look_at(project, ["hello"])
