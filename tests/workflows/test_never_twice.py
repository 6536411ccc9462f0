"""Whatever people do and whenever cron runs: a plan is what is sent, and nobody gets the same twice."""

import json
import tempfile
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mactl.project import Project, load_project
from mactl.store.frames import read_frame
from mactl.store.tables import sends
from mactl.workflows.gathering import Sources
from mactl.workflows.opening import open_state
from mactl.workflows.planning.running import plan_now
from mactl.workflows.sending.send import Manners, send_now
from tests.conftest import examples
from tests.postgres import Cluster

START = datetime(2026, 12, 1, 8, tzinfo=UTC)
PEOPLE = ["ann", "bob", "cas"]

SETTINGS = """\
engine: pandas
contacts: [{file: contacts.csv}]
events: [{file: events.csv}]
consent: {offers: {state: ok, at: at, source: src, wording: txt, free: true, unambiguous: true}}
sender: {from: a@acme.example, address: Acme, unsubscribe: "https://acme.example/u/{token}"}
smtp: {url: "maildir:outbox"}
limits: {min_gap: 6 hours, per_contact: [{messages: 3, within: 2 days}], quiet_hours: {from: "22:00", to: "07:00"}}
"""
PRIVACY = "privacy: {basis: [consent], topic: offers, purpose: x}\n"


def recipe(name: str, enter: str, again: str, waits: list[int], priority: int) -> str:
    steps = "".join(
        f"    - send: t{number}\n    - wait: {hours} hours\n" for number, hours in enumerate(waits)
    )
    templates = "".join(
        f"  t{number}: {{subject: {name}-{number}, body: x}}\n" for number in range(len(waits))
    )
    return (
        f"recipe: {name}\n{PRIVACY}goal: {{event: paid}}\njourney:\n  enter: {enter}\n  again: {again}\n"
        f"  leave: [goal]\n  priority: {priority}\n  steps:\n{steps}templates:\n{templates}"
    )


WAITS = st.lists(st.integers(0, 30), min_size=1, max_size=3)
HAPPENING = st.tuples(
    st.sampled_from(PEOPLE),
    st.sampled_from(["cart", "visit", "paid"]),
    st.integers(0, 72),
    st.integers(1, 3),
)
WORLD = st.fixed_dictionaries(
    {
        "cart": st.tuples(
            st.sampled_from(["never", "per key", "always"]), WAITS, st.integers(0, 2)
        ),
        "visit": st.tuples(
            st.sampled_from(["never", "always", "after 1 days"]), WAITS, st.integers(0, 2)
        ),
        "events": st.lists(HAPPENING, max_size=12),
        "runs": st.lists(st.integers(0, 30), min_size=1, max_size=5),
        "share": st.booleans(),
    }
)


def make_project(folder: Path, world: dict[str, Any], kept: str) -> Project:
    (folder / "recipes").mkdir()
    (folder / "mactl.yaml").write_text(SETTINGS)
    enters = {"cart": "{event: cart, key: cart_id}", "visit": "{event: visit}"}
    for name, enter in enters.items():
        (folder / "recipes" / f"{name}.yaml").write_text(recipe(name, enter, *world[name]))
    shared = {"bob": "ann"} if world["share"] else {}
    rows = [
        f"{who},{shared.get(who, who)}@example.com,yes,2026-01-01T10:00,form,Yes\n"
        for who in PEOPLE
    ]
    identity = "identity: [contact_id]\n"  # so that two people may share an address
    (folder / "mactl.yaml").write_text(f"{SETTINGS}{identity}state: {json.dumps(kept)}\n")
    (folder / "contacts.csv").write_text("contact_id,email,ok,at,src,txt\n" + "".join(rows))
    lines = [
        f"{number},{who},{what},{(START + timedelta(hours=hours)).isoformat()},k{cart}\n"
        for number, (who, what, hours, cart) in enumerate(world["events"])
    ]
    (folder / "events.csv").write_text("id,contact_id,event,at,cart_id\n" + "".join(lines))
    project, findings = load_project(folder)
    assert not findings
    return project


@settings(max_examples=examples(12), suppress_health_check=[HealthCheck.too_slow])
@given(WORLD)
def test_a_plan_is_what_is_sent_and_nobody_gets_the_same_twice(world: dict[str, Any]) -> None:
    play(world, "sqlite:///.mactl/state.db")


@pytest.mark.debian("postgresql")
@settings(max_examples=examples(8), suppress_health_check=[HealthCheck.too_slow])
@given(WORLD)
def test_nor_does_anybody_where_the_state_is_on_a_server(
    postgres: Cluster, world: dict[str, Any]
) -> None:
    with postgres.database() as name:
        play(world, postgres.url(name))


def play(world: dict[str, Any], kept: str) -> None:
    """Every run of `world`, with its state at `kept`."""
    with tempfile.TemporaryDirectory() as temporary:
        project = make_project(Path(temporary), world, kept)
        now = START
        for hours in world["runs"]:
            now += timedelta(hours=hours)
            with plan_now(project, [], Sources(), now) as (planned, _):
                plan = planned.intents("queue")
            before = set((project.folder / "outbox").glob("new/*"))
            sent = send_now(project, [], Sources(), now, Manners())
            went = set((project.folder / "outbox").glob("new/*")) - before

            assert sent.counts["sent"] == len(plan) == len(went)
            # Rule 5: one marketing message to a contact in one run.
            assert not len(plan) or max(Counter(plan["contact"]).values()) == 1
        with (
            open_state(project) as state,
            state.reading() as connection,
        ):
            gone = read_frame(connection, sends.select().where(sends.c.status == "sent"))
        for who in ("contact", "address_key"):
            # Rule 1: a template goes to a contact, or to its address, once per occurrence.
            seen = gone[["recipe", "template", "occurrence", who]]
            assert not seen.duplicated().any()
