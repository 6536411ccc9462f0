"""Received messages and what the audit makes of them: tests/cases/message/*.yaml, see cases.py."""

from typing import Any

import pytest

from mactl.audit.message import kinds
from tests.audit.message.cases import audit, cases
from tests.audit.promises import (
    assert_as_promised,
    assert_of_the_catalogue,
    assert_printable,
    covered,
)


@pytest.mark.parametrize("case", cases())
def test_case(case: dict[str, Any], keys: dict[str, str]) -> None:
    report = audit(case, keys)
    shown: Any = report.as_json()

    assert_as_promised(case, report)
    assert [check["result"] for check in shown["dkim"]] == case.get("dkim", ["pass"]), shown["dkim"]
    assert shown["spf"]["result"] == case.get("spf", "pass"), shown["spf"]
    assert shown["dmarc"]["result"] == case.get("dmarc", "pass"), shown["dmarc"]


@pytest.mark.parametrize("case", cases())
def test_a_report_can_be_printed_as_it_is(case: dict[str, Any], keys: dict[str, str]) -> None:
    assert_printable(audit(case, keys))


@pytest.mark.parametrize("case", cases())
def test_findings_are_what_the_catalogue_says(case: dict[str, Any], keys: dict[str, str]) -> None:
    assert_of_the_catalogue(audit(case, keys))


def test_there_are_cases_for_every_kind_of_finding() -> None:
    assert sorted(set(kinds.KINDS) - covered(cases())) == []
