"""The JSON Schema that editors complete and check with: it takes what the loader takes, and explains every key."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, get_args

import pytest
from jsonschema import Draft202012Validator

from mactl.declaring import ChannelName
from mactl.document import read_document
from mactl.recipe.conditions import KINDS
from mactl.recipe.cookbook import parse_recipe
from mactl.recipe.definitions import EventRule, WhenRule
from mactl.recipe.enter import AnyEnter, Weekday
from mactl.recipe.schema import project_schema, recipe_schema, schema_text
from mactl.recipe.steps import STEP_KINDS, Arm, WinnerArm
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


def resolved(name: str, says: dict[str, Any]) -> dict[str, Any]:
    """What is said of a key that is declared as another one is."""
    while "/properties/" in says.get("$ref", ""):
        _, _, definition, _, key = says["$ref"].split("/")
        says = SCHEMAS[name]["$defs"][definition]["properties"][key]
    return says


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_key_says_what_it_is_for_and_no_title_is_in_the_way(name: str) -> None:
    found = {path: resolved(name, says) for path, says in properties(SCHEMAS[name])}

    assert len(found) > 50
    assert [path for path, says in found.items() if not says.get("description")] == []
    assert [path for path, says in found.items() if isinstance(says.get("title"), str)] == []


def test_conditions_and_steps_are_told_apart_by_the_key_that_each_requires() -> None:
    definitions = SCHEMAS["recipe"]["$defs"]

    for kind in (*KINDS, *STEP_KINDS):
        declared = definitions[kind.__name__]
        assert kind.keyword in declared["required"], kind
        assert declared["additionalProperties"] is False
        assert next(iter(declared["properties"])) == kind.keyword


@pytest.mark.parametrize(
    "kind", [*KINDS, *STEP_KINDS, *get_args(AnyEnter), WhenRule, EventRule, Arm, WinnerArm]
)
def test_the_example_that_an_editor_shows_is_one(kind: Any) -> None:
    shown, findings = read_document(kind.example, "example")
    schema = SCHEMAS["recipe"]
    told = resolved("recipe", schema["$defs"][kind.__name__]["properties"][kind.keyword])
    validator = Draft202012Validator({"$ref": f"#/$defs/{kind.__name__}", "$defs": schema["$defs"]})

    assert findings == []
    assert kind.model_validate(shown.value).keyword == kind.keyword
    assert [error.message for error in validator.iter_errors(shown.value)] == []
    assert kind.example in told["markdownDescription"]


def test_defaults_stand_there_as_people_write_them() -> None:
    definitions = SCHEMAS["recipe"]["$defs"]

    assert definitions["Journey"]["properties"]["latest"]["default"] == "2 days"
    assert "default" not in definitions["UntilDate"]["properties"]["offset"]
    assert '"years"' not in schema_text(SCHEMAS["recipe"])


def test_what_stands_in_many_places_is_said_once() -> None:
    text = schema_text(SCHEMAS["recipe"])

    assert json.loads(text) == SCHEMAS["recipe"]
    assert len(text.encode()) < 120_000
    assert text.count('#/$defs/FieldCondition"') == 1


def test_what_is_wrong_with_one_kind_is_told_of_that_kind_alone() -> None:
    assert errors("recipe: a\nsegments: {x: {event: a, cuont: {gte: 1}}}") == [
        "Additional properties are not allowed ('cuont' was unexpected)"
    ]
    assert errors("recipe: a\nsegments: {x: {fild: a}}") == [
        "Additional properties are not allowed ('fild' was unexpected)"
    ]


def test_every_fixed_word_of_a_choice_says_what_it_means() -> None:
    found = [part for name in SCHEMAS for part in enums(SCHEMAS[name])]
    told = [part for part in found if "enumDescriptions" in part]

    assert len(told) > 15
    assert all(len(part["enumDescriptions"]) == len(part["enum"]) for part in told)
    assert {word for part in found if part not in told for word in part["enum"]} <= {
        *get_args(Weekday), "day", *get_args(ChannelName), "preferred", ".", ",",
    }  # fmt: skip


def enums(part: Any) -> Iterator[dict[str, Any]]:
    """Every choice between fixed words."""
    inner = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    if isinstance(part, dict) and "enum" in part:
        yield part
    for below in inner:
        yield from enums(below)


def test_choices_are_listed_for_completion() -> None:
    definitions = SCHEMAS["recipe"]["$defs"]

    assert "paused" in SCHEMAS["recipe"]["properties"]["status"]["enum"]
    assert "marketing" in definitions["Template"]["properties"]["kind"]["enum"]
    assert "opened" in definitions["WinnerArm"]["properties"]["measure"]["enum"]
    assert "consent" in definitions["Privacy"]["properties"]["basis"]["items"]["enum"]


@pytest.mark.parametrize("name", SCHEMAS)
def test_it_is_a_json_schema(name: str) -> None:
    Draft202012Validator.check_schema(SCHEMAS[name])
