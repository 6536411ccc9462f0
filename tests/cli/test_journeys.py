"""What always holds, watched through days of runs: who enters, who is written to, who is left alone."""

import email
import email.policy
from collections.abc import Callable

import pytest

from tests.cli.conftest import SETTINGS, Home, Mactl

PRIVACY = "privacy: {basis: [consent], topic: offers, purpose: Say hello}\n"
TEMPLATES = (
    'templates: {first: {subject: first, body: "One."}, second: {subject: second, body: "Two."}}\n'
)
PROVEN = "yes,2026-01-01T10:00,form,Yes please"

Run = Callable[..., list[str]]


@pytest.fixture
def run(home: Home, mactl: Mactl) -> Run:
    """Runs `mactl send` at an instant; who was sent what, in order of address."""

    def sent(now: str) -> list[str]:
        before = set(home.outbox)
        assert mactl("send", "--yes", "--now", now).status == 0
        messages = [
            email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            for path in set(home.outbox) - before
        ]
        return sorted(f"{m['To'].split('@')[0]} {m['Subject']}" for m in messages)

    (home.folder / "recipes" / "hello.yaml").unlink()
    return sent


def write_recipe(home: Home, name: str, journey: str, more: str = "") -> None:
    home.write(
        f"recipes/{name}.yaml", f"recipe: {name}\n{more}{PRIVACY}{TEMPLATES}journey:\n{journey}"
    )


def people(home: Home, *rows: str) -> None:
    head = "contact_id,email,tier,ends,timezone,opt_in,opt_in_at,opt_in_source,opt_in_text\n"
    home.write("contacts.csv", head + "".join(f"{row},{PROVEN}\n" for row in rows))


def events(home: Home, *rows: str) -> None:
    home.write("events.csv", "id,email,event,at,cart_id\n" + "".join(f"{row}\n" for row in rows))


CART = """\
  enter: {event: cart_abandoned, key: cart_id}
  again: per key
  leave: [goal]
  steps: [{wait: 1 hour}, {send: first}, {wait: 1 day}, {send: second}]
"""


def test_each_cart_has_its_own_reminders_and_a_purchase_ends_them(home: Home, run: Run) -> None:
    write_recipe(home, "cart", CART, "goal: {event: purchase}\n")
    people(home, "C1,ann@example.com,gold,,", "C2,bob@example.com,gold,,")
    events(
        home,
        "1,ann@example.com,cart_abandoned,2026-12-01T08:00,k1",
        "2,bob@example.com,cart_abandoned,2026-12-01T08:30,k2",
    )

    assert run("2026-12-01T08:50") == []
    assert run("2026-12-01T09:00") == ["ann first"]
    assert run("2026-12-01T09:30") == ["bob first"]
    events(
        home,
        "1,ann@example.com,cart_abandoned,2026-12-01T08:00,k1",
        "2,bob@example.com,cart_abandoned,2026-12-01T08:30,k2",
        "3,ann@example.com,purchase,2026-12-01T10:00,",
        "4,bob@example.com,cart_abandoned,2026-12-02T08:00,k3",
    )
    assert run("2026-12-02T09:00") == [
        "bob first"
    ]  # the new cart; the old one's second is not due yet
    assert run("2026-12-02T09:30") == ["bob second"]


def test_a_date_lets_everyone_in_at_the_hour_where_they_are(home: Home, run: Run) -> None:
    write_recipe(
        home,
        "renew",
        '  enter: {date: ends, offset: -30 days, at: "09:00"}\n  leave: []\n  steps: [{send: first}]\n',
    )
    people(
        home,
        "C1,ann@example.com,gold,2026-12-31,",
        "C2,bob@example.com,gold,2026-12-31,America/New_York",
    )
    events(home)

    assert run("2026-12-01T08:59") == []
    assert run("2026-12-01T09:00") == ["ann first"]
    assert run("2026-12-01T14:59") == []
    assert run("2026-12-01T15:00") == ["bob first"]
    assert run("2026-12-01T15:01") == []


def test_old_exports_enroll_nobody(home: Home, run: Run) -> None:
    write_recipe(home, "cart", CART, "goal: {event: purchase}\n")
    people(home, "C1,ann@example.com,gold,,", "C2,bob@example.com,gold,,")
    events(
        home,
        "1,ann@example.com,cart_abandoned,2026-11-28T09:00,k1",
        "2,bob@example.com,cart_abandoned,2026-11-29T09:01,k2",
    )

    assert run("2026-12-01T09:00") == ["bob first"]


def test_who_leaves_the_segment_leaves_the_journey_and_may_come_back_on_rejoin(
    home: Home, run: Run
) -> None:
    write_recipe(
        home,
        "gold",
        "  enter: {segment: gold}\n  again: on rejoin\n  leave: [unmatched]\n"
        "  steps: [{wait: 1 day}, {send: first}, {wait: 1 day}, {send: second}]\n",
        "segments: {gold: {field: tier, eq: gold}}\n",
    )
    events(home)
    people(home, "C1,ann@example.com,gold,,")
    assert run("2026-12-01T09:00") == []
    people(home, "C1,ann@example.com,silver,,")
    assert run("2026-12-02T09:00") == []
    people(home, "C1,ann@example.com,gold,,")
    assert run("2026-12-03T09:00") == []
    assert run("2026-12-04T09:00") == ["ann first"]
    assert run("2026-12-05T09:00") == ["ann second"]
    assert run("2026-12-06T09:00") == []


def test_again_after_a_while_means_a_new_occurrence_and_a_new_message(home: Home, run: Run) -> None:
    write_recipe(
        home,
        "gold",
        "  enter: {segment: gold}\n  again: after 30 days\n  leave: []\n  steps: [{send: first}]\n",
        "segments: {gold: {field: tier, eq: gold}}\n",
    )
    events(home)
    people(home, "C1,ann@example.com,gold,,")

    assert run("2026-11-01T09:00") == ["ann first"]
    assert run("2026-11-02T09:00") == []  # passes the send and comes to the end
    assert run("2026-12-01T09:00") == []
    assert run("2026-12-02T09:00") == ["ann first"]


def test_the_recipe_of_higher_priority_goes_first_and_the_other_waits(home: Home, run: Run) -> None:
    home.write("mactl.yaml", SETTINGS + "limits: {min_gap: 12 hours}\n")
    for name, priority in (("alpha", 1), ("beta", 5)):
        home.write(
            f"recipes/{name}.yaml",
            f"recipe: {name}\nsegments: {{gold: {{field: tier, eq: gold}}}}\n{PRIVACY}"
            f"journey: {{enter: {{segment: gold}}, leave: [], priority: {priority}, steps: [{{send: {name}}}]}}\n"
            f"templates: {{{name}: {{subject: {name}, body: x}}}}\n",
        )
    events(home)
    people(home, "C1,ann@example.com,gold,,")

    assert run("2026-12-01T09:00") == ["ann beta"]
    assert run("2026-12-01T20:59") == []
    assert run("2026-12-01T21:00") == ["ann alpha"]


def test_a_message_held_longer_than_latest_is_skipped_and_the_journey_goes_on(
    home: Home, mactl: Mactl, run: Run
) -> None:
    home.write("mactl.yaml", SETTINGS + "limits: {per_contact: [{messages: 1, within: 7 days}]}\n")
    write_recipe(
        home,
        "gold",
        "  enter: {segment: gold}\n  leave: []\n  latest: 2 days\n"
        "  steps: [{send: first}, {wait: 1 day}, {send: second}, {exit: done}]\n",
        "segments: {gold: {field: tier, eq: gold}}\n",
    )
    events(home)
    people(home, "C1,ann@example.com,gold,,")

    assert run("2026-12-01T09:00") == ["ann first"]
    assert run("2026-12-02T09:00") == []
    [held] = mactl("plan", "--now", "2026-12-04T09:00", "--format", "json").json["held"]
    assert (held["gate"], held["until"]) == ("cap", "2026-12-08T09:00:00+01:00")
    assert run("2026-12-04T09:01") == []
    [_, late] = mactl("sends", "list", "--format", "json").json["sends"]
    assert (late["status"], late["gate"]) == ("skipped", "lateness")
    journeys = mactl("explain", "C1", "--now", "2026-12-04T09:01", "--format", "json").json[
        "journeys"
    ]
    assert [(j["status"], j["why"]) for j in journeys] == [("completed", "done")]


@pytest.mark.parametrize(
    ("status", "expected"),
    [("live", ["ann first"]), ("draft", []), ("paused", []), ("archived", [])],
)
def test_only_a_live_recipe_admits_people(
    home: Home, run: Run, status: str, expected: list[str]
) -> None:
    write_recipe(
        home,
        "gold",
        "  enter: {segment: gold}\n  leave: []\n  steps: [{send: first}]\n",
        f"status: {status}\nsegments: {{gold: {{field: tier, eq: gold}}}}\n",
    )
    events(home)
    people(home, "C1,ann@example.com,gold,,")

    assert run("2026-12-01T09:00") == expected


def test_an_archived_recipe_lets_everyone_go(home: Home, mactl: Mactl, run: Run) -> None:
    journey = "  enter: {segment: gold}\n  leave: []\n  steps: [{send: first}, {wait: 1 day}, {send: second}]\n"
    gold = "segments: {gold: {field: tier, eq: gold}}\n"
    write_recipe(home, "gold", journey, gold)
    events(home)
    people(home, "C1,ann@example.com,gold,,")
    assert run("2026-12-01T09:00") == ["ann first"]
    write_recipe(home, "gold", journey, f"status: archived\n{gold}")

    plan = mactl("plan", "--now", "2026-12-02T09:00", "--format", "json").json

    assert plan["leaving"] == [{"recipe": "gold", "contact": "C1", "why": "archived"}]
    assert plan["sends"] == []


def test_a_shortened_wait_releases_and_a_lengthened_one_applies(home: Home, run: Run) -> None:
    gold = "segments: {gold: {field: tier, eq: gold}}\n"

    def wait(length: str) -> None:
        steps = f"[{{send: first}}, {{wait: {length}}}, {{send: second}}]"
        write_recipe(
            home, "gold", f"  enter: {{segment: gold}}\n  leave: []\n  steps: {steps}\n", gold
        )

    events(home)
    people(home, "C1,ann@example.com,gold,,")
    wait("3 days")
    assert run("2026-12-01T09:00") == ["ann first"]
    wait("5 days")
    assert run("2026-12-04T09:00") == []
    wait("4 days")
    assert run("2026-12-05T09:00") == ["ann second"]


def test_who_met_the_goal_just_before_does_not_enter_a_segment_s_journey(
    home: Home, run: Run
) -> None:
    write_recipe(
        home,
        "gold",
        "  enter: {segment: gold}\n  leave: [goal]\n  steps: [{send: first}]\n",
        "goal: {event: purchase, within: 7 days}\nsegments: {gold: {field: tier, eq: gold}}\n",
    )
    people(home, "C1,ann@example.com,gold,,", "C2,bob@example.com,gold,,")
    events(
        home,
        "1,ann@example.com,purchase,2026-11-28T09:00,",
        "2,bob@example.com,purchase,2026-11-20T09:00,",
    )

    assert run("2026-12-01T09:00") == ["bob first"]
    assert run("2026-12-05T10:00") == ["ann first"]  # a week after her purchase


def test_an_opt_out_in_the_events_beats_every_ground(home: Home, run: Run) -> None:
    write_recipe(
        home, "hello", "  enter: {event: signed_up}\n  leave: []\n  steps: [{send: first}]\n"
    )
    names = ("ann", "bob", "cas", "dan", "eve")
    people(home, *(f"C{n},{name}@example.com,gold,," for n, name in enumerate(names)))
    head = "id,email,event,at,topic\n"
    entering = [f"{name},{name}@example.com,signed_up,2026-12-01T08:00," for name in names]
    told = [
        "1,ann@example.com,unsubscribed,2026-11-30T10:00,",
        "2,bob@example.com,complained,2026-11-30T10:00,offers",
        "3,cas@example.com,unsubscribed,2026-11-30T10:00,another topic",
        "4,dan@example.com,unsubscribed,2025-11-30T10:00,offers",  # before the consent on record
    ]
    home.write("events.csv", head + "".join(f"{row}\n" for row in (*entering, *told)))

    assert run("2026-12-01T09:00") == ["cas first", "dan first", "eve first"]
