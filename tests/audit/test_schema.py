"""The published schema: every report fits it, and it says what every key is."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from mactl.audit.schema import audit_schema
from tests.audit.peers import NOW
from tests.audit.test_cases import audit, cases, zone_for

VALIDATOR = Draft202012Validator(audit_schema())


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(audit_schema())


@pytest.mark.parametrize("case", cases())
def test_a_report_fits_the_schema(case: dict[str, Any], keys: dict[str, str]) -> None:
    report = audit(case, zone_for(case, keys)).as_json()
    whole = {"at": NOW.isoformat(), "domains": [report], "findings": []}

    assert [error.message for error in VALIDATOR.iter_errors(whole)] == []


@pytest.mark.parametrize("key", ["spf", "dkim", "dmarc", "bimi", "mx", "mta_sts", "tls_rpt"])
def test_a_report_without_a_part_does_not_fit(key: str, keys: dict[str, str]) -> None:
    report = audit({}, zone_for({}, keys)).as_json()
    del report[key]

    assert list(VALIDATOR.iter_errors({"at": "", "domains": [report], "findings": []}))
