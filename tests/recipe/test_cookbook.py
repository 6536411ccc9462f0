"""Recipes as they are read: every finding at once, each at its line."""

from pathlib import Path
from textwrap import dedent

import pytest
from jsonschema import Draft202012Validator

from mactl.document import read_document
from mactl.errors import UnreadableInput
from mactl.recipe.conditions import All, EventCondition, FieldCondition, NoneOf
from mactl.recipe.cookbook import (
    Cookbook,
    find_recipe_files,
    load_cookbook,
    load_recipe,
    parse_recipe,
)
from mactl.recipe.recipe import Recipe
from mactl.recipe.schema import project_schema, recipe_schema
from mactl.recipe.walk import walk
from tests.conftest import ROOT

SHIPPED = sorted((ROOT / "recipes").glob("*.yaml"))


def findings_of(text: str, name: str = "offer") -> list[str]:
    _, findings = parse_recipe(dedent(text), Path(f"{name}.yaml"))
    return [f"{finding.place}: {finding.id}: {finding.message}" for finding in findings]


def recipe_of(text: str, name: str = "offer") -> Recipe:
    recipe, findings = parse_recipe(dedent(text), Path(f"{name}.yaml"))
    assert recipe is not None
    assert not findings
    return recipe


def test_every_finding_of_a_recipe_is_told_with_its_line() -> None:
    found = findings_of(
        """\
        recipe: offer
        titel: Offer
        segments:
          customers: {evnt: purchase}
          dormant:
            - {segment: customers}
            - none: [{event: opened, within_last: 180 dys}]
        journey:
          enter: {segment: dormant}
          steps:
            - sned: offer
            - wait: {for: 3 days, days: [tue, thx]}
        """
    )

    assert found == [
        "offer.yaml:4:14: bad-value: segments.customers: this is not a condition such as {field: country, eq: NL}",
        "offer.yaml:7:43: bad-value: segments.dormant.1.none.0.within_last: '180 dys' is not a length of time",
        "offer.yaml:8:1: missing-key: 'leave' is missing in journey",
        "offer.yaml:11:7: bad-value: journey.steps.0: this is not a step",
        "offer.yaml:12:39: bad-value: journey.steps.1.wait.days.1: 'thx' is not one of mon, tue, wed, thu, fri, "
        "sat, sun",
        "offer.yaml:2:1: unknown-key: 'titel' is not a key at the top of the file",
    ]


def test_a_misspelt_key_comes_with_the_word_that_was_meant() -> None:
    _, findings = parse_recipe(
        "recipe: offer\nsegments:\n  a: {field: x, conatins: y}\n", Path("offer.yaml")
    )

    assert [finding.hint for finding in findings] == ["did you mean 'contains'?"]


def test_what_a_missing_key_is_for_is_told_with_it() -> None:
    _, findings = parse_recipe(
        "recipe: offer\njourney: {enter: {event: e}, steps: [{tag: x}]}\n", Path("offer.yaml")
    )

    [hint] = [finding.hint for finding in findings]
    assert hint is not None
    assert hint.startswith("add `leave: …`: when people leave before the end")


def test_a_list_of_conditions_means_all_of_them() -> None:
    recipe = recipe_of(
        """\
        recipe: offer
        segments:
          a:
            - {field: country, in: [NL, NO]}
            - none: [{event: login, within_last: 30 days}]
        """
    )

    condition = recipe.file.segments["a"]
    assert isinstance(condition, All)
    field, none = condition.all
    assert isinstance(field, FieldCondition)
    assert field.operators == ("in",)
    assert field.in_ == ("NL", "NO")
    assert isinstance(none, NoneOf)
    assert isinstance(none.none[0], EventCondition)


def test_a_condition_knows_its_line_through_the_walk() -> None:
    recipe = recipe_of(
        "recipe: offer\nsegments:\n  a:\n    - {event: x}\n    - any: [{field: y, eq: 1}]\n"
    )

    places = {
        str(recipe.document.place(route))
        for route, part in walk(recipe.file)
        if isinstance(part, FieldCondition)
    }

    assert places == {"offer.yaml:5:13"}


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("recipe: other\n", "recipe-name"),
        ("", "empty-recipe"),
        ("- a\n", "bad-value"),
        ("recipe: Offer\n", "bad-value"),
        ("recipe: offer\nversion: 0\n", "bad-value"),
        ("recipe: offer\nversion: '1'\n", "bad-value"),
        ("recipe: offer\nsegments: {a: {field: x}}\n", "bad-value"),
        ("recipe: offer\nsegments: {a: {event: x, never: true, count: {gte: 1}}}\n", "bad-value"),
        ("recipe: offer\nprivacy: {basis: [consent], purpose: x}\n", "bad-value"),
        ("recipe: offer\ntemplates: {a: {subject: 12, body: x}}\n", "bad-value"),
    ],
)
def test_what_does_not_fit_is_one_finding(text: str, finding: str) -> None:
    found = findings_of(text)

    assert [line.split(": ")[1] for line in found] == [finding]


def test_a_faulty_recipe_leaves_the_others_in_the_cookbook(tmp_path: Path) -> None:
    (tmp_path / "good.yaml").write_text("recipe: good\n")
    (tmp_path / "bad.yaml").write_text("recipe: [\n")
    (tmp_path / "latin.yaml").write_bytes("recipe: latin\ntitle: caf\xe9\n".encode("latin-1"))
    inner = tmp_path / "more"
    inner.mkdir()
    (inner / "good.yml").write_text("recipe: good\n")

    cookbook, findings = load_cookbook(find_recipe_files([tmp_path]))

    assert list(cookbook.recipes) == ["good"]
    assert [finding.id for finding in findings] == [
        "yaml-syntax",
        "yaml-encoding",
        "duplicate-recipe",
    ]
    assert findings[1].place is not None
    assert findings[1].place.line == 2


def test_a_path_that_is_not_there_is_unreadable_input(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInput, match="no such file"):
        find_recipe_files([tmp_path / "nothing"])
    with pytest.raises(UnreadableInput):
        load_recipe(tmp_path)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_the_shipped_recipes_are_faultless_and_fit_their_json_schema(path: Path) -> None:
    recipe, findings = load_recipe(path)
    document, _ = read_document(path.read_text(encoding="utf-8"), str(path))

    assert recipe is not None
    assert not findings
    assert not list(Draft202012Validator(recipe_schema()).iter_errors(document.value))


def test_the_json_schemas_are_json_schemas_and_refuse_what_the_loader_refuses() -> None:
    for schema in (recipe_schema(), project_schema()):
        Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(recipe_schema())

    assert list(validator.iter_errors({"recipe": "offer", "titel": "x"}))
    assert list(
        validator.iter_errors({"recipe": "offer", "segments": {"a": {"field": "x", "gt3": 1}}})
    )
    assert list(validator.iter_errors({"title": "x"}))


def test_a_name_goes_without_its_recipe_where_no_other_of_today_has_it() -> None:
    named = Cookbook().short_names(["a.fit", "b.fit", "a.warm", "a@1.warm", "a@1.cold"])

    assert named == {
        "a.fit": "a.fit",
        "b.fit": "b.fit",
        "a.warm": "warm",
        "a@1.warm": "a@1.warm",
        "a@1.cold": "a@1.cold",
    }
