from pathlib import Path

import pytest

from mactl.errors import UsageError
from mactl.project import load_project
from mactl.workflows.opening import select_recipes

HELLO = "recipe: hello\nsegments: {x: {field: a, eq: 1}}\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "recipes" / "more").mkdir(parents=True)
    (tmp_path / "mactl.yaml").write_text("project: x\n")
    (tmp_path / "recipes" / "hello.yaml").write_text(HELLO)
    (tmp_path / "recipes" / "more" / "deep.yaml").write_text(HELLO.replace("hello", "deep"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("hello.yaml", "did you mean 'recipes/hello.yaml'? Its id will do as well: hello"),
        ("old/hello.yaml", "did you mean 'recipes/hello.yaml'? Its id will do as well: hello"),
        ("more/deep.yaml", "did you mean 'recipes/more/deep.yaml'? Its id will do as well: deep"),
        ("helo.yaml", "mactl journey show --all lists those with a journey"),
        ("nowhere/", "mactl journey show --all lists those with a journey"),
    ],
)
def test_a_path_that_is_not_there_points_at_the_recipe_so_called(
    folder: Path, name: str, hint: str
) -> None:
    with pytest.raises(UsageError, match=f"{name}: there is no such file or folder") as refused:
        select_recipes(load_project(Path())[0], [name])

    assert refused.value.hint == hint


@pytest.mark.parametrize("name", ["hello", "recipes/hello.yaml", "./recipes/hello.yaml"])
def test_a_recipe_goes_by_its_id_and_by_its_path(folder: Path, name: str) -> None:
    assert select_recipes(load_project(Path())[0], [name]).chosen == ("hello",)
