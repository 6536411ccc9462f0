"""Buyers by recency, frequency and monetary value."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mactl.columns import FieldType
from mactl.discovery.proposal import Proposal, parsed, recipe_text
from mactl.discovery.purchases import Named
from mactl.discovery.rfm import find_rfm
from mactl.errors import UsageError
from mactl.facts.facts import Facts
from mactl.recipe.cookbook import Cookbook
from mactl.rules.evaluate import evaluate
from mactl.rules.names import Definition
from tests.conftest import examples
from tests.discovery.worlds import shop, world

PROPERTIES = {"amount": FieldType.NUMBER, "currency": FieldType.TEXT}
Bought = tuple[int, float, float]
"""Who, days ago, for how much."""


def _facts(bought: Sequence[Bought], currency: Sequence[str] = ()) -> Facts:
    people = max(who for who, _, _ in bought) + 1
    events: list[tuple[int, str, float, Mapping[str, object]]] = []
    for n, (who, days, amount) in enumerate(bought):
        properties = {"amount": amount} | ({"currency": currency[n]} if currency else {})
        events.append((who, "purchase", days, properties))
    return world({}, events, PROPERTIES, people=people + 1)


def _find(facts: Facts, named: Named | None = None) -> Proposal:
    return find_rfm(facts, named or Named(), Cookbook(), "found-rfm", "arrow")


def _by_the_recipe(found: Proposal, facts: Facts, *labels: str) -> Any:
    """What the rules say of everybody, by the recipe as it is written."""
    recipe = parsed(recipe_text(found, "found-rfm", ["x"]), Path("found-rfm.yaml"))
    questions: Any = {name: Definition("label", f"found-rfm.{name}") for name in labels}
    questions |= {name: Definition("segment", f"found-rfm.{name}") for name in recipe.file.segments}
    return evaluate(facts, Cookbook({"found-rfm": recipe}), questions, engine="arrow")


def test_the_recipe_has_the_people_that_the_search_said_and_every_buyer_once() -> None:
    facts, _ = shop(600)

    found = _find(facts)

    said = {group.name: group.people for group in found.groups}
    answers = _by_the_recipe(found, facts)
    assert {name: int(answers[name].sum()) for name in said} == said
    assert sum(said.values()) == found.people == int(answers.any(axis=1).sum())
    assert (answers.sum(axis=1) <= 1).all()


def test_champions_bought_later_more_often_and_for_more_than_those_who_hibernate() -> None:
    facts, _ = shop(600)

    groups = {group.name: group.figures for group in _find(facts).groups}

    best, last = groups["champions"], groups["hibernating"]
    assert best["days"] < last["days"]  # type: ignore[operator]
    assert best["times"] > last["times"]  # type: ignore[operator]
    assert best["spent"] > last["spent"]  # type: ignore[operator]


@settings(max_examples=examples(20))
@given(
    st.lists(
        st.tuples(st.integers(0, 40), st.sampled_from([1.5, 10.5, 90.5]), st.sampled_from([0.0, 5.0, 80.0])),
        min_size=40,
        max_size=120,
    )
)  # fmt: skip
def test_buyers_who_did_the_same_are_graded_alike_and_those_who_bought_once_lowest(
    bought: list[Bought],
) -> None:
    facts = _facts([*bought, *((who, 30.5, 20.0) for who in range(15))])

    found = _find(facts)

    labels = [
        name for name in ("recency", "frequency", "monetary") if name in found.definitions["labels"]
    ]
    grades = _by_the_recipe(found, facts, *labels)
    done: dict[int, list[Bought]] = {}
    for each in [*bought, *((who, 30.5, 20.0) for who in range(15))]:
        done.setdefault(each[0], []).append(each)
    alike: dict[Any, set[Any]] = {}
    for who, all_ in done.items():
        grade = grades.loc[f"p{who}"]
        alike.setdefault(("recency", min(e[1] for e in all_)), set()).add(grade["recency"])
        alike.setdefault(("frequency", len(all_)), set()).add(grade["frequency"])
        if "monetary" in labels:
            alike.setdefault(("monetary", sum(e[2] for e in all_)), set()).add(grade["monetary"])
        assert (grade["frequency"] == "f1") == (len(all_) == 1)
    assert all(len(grade) == 1 for grade in alike.values())


@pytest.mark.parametrize("many", [1, 14])
def test_a_few_buyers_are_too_few_and_that_is_said(many: int) -> None:
    found = _find(_facts([(who, 5.5 + who, 10.0) for who in range(many)]))

    assert not found.is_found
    assert f"only {many} buyer" in found.verdict


def test_some_dozens_of_buyers_get_three_grades() -> None:
    found = _find(_facts([(who, 5.5 + who * 7, 10.0 + who) for who in range(30)]))

    assert set(found.definitions["labels"]["recency"]) == {"r1", "r3", "r5"}
    assert any("three grades" in note for note in found.notes)


def test_what_came_back_is_no_purchase_and_is_taken_off_what_was_spent() -> None:
    kept = [(who, 5.5 + who, 100.0 + who) for who in range(40)]
    facts = _facts([*kept, (0, 2.5, -100.0), (40, 1.5, -20.0)])

    found = _find(facts)

    assert found.people == 40  # the one who only sent back is no buyer
    assert any("2 of the purchases have a negative amount" in note for note in found.notes)
    spent = _by_the_recipe(found, facts, "monetary", "recency")
    assert spent.loc["p0", "monetary"] == "m1"
    assert spent.loc["p0", "recency"] == "r5"


def test_money_is_of_one_currency_and_it_is_said_which() -> None:
    bought = [(who, 5.5 + who, 100.0) for who in range(60)]
    facts = _facts(bought, ["EUR"] * 40 + ["SEK"] * 20)

    found = _find(facts)

    assert any(note.startswith("money is EUR: 20 purchases in SEK") for note in found.notes)
    by_name = _by_the_recipe(_find(facts, Named(currency="sek")), facts, "monetary")["monetary"]
    assert by_name["p0"] < by_name["p59"]


def test_an_event_that_is_called_otherwise_is_asked_for_with_what_there_is() -> None:
    facts = _facts([(0, 5.5, 10.0)])

    with pytest.raises(UsageError, match="nobody has an event 'order'") as missing:
        _find(facts, Named("order"))
    assert missing.value.hint is not None
    assert "purchase" in missing.value.hint


def test_without_amounts_it_goes_by_how_lately_and_how_often() -> None:
    draw = np.random.default_rng(1)
    who, days = draw.integers(0, 80, 200), draw.uniform(0, 300, 200)
    events = [(int(w), "purchase", float(d), {}) for w, d in zip(who, days, strict=True)]

    found = _find(world({}, events, people=80))

    assert found.is_found
    assert "monetary" not in found.definitions["labels"]
