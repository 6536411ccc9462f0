"""Every finding by example: recipes that have it, with a comment `# here` where, and recipes that do not."""

from functools import cache
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from mactl.checks import CHECKS
from mactl.checks.beside import DATA_CHECKS, STATE_CHECKS
from mactl.checks.manual import READING, manuals
from mactl.content.lint import LINTS
from mactl.content.templates import FINDINGS
from mactl.document import read_document
from tests.checks.making import findings_of, recipe_of

FOLDER = Path(__file__).parent.parent / "cases" / "checks"
OF_TEMPLATES = {*FINDINGS, *(lint.id for lint in LINTS)}
"""Their cases stand in `tests/content`."""
OF_FILES = {
    "yaml-too-large", "yaml-encoding", "empty-recipe", "recipe-name", "duplicate-recipe", "ignore-without-reason",
}  # fmt: skip
"""A fragment of a recipe can't show them: `tests/test_document.py`, `tests/recipe` and `tests/cli` do."""
NAMES = sorted(path.stem for path in FOLDER.glob("*.yaml"))


@cache
def cases_of(id: str) -> dict[str, Any]:
    path = FOLDER / f"{id}.yaml"
    document, findings = read_document(path.read_text(encoding="utf-8"), str(path))
    assert not findings, findings
    said: dict[str, Any] = document.value
    return said


def numbered(kind: str) -> list[Any]:
    return [
        pytest.param(id, number, id=f"{id}-{number + 1}")
        for id in NAMES
        for number in range(len(cases_of(id)[kind]))
    ]


@pytest.mark.parametrize(("id", "number"), numbered("bad"))
def test_what_is_wrong_is_found_where_it_stands(id: str, number: int) -> None:
    cases = cases_of(id)
    text = cases["bad"][number]

    found = [f for f in findings_of(text, cases.get("others"), cases.get("settings")) if f.id == id]

    lines = [n for n, line in enumerate(text.splitlines(), start=2) if line.endswith("# here")]
    where = [
        str(f.place.path) if f.place and f.place.path != "a.yaml" else f.place.line
        for f in found
        if f.place
    ]
    if "place" not in cases:
        assert where == lines
    elif cases["place"] == "top":
        assert where == [1]
    elif cases["place"] == "anywhere":
        assert len(found) == 1
    else:
        assert where == [cases["place"]]


@pytest.mark.parametrize(("id", "number"), numbered("good"))
def test_what_is_right_is_left_alone(id: str, number: int) -> None:
    cases = cases_of(id)
    text = cases["good"][number]

    recipe, problems = recipe_of("a", text)

    assert recipe is not None, problems
    settings = cases.get("good settings", cases.get("settings"))
    found = findings_of(text, cases.get("others"), settings)
    assert [f for f in found if f.id == id] == []


def test_every_finding_has_a_manual_and_cases() -> None:
    declared = {id for check in (*CHECKS, *DATA_CHECKS, *STATE_CHECKS) for id in check.IDS}

    assert declared | set(READING) <= set(manuals())
    wanted = {id for check in CHECKS for id in check.IDS} | set(READING)
    assert wanted - OF_TEMPLATES - OF_FILES - set(NAMES) == set()
    assert set(NAMES) <= declared | set(READING)
    for id in NAMES:
        assert cases_of(id)["bad"], id
        assert cases_of(id)["good"], id


@pytest.mark.parametrize(
    "check", (*CHECKS, *DATA_CHECKS, *STATE_CHECKS), ids=lambda check: check.__name__
)
def test_a_manual_says_what_is_wrong_and_what_to_write(check: Any) -> None:
    first, _, rest = check.__doc__.partition("\n")

    assert first.endswith(".")
    assert len(rest.split()) > 15
    example = dedent("\n".join(line for line in rest.splitlines() if line.startswith("    ")))
    assert example, "how to write it instead is shown"
    if not example.lstrip().startswith(("{{", "Hello {{")):  # Jinja
        assert read_document(example, check.__name__)[1] == []
    assert check.IDS
    assert all(id == id.lower() and " " not in id for id in check.IDS)
