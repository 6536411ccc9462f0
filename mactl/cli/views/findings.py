"""Findings, in the formats that people, CI and other programs read."""

import hashlib
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from xml.etree import ElementTree

from mactl.cli.formats import FindingFormat
from mactl.cli.invocation import Invocation
from mactl.cli.output import (
    SEVERITY_STYLES,
    finding_json,
    print_findings,
    print_json,
    printable,
    stdout,
)
from mactl.findings import Finding, Severity, count_by_severity

if TYPE_CHECKING:
    from rich.console import Console

_MOST = 200
_MANY = 10  # findings from which on they are counted by what they are


@dataclass(frozen=True)
class Report:
    """Findings with what they are about: `looked_at` says of what ("3 recipes"), `summary` the same in numbers."""

    findings: Sequence[Finding]
    summary: Mapping[str, Any]
    looked_at: str
    line: Callable[[str, int], str] = lambda path, number: ""
    """The text of a line of a file, to print below its finding; empty where it is not known."""
    manual: Callable[[str], str | None] = lambda id: None
    """What the manual of a finding says, by its id."""
    tool: str = "mactl check"
    """The command that found them."""
    subjects: Mapping[Finding, str] = field(default_factory=dict)
    """What findings are about that no file names, such as a domain; the project where it isn't here."""


def show_findings(
    invocation: Invocation, report: Report, format: FindingFormat | None = None
) -> None:
    """`report` on stdout: `{"findings": […], "summary": {…}}` in JSON, a line or two each in text."""
    chosen = format or FindingFormat(invocation.format)
    if chosen is FindingFormat.JSON:
        counts = count_by_severity(report.findings)
        found = [finding_json(finding) for finding in report.findings]
        print_json({"findings": found, "summary": {**report.summary, **counts}})
    elif chosen is FindingFormat.GITHUB:
        sys.stdout.writelines(f"{github_line(finding)}\n" for finding in report.findings)
    elif chosen is FindingFormat.SARIF:
        print_json(sarif(report))
    elif chosen is FindingFormat.JUNIT:
        sys.stdout.write(junit(report) + "\n")
    else:
        _show_text(invocation, report)


def _show_text(invocation: Invocation, report: Report) -> None:
    from rich.text import Text

    findings = report.findings
    console = stdout()
    shown = findings
    if len(findings) > _MOST and not invocation.verbose:
        # What cannot all be shown is not to hide the gravest.
        shown = sorted(findings, key=lambda finding: -finding.severity.rank)[:_MOST]
    for finding in shown:
        print_findings([finding], console)
        source = report.line(finding.place.path, finding.place.line) if finding.place else ""
        if finding.place and finding.place.column and source:
            gutter = f"{finding.place.line:>6} | "
            console.print(Text(gutter + printable(source), style="dim"))
            caret = " " * (finding.place.column - 1) + "^"
            console.print(Text(" " * len(gutter) + caret, style=SEVERITY_STYLES[finding.severity]))
    if len(findings) > len(shown):
        console.print(f"… and {len(findings) - len(shown)} more; --verbose shows all", style="dim")
    if invocation.quiet and not findings:
        return
    counts = count_by_severity(findings)
    told = ", ".join(f"{n:,} {word}{'' if n == 1 else 's'}" for word, n in counts.items() if n)
    style = "bold red" if counts["error"] else "yellow" if counts["warning"] else "green"
    if len(findings) >= _MANY:
        for severity in reversed(Severity):
            _count_by_id(console, [f for f in findings if f.severity is severity])
    console.print(f"{report.looked_at}: {told or 'nothing found'}", style=style)


def _count_by_id(console: "Console", alike: Sequence[Finding]) -> None:
    """How many there are of what, for findings of one severity: a long list is read from its end."""
    from rich.text import Text

    found = Counter(finding.id for finding in alike).most_common()
    for number, (id, count) in enumerate(found):
        word = "" if number else f"{alike[0].severity.value}s"
        told = Text.assemble(f"{word:<9}{count:>6,}  ", (id, SEVERITY_STYLES[alike[0].severity]))
        console.print(told)


_GITHUB = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def github_line(finding: Finding) -> str:
    """A workflow command of GitHub Actions, which shows the finding beside its line."""
    place = finding.place
    where = ""
    if place is not None:
        where = f"file={_property(place.path)},"
        where += f"line={place.line}," if place.line else ""
        where += f"col={place.column}," if place.line and place.column else ""
    message = finding.message + (f"\nhint: {finding.hint}" if finding.hint else "")
    return f"::{_GITHUB[finding.severity]} {where}title={_property(finding.id)}::{_data(message)}"


def _data(text: str) -> str:
    escaped = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return printable(escaped)


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def sarif(report: Report) -> dict[str, Any]:
    """The report in the Static Analysis Results Interchange Format (OASIS SARIF 2.1.0)."""
    from mactl import __version__

    ids = sorted({finding.id for finding in report.findings})
    rules = []
    for id in ids:
        text = report.manual(id) or id
        first = text.splitlines()[0]
        worst = max((f.severity for f in report.findings if f.id == id), key=lambda s: s.rank)
        rules.append(
            {
                "id": id,
                "shortDescription": {"text": first},
                "fullDescription": {"text": text},
                "help": {"text": text},
                "defaultConfiguration": {"level": worst.value},
            }
        )
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "mactl", "version": __version__, "rules": rules}},
                "columnKind": "unicodeCodePoints",
                "results": [_sarif_result(finding, ids) for finding in report.findings],
            }
        ],
    }


def _sarif_result(finding: Finding, ids: Sequence[str]) -> dict[str, Any]:
    text = finding.message + (f" ({finding.hint})" if finding.hint else "")
    result: dict[str, Any] = {
        "ruleId": finding.id,
        "ruleIndex": ids.index(finding.id),
        "level": finding.severity.value,
        "message": {"text": text},
        "partialFingerprints": {"mactlFinding/v1": _fingerprint(finding)},
    }
    place = finding.place
    if place is not None:
        # A URI reference (RFC 3986): blanks and the like are written as %20.
        uri = quote(place.path.replace("\\", "/").encode("utf-8", "replace"), safe="/")
        physical: dict[str, Any] = {"artifactLocation": {"uri": uri}}
        if place.line:
            region = {"startLine": place.line}
            physical["region"] = region | ({"startColumn": place.column} if place.column else {})
        result["locations"] = [{"physicalLocation": physical}]
    return result


def _fingerprint(finding: Finding) -> str:
    """What stays the same where lines above a finding come and go: scanners know it again by that."""
    path = finding.place.path if finding.place else ""
    said = "\0".join((finding.id, path, finding.message))
    return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()[:32]


def junit(report: Report) -> str:
    """The report as JUnit XML: a test case a finding, failed from warnings on; one that passed where there is none."""
    failed = [finding for finding in report.findings if finding.severity is not Severity.NOTE]
    count = str(max(len(report.findings), 1))
    suite = ElementTree.Element(
        "testsuite",
        name=report.tool,
        tests=count,
        failures=str(len(failed)),
        errors="0",
        skipped="0",
        time="0",
    )
    for finding in report.findings:
        path = finding.place.path if finding.place else report.subjects.get(finding, "project")
        named = _xml(f"{finding.id} {finding.place or ''}".strip())
        case = ElementTree.SubElement(
            suite, "testcase", classname=_xml(path), name=named, file=_xml(path), time="0"
        )
        if finding in failed:
            failure = ElementTree.SubElement(
                case, "failure", type=finding.severity.value, message=_xml(finding.message)
            )
            failure.text = _xml(finding.hint or finding.message)
    if not report.findings:
        ElementTree.SubElement(
            suite, "testcase", classname="mactl", name=report.looked_at, time="0"
        )
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=False)


def _xml(text: str) -> str:
    """`text` without what XML can't hold, control characters above all: they are spelled out."""
    return printable(text)
