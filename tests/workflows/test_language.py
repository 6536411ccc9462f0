"""Every construct of the recipe language, played: the recipes in tests/cases carry their own tests."""

from functools import cache
from pathlib import Path
from typing import Any

import pytest

from mactl.checks import check_recipes
from mactl.findings import Severity
from mactl.recipe.cookbook import Cookbook
from mactl.store.state import State
from mactl.workflows.opening import open_project, select_recipes
from mactl.workflows.testing.comparing import compare
from mactl.workflows.testing.outcome import Outcome
from mactl.workflows.testing.playing import Theatre

CASES = Path(__file__).parent.parent / "cases"
FOLDERS = [*sorted((CASES / "language").iterdir()), CASES / "rivals"]


@cache
def theatre(folder: Path) -> Theatre:
    project = open_project(folder)
    selection = select_recipes(project, [str(folder)])
    assert not selection.findings, selection.findings
    return Theatre(project, selection.cookbook, State.open("sqlite://", Path(), write=True))


def cookbook(folder: Path) -> Cookbook:
    return theatre(folder).cookbook


def stories() -> list[Any]:
    return [
        pytest.param(folder, recipe.id, test.name, id=f"{folder.name}/{recipe.id}: {test.name}")
        for folder in FOLDERS
        for recipe in cookbook(folder)
        for test in recipe.file.tests
    ]


@pytest.mark.parametrize(("folder", "recipe", "name"), stories())
def test_a_story_ends_as_it_is_told(folder: Path, recipe: str, name: str) -> None:
    stage = theatre(folder)
    played = stage.cookbook.recipes[recipe]
    test = next(test for test in played.file.tests if test.name == name)
    assert test.expect is not None

    assert compare(Outcome(stage.play(played, test)), test.expect) == []


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_recipes_of_the_stories_have_no_errors(folder: Path) -> None:
    recipes = cookbook(folder)
    found = check_recipes(recipes, tuple(recipes.recipes))

    assert [str(f) for f in found if f.severity is Severity.ERROR] == []


def test_an_issue_without_its_file_is_told() -> None:
    stage = theatre(CASES / "language" / "triggers")
    weekly = stage.cookbook.recipes["weekly"]
    played = stage.play(weekly, weekly.file.tests[0])
    told = {finding for moment in played.moments for finding in moment.tick.plan.findings}

    assert {(finding.id, finding.message.partition(":")[0]) for finding in told} == {
        ("occurrence-without-file", "nobody is let in for 2026-12-01"),
        ("occurrence-without-file", "nobody is let in for 2026-12-15"),
    }
