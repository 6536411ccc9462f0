"""Which errors an audit found."""

from collections.abc import Iterable

from mactl.audit.kinds import FindingKind
from mactl.findings import Finding


def has_error(findings: Iterable[Finding], *kinds: FindingKind) -> bool:
    """Whether one of `findings` is of one of `kinds`."""
    ids = {kind.id for kind in kinds}
    return any(finding.id in ids for finding in findings)
