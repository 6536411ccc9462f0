"""What the clients that were asked about show of the requirements of large mailbox providers."""

from collections.abc import Iterable

from mactl.audit.evidence import NOTHING_SEEN, Evidence
from mactl.audit.spf.check import ClientCheck
from mactl.audit.spf.evaluate import Result


def evidence_of(checks: Iterable[ClientCheck]) -> Evidence:
    """What `checks` show for the scorecard; those of a relay don't count: it may not be who sends."""
    clients = [check for check in checks if not check.envelope.relay]
    results = {check.result for check in clients}
    if not clients or Result.TEMPERROR in results:
        return NOTHING_SEEN
    seen_in = f"mail from {', '.join(check.envelope.ip for check in clients[:3])}"
    return Evidence(seen_in=seen_in, spf=results == {Result.PASS})
