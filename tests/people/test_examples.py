"""The shipped example: people who are in the three recipes at the moment that it is made for."""

import csv
import importlib.util
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from mactl.clock import to_day, to_epoch
from mactl.columns import AT, CONTACT, EVENT
from mactl.people.events import Events, read_events
from mactl.people.people import People, read_people
from mactl.project import ContactSource, EventSource, Settings
from tests.conftest import ROOT

NOW = datetime(2026, 12, 1, 8, tzinfo=UTC)
SETTINGS = Settings.model_validate(
    {"timezone": "Europe/Amsterdam", "columns": {"interests": "list"}}
)


@pytest.fixture(scope="module")
def generate() -> Iterator[ModuleType]:
    spec = importlib.util.spec_from_file_location("generate", ROOT / "benchmarks/generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["generate"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["generate"]


@pytest.fixture(scope="module")
def people() -> People:
    return read_people(SETTINGS, ROOT, [ContactSource(file="contacts.csv.example")])


@pytest.fixture(scope="module")
def events(people: People) -> Events:
    return read_events(SETTINGS, ROOT, [EventSource(file="events.csv.example")], people)


def happened(events: Events, name: str, within: timedelta) -> list[dict[str, Any]]:
    since, now = to_epoch(NOW - within), to_epoch(NOW)
    return [
        row for row in events.events.to_pylist() if row[EVENT] == name and since <= row[AT] <= now
    ]


def test_the_shipped_files_are_what_the_generator_makes(
    generate: ModuleType, tmp_path: Path
) -> None:
    generate.write_example(tmp_path, 2026)

    for name in ("contacts.csv.example", "events.csv.example"):
        assert (tmp_path / name).read_bytes() == (ROOT / name).read_bytes()


def test_every_fault_that_was_put_in_is_found_at_its_line_and_no_other(
    people: People, events: Events
) -> None:
    found = {finding.id for finding in (*people.findings, *events.findings)}

    assert found == {
        "contact-bad-email",
        "contact-bad-value",
        "contact-invented-phone",
        "contact-unknown-timezone",
        "source-cell-count",
        "event-bad-instant",
        "event-bad-value",
        "event-no-name",
        "event-unknown-contact",
    }
    assert (people.summary.rejected, people.summary.merged) == (4, 1)
    assert (events.summary.rejected, events.summary.unknown, events.summary.repeated) == (2, 1, 1)
    lines = (ROOT / "contacts.csv.example").read_text(encoding="utf-8").splitlines()
    for finding in people.findings:
        assert finding.place is not None
        line = lines[finding.place.line - 1]
        assert any(
            fault in line
            for fault in ("apenstaart", "van Kort", "veel", "02-30", "0612345678", "Rotterdam")
        )


def test_nobody_in_it_could_exist(people: People) -> None:
    for address in people.contacts.column("email").to_pylist():
        assert address is None or address.endswith(("@example.com", "@example.org", ".test"))


def test_new_accounts_wait_for_their_welcome(events: Events) -> None:
    new = {row[CONTACT] for row in happened(events, "signed_up", timedelta(days=2))}

    assert 8 <= len(new) <= 20


def test_unhappy_customers_are_up_for_renewal_and_some_have_renewed(
    people: People, events: Events
) -> None:
    settled = {row[CONTACT] for row in happened(events, "complaint_resolved", timedelta(days=90))}
    renewed = {row[CONTACT] for row in happened(events, "renewed", timedelta(days=60))}
    today = to_day(NOW.date())
    due = {
        row[CONTACT]
        for row in people.contacts.to_pylist()
        if row[CONTACT] in settled
        and (row["clv"] or 0) >= 1000
        and row["nps"] is not None
        and row["nps"] <= 6
        and row["contract_end"] is not None
        and today <= row["contract_end"] <= today + 90
    }

    assert 8 <= len(due) <= 20
    assert 2 <= len(due & renewed) < len(due)


def test_carts_were_left_today_and_some_of_them_paid_for(events: Events) -> None:
    left = {row["cart_id"] for row in happened(events, "cart_abandoned", timedelta(days=1))}
    paid = {row["cart_id"] for row in happened(events, "purchase", timedelta(days=1))}

    assert 8 <= len(left) <= 20
    assert 2 <= len(left & paid) < len(left)


def test_consents_are_proven_unproven_and_replaced_by_a_purchase(
    people: People, events: Events
) -> None:
    waiting = {
        row[CONTACT]
        for name, within in (
            ("signed_up", timedelta(days=2)),
            ("cart_abandoned", timedelta(days=1)),
        )
        for row in happened(events, name, within)
    }
    buyers = {
        row[CONTACT]
        for row in happened(events, "purchase", timedelta(days=366))
        if row["category"] == "software" and row["opt_out_offered"]
    }
    kinds = {
        (row["opt_in"], row["opt_in_text"] is not None, row[CONTACT] in buyers)
        for row in people.contacts.to_pylist()
        if row[CONTACT] in waiting
    }

    assert {(True, True), (True, False)} <= {kind[:2] for kind in kinds}
    assert (None, False, True) in kinds


def test_the_benchmark_files_are_the_same_every_time(generate: ModuleType, tmp_path: Path) -> None:
    written = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        generate.write_benchmark(tmp_path / name, 300, 1000, 1, True)
        written.append(
            [(tmp_path / name / file).read_bytes() for file in ("contacts.csv", "events.csv")]
        )

    assert written[0] == written[1]
    rows = list(csv.reader(written[0][0].decode().splitlines()))
    assert len(rows) == 301
    assert {len(row) for row in rows} == {24}
    one = tmp_path / "one"
    found = read_people(SETTINGS, one, [ContactSource(file="contacts.csv")])
    assert found.findings == ()
    told = read_events(SETTINGS, one, [EventSource(file="events.csv")], found)
    assert (told.findings, told.summary.events) == ((), 1000)
