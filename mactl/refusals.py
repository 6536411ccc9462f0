"""Why servers refuse messages: from the status code (RFC 3463, and the registry of RFC 5248), else from their words.

What a server says in a session and what a bounce reports are judged by this one table.
"""

import re
from dataclasses import dataclass
from enum import StrEnum


class RefusalKind(StrEnum):
    """What a refusal is about."""

    ADDRESS = "address"
    """There is no such mailbox or domain."""
    MAILBOX = "mailbox"
    """The mailbox is there, and takes nothing for the time being: it is full, or gets too much."""
    POLICY = "policy"
    """Who sends is not welcome: authentication, reputation, a block list."""
    CONTENT = "content"
    """What is in the message is not welcome, or there is too much of it."""
    SYSTEM = "system"
    """The receiving system, or the way to it; also where nothing tells more."""
    PROTOCOL = "protocol"
    """The server does not do, or does not understand, what was asked of it."""

    @property
    def fault(self) -> str:
        """Whose it is, as bounces are told: `address`, `sender`, or else `mailbox`, which may pass."""
        if self is RefusalKind.ADDRESS:
            return "address"
        return "sender" if self in (RefusalKind.POLICY, RefusalKind.CONTENT) else "mailbox"


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a refusal means."""

    kind: RefusalKind
    status: str | None
    """The enhanced status code that says so, or the first digit of one."""
    detail: str | None = None
    """What of its kind it is, in a few words, where that is known: `DMARC`, `a block list`."""


_ENHANCED = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.]*\d)")
_REPLY = re.compile(r"(?<![\d.])([45])\d\d(?=[ -]|$)")
_LONGEST = 4_000  # characters of what a server said that are looked at

_ADDRESS, _MAILBOX, _POLICY = RefusalKind.ADDRESS, RefusalKind.MAILBOX, RefusalKind.POLICY
_CONTENT, _SYSTEM, _PROTOCOL = RefusalKind.CONTENT, RefusalKind.SYSTEM, RefusalKind.PROTOCOL
_OF_SUBJECT = {
    "1": _ADDRESS,
    "2": _MAILBOX,
    "3": _SYSTEM,
    "4": _SYSTEM,  # the way there
    "6": _CONTENT,
    "7": _POLICY,
}
"""Subject of an enhanced status code → what it is about (RFC 3463 3.1); 0 tells nothing, and so do many a 5."""
_OF_DETAIL = {
    "1.7": _POLICY,  # the sender's address, not the recipient's
    "1.8": _POLICY,
    "1.9": _POLICY,  # a relay of the sender's (RFC 3886)
    "2.1": _ADDRESS,  # disabled: what the large providers say of closed accounts
    "2.3": _CONTENT,  # longer than the mailbox takes
    "3.4": _CONTENT,  # larger than the system takes
    "4.310": _ADDRESS,  # Exchange Online: the domain does not exist
    "7.7": _CONTENT,  # its integrity is lost
    "7.17": _ADDRESS,  # the mailbox is somebody else's by now (RFC 7293)
    "7.18": _ADDRESS,
}
"""Subject and detail, where they are about something else than their subject."""
_OF_CODE = {
    **dict.fromkeys((500, 501, 502, 503, 504, 555), _PROTOCOL),
    **dict.fromkeys((523, 552), _CONTENT),
    **dict.fromkeys((530, 534, 535, 538), _POLICY),
    **dict.fromkeys((551, 556), _ADDRESS),  # not here (RFC 5321 4.2.3); a domain without mail (RFC 7504)
}  # fmt: skip
"""The code of a reply, where neither an enhanced one nor words tell more."""

_AUTHENTICATION = {
    # As registered, and as Gmail, Microsoft 365 and Yahoo use them.
    **dict.fromkeys(("7.20", "7.21", "7.22"), "DKIM"),
    **dict.fromkeys(("7.23", "7.24"), "SPF"),
    **dict.fromkeys(("7.26", "7.40", "7.509"), "DMARC"),
    "7.25": "reverse DNS",
    "7.515": "authentication",
}
_BY_WORDS = (
    (re.compile(r"dmarc", re.IGNORECASE), "DMARC"),
    (re.compile(r"\bdkim\b", re.IGNORECASE), "DKIM"),
    (re.compile(r"\bspf\b|sender policy framework", re.IGNORECASE), "SPF"),
    (
        re.compile(r"reverse (?:dns|hostname)|\bptr\b|rdns|valid (?:hostname|helo)", re.IGNORECASE),
        "reverse DNS",
    ),
    (re.compile(r"relay(?:ing)? (?:access )?(?:denied|not permitted)", re.IGNORECASE), "relaying"),
    (
        re.compile(
            r"black ?list|block ?list|listed (?:at|by|in|on)|spamhaus|barracuda|spamcop|sorbs|\bdnsbl\b|\brbl\b"
            r"|banned send",
            re.IGNORECASE,
        ),
        "a block list",
    ),
    (re.compile(r"unauthenticated|authenticat", re.IGNORECASE), "authentication"),
    (re.compile(r"rate.?limit|unusual rate|too many|too (?:fast|quick)", re.IGNORECASE), "its rate"),
    (re.compile(r"reputation|unsolicited|spam", re.IGNORECASE), "reputation"),
)  # fmt: skip
"""What a refusal for policy names, the most telling first."""

_ANY = re.IGNORECASE | re.DOTALL
_AT_ODDS = (
    # Exchange Online says so of recipients that a domain does not have (directory-based edge blocking).
    (re.compile(r"5\.4\.1\b.{0,40}recipient address rejected: access denied", _ANY), _ADDRESS),
    # Its 5.1.0, of all addresses, is often the sender's.
    (re.compile(r"5\.1\.0\b.{0,80}\bsender\b.{0,40}(?:reject|denied|refus)", _ANY), _POLICY),
)  # fmt: skip
"""Words of large receivers that say another thing than the code that they stand with."""
_FULL = re.compile(
    r"over ?quota|quota (?:is )?(?:exceeded|full)|exceed\w* (?:\w+ ){0,4}(?:quota|storage|limit on mail)"
    r"|(?:mailbox|inbox|mail box|account|storage|disk) (?:\w+ ){0,3}full|out of (?:storage|disk|space)"
    r"|insufficient (?:\w+ ){0,2}storage|too (?:many|much) (?:mails?|messages?)|receiving mail (?:too|at a rate)",
    re.IGNORECASE,
)
_CONTENT_WORDS = re.compile(
    r"too (?:big|large|long)|size limit|(?:message|maximum|fixed) (?:\w+ ){0,2}size|virus|malware"
    r"|content (?:\w+ ){0,2}reject",
    re.IGNORECASE,
)
_UNWELCOME = re.compile(
    r"spam|junk|\bphish|black ?list|block ?list|\bblocked\b|listed (?:at|by|in|on)|reputation"
    r"|\bpolic(?:y|ies)\b|dmarc|\bspf\b|dkim|authenticat|unsolicited|bulk mail|not (?:allowed|authorized)"
    r"|access denied|sender (?:address )?(?:rejected|denied)"
    r"|relay(?:ing)? (?:access )?denied|rate.?limit|reverse (?:dns|hostname)|banned send",
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


def find_status(text: str) -> str | None:
    """The first enhanced status code in `text`."""
    found = _ENHANCED.search(text[:_LONGEST])
    return found[0] if found else None


def judge_refusal(status: str | None, said: str, code: int | None = None) -> Refusal:
    """What a refusal means, by its enhanced `status`, what the server `said`, and the `code` of its reply.

    The status counts first; where it tells nothing (x.0.0, 5.5.x) or is missing, the one in `said`, then the words,
    then the reply's code. Whom nothing tells to be gone is not: then it is the receiving system's, which may pass.
    """
    said = said[:_LONGEST]
    codes = [found for found in (find_status(status or ""), find_status(said)) if found]
    telling = next((found for found in codes if _kind(found) is not None), None)
    if telling is None:
        shown = _shown(said, codes)
        is_final = (shown or str(code or 5)).startswith("5")
        kind = _kind_in(said, is_final=is_final) or _kind_of(codes, code)
        return Refusal(kind, shown, _detail(kind, codes, said))
    odd = next((kind for words, kind in _AT_ODDS if words.search(f"{telling} {said}")), None)
    kind = odd or _kind(telling) or _SYSTEM
    if kind is _ADDRESS and _FULL.search(said):
        kind = _MAILBOX  # some servers call a full mailbox an unknown one
    return Refusal(kind, telling, _detail(kind, [telling], said))


def tells_of_refusal(said: str) -> bool:
    """Whether there is a code or a phrase in `said` that servers refuse messages with."""
    said = said[:_LONGEST]
    code = find_status(said)
    if code is not None:
        return not code.startswith("2")
    return any(pattern.search(said) for pattern in (_REPLY, _FULL, _NOBODY))


def _kind(status: str) -> RefusalKind | None:
    """What an enhanced status code is about; None where it tells nothing."""
    digit, subject, detail = status.split(".")
    kind = _OF_DETAIL.get(f"{subject}.{detail}") or _OF_SUBJECT.get(subject)
    if digit == "4" and kind is _ADDRESS:
        return _MAILBOX  # unknown today
    return kind


def _kind_in(said: str, *, is_final: bool) -> RefusalKind | None:
    """What words are about, in the order in which a mistake does the least harm."""
    if _FULL.search(said):
        return _MAILBOX
    if _CONTENT_WORDS.search(said):
        return _CONTENT
    if _UNWELCOME.search(said):
        return _POLICY
    return _ADDRESS if is_final and _NOBODY.search(said) else None


def _kind_of(codes: list[str], code: int | None) -> RefusalKind:
    """What is left to tell by codes that say little."""
    if code in _OF_CODE:
        return _OF_CODE[code]
    return _PROTOCOL if any(found.split(".")[1] == "5" for found in codes) else _SYSTEM


def _detail(kind: RefusalKind, codes: list[str], said: str) -> str | None:
    if kind is _MAILBOX and (_FULL.search(said) or any(c.endswith(".2.2") for c in codes)):
        return "full"
    if kind is _CONTENT and any(c.endswith((".2.3", ".3.4")) for c in codes):
        return "its size"
    if kind is not _POLICY:
        return None
    named = next((name for words, name in _BY_WORDS if words.search(said)), None)
    return named or next((_AUTHENTICATION[c[2:]] for c in codes if c[2:] in _AUTHENTICATION), None)


def _shown(said: str, codes: list[str]) -> str | None:
    if codes:
        return codes[0]
    found = _REPLY.search(said)
    return found[1] if found else None
