"""What contacts were before is kept, and what only their sources did is not taken for a change of theirs."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from mactl.facts.facts import Facts
from mactl.recipe.cookbook import Cookbook
from mactl.rules.engine import engine_named
from mactl.store.snapshots import Snapshots
from mactl.workflows.planning.noticing import Following, Noticed, notice
from tests.rules.tables import cookbook, facts

ASKS_TIER = {"segments": {"s": {"field": "tier", "changed": {"within_last": "7 days"}}}}
FIELDS = {"tier": "text", "city": "text"}


def contact(number: int) -> str:
    return str(uuid.UUID(int=number))


def people(
    day: int, rows: Mapping[int, Mapping[str, Any]], fields: Mapping[str, str] = FIELDS
) -> Facts:
    cells = {contact(n): {**dict.fromkeys(fields), **row} for n, row in rows.items()}
    return facts(f"2026-12-{day:02}T09:00", cells, fields=fields)


@dataclass
class Days:
    book: Cookbook
    history: Following | None = "all"
    kept: dict[str, bytes] = field(default_factory=dict)

    def run(self, now: Facts) -> Noticed:
        noticed = notice(
            now, self.book, Snapshots(self.kept), engine_named("pandas"), history=self.history
        )
        self.kept |= noticed.snapshots
        self.kept = {name: data for name, data in self.kept.items() if data}
        return noticed


def told(noticed: Noticed) -> list[tuple[str, Any, Any]]:
    """Field, what it was and what it is, of what is only kept."""
    if noticed.history.empty:
        return []
    found = [json.loads(text) for text in noticed.history["properties"]]
    return [(each["field"], each.get("from"), each.get("to")) for each in found]


def ids(noticed: Noticed) -> list[str]:
    return [finding.id for finding in noticed.findings]


def test_every_field_is_followed_where_nothing_asks_about_it() -> None:
    days = Days(cookbook({"r": {}}))
    days.run(people(1, {1: {"city": "Delft"}, 2: {"city": "Gent"}}))

    assert told(days.run(people(2, {1: {"city": "Leiden"}, 2: {"city": "Gent"}}))) == [
        ("city", "Delft", "Leiden")
    ]
    assert told(days.run(people(3, {1: {"city": "Leiden"}, 2: {"city": "Gent"}}))) == []


def test_what_a_recipe_asks_about_is_told_once_and_reaches_the_facts() -> None:
    days = Days(cookbook({"r": ASKS_TIER}))
    days.run(people(1, {1: {"tier": "a", "city": "Delft"}}))
    noticed = days.run(people(2, {1: {"tier": "b", "city": "Leiden"}}))

    assert told(noticed) == [("city", "Delft", "Leiden")]
    assert [json.loads(p)["field"] for p in noticed.events["properties"]] == ["tier"]
    assert noticed.facts.events.num_rows == 1  # what nothing asks about is not among them


def test_only_the_named_fields_are_followed() -> None:
    days = Days(cookbook({"r": {}}), ["city"])
    days.run(people(1, {1: {"tier": "a", "city": "Delft"}}))

    assert told(days.run(people(2, {1: {"tier": "b", "city": "Leiden"}}))) == [
        ("city", "Delft", "Leiden")
    ]
    assert "column tier" not in days.kept


def test_a_field_that_is_not_named_any_more_is_forgotten() -> None:
    days = Days(cookbook({"r": {}}))
    days.run(people(1, {1: {"tier": "a", "city": "Delft"}}))
    days.history = ()
    days.run(people(2, {1: {"tier": "a", "city": "Delft"}}))

    assert days.kept == {}


def test_whoever_only_plans_leaves_what_is_followed_alone() -> None:
    days = Days(cookbook({"r": ASKS_TIER}))
    days.run(people(1, {1: {"tier": "a", "city": "Delft"}}))
    days.history = None
    noticed = days.run(people(2, {1: {"tier": "a", "city": "Leiden"}}))

    assert not noticed.snapshots and told(noticed) == []


def many(cells: Mapping[str, Any], count: int = 40, **few: Mapping[str, Any]) -> dict[int, Any]:
    """`count` people with these cells, but those whose number (`n3`) is named."""
    return {n: dict(few.get(f"n{n}", cells)) for n in range(count)}


@pytest.mark.parametrize("book", [{}, ASKS_TIER], ids=["kept", "asked about"])
def test_a_column_that_is_missing_for_a_day_changes_nobody(book: Any) -> None:
    days = Days(cookbook({"r": book}))
    days.run(people(1, many({"tier": "a"})))
    days.run(people(2, many({}), {"city": "text"}))
    noticed = days.run(people(3, many({"tier": "a"}, n3={"tier": "b"})))

    assert len(noticed.events) + len(noticed.history) == 1


@pytest.mark.parametrize("book", [{}, ASKS_TIER], ids=["kept", "asked about"])
def test_a_source_that_is_empty_for_a_day_changes_nobody_and_is_told(book: Any) -> None:
    days = Days(cookbook({"r": book}))
    days.run(people(1, many({"tier": "a"})))
    gap = days.run(people(2, many({}, n3={"tier": "b"})))
    assert ids(gap) == ["history-gap"]
    assert len(gap.events) + len(gap.history) == 1  # who has another value has changed

    back = days.run(people(3, many({"tier": "a"}, n3={"tier": "b"}, n4={"tier": "c"})))
    assert ids(back) == []
    [properties] = [*back.events.get("properties", ()), *back.history.get("properties", ())]
    assert json.loads(properties) == {"field": "tier", "from": "a", "to": "c"}


def test_a_few_who_lose_a_field_have_lost_it() -> None:
    days = Days(cookbook({"r": {}}))
    days.run(people(1, many({"tier": "a"})))

    assert told(days.run(people(2, many({"tier": "a"}, n3={})))) == [("tier", "a", None)]


def test_a_field_that_comes_and_goes_in_its_type_tells_nothing_false() -> None:
    days = Days(cookbook({"r": {}}))
    days.run(people(1, many({"tier": "5"})))
    numbers = {"tier": "number", "city": "text"}

    assert told(days.run(people(2, many({"tier": 5}), numbers))) == []
    assert told(days.run(people(3, many({"tier": "5"})))) == []


def test_a_field_that_is_written_anew_for_everybody_is_no_change_of_theirs() -> None:
    days = Days(cookbook({"r": {}}))
    days.run(people(1, many({"city": "Delft"}, 120)))
    noticed = days.run(people(2, many({"city": "DELFT"}, 120)))

    assert (told(noticed), ids(noticed)) == ([], ["history-rewritten"])
    after = days.run(people(3, many({"city": "DELFT"}, 120, n7={"city": "Gent"})))
    assert told(after) == [("city", "DELFT", "Gent")]


@pytest.mark.parametrize(
    ("book", "history"), [({}, ["tier"]), (ASKS_TIER, "all")], ids=["named", "asked about"]
)
def test_what_somebody_asked_for_is_told_though_it_be_of_everybody(
    book: Any, history: Following
) -> None:
    days = Days(cookbook({"r": book}), history)
    days.run(people(1, many({"tier": "a"}, 120)))
    noticed = days.run(people(2, many({"tier": "b"}, 120)))

    assert len(noticed.history) + len(noticed.events) == 120


def test_a_recipe_that_comes_later_asks_about_what_changed_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mactl.clock import parse_instant, zone_named
    from mactl.project import load_project
    from mactl.store.changes import fields_at, read_changes
    from mactl.workflows.gathering import Sources
    from mactl.workflows.knowing import list_segments
    from mactl.workflows.opening import open_state
    from mactl.workflows.sending.send import Manners, send_now

    monkeypatch.chdir(tmp_path)
    Path("mactl.yaml").write_text(
        "contacts: [{file: contacts.csv}]\n"
        "sender: {from: a@acme.example, address: Acme, unsubscribe: 'https://acme.example/{token}'}\n"
        "smtp: {url: 'maildir:outbox'}\n"
    )
    Path("recipes").mkdir()
    Path("recipes/r.yaml").write_text("recipe: r\nsegments: {all: {field: email, empty: false}}\n")
    project, _ = load_project(Path())

    def at(text: str) -> Any:
        return parse_instant(text, zone_named("UTC"))

    for day, company in ((1, "Acme"), (2, "Bolt"), (3, "Bolt")):
        Path("contacts.csv").write_text(f"email,company\nann@example.com,{company}\n")
        send_now(project, [], Sources(), at(f"2026-11-0{day}T09:00"), Manners())
    Path("recipes/r.yaml").write_text(
        "recipe: r\nsegments: {moved: {field: company, changed: {within_last: 7 days}}}\n"
    )

    for day, inside in ((4, 1), (20, 0)):
        found = list_segments(project, [], None, Sources(), at(f"2026-11-{day:02}T09:00"))
        assert found.counts == {"r.moved": inside}
    with open_state(project) as state, state.reading() as connection:
        changes = read_changes(connection, fields=["company"])
        assert read_changes(connection, fields=["comp"]).empty
    [row] = changes.to_dict("records")
    assert (row["was"], row["now"]) == ("Acme", "Bolt")
    before = int(at("2026-11-01T12:00").timestamp())
    assert fields_at({"company": "Bolt"}, changes, before) == {"company": "Acme"}
    assert fields_at({"company": "Bolt"}, changes, row["at"]) == {"company": "Bolt"}
