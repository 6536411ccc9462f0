"""What `--fix` mends: before → after, with every comment and blank where it was."""

from pathlib import Path

import pytest

from mactl.document import read_document
from tests.cli.conftest import Home, Mactl
from tests.conftest import ROOT

PATH = ROOT / "tests" / "cases" / "fixes.yaml"
CASES = read_document(PATH.read_text(encoding="utf-8"), str(PATH))[0].value


@pytest.fixture
def project(home: Home) -> Home:
    home.write("mactl.yaml", "teams: {sales: {email: sales@example.com}}\n")
    (home.folder / "recipes" / "hello.yaml").unlink()
    return home


def recipe(home: Home) -> Path:
    return home.folder / "recipes" / "a.yaml"


@pytest.mark.parametrize("case", CASES["mended"], ids=lambda case: case["after"].splitlines()[-1])
def test_what_has_one_answer_is_mended_in_place(
    project: Home, mactl: Mactl, case: dict[str, str]
) -> None:
    recipe(project).write_text(f"# top\nrecipe: a\n{case['before']}")

    ran = mactl("check", "--fix")

    assert recipe(project).read_text() == f"# top\nrecipe: a\n{case['after']}"
    assert "mended recipes/a.yaml:" in ran.err
    assert ran.status == 0, ran.out


@pytest.mark.parametrize("text", CASES["left_alone"], ids=lambda text: text.splitlines()[-1])
def test_what_could_mean_two_things_is_left_alone(project: Home, mactl: Mactl, text: str) -> None:
    recipe(project).write_text(f"recipe: a\n{text}")

    ran = mactl("check", "--fix")

    assert recipe(project).read_text() == f"recipe: a\n{text}"
    assert "mended" not in ran.err


def test_several_things_on_one_line_are_mended_one_after_the_other(
    project: Home, mactl: Mactl
) -> None:
    recipe(project).write_text(
        "recipe: b\nsegments: {x: {evnt: e, within_last: 36h}, y: {segmnet: x}}\n"
    )

    ran = mactl("check", "--fix")

    assert recipe(project).read_text() == (
        "recipe: a\nsegments: {x: {event: e, within_last: 36 hours}, y: {segment: x}}\n"
    )
    assert ran.err.count("mended") == 4


def test_a_recipe_without_a_name_gets_its_files(project: Home, mactl: Mactl) -> None:
    recipe(project).write_text("title: x\n")

    mactl("check", "--fix")

    assert recipe(project).read_text() == "recipe: a\ntitle: x\n"


def test_a_diff_is_shown_and_nothing_is_written(project: Home, mactl: Mactl) -> None:
    recipe(project).write_text("recipe: a\ntitel: x\n")

    ran = mactl("check", "--diff")

    assert recipe(project).read_text() == "recipe: a\ntitel: x\n"
    assert ran.err.splitlines()[-2:] == ["-titel: x", "+title: x"]
    assert "nothing found" in ran.out or "note" in ran.out


def test_a_mark_windows_line_ends_and_a_missing_last_one_stay(project: Home, mactl: Mactl) -> None:
    recipe(project).write_bytes(
        b"\xef\xbb\xbfrecipe: a\r\ntitel: \xc3\xa9t\xc3\xa9 # x\r\nversion: 1"
    )

    mactl("check", "--fix")

    assert recipe(project).read_bytes() == (
        b"\xef\xbb\xbfrecipe: a\r\ntitle: \xc3\xa9t\xc3\xa9 # x\r\nversion: 1"
    )


def test_only_the_recipes_that_are_named_are_mended(project: Home, mactl: Mactl) -> None:
    recipe(project).write_text("recipe: a\ntitel: x\n")
    project.write("recipes/b.yaml", "recipe: b\ntitel: x\n")

    mactl("check", "--fix", "recipes/b.yaml")

    assert "titel" in recipe(project).read_text()
    assert "title" in (project.folder / "recipes" / "b.yaml").read_text()


def test_fixing_goes_with_recipes_alone(project: Home, mactl: Mactl) -> None:
    assert mactl("check", "--fix", "--data").status == 2
