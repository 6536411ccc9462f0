"""Plan, send, and never twice: the main job through the command line."""

import email
import email.policy
import hashlib
import os
from email.message import EmailMessage
from pathlib import Path

import pytest

from mactl.delivery.server import EmbeddedServer
from tests.cli.conftest import HELLO, NOW, SETTINGS, Home, Mactl


def parsed(path: Path) -> EmailMessage:
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    assert not message.defects
    return message


def everything_below(folder: Path) -> dict[str, str]:
    """What stands in each file but the caches, which a plan may write where a source has been at rest for a while."""
    cache = folder / ".mactl" / "cache"
    files = (
        path for path in sorted(folder.rglob("*")) if path.is_file() and cache not in path.parents
    )
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }


def test_a_plan_says_who_enters_who_is_sent_what_and_who_is_not(home: Home, mactl: Mactl) -> None:
    plan = mactl("plan", "--now", NOW, "--format", "json").json

    assert plan["now"] == "2026-12-01T09:00:00+01:00"
    assert plan["totals"] == {"entering": 3, "leaving": 0, "sends": 2, "held": 0, "skipped": 1}
    assert {entry["contact"] for entry in plan["entering"]} == {"C1", "C2", "C3"}
    assert {
        (send["contact"], send["to"], send["step"], send["channel"]) for send in plan["sends"]
    } == {
        ("C1", "ann@example.com", "first", "email"),
        ("C2", "bob@example.com", "first", "email"),
    }
    assert plan["skipped"] == [
        {
            "recipe": "hello",
            "step": "first",
            "contact": "C3",
            "gate": "consent",
            "reason": "no proven consent for offers",
        }
    ]


def test_a_plan_gives_the_same_answer_twice_and_changes_nothing(home: Home, mactl: Mactl) -> None:
    before = everything_below(home.folder)

    first = mactl("plan", "--now", NOW, "--format", "json")
    second = mactl("plan", "--now", NOW, "--format", "json")

    assert first.out == second.out
    assert everything_below(home.folder) == before


def test_a_send_delivers_exactly_the_plan_and_a_second_one_nothing(
    home: Home, mactl: Mactl, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = mactl("plan", "--now", NOW, "--format", "json").json
    with EmbeddedServer(home.folder / "outbox") as server:
        monkeypatch.setenv("SMTP_URL", server.url)
        first = mactl("send", "--yes", "--now", NOW, "--format", "json")
        second = mactl("send", "--yes", "--now", NOW, "--format", "json")

    assert first.json == {
        "run": 1,
        "sent": 2,
        "deferred": 0,
        "failed": 0,
        "unknown": 0,
        "held": 0,
        "skipped": 1,
    }
    assert second.json["sent"] == 0
    assert (first.status, second.status) == (0, 0)
    messages = [parsed(path) for path in home.outbox]
    assert {message["To"] for message in messages} == {send["to"] for send in plan["sends"]}
    sends = mactl("sends", "list", "--format", "json").json["sends"]
    assert {s["send_id"] for s in sends if s["status"] == "sent"} == {
        send["send_id"] for send in plan["sends"]
    }
    assert {message["Message-ID"] for message in messages} == {
        s["message_id"] for s in sends if s["status"] == "sent"
    }


def test_a_message_has_both_parts_and_a_way_out_with_one_click(home: Home, mactl: Mactl) -> None:
    mactl("send", "--yes", "--now", NOW)

    message = parsed(home.outbox[0])
    plain, html = message.get_body(["plain"]), message.get_body(["html"])
    assert plain is not None
    assert html is not None
    assert message.get_content_type() == "multipart/alternative"
    assert "Welcome." in plain.get_content()
    assert "Welcome." in html.get_content()
    assert message["Subject"] in ("Hello Ann", "Hello Bob")
    url = str(message["List-Unsubscribe"]).strip("<>")
    assert url.startswith("https://acme.example/u/")
    assert url in plain.get_content()
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "Keizersgracht" in html.get_content()


def test_people_move_on_over_the_days_and_take_their_branch(home: Home, mactl: Mactl) -> None:
    def to(now: str) -> list[str]:
        before = set(home.outbox)
        assert mactl("send", "--yes", "--now", now).status == 0
        return sorted(f"{m['To']}: {m['Subject']}" for m in map(parsed, set(home.outbox) - before))

    assert to("2026-12-01T09:00") == ["ann@example.com: Hello Ann", "bob@example.com: Hello Bob"]
    assert to("2026-12-04T08:59") == []
    assert to("2026-12-04T09:00") == ["ann@example.com: How is it going?"]
    assert to("2026-12-20T09:00") == []
    journeys = mactl(
        "explain", "bob@example.com", "--now", "2026-12-20T09:00", "--format", "json"
    ).json["journeys"]
    assert [(j["status"], j["why"]) for j in journeys] == [("completed", "Belgium has its own")]


def test_whoever_meets_the_goal_leaves_and_is_not_written_to_again(
    home: Home, mactl: Mactl
) -> None:
    mactl("send", "--yes", "--now", NOW)
    with (home.folder / "events.csv").open("a") as events:
        events.write("4,ann@example.com,paid,2026-12-02T10:00,,\n")

    plan = mactl("plan", "--now", "2026-12-04T09:00", "--format", "json").json

    assert {"recipe": "hello", "contact": "C1", "why": "goal"} in plan["leaving"]
    assert plan["totals"]["sends"] == 0


def test_renaming_the_contact_s_address_does_not_send_again(home: Home, mactl: Mactl) -> None:
    mactl("send", "--yes", "--now", NOW)
    contacts = (home.folder / "contacts.csv").read_text()
    home.write("contacts.csv", contacts.replace("ann@example.com", "ann@example.org"))

    assert mactl("send", "--yes", "--now", NOW, "--format", "json").json["sent"] == 0


def test_a_suppressed_address_is_skipped_and_said_so(home: Home, mactl: Mactl) -> None:
    assert mactl(
        "suppress", "add", "ANN@example.com", "--reason", "asked by phone", "--format", "json"
    ).json == {"suppressed": 1}

    plan = mactl("plan", "--now", NOW, "--format", "json").json

    assert {(s["contact"], s["gate"], s["reason"]) for s in plan["skipped"]} >= {
        ("C1", "suppression", "suppressed: asked by phone")
    }
    lifted = mactl("suppress", "remove", "ann@example.com", "--format", "json")
    assert lifted.json == {"lifted": 1, "still_suppressed": []}
    assert mactl("plan", "--now", NOW, "--format", "json").json["totals"]["sends"] == 2


def test_quiet_hours_hold_until_morning(home: Home, mactl: Mactl) -> None:
    home.write("mactl.yaml", SETTINGS + 'limits: {quiet_hours: {from: "21:00", to: "08:00"}}\n')

    night = mactl("send", "--yes", "--now", "2026-11-30T22:00", "--format", "json").json
    assert (night["sent"], night["held"]) == (0, 2)
    held = mactl("plan", "--now", "2026-11-30T23:00", "--format", "json").json["held"]
    assert {(h["gate"], h["until"]) for h in held} == {("quiet_hours", "2026-12-01T08:00:00+01:00")}
    morning = mactl("send", "--yes", "--now", "2026-12-01T08:00", "--format", "json").json
    assert (morning["sent"], morning["held"]) == (2, 0)


def test_a_template_that_can_not_be_rendered_holds_its_message_and_no_other(
    home: Home, mactl: Mactl
) -> None:
    home.write(
        "recipes/hello.yaml",
        HELLO.replace("contact.first_name | default('there')", "contact.last_name"),
    )
    home.write(
        "contacts.csv",
        """\
        contact_id,email,first_name,last_name,country,opt_in,opt_in_at,opt_in_source,opt_in_text
        C1,ann@example.com,Ann,Jansen,NL,yes,2026-01-01T10:00,form,Yes please
        C2,bob@example.com,Bob,,BE,yes,2026-01-01T10:00,form,Yes please
        """,
    )

    sent = mactl("send", "--yes", "--now", NOW, "--format", "json").json
    assert (sent["sent"], sent["held"]) == (1, 1)
    [held] = mactl("sends", "list", "--status", "held", "--format", "json").json["sends"]
    assert held["to"] == "bob@example.com"
    assert "contact.last_name is empty" in held["reason"]
    contacts = (home.folder / "contacts.csv").read_text()
    home.write("contacts.csv", contacts.replace("Bob,,", "Bob,Peeters,"))
    assert mactl("send", "--yes", "--now", NOW, "--format", "json").json["sent"] == 1


def test_a_server_that_is_down_loses_nothing(
    home: Home, mactl: Mactl, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMTP_URL", "smtp://127.0.0.1:1")
    down = mactl("send", "--yes", "--now", NOW)
    assert down.status == 75
    assert mactl("sends", "list", "--status", "queued", "--format", "json").json["sends"]

    assert mactl("plan", "--now", NOW, "--format", "json").json["waiting"] == 2
    monkeypatch.delenv("SMTP_URL")
    up = mactl("send", "--yes", "--now", NOW, "--format", "json")
    assert (up.status, up.json["sent"]) == (0, 2)


def test_a_second_planner_is_told_to_come_back_later(home: Home, mactl: Mactl) -> None:
    from mactl.store.lock import planner_lock
    from mactl.store.state import State

    with (
        State.open("sqlite:///.mactl/state.db", home.folder, write=True) as state,
        planner_lock(state, "mactl send", 1_796_112_000),
    ):
        refused = mactl("send", "--yes", "--now", NOW)

    assert refused.status == 75
    assert f"process {os.getpid()}" in refused.err


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["send", "--now", NOW], 2, "--yes"),
        (["send", "--yes", "--now", "yesterday"], 2, "is not a date or an instant"),
        (["send", "nobody", "--yes", "--now", NOW], 2, "there is no recipe 'nobody'"),
        (["plan", "--format", "xml"], 2, "xml"),
        (["plan", "--now", NOW, "--contacts", "nothing.csv"], 2, "nothing.csv"),
        (["--project", "nowhere", "plan"], 2, "there is no such folder"),
        (["explain", "nobody@example.com", "--now", NOW], 2, "there is no contact"),
        (["segments", "nobody", "--now", NOW], 2, "there is no segment"),
        (["sends", "show", "zzz"], 2, "no send begins"),
        (["suppress", "add", "not-an-address"], 2, "is neither an address"),
    ],
)
def test_what_can_not_start_ends_with_2_and_says_why(
    home: Home, mactl: Mactl, arguments: list[str], status: int, words: str
) -> None:
    ran = mactl(*arguments)

    assert ran.status == status
    assert words in ran.err
    assert not ran.out


def test_a_run_lies_neither_before_the_last_nor_in_a_future_that_would_go_out(
    home: Home, mactl: Mactl, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert mactl("send", "--yes", "--now", NOW).status == 0
    assert "before the last run" in mactl("send", "--yes", "--now", "2026-11-30T09:00").err
    monkeypatch.setenv("SMTP_URL", "smtp://mail.example.com")
    refused = mactl("send", "--yes", "--now", "2099-01-01T09:00")
    assert refused.status == 2
    assert "in the future" in refused.err


def test_a_project_without_a_sender_can_plan_but_not_send(home: Home, mactl: Mactl) -> None:
    home.write("mactl.yaml", "contacts: [{file: contacts.csv}]\nevents: [{file: events.csv}]\n")

    assert mactl("plan", "--now", NOW).status == 0
    refused = mactl("send", "--yes", "--now", NOW)
    assert refused.status == 2
    assert "sender" in refused.err
    assert not (home.folder / ".mactl").exists()


def test_a_dry_run_is_the_plan(home: Home, mactl: Mactl) -> None:
    before = everything_below(home.folder)
    plan = mactl("plan", "--now", NOW, "--format", "json")

    assert mactl("send", "--dry-run", "--now", NOW, "--format", "json").out == plan.out
    assert everything_below(home.folder) == before


def test_a_worker_needs_neither_contacts_nor_recipes(
    home: Home, mactl: Mactl, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMTP_URL", "smtp://127.0.0.1:1")
    assert mactl("send", "--yes", "--now", NOW).status == 75
    monkeypatch.delenv("SMTP_URL")
    (home.folder / "recipes" / "hello.yaml").write_text("recipe: hello\n")
    home.write("contacts.csv", "contact_id,email\nC9,zoe@example.com\n")
    home.write("events.csv", "id,email,event,at\n")

    assert mactl("send", "--yes", "--now", NOW, "--format", "json").json["sent"] == 2
    assert {parsed(path)["Subject"] for path in home.outbox} == {"Hello Ann", "Hello Bob"}
