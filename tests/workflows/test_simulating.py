"""`mactl plan --days`: days to come on the real data, and the state as it was."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from mactl.errors import UsageError
from mactl.project import Project, load_project
from mactl.workflows.gathering import Sources
from mactl.workflows.sending.send import Manners, send_now
from mactl.workflows.simulating import read_assumptions, simulate

NOW = datetime(2026, 12, 1, 8, tzinfo=UTC)
SETTINGS = """\
timezone: Europe/Amsterdam
contacts: [{file: contacts.csv}]
events: [{file: events.csv}]
consent: {news: {state: ok, at: at, source: src, wording: txt, free: true, unambiguous: true}}
sender: {from: a@example.com, address: Example, unsubscribe: "https://example.com/u/{token}"}
smtp: {url: "maildir:outbox"}
limits: {per_contact: [{messages: 2, within: 7 days}], quiet_hours: {from: "21:00", to: "08:00"}}
"""
FIRST = """\
recipe: first
privacy: {basis: [consent], topic: news, purpose: x}
goal: {event: paid}
journey:
  enter: {event: began}
  leave: [goal]
  priority: 5
  latest: 10 days
  steps: [{send: one}, {wait: 1 day}, {send: two}, {wait_for: {clicked: two}, up_to: 2 days, then: [{exit: clicked}]}]
templates: {one: {subject: One, body: x}, two: {subject: Two, body: x}}
"""
SECOND = """\
recipe: second
privacy: {basis: [consent], topic: news, purpose: x}
journey: {enter: {event: began}, leave: [], latest: 10 days, steps: [{wait: 3 hours}, {send: only}]}
templates: {only: {subject: Only, body: x}}
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "recipes").mkdir()
    (tmp_path / "mactl.yaml").write_text(SETTINGS)
    (tmp_path / "recipes" / "first.yaml").write_text(FIRST)
    (tmp_path / "recipes" / "second.yaml").write_text(SECOND)
    people = "".join(f"p{n}@example.com,yes,2026-01-01,form,Yes\n" for n in range(20))
    (tmp_path / "contacts.csv").write_text("email,ok,at,src,txt\n" + people)
    began = "".join(f"{n},p{n}@example.com,began,2026-12-01T08:30\n" for n in range(20))
    (tmp_path / "events.csv").write_text("id,email,event,at\n" + began)
    found, findings = load_project(tmp_path)
    assert not findings
    return found


def test_what_goes_out_on_each_day_and_where_caps_collide(project: Project) -> None:
    simulation = simulate(project, [], Sources(), NOW, 9)

    days = {day.date: day for day in simulation.days}
    tuesday, wednesday, next_tuesday = (days[date(2026, 12, n)] for n in (1, 2, 8))
    assert tuesday.recipes["first"].sends == tuesday.recipes["second"].sends == 20
    assert tuesday.recipes["first"].entering == 20
    # Two messages a week: the second of `first` waits for the day on which the first is a week old.
    assert wednesday.total.sends == 0 and wednesday.gates["cap"] == 20
    assert next_tuesday.recipes["first"].templates == {"two": 20}
    totals = simulation.totals
    assert (totals["first"].sends, totals["second"].sends) == (40, 20)
    assert totals["second"].why == {"end": 20}


def contents(folder: Path) -> dict[str, bytes]:
    """What is kept there; what was read of sources, and may be read again, lies in a folder of its own."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_a_simulation_says_what_sending_does_and_changes_nothing(project: Project) -> None:
    send_now(project, [], Sources(), NOW, Manners())
    state = project.folder / ".mactl" / "state.db"
    before = contents(state.parent)
    simulation = simulate(project, [], Sources(), NOW, 1)
    assert contents(state.parent) == before

    # What went out already does not go out again.
    assert simulation.totals["first"].sends == 0
    sent = send_now(project, [], Sources(), NOW.replace(hour=11), Manners())
    assert sent.counts["sent"] == simulation.days[0].recipes["second"].sends == 20


def test_assumed_reactions_fall_the_same_each_time_and_near_their_share(project: Project) -> None:
    def clicked(share: str) -> int:
        simulation = simulate(project, ["first"], Sources(), NOW, 5, [f"clicked={share}"])
        return simulation.totals["first"].why["clicked"]

    assert clicked("0%") == 0 and clicked("100%") == 20
    assert 2 <= clicked("40%") == clicked("40%") <= 14


def test_an_assumed_event_meets_the_goal(project: Project) -> None:
    simulation = simulate(project, ["first"], Sources(), NOW, 5, ["paid=100%"])

    assert simulation.totals["first"].why == {"goal": 20}
    assert simulation.totals["first"].templates == {"one": 20}


@pytest.mark.parametrize("text", ["clicked", "clicked=12", "=3%", "clicked=120%", "shrugged=3%"])
def test_an_assumption_that_means_nothing_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--assume"):
        read_assumptions([text], ["paid"])


@pytest.mark.parametrize("days", [0, -1, 400])
def test_a_number_of_days_that_cannot_be_is_refused(project: Project, days: int) -> None:
    with pytest.raises(UsageError, match="--days"):
        simulate(project, [], Sources(), NOW, days)
