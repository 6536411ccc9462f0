"""Reports as they are read from files, and what is wrong with the files."""

from collections import Counter
from dataclasses import dataclass, field

from mactl.audit.aggregate import kinds
from mactl.audit.aggregate.report import AggregateReport, parse_report
from mactl.audit.aggregate.tally import Tally
from mactl.audit.aggregate.unpacking import unpacked
from mactl.audit.kinds import MOST_OF_A_KIND
from mactl.audit.names import excerpt
from mactl.findings import Finding


@dataclass(slots=True)
class Gathering:
    """Reports as they are read, file by file; nothing but sums is kept."""

    tally: Tally = field(default_factory=Tally)
    files: int = 0
    reports: int = 0
    faults: list[Finding] = field(default_factory=list)
    more: Counter[str] = field(default_factory=Counter)

    def add(self, name: str, octets: bytes) -> None:
        """Takes in all that lies in one file; whatever can't be read becomes a finding."""
        self.files += 1
        for piece in unpacked(name, octets):
            if piece.fault:
                self.fail(piece.name, piece.fault, foreign=piece.foreign)
                continue
            report = parse_report(piece.octets)
            if isinstance(report, AggregateReport):
                self.reports += 1
                self.tally.add(report)
            else:
                self.fail(piece.name, report.why, foreign=report.foreign)

    def fail(self, name: str, why: str, *, foreign: bool = False) -> None:
        """Notes a file that gave no report."""
        kind = kinds.NOT_A_REPORT if foreign else kinds.UNREADABLE
        fix = None if foreign else "ask the receiver for it again, or leave it out"
        found = kind.found(f"{excerpt(name)}: {excerpt(why)}", fix)
        self.more[kind.id] += 1
        if self.more[kind.id] <= MOST_OF_A_KIND:
            self.faults.append(found)
