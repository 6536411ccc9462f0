"""The report of an audit as other programs read it: `mactl audit --format json`, as a JSON Schema.

The types describe what `as_json` of each room makes; the tests hold every report to them.
"""

from typing import Any, NotRequired

from pydantic import TypeAdapter, with_config
from typing_extensions import TypedDict

from mactl.audit.schema.domain import Domain, Finding
from mactl.audit.schema.evidence import Message, Reports
from mactl.audit.schema.words import CLOSED, SeverityName
from mactl.recipe.schema import DIALECT


@with_config(CLOSED)
class ListFinding(TypedDict):
    """A line of a list (`--file`) that names no domain."""

    id: str
    severity: SeverityName
    path: str | None
    line: int | None
    column: int | None
    message: str
    hint: str | None
    reference: str | None


@with_config(CLOSED)
class AuditReport(TypedDict):
    """What `mactl audit --format json` prints."""

    at: str
    """The instant of the audit, ISO 8601."""
    domains: list[Domain]
    findings: list[Finding | ListFinding]
    """About the message, the reports, or the lists that named the domains."""
    message: NotRequired[Message]
    reports: NotRequired[Reports]


def audit_schema() -> dict[str, Any]:
    """The JSON Schema of a report (draft 2020-12)."""
    return {"$schema": DIALECT, **TypeAdapter(AuditReport).json_schema(mode="serialization")}
