"""What the pages say is what the program does."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

PAGES = ["README.md", "docs/commands.md"]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_that_is_made_from_code_is_up_to_date(page: str) -> None:
    command = [sys.executable, "-m", "cogapp", "--check", "--diff", page]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert ran.returncode == 0, f"make docs\n{ran.stdout}"


def test_the_published_schema_is_the_one_that_recipes_are_read_with() -> None:
    sys.path.insert(0, str(ROOT / "docs"))
    try:
        from making import recipe_schema  # type: ignore[import-not-found]
    finally:
        sys.path.pop(0)

    assert (ROOT / "docs" / "recipe.schema.json").read_text(encoding="utf-8") == recipe_schema()


def test_every_link_of_the_pages_leads_somewhere() -> None:
    for page in PAGES:
        text = (ROOT / page).read_text(encoding="utf-8")
        for part in text.split("](")[1:]:
            target = part.partition(")")[0]
            if not target.startswith("http"):
                assert (ROOT / Path(page).parent / target).exists(), f"{page}: {target}"
