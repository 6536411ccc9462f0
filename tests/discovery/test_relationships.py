"""Relationships, from short and shallow to long and deep."""

from typing import Any

from mactl.discovery.fields import Choice
from mactl.discovery.proposal import Proposal
from mactl.discovery.purchases import Named
from mactl.discovery.relationships import find_stages
from mactl.facts.facts import Facts
from mactl.recipe.cookbook import Cookbook
from tests.discovery.worlds import shop, world
from tests.rules.tables import cookbook


def _find(facts: Facts, book: Cookbook | None = None) -> Proposal:
    return find_stages(facts, Named(), Choice(), book or Cookbook(), "found-stages", "arrow")


def test_every_relationship_is_of_one_of_four_kinds() -> None:
    facts, _ = shop(400)

    found = _find(facts)

    assert [group.name for group in found.groups] == [
        "long-and-deep",
        "short-and-deep",
        "long-and-shallow",
        "short-and-shallow",
    ]
    assert sum(group.people for group in found.groups) == 400
    assert min(group.people for group in found.groups) > 20


def test_a_cookbook_without_a_ladder_gets_one() -> None:
    facts, _ = shop(400)

    assert list(_find(facts).definitions["stages"]) == [
        "stranger",
        "acquaintance",
        "growing",
        "close",
    ]


def test_a_cookbook_with_a_ladder_keeps_its_own() -> None:
    facts, _ = shop(400)
    book = cookbook({"shared": {"stages": {"lead": {}}}})

    found = _find(facts, book)

    assert "stages" not in found.definitions
    assert any("shared has the ladder" in note for note in found.notes)


def test_without_a_field_that_says_since_when_it_is_the_first_purchase() -> None:
    events: Any = [(n, "purchase", 10.0 + 5 * n, {}) for n in range(60)]
    events += [(n, "purchase", 5.0, {}) for n in range(0, 60, 3)]

    found = _find(world({}, events, people=60))

    assert found.figures["start"] == "purchase"
    assert found.is_found


def test_people_of_whom_little_is_known_have_no_stages() -> None:
    assert "at least 30 are needed" in _find(world({}, people=100)).verdict
