"""From what a server said to what is written down: status, reason, and what comes next."""

from typing import TypeGuard

from mactl.delivery.retry import next_try
from mactl.delivery.transport import Answer, Lost, Reply, Stage, Undeliverable
from mactl.errors import ConfigurationError
from mactl.refusals import Refusal, RefusalKind, judge_refusal
from mactl.store.ledger import Outcome, QueuedSend
from mactl.store.tables import EMAIL, SendStatus

_HARD_BOUNCE = "hard bounce"
_UNAUTHENTICATED = 530  # RFC 4954 6
TOO_LATE = "refused until it was too late"
"""Why something failed that was put off as long as it could be."""
_IN_WORDS = {
    RefusalKind.ADDRESS: "there is no such address",
    RefusalKind.MAILBOX: "the mailbox takes nothing for the time being",
    RefusalKind.POLICY: "refused for policy",
    RefusalKind.CONTENT: "refused for its content",
    RefusalKind.SYSTEM: "the receiving system refused it",
    RefusalKind.PROTOCOL: "the server does not do what was asked of it",
}
_NEXT = {
    RefusalKind.ADDRESS: "it is suppressed",
    RefusalKind.MAILBOX: "mactl sends retry tries once more",
    RefusalKind.CONTENT: "look at the template",
    RefusalKind.SYSTEM: "mactl sends show tells what it said",
    RefusalKind.PROTOCOL: "mactl sends show tells what it said",
}
_NEXT_OF_POLICY = {
    "a block list": "ask whoever runs the relay, or the list",
    "relaying": "look at `smtp.url`: the relay does not know us",
}


def outcome_of(send: QueuedSend, answer: Answer, now: int) -> Outcome:
    """What became of `send` by this answer; `now` in epoch seconds."""
    match answer:
        case Undeliverable(reason, kind):
            return Outcome(SendStatus.FAILED, reason, kind=kind)
        case Lost() if answer.is_in_doubt:
            return Outcome(SendStatus.UNKNOWN, str(answer))
        case Reply() if answer.is_taken:
            return Outcome(SendStatus.SENT, code=str(answer.code), response=answer.text)
        case Reply() if not answer.is_temporary:
            return Outcome(
                SendStatus.FAILED,
                _told(send, answer, answer.refusal),
                kind=answer.refusal.kind,
                code=str(answer.code),
                response=answer.text,
                suppress=_HARD_BOUNCE if answer.blames_address else None,
            )
    code, response, kind = (
        (str(answer.code), answer.text, answer.refusal.kind)
        if isinstance(answer, Reply)
        else (None, answer.why, RefusalKind.SYSTEM)
    )
    again = next_try(send.attempts + 1, now, send.latest_at, send.id)
    if again is None:
        reason = f"{TOO_LATE}: {answer}"
        return Outcome(SendStatus.FAILED, reason, code=code, response=response, kind=kind)
    return Outcome(SendStatus.DEFERRED, str(answer), code=code, response=response, hold_until=again)


def too_late(send: QueuedSend) -> Outcome:
    """What becomes of a send that was refused for the time being, and whose time is over."""
    code = int(send.code) if send.code and send.code.isdecimal() else None
    kind = judge_refusal(None, send.response or "", code).kind if code else RefusalKind.SYSTEM
    return Outcome(SendStatus.FAILED, TOO_LATE, code=send.code, response=send.response, kind=kind)


def _told(send: QueuedSend, reply: Reply, refusal: Refusal) -> str:
    """Why it was refused, and what to do about it."""
    if send.channel != EMAIL:
        return str(reply)
    what = _IN_WORDS[refusal.kind]
    if refusal.detail is not None:
        what = f"{what} ({refusal.detail})"
    domain = (send.message_id or "").rpartition("@")[2].rstrip(">")
    if refusal.kind is RefusalKind.POLICY:
        then = _NEXT_OF_POLICY.get(refusal.detail or "", f"see mactl audit {domain}".rstrip())
    else:
        then = _NEXT[refusal.kind]
    return f"{what}: {reply}; {then}"


def asks_who_we_are(answer: Answer) -> TypeGuard[Reply]:
    """Whether the server wants a login before it takes anything: not about this message, then."""
    return (
        isinstance(answer, Reply)
        and answer.code == _UNAUTHENTICATED
        and answer.stage is not Stage.MESSAGE
    )


def is_stale(answer: Answer) -> bool:
    """Whether a session ended before anything of the message was looked at."""
    if isinstance(answer, Lost):
        return not answer.is_in_doubt
    return isinstance(answer, Reply) and answer.is_closing and answer.stage is Stage.MAIL


def wants_login(answer: Reply) -> ConfigurationError:
    """What to do about a server that asks who we are."""
    return ConfigurationError(
        f"the server wants to know who sends: {answer.code} {answer.text}",
        "put user and password into `smtp.url`",
    )
