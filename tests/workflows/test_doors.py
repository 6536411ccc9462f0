from typing import Any

from mactl.rules.explain import Explainer
from mactl.workflows.doors import closed_doors
from tests.rules import tables

FACTS = tables.facts(
    "2026-12-01T09:00",
    {"ann": {"country": "NL"}, "bob": {"country": "BE"}, "cy": {"country": "NL"}},
    [
        ["ann", "cart", "2026-12-01T07:00", {"value": 60, "id": "a"}],
        ["ann", "paid", "2026-12-01T08:00", {"id": "a"}],
        ["bob", "cart", "2026-12-01T07:00", {"value": 60, "id": "b"}],
        ["bob", "paid", "2026-12-01T08:00", {"id": "z"}],
        ["cy", "paid", "2026-11-30T08:00", {"id": "c"}],
        ["cy", "cart", "2026-12-01T07:00", {"value": 60, "id": "c"}],
    ],
    fields={"country": "text"},
    properties={"value": "number", "id": "text"},
)


def closed(contact: str, *, goal: dict[str, Any] | None = None, **journey: Any) -> list[str]:
    recipe = {"journey": {"enter": {"event": "cart"}, "steps": [{"exit": "done"}], **journey}}
    cookbook = tables.cookbook({"cart": {**recipe, **({"goal": goal} if goal else {})}})
    return list(closed_doors(Explainer(FACTS, cookbook, contact), cookbook.recipes["cart"]))


def test_a_goal_that_is_the_trigger_is_named_as_what_keeps_people_out() -> None:
    (reason,) = closed("ann", goal={"event": "cart", "within": "3 days"}, leave=["goal"])

    assert reason.startswith("they met the goal before the first step: cart")


def test_a_goal_met_after_the_trigger_keeps_people_out_and_one_before_it_does_not() -> None:
    assert "paid" in closed("ann", goal={"event": "paid"}, leave=["goal"])[0]
    assert closed("cy", goal={"event": "paid"}, leave=["goal"]) == []


def test_a_goal_met_too_late_or_that_ends_nothing_is_no_reason() -> None:
    assert closed("ann", goal={"event": "paid", "within": "30 minutes"}, leave=["goal"]) == []
    assert closed("ann", goal={"event": "paid"}, leave=[]) == []
    assert closed("ann", goal={"event": "paid"}, leave=[], pace={"start": "5/day"})


def test_a_reason_to_leave_looks_at_the_trigger_as_well() -> None:
    leave = [{"event": "paid", "same": "id"}, {"trigger": "value", "gte": 100}]

    (reason,) = closed("ann", leave=leave)
    assert reason.startswith("they had a reason to leave before the first step: paid")
    assert closed("bob", leave=leave) == []


def test_a_field_keeps_members_of_a_segment_out_as_a_reason_to_leave() -> None:
    recipe = {
        "segments": {"carts": {"event": "cart"}},
        "journey": {
            "enter": {"segment": "carts"},
            "leave": [{"field": "country", "eq": "BE"}],
            "steps": [{"exit": "done"}],
        },
    }
    cookbook = tables.cookbook({"cart": recipe})

    def reasons(contact: str) -> list[str]:
        return list(closed_doors(Explainer(FACTS, cookbook, contact), cookbook.recipes["cart"]))

    assert reasons("bob") == [
        "they had a reason to leave before the first step: country is BE (BE)"
    ]
    assert reasons("ann") == []


def test_where_a_door_is_closed_nothing_is_said_of_ways_out() -> None:
    (reason,) = closed(
        "ann", goal={"event": "cart"}, leave=["goal"], exclude={"field": "country", "eq": "NL"}
    )

    assert reason.startswith("exclude holds")
