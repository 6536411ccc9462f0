"""Who is like the people of a segment."""

from typing import Any

import numpy as np
import pytest

from mactl.columns import FieldType
from mactl.discovery.fields import Choice
from mactl.discovery.lookalikes import _enough, find_lookalikes
from mactl.discovery.proposal import Proposal
from mactl.facts.facts import Facts
from mactl.recipe.cookbook import Cookbook
from tests.discovery.worlds import shop, world
from tests.rules.tables import cookbook

MANY = 300


def _find(facts: Facts, segment: Any, choice: Choice | None = None, **more: Any) -> Proposal:
    book = cookbook({"shared": {"segments": {"wanted": segment}, **more}})
    return _like(facts, book, choice or Choice())


def _like(facts: Facts, book: Cookbook, choice: Choice) -> Proposal:
    return find_lookalikes(facts, "shared.wanted", choice, book, "found-lookalikes", "arrow", 1)


@pytest.fixture(scope="module")
def enterprise() -> Proposal:
    facts, _ = shop(900)
    return _find(facts, {"field": "plan", "eq": "enterprise"})


def test_who_is_like_them_is_told_from_others_they_were_not_learned_from(
    enterprise: Proposal,
) -> None:
    low, high = enterprise.figures["interval"]

    assert enterprise.is_found
    assert 0.5 < enterprise.figures["chance"] + 0.1 < low < enterprise.figures["auc"] < high <= 1


def test_the_score_is_points_for_what_people_can_read(enterprise: Proposal) -> None:
    rules = next(iter(enterprise.definitions["scoring"].values()))["rules"]

    assert 0 < len(rules) <= 10
    assert all(isinstance(rule["points"], int) and rule["points"] for rule in rules)
    assert all(
        "plan" not in str(rule["when"]) for rule in rules
    )  # that would be them by definition


def test_what_the_segment_is_made_of_is_left_out_though_it_is_named_far_behind() -> None:
    facts, _ = shop(MANY)
    book = cookbook(
        {
            "shared": {
                "segments": {"wanted": {"score": "keen", "gte": 5}},
                "scoring": {
                    "keen": {
                        "rules": [
                            {"name": "a", "event": "login", "points": 1},
                            {"name": "b", "when": {"label": "size", "eq": "large"}, "points": 1},
                        ]
                    }
                },
                "labels": {"size": {"large": {"field": "size", "gte": 100}}},
            }
        }
    )

    found = _like(facts, book, Choice())

    made_of = {each.name for each in found.left_out if "is made of it" in each.why}
    assert made_of == {"login", "size"}


def test_what_gives_members_away_is_left_out_and_told() -> None:
    facts, kind = shop(MANY)
    column = [1.0 if each == 2 else 0.0 for each in kind]
    fields = {
        name: (type_, facts.contacts.column(name).to_pylist())
        for name, type_ in facts.fields.items()
    }
    given = world(
        {**fields, "tier": (FieldType.NUMBER, column), "level": (FieldType.NUMBER, column)}
    )

    found = _find(given, {"field": "tier", "eq": 1})

    assert [each.name for each in found.left_out if "by itself" in each.why] == ["level"]


def test_who_is_like_nobody_in_particular_is_not_scored() -> None:
    facts, _ = shop(600, planted=False)

    found = _find(facts, {"field": "plan", "eq": "enterprise"})

    assert not found.is_found
    assert "better than chance" in found.verdict


def test_a_segment_of_one_is_too_small_to_learn_from() -> None:
    facts, _ = shop(MANY)

    found = _find(facts, {"field": "contact_id", "eq": "C7"})

    assert (found.is_found, found.verdict) == (
        False,
        "1 person is in shared.wanted: at least 20 are needed to learn from",
    )


def test_who_shares_nothing_with_members_is_not_like_them() -> None:
    # Most of the others are in the north, which takes points off; few members share what gives some.
    many = 600
    draw = np.random.default_rng(3)
    member = np.arange(many) % 3 == 0
    north = draw.random(many) < np.where(member, 0.45, 0.9)
    keen = draw.random(many) < np.where(member, 0.4, 0.03)
    text = FieldType.TEXT
    facts = world(
        {
            "vip": (FieldType.BOOLEAN, member.tolist()),
            "region": (text, ["north" if one else None for one in north]),
            "tool": (text, ["saw" if one else "axe" for one in keen]),
        }
    )
    found = _find(facts, {"field": "vip", "eq": True})
    rules = next(iter(found.definitions["scoring"].values()))["rules"]

    assert min(rule["points"] for rule in rules) < 0 < max(rule["points"] for rule in rules)
    [alike] = found.groups
    assert alike.figures["points"] == 1
    assert float(alike.figures["of_members"] or 0) < 0.5
    assert alike.people == int((keen & ~north & ~member).sum())
    assert "1 point or more" in alike.sentence


@pytest.mark.parametrize(
    ("totals", "enough"),
    [([8, 6, 2, 0], 7), ([-4, -2, 3, 0], 1), ([-4, -2, -3, 0], -3), ([0, 0, 0, 5], 1)],
)
def test_enough_is_what_half_of_the_members_have_and_more_than_nothing(
    totals: list[int], enough: int
) -> None:
    members = np.array([True, True, False, False])
    assert _enough(np.array(totals, float), members) == enough
