"""What to publish, as part of a zone file: what is not a record is a remark."""

import sys
from collections.abc import Iterable

from mactl.audit.mending import zone_text
from mactl.findings import Finding
from mactl.workflows.auditing.outcome import Outcome


class ZoneView:
    """The records that mend the errors of each domain, and the errors that somebody else must mend."""

    def show(self, outcome: Outcome) -> None:
        """The records of one domain, and what is left."""
        proposal = outcome.proposal
        if proposal is None:
            return
        domain = outcome.subject.domain
        count = len({edit.name for edit in proposal.edits})
        if not count and not proposal.left:
            sys.stdout.write(f"; {domain}: no error to mend\n\n")
            return
        sys.stdout.write(f"; {domain}: {count} name{'' if count == 1 else 's'} to change\n")
        sys.stdout.write(zone_text(proposal.edits))
        for finding in proposal.left:
            sys.stdout.write(f"; left to mend elsewhere: {finding.id}: {finding.message}\n")
            if finding.hint:
                sys.stdout.write(f";   {finding.hint}\n")
        sys.stdout.write("\n")

    def end(self, findings: Iterable[Finding]) -> None:
        """`findings` about the lists that named the domains."""
        for finding in findings:
            sys.stdout.write(f"; {finding.place}: {finding.message}\n")
