"""The JSON Schema that editors complete and check with: it takes what the loader takes, and explains every key."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from mactl.document import read_document
from mactl.recipe.conditions import KINDS
from mactl.recipe.cookbook import parse_recipe
from mactl.recipe.schema import project_schema, recipe_schema
from mactl.recipe.steps import STEP_KINDS
from tests.checks.test_cases import NAMES, cases_of
from tests.conftest import ROOT

SCHEMAS = {"recipe": recipe_schema(), "mactl.yaml": project_schema()}


@cache
def validator() -> Draft202012Validator:
    return Draft202012Validator(SCHEMAS["recipe"])


def written(name: str, kind: str) -> list[str]:
    return [f"recipe: a\n{text}" for text in cases_of(name)[kind]]


def every(kind: str) -> list[Any]:
    return [
        pytest.param(text, id=f"{name}-{number}")
        for name in NAMES
        for number, text in enumerate(written(name, kind), start=1)
    ]


def errors(text: str) -> list[str]:
    document, _ = read_document(text, "a.yaml")
    return [error.message for error in validator().iter_errors(document.value)]


@pytest.mark.parametrize(
    "path", sorted((ROOT / "recipes").glob("*.yaml")), ids=lambda path: path.stem
)
def test_every_shipped_recipe_fits(path: Path) -> None:
    assert errors(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("text", every("good"))
def test_every_good_case_fits(text: str) -> None:
    assert errors(text) == []


@pytest.mark.parametrize("text", every("bad"))
def test_a_bad_case_fits_where_the_loader_reads_it_and_else_does_not(text: str) -> None:
    recipe, findings = parse_recipe(text, Path("a.yaml"))
    if recipe is not None:
        assert errors(text) == []
    elif not any(finding.id.startswith("yaml-") for finding in findings):
        assert errors(text) != []


@pytest.mark.parametrize("text", [
    "segments: {x: {field: a, eq: 1, evnt: x}}",
    "segments: {x: {field: a, event: b}}",
    "segments: {x: {}}",
    "segments: {x: {all: {field: a, eq: 1}}}",
    "segments: {x: 5}",
    "scoring: {fit: {rules: [{name: n, points: 5}]}}",
    "journey: {enter: {segment: x}, leave: []}",
    "journey: {enter: {segment: x, event: y}, leave: [], steps: [{send: a}]}",
    "journey: {enter: {segment: x}, leave: [goals], steps: [{send: a}]}",
    "journey: {enter: {segment: x}, leave: [], steps: [{sned: a}]}",
    "journey: {enter: {segment: x}, leave: [], steps: [{send: a, wait: 1 day}]}",
    "journey: {enter: {segment: x}, leave: [], steps: [{send: {template: a, channel: fax}}]}",
    "journey: {enter: {segment: x}, leave: [], steps: [{wait: {for: 1 day, days: [monday]}}]}",
    "templates: {a: {kind: servce, subject: s, body: b}}",
    "privacy: {basis: [wish], purpose: p}",
    "version: first",
    "status: alive",
    "recipe: [a]",
])  # fmt: skip
def test_what_is_misspelt_is_refused_by_both(text: str) -> None:
    whole = text if text.startswith("recipe") else f"recipe: a\n{text}"

    recipe, _ = parse_recipe(whole, Path("a.yaml"))

    assert recipe is None
    assert errors(whole) != []


def properties(part: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every key that a schema declares, with what it says of it."""
    if isinstance(part, dict):
        declared = part.get("properties")
        if isinstance(declared, dict) and part.get("type") == "object":
            yield from (("/".join((*path, key)), says) for key, says in declared.items())
        for key, inner in part.items():
            yield from properties(inner, (*path, key))
    elif isinstance(part, list):
        for number, inner in enumerate(part):
            yield from properties(inner, (*path, str(number)))


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_key_says_what_it_is_for_and_no_title_is_in_the_way(name: str) -> None:
    found = dict(properties(SCHEMAS[name]))

    assert len(found) > 50
    assert [path for path, says in found.items() if not says.get("description")] == []
    assert [path for path, says in found.items() if isinstance(says.get("title"), str)] == []


def test_conditions_and_steps_are_told_apart_by_the_key_that_each_requires() -> None:
    definitions = SCHEMAS["recipe"]["$defs"]

    for kind in (*KINDS, *STEP_KINDS):
        declared = definitions[kind.__name__]
        assert kind.keyword in declared["required"], kind
        assert declared["additionalProperties"] is False
        assert declared["description"], kind


def test_choices_are_listed_for_completion() -> None:
    definitions = SCHEMAS["recipe"]["$defs"]

    assert "paused" in SCHEMAS["recipe"]["properties"]["status"]["enum"]
    assert "marketing" in definitions["Template"]["properties"]["kind"]["enum"]
    assert "opened" in definitions["WinnerArm"]["properties"]["measure"]["enum"]
    assert "consent" in definitions["Privacy"]["properties"]["basis"]["items"]["enum"]


@pytest.mark.parametrize("name", SCHEMAS)
def test_it_is_a_json_schema(name: str) -> None:
    Draft202012Validator.check_schema(SCHEMAS[name])
