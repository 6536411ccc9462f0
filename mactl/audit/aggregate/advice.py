"""The policy to publish next, on the evidence of aggregate reports (RFC 9989 5.1.7, 7.4).

The thresholds are ours, and careful: what a policy in force refuses is lost.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from mactl.audit.aggregate.senders import Sender
from mactl.audit.aggregate.tally import DomainTally, Flow
from mactl.audit.dmarc.record import DmarcRecord, Policy
from mactl.audit.names import printable

ENOUGH_DAYS = 28
"""So long must the reports reach back, under the policy that is in force (RFC 9989 7.4: a month)."""
FRESH_DAYS = 30
"""So old may the last report be."""
ENOUGH_MESSAGES = 100
CLEAN = 0.005
"""So much of the domain's own mail may fail before a stricter policy."""
NEARLY_CLEAN = 0.02
"""So much before a stricter policy is tried out (t=y, pct=10)."""
BY_SPF_ALONE = 0.05
"""So much may pass by SPF alone before p=reject: forwarded, it would fail (RFC 9989 7.4)."""
_TRIAL_PCT = "10"
_DAY = 86_400


@dataclass(frozen=True, slots=True)
class PolicyStep:
    """The record to publish next, None where it stays as it is, and why."""

    record: str | None
    why: str

    def as_json(self) -> dict[str, str | None]:
        """The step as plain values."""
        return {"record": None if self.record is None else printable(self.record), "why": self.why}


def next_policy(
    record: DmarcRecord | None, tally: DomainTally, senders: Sequence[Sender], now: datetime
) -> PolicyStep:
    """What to publish at the domain that `record` is published at; `now` has a time zone."""
    if record is None:
        return PolicyStep(None, f"no DMARC record of {tally.domain} can be read")
    if record.p is None or record.bad_policies:
        return PolicyStep(record.rewritten(), "its policy is not valid; mend that first")
    is_partial = record.p is not Policy.NONE and (record.testing or record.pct < 100)
    if record.p is Policy.REJECT and not is_partial:
        return PolicyStep(None, "'p=reject' is in force: there is no stricter policy")
    if (lack := _lack_of_evidence(record, tally, now)) is not None:
        return PolicyStep(None, lack)
    own = [sender for sender in senders if sender.is_own]
    messages, failing = (sum(getattr(s.flow, n) for s in own) for n in ("messages", "failing"))
    share = failing / messages if messages else 1.0
    if not messages:
        return PolicyStep(None, "no message of its own is in the reports")
    if share > NEARLY_CLEAN:
        return PolicyStep(None, _worst(own))
    what = f"{_percent(1 - share)} of {messages} messages of its own pass"
    if is_partial:
        if share > CLEAN:
            return PolicyStep(None, f"the trial goes on: {_worst(own)}")
        return PolicyStep(record.rewritten(t=None, pct=None), f"{what}: end the trial")
    if record.p is Policy.NONE:
        wanted = {"p": Policy.QUARANTINE.value}
        if share > CLEAN:
            trial = record.rewritten(**wanted, t="y", pct=_TRIAL_PCT)
            return PolicyStep(trial, f"{what}: try it out, as {_worst(own)}")
        return PolicyStep(record.rewritten(**wanted, t=None, pct=None), what)
    if share > CLEAN:
        return PolicyStep(None, _worst(own))
    alone = sum(sender.flow.spf_alone for sender in own) / messages
    if alone > BY_SPF_ALONE:
        why = f"{_percent(alone)} of its own messages pass by SPF alone, and fail when forwarded"
        return PolicyStep(None, why)
    return PolicyStep(record.rewritten(p=Policy.REJECT.value), what)


def _lack_of_evidence(record: DmarcRecord, tally: DomainTally, now: datetime) -> str | None:
    """Why the reports are not enough to go by; None where they are."""
    flow = tally.flow
    if flow.messages < ENOUGH_MESSAGES:
        return f"only {flow.messages} messages are in the reports; wait for {ENOUGH_MESSAGES}"
    if flow.last is None or now.timestamp() - flow.last > FRESH_DAYS * _DAY:
        return f"the last report is older than {FRESH_DAYS} days"
    at_policy = tally.at_policy.get(record.p.value if record.p else "", Flow())
    days = _days(at_policy)
    if days < ENOUGH_DAYS:
        return f"'p={record.p}' shows in the reports of {days} days; wait for {ENOUGH_DAYS}"
    return None


def _days(flow: Flow) -> int:
    if flow.first is None or flow.last is None:
        return 0
    return max(0, round((flow.last - flow.first) / _DAY))


def _worst(own: Sequence[Sender]) -> str:
    """The sender that keeps a stricter policy back."""
    worst = max(own, key=lambda sender: sender.flow.failing)
    return f"{share_of(worst)} of messages from {printable(worst.name)} don't align: {worst.flow.failing}"


def share_of(sender: Sender) -> str:
    """How much of a sender's mail fails."""
    return _percent(sender.flow.failing / sender.flow.messages)


def _percent(share: float) -> str:
    """`3.2 %`; never 0 or 100 for a little less or more than that."""
    if 0 < share < 0.001:
        return "under 0.1 %"
    if 0.999 < share < 1:
        return "over 99.9 %"
    return f"{100 * share:.1f} %".replace(".0 %", " %")
