"""What the pages say is what the program does."""

import sys
from difflib import unified_diff
from pathlib import Path

import pytest
from cogapp import Cog  # type: ignore[import-untyped]

from tests.conftest import ROOT

sys.path.insert(0, str(ROOT / "docs"))

from making import (  # type: ignore[import-not-found]
    PICTURED,
    RECORDED,
    anchor_of_condition,
    draw,
    record,
    schemas,
)
from pages import anchors_of, blocks_of, every_page, links_of  # type: ignore[import-not-found]
from playing import BadPlay, is_played, played  # type: ignore[import-not-found]

from mactl.recipe.conditions import KINDS
from mactl.recipe.steps import STEP_KINDS

PAGES = {str(page.relative_to(ROOT)): page.read_text(encoding="utf-8") for page in every_page()}
MADE = sorted(name for name, text in PAGES.items() if "[[[cog" in text)
PLAYED = sorted(name for name, text in PAGES.items() if is_played(text))


@pytest.mark.parametrize("page", MADE)
def test_what_is_made_from_code_is_up_to_date(page: str) -> None:
    found = Cog().process_string(PAGES[page], page)

    assert found == PAGES[page], f"make docs\n{_difference(PAGES[page], found)}"


@pytest.mark.parametrize("page", PLAYED)
def test_commands_print_what_the_page_says(page: str) -> None:
    found = played(PAGES[page])

    assert found == PAGES[page], f"make docs\n{_difference(PAGES[page], found)}"


def _difference(old: str, new: str) -> str:
    return "\n".join(unified_diff(old.splitlines(), new.splitlines(), "as it is", "as it would be"))


def test_console_blocks_stand_in_pages_that_are_played_or_made() -> None:
    for name, text in PAGES.items():
        if name not in PLAYED and name not in MADE:
            assert [b.line for b in blocks_of(text) if b.language == "console"] == [], name


def test_the_published_schemas_are_those_that_files_are_read_with() -> None:
    for path, text in schemas():
        assert path.read_text(encoding="utf-8") == text, f"make docs: {path.name}"


def test_the_recording_that_is_audited_is_that_of_the_zone(tmp_path: Path) -> None:
    record(tmp_path / RECORDED)

    committed = ROOT / "docs" / RECORDED
    assert (tmp_path / RECORDED).read_bytes() == committed.read_bytes(), "make docs"


def test_the_picture_of_the_readme_is_that_of_the_recipe(tmp_path: Path) -> None:
    draw(tmp_path / "flow.svg")

    committed = ROOT / "docs" / f"{PICTURED}.svg"
    assert (tmp_path / "flow.svg").read_bytes() == committed.read_bytes(), "make docs"


@pytest.mark.parametrize("page", sorted(PAGES))
def test_every_link_leads_to_a_page_and_a_heading_that_are_there(page: str) -> None:
    for link in links_of(PAGES[page]):
        if link.startswith(("http:", "https:")):
            continue
        target, _, heading = link.partition("#")
        file = (ROOT / page).parent / target if target else ROOT / page
        assert file.exists(), link
        if heading:
            assert heading in anchors_of(file.read_text(encoding="utf-8")), link


def test_every_page_is_found_from_the_index() -> None:
    index = set(links_of(PAGES["docs/README.md"]))
    pages = {str(Path(name).relative_to("docs")) for name in PAGES if name.startswith("docs/")}
    told = {page for page in pages if not page.startswith("decisions/")} - {"README.md"}

    assert {page.removesuffix("README.md") or page for page in told} <= {
        link.removesuffix("README.md") for link in index
    }


def test_every_condition_and_step_has_a_heading() -> None:
    conditions = anchors_of(PAGES["docs/recipes/conditions.md"])
    steps = {
        word for anchor in anchors_of(PAGES["docs/recipes/steps.md"]) for word in anchor.split("-")
    }

    assert {anchor_of_condition(kind.keyword) for kind in KINDS} <= conditions
    assert {part for kind in STEP_KINDS for part in kind.keyword.split("_")} <= steps


def test_a_play_that_goes_otherwise_than_the_page_says_is_told(tmp_path: Path) -> None:
    page = "<!-- played in an empty folder -->\n\n```console\n$ false\n```\n"

    with pytest.raises(BadPlay, match="line 4: false exits with 1"):
        played(page)


def test_a_play_writes_changes_and_shows() -> None:
    page = (
        "<!-- played in an empty folder -->\n\n<!-- file: a/b.txt -->\n```text\none\ntwo\n```\n"
        "<!-- more of: a/b.txt -->\n```text\nthree\n```\n"
        "<!-- change: a/b.txt -->\n```diff\n one\n-two\n+2\n```\n"
        "<!-- first: echo unseen > c -->\n```console\n$ cd a\n$ cat b.txt ../c\nold\n```\n"
    )

    assert played(page).endswith(
        "```console\n$ cd a\n$ cat b.txt ../c\none\n2\n\nthree\nunseen\n```\n"
    )
