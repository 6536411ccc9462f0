"""The published schema: every report of the cases fits it (test_cases.py), and nothing less."""

import pytest
from jsonschema import Draft202012Validator

from mactl.audit.schema import audit_schema
from tests.audit.cases import audit, zone_for
from tests.audit.promises import faults_of


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(audit_schema())


def test_nothing_is_told_that_is_not_described() -> None:
    objects = {n: d for n, d in audit_schema()["$defs"].items() if d.get("type") == "object"}

    assert [name for name, d in objects.items() if d.get("additionalProperties") is not False] == []


@pytest.mark.parametrize("key", ["spf", "dkim", "dmarc", "bimi", "mx", "mta_sts", "tls_rpt"])
def test_a_report_without_a_part_does_not_fit(key: str, keys: dict[str, str]) -> None:
    report = audit({}, zone_for({}, keys)).as_json()
    assert not faults_of(report)
    del report[key]

    assert faults_of(report)
