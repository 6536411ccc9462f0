"""From what a server said to what is written down, and to what it means for the messages after it."""

from dataclasses import dataclass

from mactl.delivery.retry import next_try
from mactl.delivery.transport import Answer, Lost, Reply, Stage, Undeliverable, Unreachable
from mactl.errors import ConfigurationError, MactlError
from mactl.store.ledger import Outcome, QueuedSend
from mactl.store.tables import SendStatus

LOSSES = 3
"""In a row, after which the server is not worth another message."""
_REFUSED_SENDERS = 10  # in a row, after which it is not about the recipients
_HARD_BOUNCE = "hard bounce"
_UNAUTHENTICATED = 530  # RFC 4954 6
TOO_LATE = "refused until it was too late"


def outcome_of(send: QueuedSend, answer: Answer, now: int) -> Outcome:
    """What became of `send` by this answer; `now` in epoch seconds."""
    match answer:
        case Undeliverable(reason):
            return Outcome(SendStatus.FAILED, reason)
        case Lost() if answer.is_in_doubt:
            return Outcome(SendStatus.UNKNOWN, str(answer))
        case Reply() if answer.is_taken:
            return Outcome(SendStatus.SENT, code=str(answer.code), response=answer.text)
        case Reply() if not answer.is_temporary:
            return Outcome(
                SendStatus.FAILED,
                str(answer),
                code=str(answer.code),
                response=answer.text,
                suppress=_HARD_BOUNCE if answer.blames_address else None,
            )
    code, response = (
        (str(answer.code), answer.text) if isinstance(answer, Reply) else (None, answer.why)
    )
    again = next_try(send.attempts + 1, now, send.latest_at, send.id)
    if again is None:
        return Outcome(SendStatus.FAILED, f"{TOO_LATE}: {answer}", code=code, response=response)
    return Outcome(SendStatus.DEFERRED, str(answer), code=code, response=response, hold_until=again)


def asks_who_we_are(answer: Answer) -> bool:
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


@dataclass
class Pattern:
    """What the answers of a server have in common: when it is no longer about single messages, none more is used up."""

    lost: int = 0
    refused_senders: int = 0

    def see(self, answer: Answer) -> MactlError | None:
        """Why nothing more should go this way, if so."""
        if isinstance(answer, Undeliverable):
            return None
        gone = isinstance(answer, Lost) or answer.is_closing
        self.lost = self.lost + 1 if gone else 0
        if self.lost >= LOSSES:
            return Unreachable(f"the server ended {self.lost} sessions in a row: {answer}")
        refused = (
            isinstance(answer, Reply) and answer.code // 100 == 5 and answer.stage is Stage.MAIL
        )
        self.refused_senders = self.refused_senders + 1 if refused else 0
        if self.refused_senders >= _REFUSED_SENDERS:
            return ConfigurationError(
                f"the server refused the sender {self.refused_senders} times in a row: {answer}",
                "see whether it may send for the domain of `sender.from`",
            )
        return None


def wants_login(answer: Reply) -> ConfigurationError:
    """What to do about a server that asks who we are."""
    return ConfigurationError(
        f"the server wants to know who sends: {answer.code} {answer.text}",
        "put user and password into `smtp.url`",
    )
