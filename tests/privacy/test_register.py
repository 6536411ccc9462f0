"""The record of processing: each thing once, and told alike wherever it is asked for."""

from pathlib import Path

import pytest

from mactl.privacy.register import Activity, register_of
from mactl.project import Project, Settings
from mactl.recipe.cookbook import Cookbook, parse_recipe

RECIPE = """\
recipe: hello
privacy:
  basis: [consent]
  topic: offers
  purpose: To say hello
  data: [email]
  retention: 12 months
  safeguards: [encrypted disks, four eyes]
"""


def of_recipe(folder: Path, path: Path, **settings: object) -> Activity:
    recipe, findings = parse_recipe(RECIPE, path)
    assert recipe is not None, findings
    project = Project(folder, Settings.model_validate(settings))
    return register_of(project, Cookbook({"hello": recipe})).activities[0]


def test_a_safeguard_of_the_project_and_of_the_recipe_is_told_once() -> None:
    told = of_recipe(Path(), Path("r/hello.yaml"), safeguards=["access limited", "encrypted disks"])
    assert told.safeguards == ["access limited", "encrypted disks", "four eyes"]


@pytest.mark.parametrize("folder", [".", "shop", "{here}", "{here}/shop"])
def test_where_it_is_said_is_told_from_the_projects_folder(
    folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    home = Path(folder.format(here=tmp_path))
    assert of_recipe(home, home / "recipes" / "hello.yaml").source == "recipes/hello.yaml"
    assert of_recipe(home, home / ".." / "shared" / "hello.yaml").source == "../shared/hello.yaml"
