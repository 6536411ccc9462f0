"""Imported events are there once and for good: of people who are known, and with nothing in them that names anybody."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from mactl.clock import parse_instant, zone_named
from mactl.errors import ConfigurationError, UnreadableInput
from mactl.keeping import EVENTS
from mactl.people.archive import Archive
from mactl.project import load_project
from mactl.store.tables import aliases, contacts, sends
from mactl.store.tokens import Tokens
from mactl.workflows.gathering import Sources
from mactl.workflows.importing.events import Arrived, import_events
from mactl.workflows.knowing import list_segments
from mactl.workflows.opening import open_state

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
SETTINGS = {
    "timezone": "Europe/Amsterdam",
    "contacts": [{"file": "contacts.csv"}],
    "visitors": {"uid": "contact_id", "_ga": "ga_client_id"},
}
RECIPE = """\
recipe: r
segments:
  visitors: {event: page_view}
  buyers: {event: purchase, sum: {of: amount, gte: 50}}
"""
CONTACTS = """\
contact_id,email,ga_client_id
C1,Ann@example.com,111.222
C2,bob@example.com,333.444
C3,cas@example.com,333.444
"""


def at(text: str) -> datetime:
    return parse_instant(text, zone_named("UTC"))


class Home:
    def __init__(self, **settings: Any) -> None:
        Path("mactl.yaml").write_text(json.dumps(SETTINGS | settings))
        Path("recipes").mkdir()
        Path("recipes/r.yaml").write_text(RECIPE)
        Path("contacts.csv").write_text(CONTACTS)

    def take_in(self, *contents: str, **how: Any) -> list[Arrived]:
        files = []
        for number, content in enumerate(contents):
            files.append(Path(f"in{number}"))
            files[-1].write_text(content)
        project, findings = load_project(Path())
        assert not findings
        return import_events(project, files, at("2026-12-01T09:00"), **how)

    def counts(self) -> dict[str, int]:
        project, _ = load_project(Path())
        return list_segments(project, [], None, Sources(), at("2026-12-01T09:00")).counts

    def kept(self) -> list[dict[str, Any]]:
        rows = Archive(EVENTS).read().events.to_pylist()
        return [{name: value for name, value in row.items() if value is not None} for row in rows]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.chdir(tmp_path)
    return Home()


def log(*requests: str, agent: str = BROWSER, gap: int = 1, extra: str = "") -> str:
    return "".join(
        f'203.0.113.9 - - [20/Nov/2026:10:{n * gap // 60:02}:{n * gap % 60:02} +0100] "GET {request} HTTP/1.1" 200 5'
        f' "https://www.example.org/?q=ann@example.com" "{agent}"{extra}\n'
        for n, request in enumerate(requests)
    )


def test_a_visit_of_somebody_known_is_an_event_of_theirs(home: Home) -> None:
    [arrived] = home.take_in(log("/pricing?uid=C1&utm_source=news", "/"))
    assert (arrived.new, arrived.anonymous, arrived.events) == (1, 1, {"page_view": 1})
    assert home.counts()["r.visitors"] == 1
    [event] = home.kept()
    assert {name: event[name] for name in event if not name.startswith("_")} == {
        "path": "/pricing", "utm_source": "news", "referrer": "www.example.org/",
    }  # fmt: skip
    assert "example.com" not in str(event) and "203.0.113.9" not in str(event)


def test_the_same_file_twice_adds_nothing_and_a_longer_one_only_what_is_new(home: Home) -> None:
    text = log("/a?uid=C1", "/b?uid=C1")
    assert [each.new for each in home.take_in(text, text)] == [2, 0]
    [again] = home.take_in(text)
    assert (again.new, again.known) == (0, 2)
    [longer] = home.take_in(log("/a?uid=C1", "/b?uid=C1", "/c?uid=C1"))
    assert (longer.new, longer.known) == (1, 2)
    assert len(home.kept()) == 3


def test_a_dry_run_says_the_same_and_keeps_nothing(home: Home) -> None:
    [told] = home.take_in(log("/a?uid=C1"), dry_run=True)
    assert (told.new, list(Path(".mactl").rglob("*.parquet"))) == (1, [])
    home.take_in(log("/a?uid=C1"))
    assert home.take_in(log("/a?uid=C1", "/b?uid=C2"), dry_run=True)[0].new == 1
    assert len(home.kept()) == 1


def test_events_stay_when_their_files_are_gone_and_come_late(home: Home) -> None:
    home.take_in("id,email,event,at,amount\n1,ann@example.com,purchase,2026-11-01T10:00,40\n")
    Path("in0").unlink()
    assert home.counts()["r.buyers"] == 0
    home.take_in("id,email,event,at,amount\n0,ann@example.com,purchase,2026-10-01T10:00,20\n")
    assert home.counts()["r.buyers"] == 1


@pytest.mark.parametrize("name, cell", [("id,", "7,"), ("", "")], ids=["by id", "by moment"])
def test_a_file_that_is_imported_and_listed_too_counts_once(
    home: Home, name: str, cell: str
) -> None:
    home.take_in(
        f"{name}email,event,at,amount\n{cell}ann@example.com,purchase,2026-11-01T10:00,30\n"
    )
    Path("mactl.yaml").write_text(json.dumps(SETTINGS | {"events": [{"file": "in0"}]}))
    assert home.counts()["r.buyers"] == 0


def test_a_property_that_the_sources_have_keeps_its_type(home: Home) -> None:
    home.take_in(
        "email,event,at,amount\nann@example.com,purchase,2026-11-01T10:00,forty\nbob@example.com,purchase,2026-11-01,60\n"
    )
    Path("events.csv").write_text(
        "email,event,at,amount\nann@example.com,purchase,2026-11-02,70.5\n"
    )
    Path("mactl.yaml").write_text(json.dumps(SETTINGS | {"events": [{"file": "events.csv"}]}))
    assert home.counts()["r.buyers"] == 2


def test_robots_and_hasty_scanners_are_left_out_and_counted(home: Home) -> None:
    robot = log("/a?uid=C1", agent="Mozilla/5.0 (compatible; Googlebot/2.1)")
    silent = log("/b?uid=C1", agent="-")
    scanner = log(*(f"/{n}?uid=C2" for n in range(6)), gap=0)
    person = log("/c?uid=C2", "/d?uid=C2")
    [arrived] = home.take_in(robot + silent + scanner + person)
    assert (arrived.robots, arrived.new) == (9, 1)  # /c falls into the scanner's second


def test_somebody_is_known_by_cookie_unless_two_have_the_same(home: Home) -> None:
    [arrived] = home.take_in(
        log("/a", extra=' "_ga=GA1.1.111.222; x=1"') + log("/b", extra=' "_ga=GA1.1.333.444"')
    )
    assert (arrived.new, arrived.anonymous) == (1, 1)


def test_a_link_that_one_person_got_names_them_and_a_way_out_is_no_interest(home: Home) -> None:
    home.take_in(log("/?uid=C1"))
    send = "00000000-0000-4000-8000-000000000001"
    project, _ = load_project(Path())
    with open_state(project, write=True) as state:
        tokens = Tokens(state.secret)
        with state.writing() as connection:
            [ann] = connection.execute(aliases.select().where(aliases.c.alias == "contact_id:C1"))
            connection.execute(sends.insert().values(_send(send, ann.contact)))
    view, out = tokens.view(send), tokens.unsubscribe(send)
    forged = out[:-1] + ("A" if out[-1] != "A" else "B")
    [arrived] = home.take_in(log(f"/v/{view}", f"/u/{out}", f"/u/{forged}"))
    assert (arrived.new, arrived.others, arrived.anonymous) == (1, 1, 1)
    assert "/v/{token}" in [event["path"] for event in home.kept()]


def _send(id: str, contact: str) -> dict[str, Any]:
    return {
        "id": id, "enrollment": "e", "run": 1, "recipe": "r", "version": 1, "step": "s", "template": "t",
        "occurrence": "", "contact": contact, "channel": "email", "marketing": True, "priority": 0,
        "status": "sent", "due_at": 0, "latest_at": 0, "attempts": 1,
    }  # fmt: skip


def test_who_did_something_stays_the_same_person_when_the_sources_say_more(home: Home) -> None:
    Path("contacts.csv").write_text("email\nann@example.com\n")
    Path("mactl.yaml").write_text(json.dumps({"contacts": [{"file": "contacts.csv"}]}))
    home.take_in("email,event,at\nann@example.com,page_view,2026-11-01\n")
    Path("contacts.csv").write_text("contact_id,email\nC1,ann@example.com\n")
    assert home.counts()["r.visitors"] == 1
    project, _ = load_project(Path())
    with open_state(project) as state, state.reading() as connection:
        assert [row.key for row in connection.execute(contacts.select())] == ["ann@example.com"]


def test_erasing_somebody_takes_their_events_out_of_every_file(home: Home) -> None:
    home.take_in(log("/a?uid=C1", "/b?uid=C2"), log("/c?uid=C1"))
    ann = next(event["_contact"] for event in home.kept() if event["path"] == "/a")
    project, _ = load_project(Path())
    archive = Archive(project.folder / EVENTS)
    with archive.alone():
        assert archive.erase([ann]) == 2
    assert [event["path"] for event in home.kept()] == ["/b"]
    assert home.counts()["r.visitors"] == 1
    with archive.alone():
        assert archive.erase([ann]) == 0


def test_who_imports_nothing_of_anybody_is_told_what_to_do(home: Home) -> None:
    [arrived] = home.take_in("date,page,visits,visitors,pageviews\n2026-11-10,/,4,3,9\n")
    assert (arrived.new, arrived.anonymous) == (0, 9)
    [finding] = arrived.findings
    assert finding.id == "events-of-nobody" and "visitors:" in (finding.hint or "")


def test_a_file_that_cannot_be_read_is_not_said_to_name_nobody(home: Home) -> None:
    [arrived] = home.take_in("timestamp,event,email\nsome day,visit,ann@example.com\n")
    assert (arrived.new, arrived.faulty) == (0, 1)
    assert [finding.id for finding in arrived.findings] == ["event-bad-instant"]


def test_a_field_that_nobody_has_is_refused(home: Home) -> None:
    Path("mactl.yaml").write_text(json.dumps(SETTINGS | {"visitors": {"uid": "contcat_id"}}))
    with pytest.raises(ConfigurationError, match="no such field") as refused:
        home.take_in(log("/a"))
    assert refused.value.hint == "did you mean 'contact_id'?"


def test_a_file_that_is_none_is_refused_before_anything_is_kept(home: Home) -> None:
    with pytest.raises(UnreadableInput):
        home.take_in(log("/a?uid=C1"), "hello")
    assert not EVENTS.exists()


def test_parameters_are_kept_by_name(home: Home) -> None:
    def row(plan: str) -> str:
        return json.dumps({
            "event_name": "sign_up", "event_timestamp": "1794301200123456", "user_id": "C1",
            "event_params": [{"key": "plan", "value": {"string_value": plan}}],
        })  # fmt: skip

    home.take_in(row("pro"))
    assert "plan" not in home.kept()[0]
    home.take_in(row("max"), more=["plan"])
    assert [event["plan"] for event in home.kept() if "plan" in event] == ["max"]


def test_the_runs_that_need_not_look_look_again_after_an_import(home: Home) -> None:
    from mactl.workflows.sending.resting import look_at

    old = at("2026-11-01T09:00").timestamp()
    import os

    for name in ("contacts.csv", "mactl.yaml", "recipes/r.yaml"):
        os.utime(name, (old, old))
    project, _ = load_project(Path())
    before = look_at(project, [])
    home.take_in(log("/a?uid=C1"))
    assert before is not None and look_at(project, []) != before
