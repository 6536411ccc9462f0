"""The report of an earlier audit, kept in a file as `--format json` prints it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mactl.audit.changes import STANDARDS
from mactl.errors import UsageError
from mactl.keeping import write_whole

_HINT = "make one: mactl audit DOMAIN --format json > FILE"


@dataclass(frozen=True, slots=True)
class Earlier:
    """What an earlier audit found: when, in UTC as ISO 8601, and the report of each domain."""

    at: str | None
    domains: Mapping[str, Mapping[str, Any]]

    def report(self, domain: str) -> Mapping[str, Any] | None:
        """The report of `domain`, None where there is none."""
        return self.domains.get(domain)


def read_earlier(path: Path) -> Earlier:
    """The report in `path`. Raises UsageError where it can't be read, or is none."""
    try:
        told = _shown(json.loads(path.read_bytes()))
    except OSError as failed:
        raise UsageError(f"{path}: {failed.strerror or failed}", _HINT) from None
    except ValueError as bad:
        raise UsageError(f"{path}: this is no report of an audit: {bad}", _HINT) from None
    except RecursionError:
        raise UsageError(f"{path}: this is no report of an audit: nested too deep", _HINT) from None
    domains = told.get("domains") if isinstance(told, dict) else None
    if not isinstance(domains, list) or not all(map(_is_report, domains)):
        raise UsageError(f"{path}: this is no report of an audit", _HINT)
    return Earlier(told.get("at"), {report["domain"]: report for report in domains})


def _shown(told: Any) -> Any:
    """The same values as an audit tells them: whoever wrote the file, no terminal obeys it."""
    match told:
        case str():
            return "".join(c if c.isprintable() else "?" for c in told)
        case list():
            return [_shown(value) for value in told]
        case dict():
            return {_shown(name): _shown(value) for name, value in told.items()}
    return told


def _is_report(told: Any) -> bool:
    if not isinstance(told, dict) or not isinstance(told.get("domain"), str):
        return False
    standards = (value for name, value in told.items() if name in STANDARDS)
    if not all(isinstance(value, dict | None) for value in standards):
        return False
    findings = told.get("findings")
    return isinstance(findings, list) and all(
        isinstance(finding, dict)
        and isinstance(finding.get("id"), str)
        and isinstance(finding.get("message"), str)
        for finding in findings
    )


def keep_report(path: Path, told: Mapping[str, Any]) -> None:
    """Write a report for a later audit to be held against. Raises UsageError where that can't be done."""
    text = json.dumps(told, ensure_ascii=False, indent=2) + "\n"
    try:
        write_whole(path, text.encode())
    except OSError as failed:
        raise UsageError(
            f"{path}: {failed.strerror or failed}", "name a file in a folder"
        ) from None
