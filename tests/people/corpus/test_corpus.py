"""Each nasty file gives exactly the contacts and findings that it should."""

import pkgutil
from importlib import import_module
from pathlib import Path

import pytest

from tests.people import corpus
from tests.people.corpus.case import Case, outcome_of

CASES: list[Case] = [
    case
    for module in pkgutil.iter_modules(corpus.__path__)
    if module.name.endswith("_cases")
    for case in import_module(f"{corpus.__name__}.{module.name}").CASES
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_nasty_file_gives_exactly_these_contacts_and_findings(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    outcome = outcome_of(case, tmp_path)

    assert outcome.refused == case.refused
    assert list(outcome.contacts) == list(case.contacts)
    assert list(outcome.findings) == list(case.findings)


def test_no_two_nasty_files_have_the_same_name() -> None:
    names = [case.name for case in CASES]

    assert len(set(names)) == len(names)
