"""What the law would find in a cookbook, case by case."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from mactl.privacy.categories import covers, special_category
from mactl.privacy.checks import MANUALS, check_cookbook
from mactl.privacy.terms import term_of
from mactl.project import Settings
from mactl.recipe.cookbook import Cookbook, parse_recipe
from tests.conftest import ROOT

CASES = yaml.safe_load((ROOT / "tests" / "cases" / "privacy.yaml").read_text(encoding="utf-8"))
ONLY_WITH_DATA = {"privacy-erased-in-source", "privacy-overdue"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_cookbook_has_exactly_these_findings(case: dict[str, Any]) -> None:
    text = yaml.safe_dump({"recipe": "r", **case["recipe"]}, sort_keys=False)
    recipe, findings = parse_recipe(text, Path("r.yaml"))
    assert recipe is not None, findings
    found = list(
        check_cookbook(Cookbook({"r": recipe}), Settings.model_validate(case.get("settings", {})))
    )
    assert sorted(finding.id for finding in found) == sorted(case["finds"])
    assert all(finding.place is not None and finding.hint for finding in found)


def test_every_finding_has_a_manual_and_a_case() -> None:
    shown = {id for case in CASES for id in case["finds"]}
    assert shown | ONLY_WITH_DATA == set(MANUALS)


@pytest.mark.parametrize(
    ("words", "field", "is_covered"),
    [
        (["name"], "first_name", True),
        (["names"], "last_name", True),
        (["E-mail address"], "email_address", False),
        (["address"], "postcode", True),
        (["contract end"], "contract_end", True),
        (["clv"], "contract_end", False),
        (["phone"], "mobile", True),
    ],
)
def test_a_word_covers_the_fields_that_people_mean_by_it(
    words: list[str], field: str, is_covered: bool
) -> None:
    assert covers(words, field) is is_covered


@pytest.mark.parametrize(
    ("field", "category"),
    [
        ("medical_history", "health"), ("Allergies", "health"), ("religion", "religion or belief"),
        ("bsn", "national number"), ("diet_plan", "health"), ("dietmar", None), ("embrace", None),
        ("race", "race or ethnicity"), ("trace_id", None), ("category", None),
    ],
)  # fmt: skip
def test_special_categories_are_told_by_whole_words(field: str, category: str | None) -> None:
    assert special_category(field) == category


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("24 months", "24 months"), ("12 months after the last visit", "12 months"), ("P2Y", "2 years"),
        ("until they leave", None), ("two years", None),
    ],
)  # fmt: skip
def test_a_term_is_the_first_length_of_time(text: str, term: str | None) -> None:
    found = term_of(text)
    assert (None if found is None else str(found)) == term
