"""Files whose cells are odd: exactly these contacts, and exactly these findings."""

from typing import Any

import pytest
import yaml

from mactl.cli.views.contacts import contact_rows
from tests.conftest import ROOT
from tests.people.conftest import ReadPeople

CASES = yaml.safe_load((ROOT / "tests/cases/people/hygiene.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_file_gives_exactly_these_contacts_and_findings(
    people: ReadPeople, case: dict[str, Any]
) -> None:
    found = people(*case.get("files", [case.get("file")]), **case.get("settings", {}))

    assert [row["fields"] for row in contact_rows(found, "UTC")] == case["contacts"]
    told = [(f.place.line if f.place else None, f.id, f.message) for f in found.findings]
    wanted = case.get("findings", [])
    assert sorted(told[:2] for told in told) == sorted(tuple(line[:2]) for line in wanted)
    for line, id, words in wanted:
        assert any(told[:2] == (line, id) and words in told[2] for told in told), (words, told)
