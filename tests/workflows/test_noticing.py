"""Who moved since the last run is noticed once; what an edit, a newcomer's row or a gap in the files moves is not."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from mactl.facts.facts import Facts
from mactl.recipe.cookbook import Cookbook
from mactl.rules.engine import engine_named
from mactl.rules.evaluate import evaluate
from mactl.rules.names import STAGE, Definition
from mactl.rules.select import select_events
from mactl.store.snapshots import Snapshots
from mactl.workflows.planning.following import Tracked, definition_hash, tracked
from mactl.workflows.planning.noticing import Noticed, notice
from tests.rules.tables import cookbook, facts

GOLD = {"segments": {"gold": {"field": "tier", "eq": "gold"}}}
LADDER = {"stages": {"lead": {}, "mql": {"field": "points", "gte": 10}}}
JOB = {"event": "field_changed", "where": {"field": "job"}}
STEPS = {"leave": [], "steps": [{"exit": "done"}]}


def journey(enter: Any) -> dict[str, Any]:
    return {"journey": {"enter": enter, **STEPS}}


FOLLOWED = GOLD | LADDER | journey({"segment": "gold", "existing": False})


def contact(name: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, name))


NAMES = {contact(name): name for name in ("ann", "bob", "cas", "dan")}


def people(day: int, **rows: Mapping[str, Any]) -> Facts:
    """Who there is on a day of December, each with a tier and points."""
    cells = {contact(n): {"tier": None, "points": None, **row} for n, row in rows.items()}
    return facts(f"2026-12-{day:02}T09:00", cells, fields={"tier": "text", "points": "number"})


@dataclass
class Days:
    """Runs, one after another, each of which keeps what it noticed."""

    book: Cookbook
    kept: dict[str, bytes] = field(default_factory=dict)
    last: Noticed | None = None

    def run(self, now: Facts, book: Cookbook | None = None) -> list[str]:
        """What a run noticed: `ann segment_joined r.gold`."""
        self.book = book or self.book
        noticed = notice(now, self.book, Snapshots(self.kept), engine_named("pandas"))
        self.kept |= noticed.snapshots
        self.kept = {name: data for name, data in self.kept.items() if data}
        self.last = noticed
        return [
            " ".join(
                [
                    NAMES[row["contact"]],
                    row["event"],
                    *map(str, json.loads(row["properties"]).values()),
                ]
            )
            for row in noticed.events.to_dict("records")
        ]


@pytest.fixture
def days() -> Days:
    return Days(cookbook({"r": FOLLOWED}))


def test_the_first_sight_is_a_baseline(days: Days) -> None:
    assert days.run(people(1, ann={"tier": "gold", "points": 20}, bob={})) == []


def test_who_moves_is_noticed_once(days: Days) -> None:
    days.run(people(1, ann={}, bob={"tier": "gold"}))

    moved = people(2, ann={"tier": "gold", "points": 12}, bob={})
    assert sorted(days.run(moved)) == [
        "ann segment_joined r.gold",
        "ann stage_changed lead mql",
        "bob segment_left r.gold",
    ]
    assert days.run(moved) == []


def test_the_events_of_a_run_are_in_its_facts_and_of_its_now(days: Days) -> None:
    days.run(people(1, ann={}))
    days.run(people(2, ann={"tier": "gold"}))
    assert days.last is not None

    found = select_events(days.last.facts, "segment_joined", {}, engine="pandas")
    [row] = found.to_dict("records")
    assert row["contact"] == contact("ann")
    assert row["at"] == int(days.last.facts.now.timestamp())
    assert row["properties"] == {"segment": "r.gold"}


def test_nothing_is_written_where_nobody_moved(days: Days) -> None:
    days.run(people(1, ann={"tier": "gold"}, bob={}))
    days.run(people(2, ann={"tier": "gold"}, bob={}))
    assert days.last is not None
    assert days.last.snapshots == {}


def test_a_newcomer_joins_segments_and_comes_to_a_stage(days: Days) -> None:
    days.run(people(1, ann={}))

    assert sorted(days.run(people(2, ann={}, bob={"tier": "gold"}))) == [
        "bob segment_joined r.gold",
        "bob stage_changed lead",
    ]
    assert days.run(people(3, ann={}, bob={"tier": "gold"})) == []


def test_a_newcomer_outside_joins_when_they_come_in(days: Days) -> None:
    days.run(people(1, ann={}))
    days.run(people(2, ann={}, bob={}))

    assert days.run(people(3, ann={}, bob={"tier": "gold"})) == ["bob segment_joined r.gold"]


def test_who_is_gone_from_the_files_has_left_nothing_until_seen_outside(days: Days) -> None:
    days.run(people(1, ann={"tier": "gold"}, bob={"tier": "gold"}, cas={}))

    assert days.run(people(2, cas={})) == []
    assert days.run(people(3, ann={"tier": "gold"}, cas={})) == []
    assert days.run(people(4, bob={}, cas={}, ann={"tier": "gold"})) == ["bob segment_left r.gold"]


def test_who_was_gone_at_the_baseline_joined_nothing_when_they_come_back(days: Days) -> None:
    ladder = cookbook({"r": LADDER})
    days.run(people(1, ann={}, bob={}), ladder)
    days.run(people(2, ann={}), cookbook({"r": FOLLOWED}))

    assert days.run(people(3, ann={}, bob={"tier": "gold"})) == []
    assert days.run(people(4, ann={}, bob={})) == ["bob segment_left r.gold"]


def test_an_edit_moves_people_without_an_event(days: Days) -> None:
    days.run(people(1, ann={"tier": "gold"}, bob={"tier": "silver"}))
    silver = {"segments": {"gold": {"field": "tier", "eq": "silver"}}}
    edited = cookbook({"r": FOLLOWED | silver})

    assert days.run(people(2, ann={"tier": "gold"}, bob={"tier": "silver"}), edited) == []
    assert days.run(people(3, ann={"tier": "silver"}, bob={"tier": "silver"})) == [
        "ann segment_joined r.gold"
    ]


def test_an_edit_of_what_a_segment_is_made_from_is_an_edit_of_it(days: Days) -> None:
    def book(tier: str) -> Cookbook:
        segments = {"base": {"field": "tier", "eq": tier}, "gold": [{"segment": "base"}]}
        return cookbook({"r": FOLLOWED | {"segments": segments}})

    days.run(people(1, ann={"tier": "silver"}), book("gold"))
    assert days.run(people(2, ann={"tier": "silver"}), book("silver")) == []


def test_a_hash_is_of_what_was_written_and_not_of_its_layout() -> None:
    one = cookbook({"r": {"segments": {"gold": [{"field": "tier", "eq": "gold"}]}}})
    same = cookbook(
        {"r": {"title": "Other", "segments": {"gold": {"all": [{"field": "tier", "eq": "gold"}]}}}}
    )
    other = cookbook({"r": {"segments": {"gold": [{"field": "tier", "eq": "Gold!"}]}}})
    gold = Definition("segment", "r.gold")

    assert definition_hash(gold, one) == definition_hash(gold, same)
    assert definition_hash(gold, one) != definition_hash(gold, other)


def test_fields_are_followed_with_what_they_were_and_a_newcomer_s_are_a_baseline() -> None:
    days = Days(
        cookbook(
            {"r": {"segments": {"s": {"field": "tier", "changed": {"within_last": "7 days"}}}}}
        )
    )
    days.run(people(1, ann={"tier": "gold"}, bob={"tier": "x"}))

    assert days.run(people(2, ann={"tier": "silver"}, bob={}, cas={"tier": "gold"})) == [
        "ann field_changed tier gold silver",
        "bob field_changed tier x",
    ]
    assert days.run(people(3, ann={"tier": "silver"}, bob={"tier": "y"}, cas={"tier": "z"})) == [
        "bob field_changed tier y",
        "cas field_changed tier gold z",
    ]


def test_a_derived_field_is_followed_by_its_full_name() -> None:
    says = {
        "fields": {"double": "points * 2"},
        "segments": {"s": {"field": "double", "changed": {"within_last": "7 days"}}},
    }
    days = Days(cookbook({"r": says}))
    days.run(people(1, ann={"points": 1}, bob={}))

    assert days.run(people(2, ann={"points": 2}, bob={}, cas={"points": 9})) == [
        "ann field_changed r.double 2 4"
    ]
    edited = cookbook({"r": says | {"fields": {"double": "points * 3"}}})
    assert days.run(people(3, ann={"points": 2}, bob={}, cas={"points": 9}), edited) == []
    assert days.run(people(4, ann={"points": 2}, bob={"points": 1}, cas={})) == [
        "bob field_changed r.double 3",
        "cas field_changed r.double 27",
    ]


def test_a_derived_field_of_a_column_that_is_gone_changes_nothing() -> None:
    says = {"fields": {"double": "points * 2"}} | journey({"event": "field_changed"})
    days = Days(cookbook({"r": says}))
    days.run(people(1, ann={"points": 1}))
    gone = facts("2026-12-02T09:00", {contact("ann"): {}}, fields={})

    assert days.run(gone) == []
    assert days.run(people(3, ann={"points": 3})) == [
        "ann field_changed points 1 3",
        "ann field_changed r.double 2 6",
    ]


def test_a_field_that_changed_its_type_is_a_baseline() -> None:
    days = Days(cookbook({"r": journey({"event": "field_changed", "where": {"field": "tier"}})}))
    days.run(people(1, ann={"tier": "5"}))
    number = facts("2026-12-02T09:00", {contact("ann"): {"tier": 5}}, fields={"tier": "number"})

    assert days.run(number) == []


@pytest.mark.parametrize("type_", ["date", "instant", "list", "boolean", "number", "text"])
def test_a_field_of_any_type_tells_json(type_: str) -> None:
    old, new, told = {
        "date": ("2026-01-01", "2027-01-01", "2027-01-01"),
        "instant": ("2026-01-01T10:00", "2026-01-02T10:00", "2026-01-02T10:00:00+01:00"),
        "list": ("a", "a;b", ["a", "b"]),
        "boolean": (False, True, True),
        "number": (1, 2.5, 2.5),
        "text": ("a", "é", "é"),
    }[type_]
    days = Days(cookbook({"r": journey({"event": "field_changed"})}))
    for day, value in ((1, old), (2, new)):
        days.run(
            facts(f"2026-12-0{day}T09:00", {contact("ann"): {"x": value}}, fields={"x": type_})
        )
    assert days.last is not None
    [properties] = days.last.events["properties"]
    assert json.loads(properties)["to"] == told


def test_a_segment_of_who_joined_another_is_judged_after_it() -> None:
    segments = {
        "gold": {"field": "tier", "eq": "gold"},
        "upgraded": {"event": "segment_joined", "where": {"segment": "r.gold"}},
    }
    days = Days(
        cookbook(
            {"r": {"segments": segments} | journey({"segment": "upgraded", "existing": False})}
        )
    )
    days.run(people(1, ann={}, bob={"tier": "gold"}))

    assert days.run(people(2, ann={"tier": "gold"}, bob={"tier": "gold"})) == [
        "ann segment_joined r.gold",
        "ann segment_joined r.upgraded",
    ]


def test_what_was_worked_out_on_the_way_is_what_the_rules_say(days: Days) -> None:
    days.run(people(1, ann={}, bob={"tier": "gold"}))
    days.run(people(2, ann={"tier": "gold", "points": 30}, bob={}))
    assert days.last is not None
    definitions = {str(d): d for d in days.last.known}

    answers = evaluate(days.last.facts, days.book, definitions, engine="pandas")
    assert set(days.last.known) == {STAGE, Definition("segment", "r.gold")}
    for definition, column in days.last.known.items():
        assert column.tolist() == answers[str(definition)].tolist()


def test_two_moves_within_a_minute_are_two_events(days: Days) -> None:
    ids: list[str] = []
    for points in (None, 10, None):
        days.run(people(1, ann={"points": points}))
        assert days.last is not None
        ids += list(days.last.events["source_id"])

    assert len(ids) == len(set(ids)) == 2


@pytest.mark.parametrize(
    ("says", "expected"),
    [
        (GOLD, Tracked()),
        (GOLD | journey({"segment": "gold"}), Tracked()),
        (LADDER, Tracked(frozenset({STAGE}))),
        (
            GOLD | journey({"segment": "gold", "existing": False}),
            Tracked(frozenset({Definition("segment", "r.gold")})),
        ),
        (
            GOLD | journey({"event": "x", "if": {"segment": "gold", "left": {"within_last": "1 day"}}}),
            Tracked(frozenset({Definition("segment", "r.gold")})),
        ),
        (
            {"segments": {"a": {"field": "x", "eq": 1}, "b": {"field": "x", "eq": 2}}}
            | journey({"event": "segment_left"}),
            Tracked(frozenset({Definition("segment", "r.a"), Definition("segment", "r.b")})),
        ),
        (
            {"segments": {"a": {"field": "x", "eq": 1}, "b": {"field": "x", "eq": 2}}}
            | journey({"event": "segment_left", "where": {"segment": {"in": ["r.b"]}}}),
            Tracked(frozenset({Definition("segment", "r.b")})),
        ),
        (
            {"scoring": {"s": {"rules": [{**JOB, "name": "new job", "points": 5}]}}},
            Tracked(columns=frozenset({"job"})),
        ),
        (journey({"event": "field_changed"}), Tracked(every_column=True)),
        (
            journey({"event": "x", "if": {"none": [{"field": "job", "changed": {"within_last": "7 days"}}]}}),
            Tracked(columns=frozenset({"job"})),
        ),
    ],
)  # fmt: skip
def test_only_what_somebody_asks_about_is_followed(says: dict[str, Any], expected: Tracked) -> None:
    assert tracked(cookbook({"r": says})) == expected


def test_what_nobody_asks_about_any_more_is_dropped_and_other_recipes_things_are_kept(
    days: Days,
) -> None:
    days.run(people(1, ann={"tier": "gold"}))
    elsewhere = cookbook({"other": LADDER})
    days.run(people(2, ann={"tier": "gold"}), elsewhere)
    assert "segment r.gold" in days.kept

    days.run(people(3, ann={"tier": "gold"}), cookbook({"r": GOLD | LADDER}))
    assert "segment r.gold" not in days.kept


def test_where_nothing_is_followed_any_more_nothing_of_anyone_is_kept(days: Days) -> None:
    days.run(people(1, ann={"tier": "gold"}))
    assert days.kept

    days.run(people(2, ann={"tier": "gold"}), cookbook({"r": GOLD}))
    assert not days.kept
