"""Why a message failed: from its enhanced status code (RFC 3463), else from what the server said about it."""

import re
from dataclasses import dataclass

from mactl.feedback.report import Cause, Kind

_ENHANCED = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.]*\d)")
_REPLY = re.compile(r"(?<![\d.])([45])\d\d(?=[ -]|$)")

_OF_SUBJECT = {
    "1": Cause.ADDRESS,
    "2": Cause.MAILBOX,
    "3": Cause.MAILBOX,  # the system that the mailbox is on
    "4": Cause.MAILBOX,  # the way there
    "6": Cause.SENDER,  # what it said
    "7": Cause.SENDER,  # who sent it
}
"""Subject of an enhanced status code → what it is about (RFC 3463 3.1); 0 and 5 tell nothing."""
_OF_DETAIL = {
    "1.7": Cause.SENDER,
    "1.8": Cause.SENDER,
    "1.9": Cause.SENDER,  # a relay of the sender's (RFC 3886)
    "2.1": Cause.ADDRESS,  # disabled: what the large providers say of closed accounts
    "2.3": Cause.SENDER,  # longer than the mailbox takes
    "3.4": Cause.SENDER,  # larger than the system takes
}
"""Subject and detail, where they are about something else than their subject."""

_FULL = re.compile(
    r"over ?quota|quota (?:is )?(?:exceeded|full)|exceed\w* (?:\w+ ){0,4}(?:quota|storage|limit on mail)"
    r"|(?:mailbox|inbox|mail box|account|storage|disk) (?:\w+ ){0,3}full|out of (?:storage|disk|space)"
    r"|insufficient (?:\w+ ){0,2}storage|too (?:many|much) (?:mails?|messages?)|receiving mail (?:too|at a rate)",
    re.IGNORECASE,
)
_UNWELCOME = re.compile(
    r"spam|junk|\bphish|virus|malware|black ?list|block ?list|\bblocked\b|listed (?:at|by|in|on)|reputation"
    r"|\bpolic(?:y|ies)\b|dmarc|\bspf\b|dkim|authenticat|unsolicited|bulk mail|not (?:allowed|authorized)"
    r"|access denied|sender (?:address )?(?:rejected|denied)|too (?:big|large)|size limit|content (?:\w+ ){0,2}reject"
    r"|relay(?:ing)? (?:access )?denied|rate.?limit",
    re.IGNORECASE,
)
_NOBODY = re.compile(
    r"(?:user|recipient|mailbox|address|account|alias|addressee)\b[^.;\n]{0,60}"
    r"\b(?:unknown|not (?:be )?found|(?:does|do|did) ?(?:not|n.t) exist|invalid|disabled|deactivated|closed"
    r"|unavailable|not (?:known|listed|valid)|no longer)"
    r"|(?:unknown|no such|invalid|illegal|nonexistent|non-existent|inactive|bad)\b[^.;\n]{0,30}"
    r"\b(?:user|recipient|mailbox|address|account|alias|addressee|person|name|domain|host)"
    r"|does ?(?:not|n.t) have an? [\w.-]{1,60} account|no mailbox here|unrouteable address"
    r"|(?:domain|host)\b[^.;\n]{0,60}\bnot found|find any host named|no (?:valid )?mail ?server",
    re.IGNORECASE,
)
_LONGEST = 4_000  # characters of what a server said that are looked at


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


def find_status(text: str) -> str | None:
    """The first enhanced status code in `text`."""
    found = _ENHANCED.search(text[:_LONGEST])
    return found[0] if found else None


def judge_failure(status: str | None, said: str) -> Verdict:
    """What a failure for good means, by its status code and what the server `said` (a diagnostic code, or prose).

    The status code counts first; where it tells nothing (x.0.0, 5.5.x) or is missing, the one in `said`, then the
    words. Who can't be told to be gone is not: then it is the mailbox's, which may pass.
    """
    said = said[:_LONGEST]
    codes = [code for code in (find_status(status or ""), find_status(said)) if code]
    telling = next((code for code in codes if _cause(code) is not None), None)
    if telling is not None:
        cause = _cause(telling) or Cause.MAILBOX
        if cause is Cause.ADDRESS and _FULL.search(said):
            cause = Cause.MAILBOX  # some servers call a full mailbox an unknown one
        return _verdict(cause, telling)
    code = codes[0] if codes else None
    return _verdict(_cause_in(said, code), code or _reply_class(said))


def judge_delay(status: str | None) -> Verdict:
    """What it means that a message is late."""
    return _verdict(Cause.DELAY, find_status(status or ""))


def tells_of_failure(said: str) -> bool:
    """Whether there is a code or a phrase in `said` that servers refuse messages with."""
    said = said[:_LONGEST]
    code = find_status(said)
    if code is not None:
        return not code.startswith("2")
    return any(pattern.search(said) for pattern in (_REPLY, _FULL, _NOBODY))


def _verdict(cause: Cause, status: str | None) -> Verdict:
    return Verdict(cause, status, _IN_WORDS[cause])


def _cause(code: str) -> Cause | None:
    """What an enhanced status code is about; None where it tells nothing."""
    kind, subject, detail = code.split(".")
    cause = _OF_DETAIL.get(f"{subject}.{detail}") or _OF_SUBJECT.get(subject)
    if kind == "4" and cause is Cause.ADDRESS:
        return Cause.MAILBOX  # unknown today
    return cause


def _cause_in(said: str, code: str | None) -> Cause:
    """What words are about, in the order in which a mistake does the least harm."""
    if _FULL.search(said):
        return Cause.MAILBOX
    if _UNWELCOME.search(said):
        return Cause.SENDER
    is_final = (code or _reply_class(said) or "5").startswith("5")
    return Cause.ADDRESS if is_final and _NOBODY.search(said) else Cause.MAILBOX


def _reply_class(said: str) -> str | None:
    """The first digit of an SMTP reply (RFC 5321 4.2.1)."""
    found = _REPLY.search(said)
    return found[1] if found else None
