"""A month of cron runs in which everything goes wrong: what was planned is what the server took, message by message."""

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mactl.delivery import relay
from mactl.project import Project, load_project
from mactl.store.frames import read_frame
from mactl.store.tables import sends
from mactl.workflows.gathering import Sources
from mactl.workflows.opening import open_state
from mactl.workflows.planning.running import plan_now
from mactl.workflows.sending.send import Manners as Run
from mactl.workflows.sending.send import send_now
from tests.soak.counting import STAGES, Counting, Manners, counting_server
from tests.soak.test_killed import KILLS
from tests.soak.town import CONNECTIONS, HURRIED, Town, address, kill

PEOPLE = 50
BAD_MOOD = Manners(drop={stage: 0.03 for stage in STAGES if stage != "connect"}, refuse=0.05)
RECIPES = {
    "welcome": """\
privacy: {basis: [contract], purpose: x}
segments: {everybody: {field: email, empty: false}}
goal: {event: bought, within: 60 days}
journey:
  enter: {segment: everybody}
  again: never
  leave: []
  latest: 3 days
  steps: [{send: hello}, {wait: 3 days}, {send: tips}, {wait: 1 week}, {send: more}]
templates:
  hello: {kind: service, subject: "Hello {{ contact.first_name }}", body: Hello}
  tips: {kind: service, subject: Tips, body: Tips}
  more: {kind: service, subject: More, body: More}
""",
    "newsletter": """\
privacy: {basis: [consent], topic: offers, purpose: x}
segments: {everybody: {field: email, empty: false}}
journey: {enter: {every: [tue, fri], at: "06:00", segment: everybody}, latest: 3 days, leave: [], steps: [{send: news}]}
templates: {news: {subject: News, body: "News {{ unsubscribe_url }}"}}
""",
    "receipt": """\
privacy: {basis: [contract], purpose: x}
journey: {enter: {event: paid, key: id}, latest: 3 days, leave: [], steps: [{send: thanks}]}
templates: {thanks: {kind: service, subject: "Thank you", body: Thanks}}
""",
}
SETTINGS = """\
project: month
timezone: Europe/Amsterdam
engine: pandas
contacts: [{{file: contacts.csv}}]
events: [{{file: events.csv}}]
consent: {{offers: {{state: ok, at: at, source: src, wording: txt, free: true, unambiguous: true}}}}
sender: {{from: a@acme.example, address: Acme, unsubscribe: "https://acme.example/u/{{token}}", require_auth: "off"}}
smtp: {{url: "${{SMTP_URL}}", connections: {connections}}}
limits: {{min_gap: 6 hours, per_contact: [{{messages: 3, within: 1 week}}]}}
state: "{state}"
"""
Key = tuple[str, str, str, str]
"""Contact, recipe, step, occurrence."""


@dataclass
class Month(Town):
    """A town with journeys, a newsletter and receipts."""

    chance: random.Random = field(default_factory=lambda: random.Random(30))
    paid: list[str] = field(default_factory=list)

    def build(self) -> "Month":
        for name, recipe in RECIPES.items():
            (self.folder / "recipes").mkdir(parents=True, exist_ok=True)
            (self.folder / "recipes" / f"{name}.yaml").write_text(f"recipe: {name}\n{recipe}")
        settings = SETTINGS.format(connections=CONNECTIONS, state=self.state_url)
        (self.folder / "mactl.yaml").write_text(settings)
        rows = [f"C{n},{address(n)},Person {n},yes,2025-01-01,form,v1" for n in range(self.people)]
        self._table("contacts.csv", "contact_id,email,first_name,ok,at,src,txt", rows)
        self.live()
        return self

    def live(self) -> None:
        """Some of them pay."""
        self.paid += [
            f"{len(self.paid) + n},{address(self.chance.randrange(self.people))},paid,{self.now.isoformat()}"
            for n in range(self.chance.randrange(12))
        ]
        self._table("events.csv", "id,email,event,at", self.paid)

    @property
    def project(self) -> Project:
        project, findings = load_project(self.folder)
        assert not findings
        return project

    @property
    def instant(self) -> datetime:
        return self.now.replace(tzinfo=UTC)

    def planned(self) -> set[Key]:
        """What a run would queue now."""
        with plan_now(self.project, [], Sources(), self.instant) as (plan, _):
            intents = plan.intents("queue")
        return {(row.contact, row.recipe, row.step, row.occurrence) for row in intents.itertuples()}

    def run(self) -> None:
        """A run of cron in this process, at this instant."""
        send_now(self.project, [], Sources(), self.instant, Run())

    def books(self) -> dict[Key, tuple[str, str]]:
        """All that was ever free to go: its Message-ID and its status."""
        with open_state(self.project) as state, state.reading() as connection:
            frame = read_frame(connection, sends.select().where(sends.c.message_id.is_not(None)))
        return {
            (row.contact, row.recipe, row.step, row.occurrence): (row.message_id, row.status)
            for row in frame.itertuples()
        }


@pytest.fixture
def moody(tmp_path: Path) -> Iterator[Counting]:
    (tmp_path / "moody").mkdir()
    with counting_server(tmp_path / "moody", BAD_MOOD) as server:
        yield server


def test_what_was_planned_is_what_the_server_took(
    tmp_path: Path, moody: Counting, new_url: str, kept_in: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(relay, "LONGEST_PAUSE", 0.01)
    monkeypatch.setenv("SMTP_URL", moody.url)
    month = Month(tmp_path / "month", PEOPLE, moody.url, new_url, program=HURRIED).build()
    planned: set[Key] = set()
    kills = 0
    days = 30 if KILLS > 100 else 12 if kept_in == "sqlite" else 6
    for day in range(days):
        month.now += timedelta(hours=month.chance.randrange(20, 28))
        month.live()
        wanted = month.planned()
        planned |= wanted
        if day % 6 == 2:  # the machine stops in the middle of it, and cron starts it again
            process, before = month.start(later=timedelta()), moody.count.total
            while process.poll() is None and moody.count.total < before + 3:
                pass
            kill(process, whole=True)
            kills += 1
            month.now += timedelta(minutes=10)
            planned |= month.planned()
            month.run()
        elif day % 6 == 5:  # it takes longer than cron thinks
            with ExitStack() as stack:
                jobs = [stack.enter_context(month.start(later=timedelta())) for _ in range(2)]
                ends = [(job.communicate(timeout=120), job.returncode)[1] for job in jobs]
            assert set(ends) <= {0, 1, 75}
        else:
            month.run()
        assert wanted <= month.books().keys()
        assert max(moody.count.messages.values()) == 1

    (tmp_path / "calm").mkdir()
    with counting_server(tmp_path / "calm") as calm:
        monkeypatch.setenv("SMTP_URL", calm.url)
        month.smtp = calm.url
        for _ in range(2):
            month.now += timedelta(hours=1)
            planned |= month.planned()
            month.run()
        taken = moody.count.messages + calm.count.messages

    books = month.books()
    standing = Counter(status for _, status in books.values())
    assert books.keys() == planned
    assert standing.keys() <= {"sent", "failed", "unknown"}
    assert max(taken.values()) == 1
    messages = {
        status: {id for id, told in books.values() if told == status} for status in standing
    }
    assert messages["sent"] <= taken.keys() <= messages["sent"] | messages["unknown"]
    dropped = moody.count.dropped
    assert len(messages["unknown"]) <= dropped["middle"] + dropped["end"] + kills * CONNECTIONS
    assert min(standing["sent"], standing["failed"], standing["unknown"]) > 0
    assert standing["sent"] > PEOPLE * days / 10
