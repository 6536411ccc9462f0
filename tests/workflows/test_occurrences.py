"""Nobody is let in for an issue that nobody has written."""

from pathlib import Path

import pandas as pd
import pytest

from mactl.recipe.cookbook import load_recipe
from mactl.recipe.recipe import Recipe
from mactl.workflows.planning.occurrences import with_content

RECIPE = """\
recipe: news
segments: {all: {field: email, empty: false}}
journey:
  enter: {every: tue, at: "09:00", segment: all}
  again: always
  leave: []
  steps: [{send: issue}]
templates:
  issue: {subject: Issue, body: "issues/{occurrence}.md"}
  unused: {subject: Issue, body: "other/{occurrence}.md"}
"""


@pytest.fixture
def recipe(tmp_path: Path) -> Recipe:
    (tmp_path / "issues").mkdir()
    (tmp_path / "issues" / "2026-12-01.md").write_text("x")
    (tmp_path / "news.yaml").write_text(RECIPE)
    found, findings = load_recipe(tmp_path / "news.yaml")
    assert found is not None, findings
    return found


def test_who_has_a_file_is_let_in_and_the_others_are_told_of(recipe: Recipe) -> None:
    occurrences = ["2026-12-01", "2026-12-08", "2026-12-01T0900", "../x"]
    candidates = pd.DataFrame({"contact": list("abcd"), "occurrence": occurrences})

    kept, findings = with_content(recipe, candidates)

    assert list(kept["contact"]) == ["a", "c"]
    assert [(f.id, f.message.split(":")[0], f.place and f.place.line) for f in findings] == [
        ("occurrence-without-file", "nobody is let in for 2026-12-08", 9),
        ("occurrence-without-file", "nobody is let in for ../x", 9),
    ]


def test_where_nothing_depends_on_the_occurrence_all_are_let_in(tmp_path: Path) -> None:
    text = RECIPE.replace("issues/{occurrence}.md", "Hello")
    (tmp_path / "news.yaml").write_text(text)
    recipe, _ = load_recipe(tmp_path / "news.yaml")
    assert recipe is not None
    candidates = pd.DataFrame({"contact": ["a"], "occurrence": [None]})

    kept, findings = with_content(recipe, candidates)

    assert kept.equals(candidates) and not findings
