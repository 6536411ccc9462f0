import pytest

from mactl.recipe.conditions import EventCondition
from mactl.rules.embedded import DuckDB, Pandas
from mactl.rules.engine import Engine
from mactl.rules.select import select_events
from tests.rules import tables

FACTS = tables.facts(
    "2026-12-01T09:00",
    {"ann": {}, "bob": {}},
    [
        ["bob", "view", "2026-11-30T09:00", {"path": "/b", "day": "2026-11-30", "lines": ["x", "y"]}],
        ["ann", "view", "2026-11-27T09:00", {"path": "/a", "value": 5, "at": "2026-11-27T09:00"}],
        ["ann", "view", "2026-11-28T09:00"],
        ["ann", "buy", "2026-11-28T09:00", {"path": "/a"}],
        ["ann", "view", "2026-12-01T09:01", {"path": "/a"}],
        ["stranger", "view", "2026-11-28T09:00", {"path": "/a"}],
    ],
    fields={},
    properties={
        "path": "text", "value": "number", "day": "date", "at": "instant", "lines": "list",
    },
)  # fmt: skip


@pytest.mark.parametrize("engine", [DuckDB(), Pandas()], ids=["duckdb", "pandas"])
def test_matching_events_come_oldest_first_with_their_properties_as_plain_values(
    engine: Engine,
) -> None:
    where = tables.condition({"event": "view", "where": {"path": {"empty": False}}})
    assert isinstance(where, EventCondition)

    found = select_events(FACTS, "view", where.where, engine=engine)

    assert found[["contact", "at", "properties"]].to_dict("records") == [
        {
            "contact": "ann",
            "at": tables.instant("2026-11-27T09:00"),
            "properties": {"path": "/a", "value": 5.0, "at": "2026-11-27T08:00:00Z"},
        },
        {
            "contact": "bob",
            "at": tables.instant("2026-11-30T09:00"),
            "properties": {"path": "/b", "day": "2026-11-30", "lines": ["x", "y"]},
        },
    ]
    assert found["id"].isna().all()


def test_events_that_have_not_happened_yet_or_of_strangers_are_not_selected() -> None:
    assert list(select_events(FACTS, "view", {})["contact"]) == ["ann", "ann", "bob"]


def test_no_matching_event_gives_an_empty_table_with_the_same_columns() -> None:
    found = select_events(FACTS, "unheard_of", {})

    assert list(found.columns) == ["contact", "at", "id", "properties"]
    assert found.empty
