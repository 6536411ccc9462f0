"""What colleagues were asked to do, and what they say they did."""

import json
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import select

from mactl.clock import parse_instant, to_epoch, zone_named
from mactl.project import load_project
from mactl.store.ids import send_id
from mactl.store.tables import events
from mactl.workflows.opening import open_state
from tests.cli.conftest import NOW, Home, Mactl
from tests.store.making import commit

AMSTERDAM = zone_named("Europe/Amsterdam")


def at(text: str) -> int:
    return to_epoch(parse_instant(text, AMSTERDAM))


def created(
    who: str, task: str = "call", when: str = "2026-11-30T09:00", **told: Any
) -> dict[str, Any]:
    properties = {
        "task": task, "recipe": "hello", "step": task, "to": "sales", "title": f"Call {who}",
        "due": "2026-12-02T17:00:00+01:00", **told,
    }  # fmt: skip
    return {
        "contact": f"contact-{who}",
        "event": "task_created",
        "at": at(when),
        "source_id": f"task:{send_id(f'enrollment-{who}-{when}', task)}",
        "properties": json.dumps({k: v for k, v in properties.items() if v is not None}),
    }


def done_elsewhere(who: str, when: str) -> dict[str, Any]:
    """What a customers' system tells when somebody ticks it off there."""
    properties = json.dumps({"task": "call", "recipe": "hello"})
    return {
        "contact": f"contact-{who}", "event": "task_done", "at": at(when), "source_id": f"crm-{who}",
        "properties": properties,
    }  # fmt: skip


def id_of(event: dict[str, Any]) -> str:
    return str(event["source_id"]).removeprefix("task:")


@pytest.fixture
def tell(home: Home) -> Any:
    """Writes events into the state, with their contacts."""

    def tell(*told: dict[str, Any]) -> None:
        project, _ = load_project(home.folder)
        names = sorted({event["contact"] for event in told})
        people = pd.DataFrame(
            {
                "id": names,
                "key": [f"{name.removeprefix('contact-')}@example.com" for name in names],
                "merged_into": None,
            }
        )
        with open_state(project, write=True) as state:
            commit(state, events=pd.DataFrame(told), contacts=people, now=at("2026-11-30T12:00"))

    return tell


def test_tasks_to_be_done_are_listed_with_the_most_urgent_first(
    home: Home, mactl: Mactl, tell: Any
) -> None:
    late = created("ann", due="2026-12-01T08:00:00+01:00")
    soon, some_day = created("bob"), created("cas", due=None)
    tell(some_day, soon, late)

    tasks = mactl("tasks", "list", "--now", NOW, "--format", "json").json["tasks"]

    assert tasks == [
        {
            "id": id_of(event), "task": "call", "recipe": "hello", "contact": f"{who}@example.com",
            "to": "sales", "title": f"Call {who}", "due": due, "is": status,
        }
        for event, who, due, status in (
            (late, "ann", "2026-12-01T08:00:00+01:00", "overdue"),
            (soon, "bob", "2026-12-02T17:00:00+01:00", "open"),
            (some_day, "cas", None, "open"),
        )
    ]  # fmt: skip
    text = mactl("tasks", "list", "--now", NOW).out
    assert "Call ann" in text and id_of(late)[:8] in text and "overdue" in text


def test_a_project_without_a_state_has_nothing_to_be_done(home: Home, mactl: Mactl) -> None:
    assert mactl("tasks", "list", "--format", "json").json == {"tasks": []}
    assert mactl("tasks", "list").out == "nothing is to be done\n"
    assert not (home.folder / ".mactl").exists()


def test_a_task_that_is_done_is_done_once(home: Home, mactl: Mactl, tell: Any) -> None:
    ann, bob = created("ann"), created("bob")
    tell(ann, bob)

    assert mactl("tasks", "done", id_of(ann), "--now", NOW, "--format", "json").json == {"done": 1}
    assert mactl("tasks", "done", id_of(ann), "--now", NOW).out == "0 done\n"
    assert mactl("tasks", "done", id_of(bob)[:8], id_of(bob), "--now", NOW).out == "1 done\n"

    assert mactl("tasks", "list", "--now", NOW).out == "nothing is to be done\n"
    every = mactl("tasks", "list", "--all", "--now", NOW, "--format", "json").json["tasks"]
    assert [task["is"] for task in every] == ["done", "done"]
    project, _ = load_project(home.folder)
    with open_state(project) as state, state.reading() as connection:
        query = select(events).where(events.c.event == "task_done").order_by(events.c.number)
        first, second = connection.execute(query).mappings()
    assert (first["contact"], first["at"]) == ("contact-ann", at(NOW))
    assert json.loads(first["properties"]) == json.loads(ann["properties"])
    assert second["contact"] == "contact-bob"


def test_an_unknown_task_ends_with_2_and_changes_nothing(
    home: Home, mactl: Mactl, tell: Any
) -> None:
    ann = created("ann")
    tell(ann)
    wrong = id_of(ann)[:-1] + ("0" if id_of(ann)[-1] != "0" else "1")

    ran = mactl("tasks", "done", id_of(ann), wrong, "--now", NOW)

    assert ran.status == 2
    assert f"there is no task {wrong!r}" in ran.err and f"did you mean {id_of(ann)!r}?" in ran.err
    assert len(mactl("tasks", "list", "--now", NOW, "--format", "json").json["tasks"]) == 1
    assert "mactl tasks list --all" in mactl("tasks", "done", "x").err


def test_the_beginning_of_several_ids_is_not_enough(home: Home, mactl: Mactl, tell: Any) -> None:
    many = [created(f"person{number}") for number in range(20)]
    tell(*many)
    shared = next(
        first for first in "0123456789abcdef" if sum(id_of(e).startswith(first) for e in many) > 1
    )
    ran = mactl("tasks", "done", shared)
    assert ran.status == 2 and "several tasks begin with" in ran.err
    assert mactl("tasks", "done", "").status == 2


@pytest.mark.parametrize(
    ("when", "status"), [("2026-11-30T10:00", "done"), ("2026-11-29T10:00", "open")]
)
def test_a_task_done_in_another_system_is_done_if_it_was_given_before(
    home: Home, mactl: Mactl, tell: Any, when: str, status: str
) -> None:
    tell(created("ann", when="2026-11-30T09:00"), done_elsewhere("ann", when))
    (task,) = mactl("tasks", "list", "--all", "--now", NOW, "--format", "json").json["tasks"]
    assert task["is"] == status


def test_a_task_given_anew_is_to_be_done_anew(home: Home, mactl: Mactl, tell: Any) -> None:
    first, second = created("ann", when="2026-11-01T09:00"), created("ann", when="2026-11-30T09:00")
    tell(first, second)
    mactl("tasks", "done", id_of(first), "--now", NOW)
    (task,) = mactl("tasks", "list", "--now", NOW, "--format", "json").json["tasks"]
    assert task["id"] == id_of(second)


def test_a_task_about_a_contact_who_was_merged_goes_by_who_they_are_now(
    home: Home, mactl: Mactl, tell: Any
) -> None:
    tell(created("ann"), created("bob", task="visit"))
    project, _ = load_project(home.folder)
    with open_state(project, write=True) as state:
        merged = pd.DataFrame(
            [{"id": "contact-ann", "key": "ann@example.com", "merged_into": "contact-bob"}]
        )
        commit(state, contacts=merged, now=at("2026-11-30T13:00"))
    tasks = mactl("tasks", "list", "--now", NOW, "--format", "json").json["tasks"]
    assert {task["contact"] for task in tasks} == {"bob@example.com"}


def test_an_event_with_a_broken_due_time_is_shown_without_one(
    home: Home, mactl: Mactl, tell: Any
) -> None:
    tell(created("ann", due="soon"))
    (task,) = mactl("tasks", "list", "--now", NOW, "--format", "json").json["tasks"]
    assert (task["due"], task["is"]) == (None, "open")


JOURNEY = """\
recipe: calls
goal: {event: paid, within: 30 days}
privacy: {basis: [consent], topic: offers, purpose: Call them}
journey:
  enter: {event: signed_up}
  leave: [goal]
  steps:
    - send: {template: hello, channel: [sms, email]}
    - task: {id: call, to: sales, title: "Call {{ contact.first_name | default('them') }}", due: 1 day}
    - notify: {to: sales, message: "{{ contact.email }} signed up"}
    - export: {to: exports/hot.csv, columns: [email]}
    - wait_for: {task: call, is: done}
      up_to: 10 days
      then: [{exit: called}]
templates:
  hello: {kind: service, subject: Hello, body: Hello, sms: "Hi {{ contact.first_name }}"}
"""


def test_a_journey_texts_them_asks_for_a_call_and_goes_on_when_it_is_done(
    home: Home, mactl: Mactl
) -> None:
    home.write("recipes/hello.yaml", "recipe: hello\n")
    home.write("recipes/calls.yaml", JOURNEY)
    settings = (home.folder / "mactl.yaml").read_text(encoding="utf-8")
    home.write(
        "mactl.yaml",
        f"{settings}channels: {{sms: {{file: exports/sms.csv}}}}\n"
        "teams: {sales: {email: sales@acme.example}}\n",
    )
    people = "contact_id,email,first_name,phone\nC1,ann@example.com,Ann,+31612345678\n"
    home.write("contacts.csv", people)
    home.write("events.csv", "id,email,event,at\n1,ann@example.com,signed_up,2026-11-30T10:00\n")

    def send(when: str) -> dict[str, Any]:
        ran = mactl("send", "--yes", "--now", when, "--format", "json")
        assert ran.status == 0, ran.err
        counts: dict[str, Any] = ran.json
        return counts

    assert send("2026-12-01T09:00")["sent"] == 1
    texts = (home.folder / "exports/sms.csv").read_text(encoding="utf-8").splitlines()
    assert texts[1].split(",")[1:] == ["sms", "+31612345678", "Hi Ann", "calls", "hello", "C1"]

    assert send("2026-12-01T10:00")["sent"] == 3  # two letters to the team and a row
    (task,) = mactl("tasks", "list", "--now", NOW, "--format", "json").json["tasks"]
    assert (task["title"], task["due"]) == ("Call Ann", "2026-12-02T10:00:00+01:00")
    letters = [letter.read_text(encoding="utf-8") for letter in home.outbox]
    assert sum(f"mactl tasks done {task['id']}" in letter for letter in letters) == 1
    assert len(letters) == 2

    assert send("2026-12-01T11:00")["sent"] == 0
    assert mactl("tasks", "done", task["id"], "--now", "2026-12-01T11:30").out == "1 done\n"
    plan = mactl("plan", "--now", "2026-12-01T12:00", "--format", "json").json
    assert [entry["why"] for entry in plan["leaving"]] == ["called"]
