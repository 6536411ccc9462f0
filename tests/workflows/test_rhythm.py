"""How often a project wants a run."""

from datetime import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from mactl.document import read_document
from mactl.project import Settings
from mactl.recipe.cookbook import Cookbook, parse_recipe
from mactl.validation import validate
from mactl.workflows.scheduling.rhythm import find_rhythm
from tests.conftest import ROOT

CASES = yaml.safe_load((ROOT / "tests/cases/rhythm.yaml").read_text(encoding="utf-8"))


def cookbook(case: dict[str, Any]) -> Cookbook:
    journey = {"enter": case["enter"], "leave": [], "steps": case["steps"]}
    text = yaml.safe_dump({
        "recipe": "hello",
        "status": case.get("status", "live"),
        "segments": case.get("segments", {"everyone": {"field": "email", "empty": False}}),
        "privacy": {"basis": ["consent"], "topic": "offers", "purpose": "Say hello"},
        "journey": {**journey, **case.get("journey", {})},
        "templates": {"hello": {"subject": "Hello", "body": "Welcome."}},
    })  # fmt: skip
    recipe, findings = parse_recipe(text, Path("hello.yaml"))
    assert recipe is not None and not findings, findings
    return Cookbook({recipe.id: recipe})


def settings(case: dict[str, Any]) -> Settings:
    told = {"timezone": "Europe/Amsterdam", "limits": case.get("limits", {})}
    document, _ = read_document(yaml.safe_dump(told), "mactl.yaml")
    made, findings = validate(Settings, document)
    assert made is not None and not findings
    return made


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_rhythm(case: dict[str, Any]) -> None:
    found = find_rhythm(cookbook(case), settings(case), case.get("zones", ()))

    assert found.minutes == case.get("minutes")
    if "times" in case:
        assert found.times == tuple(time.fromisoformat(at) for at in case["times"])
    assert case.get("why", "") in found.why


def test_a_project_without_recipes_is_looked_after_in_the_morning() -> None:
    found = find_rhythm(Cookbook(), Settings())
    assert (found.minutes, found.times) == (None, (time(7),))
