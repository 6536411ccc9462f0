"""Why a message that came back failed, as reports tell it (`mactl.refusals` has the codes and the words)."""

from dataclasses import dataclass

from mactl.feedback.report import Cause, Kind
from mactl.refusals import find_status, judge_refusal


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a failure means."""

    cause: Cause
    status: str | None
    """The enhanced status code that says so, or the first digit of one."""
    reason: str

    @property
    def kind(self) -> Kind:
        """Hard where it is the address's fault, else soft."""
        return Kind.HARD if self.cause is Cause.ADDRESS else Kind.SOFT


_IN_WORDS = {
    Cause.ADDRESS: "there is no such address",
    Cause.MAILBOX: "the mailbox takes nothing for the time being",
    Cause.SENDER: "it was not welcome, which says nothing about the address",
    Cause.DELAY: "it is late; a server still tries",
}


def judge_failure(status: str | None, said: str) -> Verdict:
    """What a failure for good means, by its status code and what the server `said` (a diagnostic code, or prose).

    Who can't be told to be gone is not: then it is the mailbox's, which may pass.
    """
    refusal = judge_refusal(status, said)
    return _verdict(Cause(refusal.kind.fault), refusal.status)


def judge_delay(said: str | None) -> Verdict:
    """What it means that a message is late; the status code is the first that stands in what is `said`."""
    return _verdict(Cause.DELAY, find_status(said or ""))


def _verdict(cause: Cause, status: str | None) -> Verdict:
    return Verdict(cause, status, _IN_WORDS[cause])
