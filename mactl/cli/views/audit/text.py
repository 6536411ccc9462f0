"""Audits for people: a line for each standard, then what is wrong and what to publish."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from mactl.audit.spf.audit import SpfAudit
from mactl.cli.invocation import Invocation
from mactl.cli.output import SEVERITY_STYLES, print_findings, stdout
from mactl.cli.views.audit.gist import gists
from mactl.cli.views.audit.scorecard import show_scorecard, worth_showing
from mactl.cli.views.audit.spf_check import show_spf_check
from mactl.cli.views.audit.spf_tree import show_spf_tree
from mactl.findings import Finding, Severity
from mactl.workflows.auditing.outcome import Outcome

if TYPE_CHECKING:
    from rich.text import Text

_MARKS = {"pass": ("✓", "green"), "warn": ("!", "yellow"), "none": ("–", "dim")}
_BROKEN = ("✗", "bold red")
VERDICTS = {"pass": "bold green", "warn": "bold yellow", "fail": "bold red", "error": "bold red"}


class TextView:
    """Tells of each domain as soon as it is known, and at the end how many there were of what."""

    def __init__(self, invocation: Invocation, *, tree: bool = False) -> None:
        self._console = stdout()
        self._verbose = invocation.verbose
        self._tree = tree
        self._verdicts: Counter[str] = Counter()

    def show(self, outcome: Outcome) -> None:
        """The domain: its standards, its findings, and what changed."""
        from rich.text import Text

        report = outcome.report
        if self._verdicts:
            self._console.print()
        verdict = report["verdict"]
        self._verdicts[verdict] += 1
        self._console.print(
            Text.assemble((report["domain"], "bold"), "  ", (verdict, VERDICTS[verdict]))
        )
        for name, status, gist in gists(report):
            mark, style = _MARKS.get(status, _BROKEN)
            self._console.print(
                Text.assemble("  ", (mark, style), f" {name:8}", (f"{status:10}", style), gist)
            )
        self._show_spf(outcome.audit.spf)
        if outcome.changes is None:
            if worth_showing(report):
                show_scorecard(self._console, report["scorecard"], verbose=self._verbose)
            self._show_findings(report["findings"])
        else:
            self._show_changes(outcome)

    def _show_spf(self, spf: SpfAudit) -> None:
        """What SPF says of the clients that were asked about, and its tree where that is wanted."""
        if spf.checks:
            self._console.print()
        for check in spf.checks:
            show_spf_check(self._console, check, traced=self._verbose)
        if self._tree:
            show_spf_tree(self._console, spf.tree)

    def _show_findings(self, findings: Iterable[Mapping[str, Any]]) -> None:
        from rich.text import Text

        hidden = 0
        for finding in findings:
            if finding["severity"] == Severity.NOTE and not self._verbose:
                hidden += 1
                continue
            self._console.print()
            self._show_finding(finding)
        if hidden:
            notes = f"{hidden} note{'' if hidden == 1 else 's'}; --verbose shows them"
            self._console.print(Text(f"\n  {notes}", style="dim"))

    def _show_finding(self, finding: Mapping[str, Any], sign: str = "") -> None:
        from rich.text import Text

        style = SEVERITY_STYLES[Severity(finding["severity"])]
        reference = f"  ({finding['reference']})" if finding["reference"] else ""
        self._print(
            2,
            Text.assemble(
                sign, (finding["id"], style), f": {finding['message']}", (reference, "dim")
            ),
        )
        if finding.get("effect"):
            self._print(4, Text(finding["effect"], style="dim"))
        if finding["fix"]:
            self._print(4, Text.assemble(("fix: ", "bold"), finding["fix"]))

    def _show_changes(self, outcome: Outcome) -> None:
        from rich.text import Text

        changes = outcome.changes
        if not changes:
            self._print(2, Text("nothing has changed", style="dim"))
            return
        for change in changes.facts:
            told = f"{change.what}: {_told(change.before)} → {_told(change.after)}"
            self._print(2, Text.assemble(("~ ", "bold yellow"), told))
        for finding in changes.gone:
            told = f"mended: {finding['id']}: {finding['message']}"
            self._print(2, Text.assemble(("✓ ", "bold green"), told))
        for finding in changes.new:
            self._console.print()
            self._show_finding(finding, "new " if not changes.is_first else "")

    def _print(self, indent: int, text: "Text") -> None:
        """`text` with all of its lines set in, where a terminal would break it."""
        from rich.padding import Padding

        if self._console.is_terminal:
            self._console.print(Padding(text, (0, 0, 0, indent)), soft_wrap=False)
        else:
            self._console.print(" " * indent, text, sep="")

    def end(self, findings: Iterable[Finding]) -> None:
        """`findings` about the lists that named the domains, and the sum."""
        from rich.text import Text

        print_findings(findings, self._console)
        if (count := sum(self._verdicts.values())) > 1:
            told = ", ".join(f"{n:,} {verdict}" for verdict, n in self._verdicts.most_common())
            self._console.print(Text(f"\n{count:,} domains: {told}", style="bold"))


def _told(value: Any) -> str:
    if value is None:
        return "nothing"
    return f"'{value}'" if isinstance(value, str) else str(value)
