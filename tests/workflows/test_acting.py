"""From the steps that tell colleagues and other systems something to what is done about it."""

import email
import email.policy
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import select

from mactl.clock import parse_instant, to_epoch, zone_named
from mactl.delivery.opening import open_transport
from mactl.delivery.throttle import Pace
from mactl.project import Project, load_project
from mactl.recipe.cookbook import Cookbook, load_cookbook
from mactl.store.actions import add_actions, read_action_events
from mactl.store.ids import send_ids
from mactl.store.state import State
from mactl.store.tables import actions
from mactl.workflows.gathering import Gathered, Sources, gather
from mactl.workflows.opening import open_state
from mactl.workflows.posting.acting import perform_actions
from mactl.workflows.posting.draining import Round
from mactl.workflows.posting.gear import Gear
from mactl.workflows.writing.actions import action_rows, task_events
from tests.delivery.webs import web_server

SETTINGS = """\
project: acme
timezone: Europe/Amsterdam
country: NL
contacts: [{file: contacts.csv}]
columns: {contract_end: date, owner_email: text}
sender: {from: Acme <news@acme.example>, address: Acme, unsubscribe: "https://acme.example/u/{token}"}
smtp: {url: "maildir:outbox"}
teams:
  sales: {email: sales@acme.example}
  desk: {email: desk@acme.example, hours: {from: "09:00", to: "17:00"}}
  owner: {field: owner_email, else: desk}
  nobody: {field: owner_email}
webhooks: {crm: {url: "${CRM_URL}"}}
"""
CONTACTS = """\
contact_id,email,first_name,owner_email,contract_end,clv
C1,ann@example.com,Ann,olga@acme.example,2027-01-15,1500
C2,bob@example.com,,,2027-02-15,900
"""
RECIPE = """\
recipe: renewal
title: Renewals
vars: {link: "https://acme.example/renew"}
segments: {rich: {field: clv, gte: 1000}}
scoring: {fit: {rules: [{name: rich, when: {segment: rich}, points: 20}]}}
fields: {half: "clv / 2"}
journey:
  enter: {event: hot}
  leave: []
  steps:
    - notify: {to: sales, message: "{{ contact.first_name }} is hot ({{ scores.fit }})\\nCall: {{ vars.link }}"}
    - notify: {to: desk, message: "A note"}
    - notify: {to: owner, message: "Yours"}
    - notify: {to: nobody, message: "Whose?"}
    - task: {id: call, to: sales, title: "Call {{ contact.first_name }}", due: 2 business days}
    - export: {to: exports/hot.csv, columns: [email, contract_end]}
    - webhook: {to: crm, body: {email: "{{ contact.email }}", cart: "{{ event.cart }}", half: "{{ contact.half }}"}}
    - tag: hot
"""
IDS = ["notify-1", "notify-2", "notify-3", "notify-4", "call", "export-1", "webhook-1", "tag-1"]
AMSTERDAM = zone_named("Europe/Amsterdam")


def instant(text: str) -> int:
    return to_epoch(parse_instant(text, AMSTERDAM))


MONDAY = instant("2026-11-30T10:00")


class Office:
    """A project with people, and what its recipe's steps do to them."""

    def __init__(self, project: Project, state: State) -> None:
        self.project = project
        self.state = state
        self.cookbook: Cookbook
        self.cookbook, findings = load_cookbook([project.folder / "recipes" / "renewal.yaml"])
        assert not findings
        self.gathered: Gathered = gather(
            project, Sources(), state, datetime(2026, 11, 30, tzinfo=UTC)
        )
        keys = self.gathered.contacts["key"]
        self.ids = {str(key): str(id) for id, key in keys.items()}

    def effects(self, at: int = MONDAY, who: tuple[str, ...] = ("C1", "C2")) -> pd.DataFrame:
        steps = dict(zip(IDS, self.cookbook.recipes["renewal"].journey.steps, strict=True))
        rows = [
            {
                "enrollment": f"enrollment-{key}", "contact": self.ids.get(key, key), "recipe": "renewal",
                "version": 1, "step": id, "kind": step.keyword, "spec": step, "trigger": {"cart": f"K-{key}"},
                "at": at,
            }
            for key in who
            for id, step in steps.items()
        ]  # fmt: skip
        frame = pd.DataFrame(rows)
        return frame.assign(id=send_ids(frame["enrollment"], frame["step"]))

    def rows(self, *args: Any, **options: Any) -> pd.DataFrame:
        return action_rows(
            self.effects(*args, **options), self.gathered, self.cookbook, self.project.settings
        )

    def row(self, step: str, key: str = "C1", at: int = MONDAY) -> tuple[pd.Series, dict[str, Any]]:
        rows = self.rows(at)
        (found,) = [
            row
            for _, row in rows.iterrows()
            if row["step"] == step and row["enrollment"].endswith(key)
        ]
        return found, json.loads(found["body"])

    def commit(self, rows: pd.DataFrame) -> None:
        with self.state.writing() as connection:
            add_actions(connection, rows, 1)

    def statuses(self) -> dict[tuple[str, str], str]:
        with self.state.reading() as connection:
            query = select(actions.c.step, actions.c.enrollment, actions.c.status)
            return {(r.step, r.enrollment[-2:]): r.status for r in connection.execute(query)}


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    (tmp_path / "mactl.yaml").write_text(SETTINGS)
    (tmp_path / "contacts.csv").write_text(CONTACTS)
    (tmp_path / "recipes").mkdir()
    (tmp_path / "recipes" / "renewal.yaml").write_text(RECIPE)
    monkeypatch.setenv("CRM_URL", "http://127.0.0.1:1/")
    project, findings = load_project(tmp_path)
    assert not findings
    with open_state(project, write=True) as state:
        yield Office(project, state)


def test_each_outward_step_is_an_action_with_the_effects_id_and_no_other_is(office: Office) -> None:
    effects, rows = office.effects(), office.rows()
    outward = effects[effects["kind"].isin(["notify", "task", "export", "webhook"])]
    assert rows["id"].tolist() == outward["id"].tolist()
    assert set(rows["status"]) == {"queued"}
    targets = ["sales", "desk", "owner", "nobody", "sales", "exports/hot.csv", "crm"]
    assert rows["target"].tolist() == targets * 2
    assert office.rows().equals(rows)


def test_nothing_done_is_no_action(office: Office) -> None:
    effects = office.effects()
    for nothing in (pd.DataFrame(), effects[effects["kind"] == "tag"]):
        rows = action_rows(nothing, office.gathered, office.cookbook, office.project.settings)
        assert rows.empty and task_events(rows).empty
        office.commit(rows)


def test_a_notice_carries_its_text_and_a_subject_of_the_recipe_and_the_first_line(
    office: Office,
) -> None:
    _, body = office.row("notify-1")
    assert body["address"] == "sales@acme.example"
    assert body["subject"] == "Renewals: Ann is hot (20)"
    assert body["text"].startswith("Ann is hot (20)\nCall: https://acme.example/renew\n")


def test_a_webhook_has_the_trigger_and_derived_fields(office: Office) -> None:
    _, body = office.row("webhook-1")
    assert body["json"] == {"email": "ann@example.com", "cart": "K-C1", "half": "750"}


def test_an_export_has_plain_values(office: Office) -> None:
    _, body = office.row("export-1")
    assert body["columns"] == {"email": "ann@example.com", "contract_end": "2027-01-15"}


def test_who_looks_after_a_contact_is_told_and_where_nobody_does_the_other_team(
    office: Office,
) -> None:
    assert office.row("notify-3", "C1")[1]["address"] == "olga@acme.example"
    assert office.row("notify-3", "C2")[1]["address"] == "desk@acme.example"
    _, body = office.row("notify-4", "C2")
    assert body["address"] is None
    assert body["fault"] == "nobody of nobody has an address to write to"


@pytest.mark.parametrize(
    ("at", "due"),
    [
        ("2026-11-30T10:00", "2026-11-30T10:00"),
        ("2026-11-30T08:59", "2026-11-30T09:00"),
        ("2026-11-30T17:00", "2026-12-01T09:00"),
        ("2026-11-30T23:30", "2026-12-01T09:00"),
        ("2026-11-28T12:00", "2026-11-30T09:00"),  # a Saturday
        ("2026-12-25T10:00", "2026-12-28T09:00"),  # Christmas, a Friday
        ("2026-12-24T18:00", "2026-12-28T09:00"),
        ("2027-03-26T18:00", "2027-03-30T09:00"),  # Easter Monday, and the clocks change
    ],
)
def test_a_notice_waits_until_its_team_is_there(office: Office, at: str, due: str) -> None:
    row, body = office.row("notify-2", at=instant(at))
    assert row["due_at"] == instant(due)
    assert body["latest_at"] == instant(due) + 2 * 86_400
    row, _ = office.row("notify-1", at=instant(at))  # a team without hours is always there
    assert row["due_at"] == instant(at)


def test_a_task_is_told_as_an_event_and_its_notice_says_what_to_do_next(office: Office) -> None:
    row, body = office.row("call")
    assert body["subject"] == "Renewals: Call Ann"
    assert f"mactl tasks done {row['id']}\n" in body["text"]
    assert "About: C1\n" in body["text"] and "Due: 2026-12-02 10:00" in body["text"]
    told = task_events(office.rows())
    assert told["event"].tolist() == ["task_created"] * 2
    assert told["source_id"].tolist()[0] == f"task:{row['id']}"
    assert told["at"].tolist() == [MONDAY, MONDAY]
    assert json.loads(told["properties"][0]) == {
        "task": "call", "recipe": "renewal", "step": "call", "enrollment": "enrollment-C1",
        "to": "sales", "title": "Call Ann", "due": "2026-12-02T10:00:00+01:00",
    }  # fmt: skip


def test_a_task_given_on_the_goal_goes_by_its_own_name(office: Office) -> None:
    effects = office.effects()
    effects["step"] = effects["step"].replace("call", "on_goal/call")
    rows = action_rows(effects, office.gathered, office.cookbook, office.project.settings)
    told = json.loads(task_events(rows)["properties"][0])
    assert (told["task"], told["step"]) == ("call", "on_goal/call")


def test_a_task_whose_title_cannot_be_written_is_there_to_be_done_all_the_same(
    office: Office,
) -> None:
    _, body = office.row("call", "C2")
    assert "fault" not in body
    assert body["task"]["title"].startswith(
        "call (its title can't be written: contact.first_name is empty"
    )


def test_what_cannot_be_written_fails_with_the_reason_and_the_rest_is_done(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.commit(office.rows())
    with web_server() as web:
        monkeypatch.setenv("CRM_URL", web.url)
        drained = perform_actions(
            office.state, office.project,
            open_transport("maildir:outbox", office.project.folder),
            now=lambda: MONDAY,
        )  # fmt: skip
    assert drained.counts == {"sent": 12, "failed": 2}
    assert {reason.partition(":")[0] for _, reason in drained.reasons} == {
        "notify sales", "notify nobody",
    }  # fmt: skip
    assert office.statuses()["notify-1", "C2"] == "failed"
    assert len(web.requests) == 2
    assert len((office.project.folder / "exports/hot.csv").read_text().splitlines()) == 3
    letters = [
        email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        for path in (office.project.folder / "outbox" / "new").iterdir()
    ]
    assert sorted(letter["To"] for letter in letters) == [
        "desk@acme.example", "desk@acme.example", "desk@acme.example", "olga@acme.example", "olga@acme.example",
        "sales@acme.example", "sales@acme.example", "sales@acme.example",
    ]  # fmt: skip


def test_a_contact_who_is_gone_from_the_sources_stops_nothing(office: Office) -> None:
    rows = office.rows(who=("C9",))
    bodies = {row["step"]: json.loads(row["body"]) for _, row in rows.iterrows()}
    assert "fault" in bodies["notify-1"] and "fault" in bodies["export-1"]
    assert bodies["notify-2"]["text"].startswith("A note\n")


def test_what_was_done_is_an_event_once_it_was_done(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = office.rows(who=("C1",))
    office.commit(rows[rows["kind"].isin(["export", "webhook"])])

    def told() -> list[str]:
        with office.state.reading() as connection:
            return sorted(read_action_events(connection)["event"])

    assert told() == []
    with web_server() as web:
        monkeypatch.setenv("CRM_URL", web.url)
        drained = Round(
            office.state, office.project,
            Gear(open_transport("maildir:outbox", office.project.folder), None, Pace()),
            now=lambda: MONDAY, stop=lambda: False, progress=lambda drained: None,
        ).drain_all()  # fmt: skip
    assert drained.counts == {"sent": 2}
    assert told() == ["exported", "webhook_called"]


def test_an_action_waits_for_its_time(office: Office) -> None:
    night = instant("2026-11-30T23:30")
    rows = office.rows(night, who=("C1",))
    office.commit(rows[rows["step"] == "notify-2"])

    def perform(at: int) -> dict[str, int]:
        transport = open_transport("maildir:outbox", office.project.folder)
        return dict(perform_actions(office.state, office.project, transport, now=lambda: at).counts)

    assert perform(night) == {}
    assert perform(instant("2026-12-01T08:59")) == {}
    assert perform(instant("2026-12-01T09:00")) == {"sent": 1}
