"""Every YAML block of the pages is what its note says, has nothing wrong with it, and works."""

from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from mactl.checks import check_recipes
from mactl.document import read_document
from mactl.findings import Finding, Severity
from mactl.project import Settings
from mactl.recipe.cookbook import Cookbook
from mactl.recipe.recipe import Recipe
from mactl.store.state import State
from mactl.validation import validate
from mactl.workflows.gathering import Sources, gather
from mactl.workflows.planning.plan import Plan, make_plan
from mactl.workflows.testing.comparing import compare
from mactl.workflows.testing.outcome import Outcome
from mactl.workflows.testing.playing import Theatre
from tests.docs.framing import Snippet, framed, snippets, world

RECIPES = {
    "recipe", "recipe: keys", "recipe: conditions", "recipe: journey", "recipe: steps",
}  # fmt: skip
EVERY = [pytest.param(snippet, id=snippet.place) for snippet in snippets()]
OF_RECIPES = [param for param in EVERY if param.values[0].kind in RECIPES]
OF_PROJECTS = [param for param in EVERY if param.values[0].kind == "mactl.yaml"]
PART_OF_SOMETHING = {"same-people", "unused-template"}
"""What is found of recipes that were not made to stand beside each other."""


def _id(snippet: Snippet) -> str:
    return f"{snippet.page.stem.lower()}-{snippet.block.line}"


@cache
def _recipe(snippet: Snippet) -> Recipe:
    return framed(snippet, _id(snippet))


def _cookbook(snippet: Snippet) -> Cookbook:
    recipe, others = _recipe(snippet), dict(world()[1].recipes)
    if snippet.block.note.endswith(", ladder"):
        del others["shared"]
        shared = world()[1].recipes["shared"]
        file = shared.file.model_copy(update={"stages": {}})
        others["shared"] = Recipe(file, shared.document, shared.folder)
    return Cookbook({**others, recipe.id: recipe})


@pytest.mark.parametrize("snippet", EVERY)
def test_a_yaml_block_says_what_it_is_part_of(snippet: Snippet) -> None:
    assert snippet.kind in {*RECIPES, "mactl.yaml"}


@pytest.mark.parametrize("snippet", OF_RECIPES)
def test_a_part_of_a_recipe_has_nothing_wrong_with_it(snippet: Snippet) -> None:
    recipe = _recipe(snippet)
    found = check_recipes(_cookbook(snippet), [recipe.id], world()[0].settings)

    assert [str(finding) for finding in found if _counts(finding)] == []


def _counts(finding: Finding) -> bool:
    return finding.severity is not Severity.NOTE and finding.id not in PART_OF_SOMETHING


@pytest.mark.parametrize("snippet", OF_PROJECTS)
def test_a_part_of_mactl_yaml_is_one(snippet: Snippet) -> None:
    document, findings = read_document(snippet.block.text, snippet.place)
    settings, problems = validate(Settings, document)

    assert settings is not None
    assert [*findings, *problems] == []


def _stories() -> list[object]:
    return [
        pytest.param(snippet, number, id=f"{snippet.place}-{number}")
        for snippet in snippets()
        if snippet.kind in RECIPES
        for number in range(len(_recipe(snippet).file.tests))
    ]


@pytest.mark.parametrize(("snippet", "number"), _stories())
def test_a_test_in_a_page_passes(snippet: Snippet, number: int) -> None:
    recipe, cookbook = _recipe(snippet), _cookbook(snippet)
    test = recipe.file.tests[number]
    with State.open("sqlite://", Path(), write=True) as state:
        outcome = Outcome(Theatre(world()[0], cookbook, state).play(recipe, test))

        assert test.expect is not None
        assert compare(outcome, test.expect) == []


@cache
def _plan() -> Plan:
    """All parts of recipes as one cookbook, planned on the shipped people."""
    recipes = {recipe.id: recipe for recipe in map(_recipe, _planned())}
    cookbook = Cookbook({**world()[1].recipes, **recipes})
    now = datetime(2026, 12, 1, 8, tzinfo=UTC)
    with State.open("sqlite://", Path(), write=True) as state:
        return make_plan(
            world()[0], cookbook, list(recipes), gather(world()[0], Sources(), state, now), state
        )


def _planned() -> list[Snippet]:
    found = [snippet for snippet in snippets() if snippet.kind in RECIPES]
    return [snippet for snippet in found if not snippet.block.note.endswith(", ladder")]


def test_every_part_of_a_recipe_can_be_planned_on_people() -> None:
    decided = {decision.recipe.id for decision in _plan().decisions}

    assert {r.id for r in map(_recipe, _planned()) if r.file.journey is not None} == decided
