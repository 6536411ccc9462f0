"""What every case file promises, whatever it is about: a zone, a message, a pile of reports."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol

import pytest
import yaml
from jsonschema import Draft202012Validator

from mactl.audit import CATALOGUE
from mactl.audit.schema import audit_schema
from mactl.findings import Finding, Severity

FOLDER = Path(__file__).parent.parent / "cases"


class Told(Protocol):
    """Whatever has findings, and can be told as plain values."""

    @property
    def findings(self) -> tuple[Finding, ...]: ...

    def as_json(self) -> dict[str, object]: ...


def cases_in(folder: str) -> list[Any]:
    """The cases of the files in tests/cases/`folder`, as parameters of a test."""
    return [
        pytest.param(case, id=f"{path.stem}: {case['case']}")
        for path in sorted((FOLDER / folder).glob("*.yaml"))
        for case in yaml.safe_load(path.read_text(encoding="utf-8"))
    ]


def covered(cases: Iterable[Any]) -> set[str]:
    """The ids of all findings that some cases show."""
    return {id for param in cases for id in param.values[0].get("findings", [])}


def listed(findings: Iterable[Finding]) -> str:
    """Findings for whoever reads why a test failed."""
    return "\n".join(f"{f.severity} {f.id}: {f.message} → {f.hint}" for f in findings)


def looked_up(report: Any, path: str) -> Any:
    """The value in a report as plain values at a path such as `spf/checks/0/result`."""
    for step in path.split("/"):
        report = report[int(step)] if isinstance(report, list) else report[step]
    return report


def assert_as_promised(case: dict[str, Any], told: Told) -> None:
    """`findings` are all there are, `says` stands in them, `json` in the report."""
    shown = json.loads(json.dumps(told.as_json()))
    found = told.findings

    assert sorted({f.id for f in found}) == sorted(case.get("findings", [])), listed(found)
    for path, value in case.get("json", {}).items():
        assert looked_up(shown, path) == value, path
    for id, text in case.get("says", {}).items():
        texts = [f"{f.message} → {f.hint}" for f in found if f.id == id]
        assert any(text in said for said in texts), listed(found)


def assert_printable(told: Told) -> None:
    """Nothing in it is obeyed by a terminal."""
    texts = [json.dumps(told.as_json(), ensure_ascii=False)]
    texts += [f"{finding.message}{finding.hint}" for finding in told.findings]

    assert not [c for text in texts for c in text if not (" " <= c <= "~" or c == "…")]


def assert_of_the_catalogue(told: Told) -> None:
    """Findings are as their kinds say, and all but notes say what to do."""
    for finding in told.findings:
        kind = CATALOGUE[finding.id]
        assert (finding.severity, finding.reference) == (kind.severity, kind.reference)
        assert finding.hint or finding.severity is Severity.NOTE, finding


_SCHEMA = Draft202012Validator(audit_schema())


def faults_of(*reports: dict[str, Any], **parts: Any) -> list[str]:
    """What the published schema does not know in the reports of domains, and in other `parts` of a whole."""
    whole = {"at": "2026-11-20T12:00+00:00", "domains": [*reports], "findings": [], **parts}
    return [error.message for error in _SCHEMA.iter_errors(whole)]


def assert_fits_the_schema(told: Told) -> None:
    """The report of a domain is as the published schema says."""
    assert faults_of(json.loads(json.dumps(told.as_json()))) == []
