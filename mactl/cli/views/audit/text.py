"""Audits for people: a line for each standard, then what is wrong and what to publish."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from mactl.audit.cross import DOMAIN_MISSING
from mactl.audit.mending import MENDABLE
from mactl.audit.spf.audit import SpfAudit
from mactl.cli.invocation import Invocation
from mactl.cli.output import print_findings, stdout
from mactl.cli.views.audit.changes import show_changes
from mactl.cli.views.audit.finding import print_finding
from mactl.cli.views.audit.gist import gists
from mactl.cli.views.audit.scorecard import scorecard_gist, show_scorecard, worth_showing
from mactl.cli.views.audit.spf_check import show_spf_check
from mactl.cli.views.audit.spf_tree import show_spf_tree
from mactl.findings import Finding, Severity
from mactl.workflows.auditing.outcome import Outcome

_MARKS = {
    "pass": ("✓", "green"),
    "warn": ("!", "yellow"),
    "none": ("–", "dim"),
    "temperror": ("?", "yellow"),
}
_BROKEN = ("✗", "bold red")
VERDICTS = {"fail": "bold red", "error": "bold red", "warn": "bold yellow", "pass": "bold green"}
"""The verdicts, gravest first, each with its style."""
MANY = 5
"""Domains from which on each is told in few lines."""
_MOST_OFTEN = 3


class TextView:
    """Tells of each domain as soon as it is known, and at the end how many there were of what.

    Of more than `MANY` domains each is one line, and one for what is wrong with it, unless all is asked for.
    """

    def __init__(self, invocation: Invocation, *, tree: bool = False, count: int = 1) -> None:
        self._console = stdout()
        self._verbose = invocation.verbose
        self._tree = tree
        self._short = count > MANY and not invocation.verbose
        self._verdicts: Counter[str] = Counter()
        self._often: Counter[str] = Counter()
        self._hidden = 0
        self._mendable = False

    def show(self, outcome: Outcome) -> None:
        """The domain: its standards, its findings, and what changed."""
        report, changes = outcome.report, outcome.changes
        if self._verdicts and not self._short:
            self._console.print()
        self._verdicts[report["verdict"]] += 1
        self._show_heading(report)
        # What was there before is known: cron's reader wants what is new.
        is_whole = changes is None or changes.is_first
        # Of a name that is not there the one word is enough.
        is_there = all(finding["id"] != DOMAIN_MISSING.id for finding in report["findings"])
        if is_whole and is_there and not self._short:
            self._show_standards(report)
        self._show_spf(outcome.audit.spf)
        if changes is not None and not changes.is_first:
            show_changes(self._console, changes)
        else:
            if self._verbose and worth_showing(report):
                show_scorecard(self._console, report["scorecard"])
            self._show_findings(report["findings"])
        found = {finding.id for finding in outcome.counted}
        self._often.update(f.id for f in _distinct(outcome.audit.findings))
        self._mendable |= not found.isdisjoint(MENDABLE) and outcome.proposal is None

    def _show_heading(self, report: Mapping[str, Any]) -> None:
        from rich.text import Text

        counts = Counter(finding["severity"] for finding in report["findings"])
        told = ", ".join(
            _many(counts[severity], severity)
            for severity in (Severity.ERROR, Severity.WARNING, Severity.NOTE)
            if counts[severity]
        )
        verdict = report["verdict"]
        heading = ((report["domain"], "bold"), "  ", (verdict, VERDICTS[verdict]))
        self._console.print(Text.assemble(*heading, (f"  {told}" if told else "", "dim")))

    def _show_standards(self, report: Mapping[str, Any]) -> None:
        from rich.text import Text

        lines = list(gists(report))
        if worth_showing(report):
            lines.append(("Bulk", *scorecard_gist(report["scorecard"])))
        for name, status, gist in lines:
            mark, style = _MARKS.get(status, _BROKEN)
            line = Text.assemble("  ", (mark, style), f" {name:8}", (f"{status:10}", style), gist)
            line.rstrip()
            self._console.print(line)

    def _show_spf(self, spf: SpfAudit) -> None:
        """What SPF says of the clients that were asked about, and its tree where that is wanted."""
        if spf.checks:
            self._console.print()
        for check in spf.checks:
            show_spf_check(self._console, check, traced=self._verbose)
        if self._tree:
            show_spf_tree(self._console, spf.tree)

    def _show_findings(self, findings: Iterable[Mapping[str, Any]]) -> None:
        effect = ""
        for finding in findings:
            if finding["severity"] == Severity.NOTE and not self._verbose:
                self._hidden += 1
                continue
            if not self._short:
                self._console.print()
            # What receivers do is said once of several findings beside each other.
            says_more = not self._short and finding["effect"] != effect
            print_finding(self._console, finding, effect=says_more)
            effect = finding["effect"]

    def end(self, findings: Iterable[Finding]) -> None:
        """`findings` about the lists that named the domains, the sum, and what else can be asked for."""
        from rich.text import Text

        print_findings(findings, self._console)
        if (count := sum(self._verdicts.values())) > 1:
            told = ", ".join(f"{self._verdicts[v]:,} {v}" for v in VERDICTS if self._verdicts[v])
            self._console.print(Text(f"\n{count:,} domains: {told}", style="bold"))
        if self._short and self._often:
            often = (f"{id} ({n:,})" for id, n in self._often.most_common(_MOST_OFTEN))
            self._console.print(f"most often: {', '.join(often)}")
        self.tell_more()

    def tell_more(self) -> None:
        """What else there is to see, and by which option."""
        from rich.text import Text

        lines = []
        if self._hidden:
            them = "it" if self._hidden == 1 else "them"
            lines.append(f"{_many(self._hidden, 'note')}; --verbose shows {them}")
        if self._mendable:
            lines.append("--propose prints the records that mend the errors, as a zone file")
        for number, line in enumerate(lines):
            self._console.print(Text(f"{'' if number else chr(10)}  {line}", style="dim"))


def _distinct(findings: Iterable[Finding]) -> Iterable[Finding]:
    """The findings that matter, each kind once."""
    grave = (finding for finding in findings if finding.severity is not Severity.NOTE)
    return {finding.id: finding for finding in grave}.values()


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
