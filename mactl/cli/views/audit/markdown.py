"""Audits in Markdown: for the comment of a pull request, or a page of a wiki."""

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mactl.cli.views.audit.changes import told_value
from mactl.cli.views.audit.finding import fix_parts
from mactl.cli.views.audit.gist import gists
from mactl.findings import Finding
from mactl.workflows.auditing.outcome import Outcome

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~!&])")
_MENTION = re.compile(r"(?<!\w)@(?=\w)")


class MarkdownView:
    """A section for each domain, as soon as it is known."""

    def show(self, outcome: Outcome) -> None:
        """The domain: a table of its standards, and its findings with what to publish."""
        sys.stdout.writelines(f"{line}\n" for line in _section(outcome))

    def end(self, findings: Iterable[Finding]) -> None:
        """`findings` about the lists that named the domains."""
        for finding in findings:
            sys.stdout.write(f"- {plain(str(finding.place))}: {plain(finding.message)}\n")


def _section(outcome: Outcome) -> Iterator[str]:
    report = outcome.report
    yield f"## {plain(report['domain'])}: {report['verdict']}"
    yield ""
    yield "| | status | |"
    yield "|---|---|---|"
    for name, status, gist in gists(report):
        yield f"| {name} | {status} | {plain(gist)} |"
    yield ""
    if outcome.changes is None:
        yield from _findings(report["findings"])
        return
    changes = outcome.changes
    for change in changes.facts:
        before, after = told_value(change.before), told_value(change.after)
        yield f"- changed: {code(change.what)} from {code(before)} to {code(after)}"
    for finding in changes.gone:
        yield f"- mended: **{finding['id']}**: {plain(finding['message'])}"
    if not changes:
        yield "Nothing has changed."
    yield ""
    yield from _findings(changes.new)


def _findings(findings: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for finding in findings:
        reference = f" ({plain(finding['reference'])})" if finding["reference"] else ""
        message = plain(finding["message"])
        yield f"- {finding['severity']} **{finding['id']}**: {message}{reference}"
        if finding.get("effect"):
            yield f"  {plain(finding['effect'])}"
        if finding["fix"]:
            parts = fix_parts(finding["fix"])
            fix = "".join(code(text) if is_record else plain(text) for text, is_record in parts)
            yield f"  *Fix*: {fix}"
    yield ""


def plain(text: str) -> str:
    """`text` as Markdown shows it, not as it would read it."""
    escaped = _SPECIAL.sub(r"\\\1", text.replace("\n", " "))
    # Where it is the comment of a pull request, whoever writes a record must not call people.
    return _MENTION.sub("@<!-- -->", escaped)


def code(value: Any) -> str:
    """`value` as a span of code, whatever it holds (CommonMark 6.1)."""
    text = str(value)
    fence = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{text}{pad}{fence}"
