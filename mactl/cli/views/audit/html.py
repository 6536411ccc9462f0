"""Audits as one page: nothing is loaded from elsewhere, and it can be printed."""

import sys
from collections.abc import Iterable, Mapping
from importlib.resources import files
from typing import Any

from mactl.cli.output import finding_json
from mactl.cli.views.audit.changes import told_value
from mactl.cli.views.audit.finding import fix_parts
from mactl.cli.views.audit.gist import gists
from mactl.findings import Finding
from mactl.workflows.auditing.outcome import Outcome

_TEMPLATE = "report.html.jinja"


class HtmlView:
    """The page, when all domains are known; `at` is the instant of the audit, ISO 8601."""

    def __init__(self, at: str) -> None:
        self._at = at
        self._domains: list[dict[str, Any]] = []

    def show(self, outcome: Outcome) -> None:
        """The domain, as the page will show it."""
        self._domains.append(_shown(outcome))

    def end(self, findings: Iterable[Finding]) -> None:
        """The page, with `findings` about the lists that named the domains."""
        from jinja2 import Environment, StrictUndefined

        from mactl import __version__

        source = (files(__package__) / _TEMPLATE).read_text(encoding="utf-8")
        # Whatever is shown may come from a stranger's DNS: all of it is escaped.
        environment = Environment(
            autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
        )
        page = environment.from_string(source).render(
            at=f"{self._at[:16].replace('T', ' ')} UTC",
            fix_parts=fix_parts,
            told_value=told_value,
            domains=self._domains,
            findings=[finding_json(finding) for finding in findings],
            version=__version__,
        )
        sys.stdout.write(page + "\n")


def _shown(outcome: Outcome) -> dict[str, Any]:
    report: Mapping[str, Any] = outcome.report
    counts = dict.fromkeys(("error", "warning", "note"), 0)
    for finding in report["findings"]:
        counts[finding["severity"]] += 1
    return {
        "report": report,
        "gists": list(gists(report)),
        "counts": {severity: n for severity, n in counts.items() if n},
        "changes": None if outcome.changes is None else outcome.changes.as_json(),
    }
