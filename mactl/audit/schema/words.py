"""The words that a report is told in, by several of its parts."""

from typing import Literal

from pydantic import ConfigDict

CLOSED = ConfigDict(extra="forbid", use_attribute_docstrings=True)
"""Nothing is told that is not described."""

Status = Literal["none", "pass", "warn", "permerror", "temperror"]
PolicyName = Literal["none", "quarantine", "reject"]
SpfResult = Literal["none", "neutral", "pass", "fail", "softfail", "temperror", "permerror"]
SeverityName = Literal["error", "warning", "note"]
