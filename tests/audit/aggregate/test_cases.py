"""Aggregate reports and what they come to: tests/cases/aggregate/*.yaml, see cases.py."""

import json
from typing import Any

import pytest

from mactl.audit.aggregate import kinds
from tests.audit.aggregate.cases import audit, cases
from tests.audit.promises import (
    assert_as_promised,
    assert_of_the_catalogue,
    assert_printable,
    covered,
    faults_of,
)

# In test_reports, with more sources than a case holds.
_ELSEWHERE = {"report-sources-left-out"}


@pytest.mark.parametrize("case", cases())
def test_case(case: dict[str, Any]) -> None:
    report = audit(case)
    shown: Any = report.as_json()

    assert_as_promised(case, report)
    assert {s["name"]: s["standing"] for s in shown["senders"]} == case.get("senders", {})
    assert shown["policy_next"]["record"] == case.get("step"), shown["policy_next"]
    assert case.get("why", "") in shown["policy_next"]["why"]


@pytest.mark.parametrize("case", cases())
def test_a_report_can_be_printed_as_it_is(case: dict[str, Any]) -> None:
    assert_printable(audit(case))


@pytest.mark.parametrize("case", cases())
def test_a_report_is_as_the_schema_says(case: dict[str, Any]) -> None:
    assert faults_of(reports=json.loads(json.dumps(audit(case).as_json()))) == []


@pytest.mark.parametrize("case", cases())
def test_findings_are_what_the_catalogue_says(case: dict[str, Any]) -> None:
    assert_of_the_catalogue(audit(case))


def test_there_are_cases_for_every_kind_of_finding() -> None:
    assert sorted(set(kinds.KINDS) - covered(cases()) - _ELSEWHERE) == []
