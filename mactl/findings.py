"""Findings: located, coded problems. Check, import and audit all report these."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Severity(StrEnum):
    """How bad a finding is; an `ERROR` makes a command end with status 1."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"

    @property
    def rank(self) -> int:
        """0 for a note, 2 for an error: for sorting and for `--fail-on`."""
        return _RANKS[self]


_RANKS = {Severity.NOTE: 0, Severity.WARNING: 1, Severity.ERROR: 2}


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where in a file; `line` and `column` count from 1, 0 where the whole file is meant."""

    path: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        if not self.line:
            return self.path
        return (
            f"{self.path}:{self.line}:{self.column}" if self.column else f"{self.path}:{self.line}"
        )


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem: a stable kebab-case `id`, what is wrong, where, and what to do about it.

    `hint` is the next step (in an audit the very record to publish); `reference` names the source
    of the rule, such as `RFC 7208 4.6.4`.
    """

    id: str
    severity: Severity
    message: str
    place: Place | None = None
    hint: str | None = None
    reference: str | None = None


def count_by_severity(findings: Iterable[Finding]) -> dict[str, int]:
    """How many of each severity, every severity named: `{"error": 0, "warning": 2, "note": 1}`."""
    counts = {severity.value: 0 for severity in Severity}
    for finding in findings:
        counts[finding.severity.value] += 1
    return counts


def counted(count: int, what: str) -> str:
    """`1 row`, `1,200 rows`."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def in_reading_order(findings: Iterable[Finding]) -> list[Finding]:
    """By file, line and column, those without a place first; the same findings once."""
    return sorted(
        dict.fromkeys(findings),
        key=lambda finding: (finding.place or Place(""), -finding.severity.rank, finding.id),
    )


def findings_to_json(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """Findings as JSON keeps them."""
    return [
        {
            "id": f.id, "severity": str(f.severity), "message": f.message, "hint": f.hint, "reference": f.reference,
            "place": None if f.place is None else [f.place.path, f.place.line, f.place.column],
        }
        for f in findings
    ]  # fmt: skip


def findings_from_json(kept: Sequence[Mapping[str, Any]]) -> tuple[Finding, ...]:
    """What `findings_to_json` kept."""
    return tuple(
        Finding(
            f["id"], Severity(f["severity"]), f["message"],
            None if f["place"] is None else Place(*f["place"]), f["hint"], f["reference"],
        )
        for f in kept
    )  # fmt: skip
