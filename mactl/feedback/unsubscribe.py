"""Unsubscribes by mail: what the `mailto:` way out of a message makes people, or their providers, send."""

import re

from mactl.feedback.mail import Mail

_WORDS = re.compile(
    r"(?:please )?(?:unsubscribe(?: me)?|stop|opt[ -]?out|remove(?: me)?|take me off(?: (?:the|your) list)?"
    r"|uitschrijven|afmelden|abmelden|abbestellen|austragen|désinscription|désabonner|se désabonner"
    r"|darse de baja|baja|cancelar suscripción|disiscrivimi|cancellami|avregistrera|afmeld)(?: please)?",
    re.IGNORECASE,
)
_AGAIN = re.compile(r"^(?:\s*(?:re|aw|sv|antw|fw|fwd|wg)\s*:)+", re.IGNORECASE)


def asks_to_stop(mail: Mail) -> bool:
    """Whether a mail says nothing but that its sender wants no more: in its subject, or its first line."""
    subject = mail.header("subject")
    is_answer = _AGAIN.match(subject) is not None  # its subject is ours
    return _is_the_word(mail.first_line) or (not is_answer and _is_the_word(subject))


def _is_the_word(text: str) -> bool:
    return _WORDS.fullmatch(text.strip(" \t\"'.!,-*")[:100]) is not None
