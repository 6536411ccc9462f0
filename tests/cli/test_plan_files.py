"""A plan that was kept goes out exactly as it was looked at, or not at all, and says why."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import CONTACTS, EVENTS, HELLO, NOW, SETTINGS, Home, Mactl

LATER = "2026-12-01T09:20"


@pytest.fixture
def kept(home: Home, mactl: Mactl) -> dict[str, Any]:
    """The plan of NOW, kept in plan.json."""
    assert mactl("plan", "--now", NOW, "--out", "plan.json").status == 0
    found: dict[str, Any] = json.loads((home.folder / "plan.json").read_text())
    return found


def send(mactl: Mactl, *more: str, now: str = LATER) -> Any:
    return mactl("send", "--plan", "plan.json", "--yes", "--now", now, "--format", "json", *more)


def test_a_kept_plan_says_all_that_was_planned(home: Home, kept: dict[str, Any]) -> None:
    assert kept["mactl_plan"] == 1
    assert kept["now"] == "2026-12-01T09:00:00+01:00"
    assert [recipe["recipe"] for recipe in kept["recipes"]] == ["hello"]
    assert {(s["to"], s["verdict"], bool(s["content"])) for s in kept["sends"]} == {
        ("ann@example.com", "queue", True),
        ("bob@example.com", "queue", True),
        ("cas@example.com", "skip", False),
    }
    assert kept["totals"] == {"queue": 2, "hold": 0, "skip": 1, "entering": 3, "leaving": 0}
    assert kept["state"] == {"id": None, "run": 0}


def test_a_kept_plan_is_for_its_owner_alone_and_nothing_else_is_left(
    home: Home, mactl: Mactl
) -> None:
    (home.folder / "plan.json").write_text("what was there")
    mactl("plan", "--now", NOW, "--out", "plan.json")

    assert stat.S_IMODE((home.folder / "plan.json").stat().st_mode) == 0o600
    assert [path.name for path in home.folder.glob("*plan.json*")] == ["plan.json"]
    assert not (home.folder / ".mactl" / "state.db").exists()


def test_keeping_a_plan_shows_it_as_ever(home: Home, mactl: Mactl) -> None:
    plain = mactl("plan", "--now", NOW, "--format", "json")

    assert mactl("plan", "--now", NOW, "--format", "json", "--out", "p.json").out == plain.out


def test_what_was_looked_at_is_sent(home: Home, mactl: Mactl, kept: dict[str, Any]) -> None:
    sent = send(mactl)

    assert (sent.status, sent.json["sent"]) == (0, 2)
    sends = mactl("sends", "list", "--status", "sent", "--format", "json").json["sends"]
    assert {s["send_id"] for s in sends} == {
        s["send_id"] for s in kept["sends"] if s["verdict"] == "queue"
    }


def test_what_does_not_matter_does_not_refuse(home: Home, mactl: Mactl, kept: Any) -> None:
    home.write("recipes/hello.yaml", "# Says hello.\n" + HELLO)
    home.write(
        "recipes/other.yaml", HELLO.replace("hello", "other").replace("signed_up", "nothing")
    )
    home.write(
        "contacts.csv", CONTACTS + "C9,zoe@example.com,Zoe,NL,yes,2026-01-01T10:00,form,Yes\n"
    )
    home.write("events.csv", EVENTS + "9,zoe@example.com,looked_around,2026-11-30T10:00,,\n")

    assert send(mactl).json["sent"] == 2


def test_a_recipe_that_came_later_sends_nothing_by_it(home: Home, mactl: Mactl, kept: Any) -> None:
    home.write("recipes/other.yaml", HELLO.replace("recipe: hello", "recipe: other"))

    assert send(mactl).json["sent"] == 2


def contacts(old: str, new: str) -> tuple[str, str]:
    return "contacts.csv", CONTACTS.replace(old, new)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            ("events.csv", EVENTS + "9,ann@example.com,paid,2026-12-01T09:10,,\n"),
            "1 would no longer be written to (it is not due): ann@example.com (hello.first)",
        ),
        (
            contacts("C2,bob@example.com,Bob,BE,yes", "C2,bob@example.com,Bob,BE,no"),
            "(it is skipped by consent: no proven consent for offers): bob@example.com",
        ),
        (
            contacts("C3,cas@example.com,,NL,no,,,", "C3,cas@example.com,,NL,yes,2026-01-01,form,Yes"),
            "1 more would be written to: cas@example.com (hello.first)",
        ),
        (
            contacts("bob@example.com", "bob@example.org"),
            "bob@example.com has become bob@example.org (hello.first)",
        ),
        (
            ("contacts.csv", "\n".join(CONTACTS.splitlines()[:2]) + "\n"),
            "(they are not among the contacts): bob@example.com",
        ),
        (
            ("recipes/hello.yaml", HELLO.replace("Welcome.", "Welcome!")),
            "the template hello.first has changed: 2 would get another message",
        ),
        (
            ("mactl.yaml", SETTINGS.replace("news@acme.example", "hello@acme.example")),
            "the template hello.first has changed",
        ),
        (
            ("mactl.yaml", SETTINGS + 'limits: {quiet_hours: {from: "09:10", to: "10:00"}}\n'),
            "it is held by quiet_hours",
        ),
        (("recipes/hello.yaml", HELLO.replace("signed_up", "nothing")), "(it is not due)"),
    ],
)  # fmt: skip
def test_a_change_that_matters_refuses_the_plan_and_is_named(
    home: Home, mactl: Mactl, kept: Any, change: tuple[str, str], words: str
) -> None:
    home.write(*change)
    if (
        change[0] == "contacts.csv"
    ):  # an address is found by the contact's id, the event by the old one
        home.write("events.csv", EVENTS.replace("email,", "contact_id,").replace("ann@example.com", "C1")
                   .replace("bob@example.com", "C2").replace("cas@example.com", "C3"))  # fmt: skip

    refused = send(mactl)

    assert refused.status == 1
    assert "plan.json no longer holds; nothing was sent, and nothing was changed" in refused.err
    assert words in refused.err
    assert (
        "has changed since it was kept" in refused.err
        or "have changed" in refused.err
        or (change[0] == "mactl.yaml")
    )
    assert not refused.out
    assert not home.outbox
    assert mactl("sends", "list", "--format", "json").json["sends"] == []


def test_a_plan_is_sent_once(home: Home, mactl: Mactl, kept: Any) -> None:
    assert send(mactl).status == 0

    refused = send(mactl)
    assert refused.status == 1
    assert "(it is sent already): ann@example.com (hello.first), bob@example.com" in refused.err
    assert "there was a run since it was kept" in refused.err
    assert len(home.outbox) == 2


def test_time_that_passes_counts_too(home: Home, mactl: Mactl, kept: Any) -> None:
    refused = send(mactl, now="2026-12-03T09:00")

    assert refused.status == 1
    assert "would no longer be written to" in refused.err


def test_a_plan_of_another_state_is_refused(home: Home, mactl: Mactl) -> None:
    home.write("events.csv", EVENTS.splitlines()[0] + "\n")
    assert mactl("send", "--yes", "--now", NOW).status == 0
    home.write("events.csv", EVENTS)
    assert mactl("plan", "--now", NOW, "--out", "plan.json").status == 0
    for file in (home.folder / ".mactl").iterdir():
        file.unlink()

    refused = send(mactl)
    assert refused.status == 1
    assert "it was made upon another state than this one" in refused.err


def test_a_dry_run_tells_whether_the_plan_still_holds(home: Home, mactl: Mactl, kept: Any) -> None:
    held = mactl("send", "--plan", "plan.json", "--dry-run", "--now", LATER, "--format", "json")
    assert (held.status, held.json["totals"]["sends"]) == (0, 2)
    home.write("events.csv", EVENTS + "9,ann@example.com,paid,2026-12-01T09:10,,\n")
    broken = mactl("send", "--plan", "plan.json", "--dry-run", "--now", LATER)

    assert broken.status == 1
    assert not (home.folder / ".mactl" / "state.db").exists()


def test_a_plan_of_other_files_and_some_recipes_is_sent_from_these(
    home: Home, mactl: Mactl
) -> None:
    home.write("recipes/other.yaml", HELLO.replace("recipe: hello", "recipe: other"))
    home.write("new.csv", "\n".join(CONTACTS.splitlines()[:2]) + "\n")
    home.write("new-events.csv", "\n".join(EVENTS.splitlines()[:2]) + "\n")
    arguments = ("--contacts", "new.csv", "--events", "new-events.csv", "--now", NOW)
    assert mactl("plan", "hello", *arguments, "--out", "plan.json").status == 0

    assert send(mactl).json["sent"] == 1
    [sent] = mactl("sends", "list", "--status", "sent", "--format", "json").json["sends"]
    assert (sent["recipe"], sent["to"]) == ("hello", "ann@example.com")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "No such file"),
        ("hello", "is no plan"),
        ('{"sends": []}', "is no plan"),
        ('{"mactl_plan": 99, "mactl": "9.0"}', "another version of mactl (9.0)"),
        ('{"mactl_plan": 1}', "is no whole plan: see mactl"),
    ],
)
def test_what_is_no_plan_is_not_sent(
    home: Home, mactl: Mactl, text: str | None, words: str
) -> None:
    if text is not None:
        home.write("plan.json", text)
    refused = send(mactl)

    assert refused.status == 2
    assert words in refused.err


def test_a_kept_plan_names_its_recipes_itself(home: Home, mactl: Mactl, kept: Any) -> None:
    refused = mactl("send", "hello", "--plan", "plan.json", "--yes", "--now", LATER)

    assert refused.status == 2
    assert "leave them out beside --plan" in refused.err


def test_a_plan_with_a_faulty_template_is_not_kept(home: Home, mactl: Mactl) -> None:
    home.write("recipes/hello.yaml", HELLO.replace("Welcome.", "{{ contact.first_name | shout }}"))
    refused = mactl("plan", "--now", NOW, "--out", "plan.json")

    assert refused.status == 2
    assert not (home.folder / "plan.json").exists()


def test_a_folder_that_is_not_there_is_named(home: Home, mactl: Mactl) -> None:
    refused = mactl("plan", "--now", NOW, "--out", str(Path("nowhere") / "plan.json"))

    assert refused.status == 2
    assert "nowhere/plan.json: the plan can't be kept" in refused.err


def test_a_plan_with_people_in_an_old_version_names_the_recipe_once(
    home: Home, mactl: Mactl
) -> None:
    assert mactl("send", "--yes", "--now", NOW).status == 0
    home.write(
        "recipes/hello.yaml", HELLO.replace("goal:", "version: 2\ngoal:").replace("Tell us", "Say")
    )
    assert mactl("plan", "--now", "2026-12-04T09:00", "--out", "plan.json").status == 0

    kept = json.loads((home.folder / "plan.json").read_text())
    assert [(recipe["recipe"], recipe["version"]) for recipe in kept["recipes"]] == [("hello", 2)]
    assert send(mactl, now="2026-12-04T09:00").json["sent"] == 1
    assert [path for path in home.outbox if "Tell us, Ann" in path.read_text()]


TELLING = HELLO.replace(
    "    - send: first\n", "    - notify: {to: sales, message: Someone came}\n    - send: first\n"
)


def test_what_colleagues_are_told_is_kept_and_compared_too(home: Home, mactl: Mactl) -> None:
    home.write("mactl.yaml", SETTINGS + "teams: {sales: {email: sales@acme.example}}\n")
    home.write("recipes/hello.yaml", TELLING)
    assert mactl("plan", "--now", NOW, "--out", "plan.json").status == 0
    kept = json.loads((home.folder / "plan.json").read_text())
    assert sorted((act["kind"], act["contact"]) for act in kept["acts"]) == [
        ("notify", "C1"),
        ("notify", "C2"),
        ("notify", "C3"),
    ]
    home.write("recipes/hello.yaml", HELLO)

    refused = send(mactl)
    assert refused.status == 1
    assert "3 would not be done any more: hello.notify-1 for C1" in refused.err
