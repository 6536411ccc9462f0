"""What servers ask of our pace when they refuse for the time being: a new session, fewer of them, or patience."""

import re
from enum import StrEnum

from mactl.delivery.transport import Reply, Stage
from mactl.refusals import RefusalKind


class Slower(StrEnum):
    """How a server wants to be sent to from now on."""

    SESSION = "session"
    """As before, over another session: this one has carried enough."""
    SESSIONS = "sessions"
    """Over fewer sessions at once."""
    DOMAIN = "domain"
    """Nothing to this recipient's domain for a while."""
    RELAY = "relay"
    """Nothing at all for a while."""


_SPENT = re.compile(
    r"(?:messages?|mails?|emails?|recipients|transactions) (?:in|per|on|for|during) (?:this|one|each|an?|the)? ?"
    r"(?:smtp )?(?:session|connection)\b",
    re.IGNORECASE,
)
_CROWDED = re.compile(
    r"too many (?:concurrent |simultaneous |open |smtp ){0,2}(?:connections|sessions)|concurrent (?:smtp )?connections?"
    r"|(?:connection|session)s? (?:rate |count )?(?:limit|quota)|maximum (?:number of )?(?:connections|sessions)",
    re.IGNORECASE,
)
_TOO_MUCH = re.compile(
    r"rate.?limit|throttl|sending rate|unusual rate|temporarily deferred|too (?:many|much) (?:e?-?mails?|messages?)"
    r"|too (?:fast|quick)|slow down|limits? (?:for how many|of messages|exceeded|reached)"
    r"|(?:reached|exceeded) (?:your|the|its|an?) [\w ]{0,30}limit|server busy",
    re.IGNORECASE,
)
_GREYLISTED = re.compile(r"gr[ae]y ?-?list", re.IGNORECASE)
_BY_RATE = re.compile(r"4\.7\.(?:28|5\d\d|65\d)\b")  # as registered, and Microsoft's


def asks_for(reply: Reply) -> Slower | None:
    """How the server wants to be sent to from now on; None where `reply` is about this one message."""
    if not (reply.is_temporary or reply.is_closing) or reply.is_taken:
        return None
    if _SPENT.search(reply.text):
        return Slower.SESSION
    if _CROWDED.search(reply.text):
        return Slower.SESSIONS
    # Before a recipient was named it can be about none.
    where = Slower.RELAY if reply.stage is Stage.MAIL else Slower.DOMAIN
    if _asks_for_patience(reply):
        return where
    return Slower.RELAY if reply.is_closing or reply.stage is Stage.MAIL else None


def _asks_for_patience(reply: Reply) -> bool:
    if _GREYLISTED.search(reply.text) or reply.refusal.kind is RefusalKind.MAILBOX:
        return False
    said = reply.enhanced or ""
    closes_for_policy = reply.is_closing and said.startswith("4.7.")
    return bool(closes_for_policy or _BY_RATE.match(said) or _TOO_MUCH.search(reply.text))
