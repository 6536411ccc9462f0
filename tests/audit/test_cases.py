"""Zones and what the audit makes of them: tests/cases/audit/*.yaml, each case a promise, see cases.py."""

import re

import pytest

from mactl.audit import CATALOGUE, DomainAudit
from mactl.audit.aggregate import kinds as aggregate
from mactl.audit.message import kinds as message
from tests.audit.cases import STANDARDS, audit, cases, zone_for
from tests.audit.keys import with_keys
from tests.audit.promises import (
    assert_as_promised,
    assert_fits_the_schema,
    assert_of_the_catalogue,
    assert_printable,
    covered,
)

_TO_PUBLISH = re.compile(r"publish '(v=[^']*)'(?! as TXT at [\w*.-]+)")


@pytest.mark.parametrize("case", cases())
def test_case(case, keys):
    report = audit(case, zone_for(case, keys))
    shown = report.as_json()
    expected = dict.fromkeys(STANDARDS, "pass") | case.get("status", {})

    assert_as_promised(case | {"says": with_keys(case.get("says", {}), keys)}, report)
    assert {name: shown[name]["status"] for name in expected} == expected
    assert shown["verdict"] == case["verdict"]
    assert_told_as_all_are(report)


def assert_told_as_all_are(report: DomainAudit) -> None:
    """Whatever it is about: printable, as the catalogue and the schema have it, with what to publish and where."""
    assert_printable(report)
    assert_of_the_catalogue(report)
    assert_fits_the_schema(report)
    for finding in report.findings:  # a record to publish has its type and its name
        assert not _TO_PUBLISH.search(finding.hint or "") or "…" in finding.hint, finding


def test_there_are_cases_for_every_kind_of_finding():
    elsewhere = {*message.KINDS, *aggregate.KINDS}  # in tests/cases/message and …/aggregate

    assert sorted(set(CATALOGUE) - covered(cases()) - elsewhere) == []


def test_case_names_are_promises_and_no_two_are_the_same():
    names = [param.id for param in cases()]

    assert len(names) == len(set(names)) and len(names) >= 60
