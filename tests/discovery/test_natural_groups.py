"""Groups that people fall into, each as a rule."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mactl.discovery import learning
from mactl.discovery.fields import Choice
from mactl.discovery.natural_groups import find_groups
from mactl.discovery.proposal import Proposal, parsed, recipe_text
from mactl.errors import ConfigurationError
from mactl.facts.facts import Facts
from mactl.recipe.cookbook import Cookbook
from mactl.rules.evaluate import evaluate
from mactl.rules.names import Definition
from tests.discovery.worlds import shop, world


def _find(facts: Facts, choice: Choice | None = None) -> Proposal:
    return find_groups(facts, choice or Choice(), Cookbook(), "found-clusters", "arrow", 1)


@pytest.fixture(scope="module")
def planted() -> tuple[Facts, Any, Proposal]:
    facts, kind = shop(900)
    return facts, kind, _find(facts)


def test_planted_kinds_are_found_and_their_rules_find_them_again(
    planted: tuple[Facts, Any, Proposal],
) -> None:
    facts, kind, found = planted
    recipe = parsed(recipe_text(found, "found-clusters", ["x"]), Path("found-clusters.yaml"))
    questions: Any = {"group": Definition("label", "found-clusters.group")}
    groups = evaluate(facts, Cookbook({"found-clusters": recipe}), questions, engine="arrow")[
        "group"
    ]

    assert len(found.groups) == 3
    assert {group.name: group.people for group in found.groups} == groups.value_counts().to_dict()
    for name in found.definitions["labels"]["group"]:
        theirs = np.bincount(kind[(groups == name).to_numpy()], minlength=3)
        assert theirs.max() / theirs.sum() > 0.85


def test_how_well_a_rule_finds_its_group_is_said(planted: tuple[Facts, Any, Proposal]) -> None:
    for group in planted[2].groups:
        assert 0.8 < float(group.figures["precision"] or 0) <= 1
        assert 0.8 < float(group.figures["recall"] or 0) <= 1


def test_what_is_sensitive_or_an_id_is_not_looked_at_and_said(
    planted: tuple[Facts, Any, Proposal],
) -> None:
    found = planted[2]

    assert {each.name for each in found.left_out if each.is_sensitive} == {"gender"}
    assert "contact_id" in {each.name for each in found.left_out}
    assert not {"gender", "contact_id"} & set(found.figures["aspects"])
    assert "gender" not in recipe_text(found, "x", [])


def test_what_is_named_is_looked_at_though_it_is_sensitive() -> None:
    facts, _ = shop(200)

    found = _find(facts, Choice(use=["gender"], leave=["nps"]))

    assert "gender" in found.figures["aspects"]
    assert "nps" not in found.figures["aspects"]


def test_in_noise_there_are_no_natural_groups() -> None:
    facts, _ = shop(900, planted=False)

    found = _find(facts)

    assert not found.is_found
    assert "no natural groups" in found.verdict


@pytest.mark.parametrize("people", [0, 1, 59])
def test_few_people_are_told_to_be_few(people: int) -> None:
    found = _find(world({}, people=people))

    assert not found.is_found
    assert "too few" in found.verdict


def test_people_of_whom_nothing_is_known_fall_into_no_groups() -> None:
    assert not _find(world({}, people=80)).is_found


def test_without_scikit_learn_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learning, "find_spec", lambda name: None)

    with pytest.raises(ConfigurationError, match="scikit-learn") as missing:
        _find(world({}, people=80))
    assert missing.value.hint == "pip install 'mactl[ml]'"
