"""A cookbook that is edited while people are in its journeys: tests/cases/edits tells what becomes of them."""

from dataclasses import replace
from datetime import timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

from mactl.clock import parse_instant, zone_named
from mactl.people.events import events_from_rows
from mactl.people.people import people_from_rows
from mactl.project import Project, Settings
from mactl.recipe.cookbook import Cookbook, parse_recipe
from mactl.recipe.expectations import RecipeTest
from mactl.store.state import State
from mactl.workflows.gathering import read_known
from mactl.workflows.playing.ticking import Clock
from mactl.workflows.playing.world import World
from mactl.workflows.testing.comparing import compare
from mactl.workflows.testing.outcome import Outcome
from mactl.workflows.testing.playing import Moment, Played
from mactl.workflows.testing.staging import stage
from mactl.workflows.timing.crowd import Crowd
from mactl.workflows.writing.templates import compile_templates

CASES = Path(__file__).parent.parent / "cases" / "edits"
REASON = {"legitimate_interest": "the cases of the language write to nobody"}
SETTINGS = Settings.model_validate({"timezone": "Europe/Amsterdam", "grounds": REASON})
PROJECT = Project(Path(), SETTINGS, has_file=False)
ZONE = zone_named(SETTINGS.timezone)


@cache
def read(path: Path) -> dict[str, Any]:
    """Each case by its name: `books` has the recipes from one instant on, and the contacts where they are others
    than before; `test` is one as recipes have them, of recipe `of`."""
    return dict(yaml.safe_load(path.read_text(encoding="utf-8")))


def cookbook_of(recipes: dict[str, Any]) -> Cookbook:
    found = {}
    for name, said in recipes.items():
        text = yaml.safe_dump({"recipe": name, **said}, sort_keys=False)
        recipe, findings = parse_recipe(text, Path(f"{name}.yaml"))
        assert recipe is not None and not findings, findings
        found[name] = recipe
    return Cookbook(found)


def play(case: dict[str, Any]) -> Played:
    """Play the test of a case, with each of its books from its instant on."""
    test = RecipeTest.model_validate({"name": "it", **case["test"]})
    staged = stage(test, SETTINGS)
    crowd = staged.crowd
    project = replace(PROJECT, settings=staged.settings)
    state = State.open("sqlite://", Path(), write=True)
    books = case["books"]
    begins = [parse_instant(str(book["from"]), ZONE) for book in books]
    ends = [later - timedelta(minutes=1) for _, later in pairwise(begins)] + [staged.end]
    moments: list[Moment] = []
    for book, begin, end in zip(books, begins, ends, strict=True):
        cookbook = cookbook_of(book["recipes"])
        chosen = tuple(cookbook.recipes)
        templates, findings = compile_templates(list(cookbook), staged.settings)
        assert not findings, findings
        if "contacts" in book:
            # Who they were before is in the state: that is how two turn out to be one.
            known = read_known(state)
            aliases = dict(zip(known["alias"], known["contact"], strict=True))
            people = people_from_rows(staged.settings, book["contacts"], aliases)
            crowd = Crowd(people, events_from_rows(staged.settings, case["test"]["events"], people))
        world = World(project, cookbook, chosen, crowd, state, templates, draws=test.draws)
        moments += [Moment(now, tick) for now, tick in Clock(world, begin, end).ticks()]
    recipe = cookbook.recipes[case["of"]]
    return Played(recipe, test, world, staged.begin, staged.end, tuple(moments))


def cases() -> list[Any]:
    paths = sorted(CASES.glob("*.yaml"))
    return [pytest.param(p, name, id=f"{p.stem}: {name}") for p in paths for name in read(p)]


@pytest.mark.parametrize(("path", "name"), cases())
def test_people_in_flight_go_on_as_the_edit_says(path: Path, name: str) -> None:
    played = play(read(path)[name])
    assert played.test.expect is not None

    assert compare(Outcome(played), played.test.expect) == []


def test_what_went_to_one_of_two_who_are_one_is_not_sent_again() -> None:
    case = next(iter(read(CASES / "merges.yaml").values()))
    outcome = Outcome(play(case))

    went = [(w.row["address"], w.template, outcome.moment(w.at)) for w in outcome.went]
    assert went == [
        ("old@example.com", "offer", "2026-12-02T09:00"),
        ("ann@example.com", "last", "2026-12-04T09:00"),
    ]
    assert [row["status"] for row in outcome.enrollments] == ["completed", "merged"]
