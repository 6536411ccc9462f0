"""People inside an old version finish it as it was: its text, its names, its templates."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import yaml

from mactl.journey.graph import build_graph
from mactl.project import Settings
from mactl.recipe.conditions import Kind
from mactl.recipe.cookbook import Cookbook, parse_recipe
from mactl.recipe.recipe import Recipe
from mactl.rules.evaluate import Question, evaluate
from mactl.rules.faults import find_circular_definitions, find_unknown_names
from mactl.rules.names import Definition, definitions_of
from mactl.store.commit import Changes, commit_run
from mactl.store.state import State
from mactl.store.versions import save_versions
from mactl.workflows.planning.following import tracked
from mactl.workflows.planning.versions import OldRecipe, old_recipes, versions_of
from mactl.workflows.writing.templates import compile_templates
from tests.rules.tables import condition, facts
from tests.store.making import NOW, begun

ONE = """\
recipe: welcome
version: 1
segments:
  rich: {field: clv, gte: 100}
  dutch: {field: country, eq: NL}
  rich-dutch: [{segment: rich}, {segment: welcome.dutch}]
  also-dutch: {segment: dutch}
scoring: {fit: {rules: [{name: rich, when: {segment: rich}, points: 5}]}}
labels: {size: {big: {field: clv, gte: 100}, small: {field: clv, lt: 100}}}
goal: {event: paid}
privacy: {basis: [consent], topic: offers, purpose: x}
journey:
  enter: {segment: rich-dutch}
  leave: [unmatched, {segment: welcome.rich}, {segment: dutch}, {sent: welcome.hello}, {segment: other.people}]
  steps: [{send: hello}, {wait: 1 day}, {send: bye}]
templates:
  hello: {subject: "Hello {{ contact.first_name }}", body: Old words.}
  bye: {subject: Bye, body: Old goodbye.}
tests: [{name: t, now: 2026-12-01T09:00}]
"""
TWO = (
    ONE.replace("version: 1", "version: 2")
    .replace("gte: 100}\n  dutch", "gte: 500}\n  dutch")
    .replace("Old", "New")
    .replace("{send: bye}", "{send: bye, id: farewell}")
)
OTHER = "recipe: other\nsegments: {people: {field: clv, empty: false}}\n"


def parse(text: str) -> Recipe:
    name = yaml.safe_load(text)["recipe"]
    recipe, findings = parse_recipe(text, Path(f"recipes/{name}.yaml"))
    assert recipe is not None, findings
    return recipe


def book(*texts: str) -> Cookbook:
    return Cookbook({recipe.id: recipe for recipe in map(parse, texts)})


def run(state: State, *texts: str) -> None:
    """A run of these recipes, as far as it keeps their versions."""
    recipes = [parse(text) for text in texts]
    templates, findings = compile_templates(recipes, Settings())
    assert not findings
    commit_run(
        state, begun(), Changes(contents={s.hash: s.to_json() for s in templates.sources.values()})
    )
    with state.writing() as connection:
        save_versions(connection, versions_of(recipes, templates.sources, NOW))


def inside(*pairs: tuple[str, int]) -> pd.DataFrame:
    return pd.DataFrame(pairs, columns=["recipe", "version"])


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    with State.open("sqlite://", tmp_path, write=True) as opened:
        yield opened


@pytest.fixture
def old(state: State) -> Iterator[OldRecipe]:
    run(state, ONE, OTHER)
    [found] = old_recipes(state, book(TWO, OTHER), inside(("welcome", 1), ("welcome", 2))).recipes
    yield found


def test_the_old_version_is_a_recipe_of_its_own_that_admits_nobody(old: OldRecipe) -> None:
    assert (old.recipe.id, old.recipe.origin, old.version) == ("welcome@1", "welcome", 1)
    assert old.recipe.file.status == "draft"
    assert list(build_graph(old.recipe.journey).nodes) == ["hello", "wait-1", "bye"]


def test_its_templates_are_those_of_then_though_the_files_are_gone(old: OldRecipe) -> None:
    assert set(old.sources) == {"hello", "bye"}
    assert "Old words." in old.sources["hello"].text


def test_only_versions_that_somebody_is_in_and_that_are_not_today_s_are_revived(
    state: State,
) -> None:
    run(state, ONE, OTHER)
    assert not old_recipes(state, book(ONE), inside(("welcome", 1))).recipes
    assert not old_recipes(state, book(TWO), inside(("welcome", 2))).recipes
    assert not old_recipes(state, book(TWO), inside()).recipes
    assert not old_recipes(state, book(OTHER), inside(("welcome", 1))).recipes


def test_who_is_in_a_later_version_than_today_s_finishes_that_one(state: State) -> None:
    run(state, TWO)
    [found] = old_recipes(state, book(ONE), inside(("welcome", 2))).recipes

    assert found.recipe.id == "welcome@2"


def test_a_version_that_was_never_kept_is_not_revived(state: State) -> None:
    found = old_recipes(state, book(TWO), inside(("welcome", 1)))

    assert not found.recipes
    assert not found.stranded


@pytest.mark.parametrize(
    ("today", "then"), [("live", "draft"), ("paused", "paused"), ("archived", "archived")]
)
def test_pausing_or_archiving_the_recipe_holds_for_all_its_versions(
    state: State, today: str, then: str
) -> None:
    run(state, ONE)
    [found] = old_recipes(
        state,
        book(TWO.replace("version: 2", f"version: 2\nstatus: {today}")),
        inside(("welcome", 1)),
    ).recipes

    assert found.recipe.file.status == then


def test_names_mean_what_they_meant_then(state: State, old: OldRecipe) -> None:
    today = book(TWO, OTHER)
    joined = old_recipes(state, today, inside(("welcome", 1))).join(today)
    world = facts(
        "2026-12-01T09:00",
        {"ann": {"clv": 200, "country": "NL"}, "bob": {"clv": 900, "country": "NL"}},
        fields={"clv": "number", "country": "text"},
    )

    def holds(recipe: str, says: Kind) -> list[bool]:
        asked = {"q": Question(says, recipe)}
        answers = evaluate(world, joined, asked, engine="pandas")["q"]
        return [bool(answer) for answer in answers]

    for name in ("rich", "rich-dutch", "welcome.rich"):
        for_now = condition({"segment": name})
        assert holds("welcome", for_now) == [False, True]
    leave = old.recipe.journey.leave
    assert holds("welcome@1", condition({"segment": "rich"})) == [True, True]
    assert holds("welcome@1", condition({"segment": "rich-dutch"})) == [True, True]
    assert holds("welcome@1", condition({"score": "fit", "gte": 5})) == [True, True]
    assert not isinstance(leave[1], str)
    assert holds("welcome@1", leave[1]) == [True, True]  # welcome.rich, of then


def test_fields_are_worked_out_of_what_they_meant_then_with_or_without_the_recipe_s_name(
    state: State,
) -> None:
    one = ONE.replace(
        "segments:",
        'fields: {half: "clv / 2", quarter: "welcome.half / 2", more: "other.twice + 1"}\nsegments:',
    )
    other = OTHER + 'fields: {twice: "clv * 2"}\n'
    run(state, one, other)
    today = book(one.replace("version: 1", "version: 2").replace("clv / 2", "clv / 20"), other)
    joined = old_recipes(state, today, inside(("welcome", 1))).join(today)
    world = facts("2026-12-01T09:00", {"ann": {"clv": 200}}, fields={"clv": "number"})

    def value(recipe: str, name: str) -> float:
        it = Definition("field", f"{recipe}.{name}")
        return float(evaluate(world, joined, {"it": it}, engine="pandas")["it"].iloc[0])

    assert [value("welcome", name) for name in ("half", "quarter", "more")] == [10, 5, 401]
    assert [value("welcome@1", name) for name in ("half", "quarter", "more")] == [100, 50, 401]


def test_what_is_defined_alike_is_taken_from_today(state: State, old: OldRecipe) -> None:
    today = book(TWO, OTHER)
    joined = old_recipes(state, today, inside(("welcome", 1))).join(today)
    own = {str(d) for d in definitions_of(joined)} - {str(d) for d in definitions_of(today)}

    # `rich` differs, and so does what is made from it.
    assert own == {"segment welcome@1.rich", "segment welcome@1.rich-dutch", "score welcome@1.fit"}
    assert old.recipe.journey.leave[2] == condition({"segment": "welcome.dutch"})
    assert old.recipe.journey.leave[3] == condition({"sent": "hello"})
    assert old.recipe.journey.leave[4] == condition({"segment": "other.people"})


def test_no_name_in_the_old_version_leads_nowhere(state: State, old: OldRecipe) -> None:
    today = book(TWO, OTHER)
    joined = old_recipes(state, today, inside(("welcome", 1))).join(today)

    assert not find_unknown_names(joined)
    assert not find_circular_definitions(joined)


def test_who_joined_a_segment_that_did_not_change_stays_known(state: State) -> None:
    asks = "  enter: {segment: dutch, existing: false}"
    one = ONE.replace("  enter: {segment: rich-dutch}", asks)
    two = TWO.replace("  enter: {segment: rich-dutch}", asks)
    run(state, one)
    today = book(two, OTHER)
    joined = old_recipes(state, today, inside(("welcome", 1))).join(today)

    assert tracked(joined) == tracked(today)
    assert Definition("segment", "welcome.dutch") in tracked(joined).definitions


def test_one_ladder_stands_for_the_whole_cookbook(state: State) -> None:
    ladder = "stages: {lead: {}, mql: {field: clv, gte: 10}}\n"
    run(state, ONE + ladder)
    today = book(TWO + ladder.replace("10", "20"), OTHER)
    joined = old_recipes(state, today, inside(("welcome", 1))).join(today)

    assert joined.stages == today.stages
    gone = book(TWO, OTHER)
    [found] = old_recipes(state, gone, inside(("welcome", 1))).recipes
    assert list(found.recipe.file.stages) == ["lead", "mql"]


def test_a_recipe_that_was_renamed_meanwhile_is_still_the_same(state: State) -> None:
    run(state, ONE)
    renamed = TWO.replace("recipe: welcome", "recipe: greet\nmoved: {welcome: greet}")
    [found] = old_recipes(
        state, book(renamed.replace("welcome.", "greet."), OTHER), inside(("welcome", 1))
    ).recipes

    assert (found.recipe.id, found.recipe.origin) == ("welcome@1", "welcome")
    assert found.recipe.journey.leave[2] == condition({"segment": "greet.dutch"})


def test_a_version_that_can_not_be_read_any_more_strands_its_people_and_says_so(
    state: State,
) -> None:
    run(state, ONE)
    recipe = parse(ONE)
    broken = replace(versions_of([recipe], {}, NOW)[0], text="recipe: welcome\nno-such-key: 1\n")
    with state.writing() as connection:
        save_versions(connection, [broken])
    found = old_recipes(state, book(TWO), inside(("welcome", 1)))

    assert not found.recipes
    assert found.stranded == {("welcome", 1)}
    assert [finding.id for finding in found.findings] == ["old-version-unreadable"]
