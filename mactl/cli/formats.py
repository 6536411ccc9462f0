"""The formats in which commands can tell what they found."""

from enum import StrEnum


class Format(StrEnum):
    """How a command answers."""

    TEXT = "text"
    JSON = "json"


class LogFormat(StrEnum):
    """How a command tells what it does while it does it."""

    TEXT = "text"
    JSON = "json"


class TableFormat(StrEnum):
    """How a list is written to a file."""

    CSV = "csv"
    JSON = "json"


class FindingFormat(StrEnum):
    """How findings are written."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"
    SARIF = "sarif"
    JUNIT = "junit"


class AuditFormat(StrEnum):
    """How an audit is told."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    JUNIT = "junit"
    GITHUB = "github"
    MARKDOWN = "markdown"
    HTML = "html"


class TestFormat(StrEnum):
    """How the outcome of tests is written."""

    TEXT = "text"
    JSON = "json"
    JUNIT = "junit"


class PlanFormat(StrEnum):
    """How a plan is told."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


class PictureFormat(StrEnum):
    """How a flow is shown."""

    TEXT = "text"
    JSON = "json"
    MERMAID = "mermaid"
    SVG = "svg"
    PNG = "png"


class RegisterFormat(StrEnum):
    """How the record of processing activities is written."""

    TEXT = "text"
    JSON = "json"
    HTML = "html"
    CSV = "csv"
