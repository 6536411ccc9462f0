"""Aggregate reports and what they come to: tests/cases/aggregate/*.yaml, each case a promise.

`reports` are in the form of `reporting.report_xml`; `files` are texts as they stand. `findings` lists every id that
must be found and no other; `senders` the standing of each sender; `step` is the record to publish next, null where
the policy stays, and `why` a part of the reason. `zone` changes a domain with p=none and a mail server of its own.
"""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from mactl.audit import CATALOGUE
from mactl.audit.aggregate import kinds
from mactl.audit.aggregate.audit import Gathering, ReportsAudit, audit_reports
from mactl.findings import Severity
from tests.audit.aggregate.reporting import report_xml
from tests.audit.peers import Zone, means_of
from tests.audit.test_cases import looked_up

CASES = Path(__file__).parents[2] / "cases" / "aggregate"
ZONE: dict[str, Any] = {
    "_dmarc.example.com": "v=DMARC1; p=none; rua=mailto:dmarc@example.com",
    "1.2.0.192.in-addr.arpa": {"PTR": "mail.example.com"},
    "mail.example.com": {"A": "192.0.2.1"},
    "7.100.51.198.in-addr.arpa": {"PTR": "o1.ptr.sendgrid.net"},
    "o1.ptr.sendgrid.net": {"A": "198.51.100.7"},
}


def cases() -> list[Any]:
    return [
        pytest.param(case, id=f"{path.stem}: {case['case']}")
        for path in sorted(CASES.glob("*.yaml"))
        for case in yaml.safe_load(path.read_text(encoding="utf-8"))
    ]


def audit(case: dict[str, Any]) -> ReportsAudit:
    gathering = Gathering()
    for number, told in enumerate(case.get("reports", [])):
        text = report_xml({"id": str(number), **told})
        gathering.add(f"{number}.xml", text.encode())
    for name, text in case.get("files", {}).items():
        gathering.add(name, text.encode())
    means = means_of(Zone.of(ZONE | case.get("zone", {})))
    return asyncio.run(audit_reports(gathering, means, case.get("domains", ())))


@pytest.mark.parametrize("case", cases())
def test_case(case: dict[str, Any]) -> None:
    report = audit(case)
    shown = json.loads(json.dumps(report.as_json()))
    listed = "\n".join(f"{f.severity} {f.id}: {f.message} → {f.hint}" for f in report.findings)

    assert sorted({f.id for f in report.findings}) == sorted(case.get("findings", [])), listed
    assert {s["name"]: s["standing"] for s in shown["senders"]} == case.get("senders", {})
    assert shown["policy_next"]["record"] == case.get("step"), shown["policy_next"]
    assert case.get("why", "") in shown["policy_next"]["why"]
    for path, value in case.get("json", {}).items():
        assert looked_up(shown, path) == value, path
    for id, text in case.get("says", {}).items():
        assert any(text in f"{f.message} → {f.hint}" for f in report.findings if f.id == id), listed


@pytest.mark.parametrize("case", cases())
def test_a_report_can_be_printed_as_it_is(case: dict[str, Any]) -> None:
    report = audit(case)
    texts = [json.dumps(report.as_json(), ensure_ascii=False)]
    texts += [f"{finding.message}{finding.hint}" for finding in report.findings]

    assert not [c for text in texts for c in text if not (" " <= c <= "~" or c == "…")]


@pytest.mark.parametrize("case", cases())
def test_findings_are_what_the_catalogue_says(case: dict[str, Any]) -> None:
    for finding in audit(case).findings:
        kind = CATALOGUE[finding.id]
        assert (finding.severity, finding.reference) == (kind.severity, kind.reference)
        assert finding.hint or finding.severity is Severity.NOTE, finding


def test_there_are_cases_for_every_kind_of_finding() -> None:
    covered = {id for param in cases() for id in param.values[0].get("findings", [])}
    elsewhere = {
        "report-sources-left-out"
    }  # in test_aggregate, with more sources than a case holds

    assert sorted(set(kinds.KINDS) - covered - elsewhere) == []
