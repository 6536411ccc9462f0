"""Bounces in a form of their own: what flufl.bounce knows, and what mail systems say in prose."""

import logging
import re
from email import message_from_bytes

from flufl.bounce import all_failures

from mactl.feedback.delivery_status import Notified
from mactl.feedback.mail import Mail
from mactl.feedback.status import judge_delay, judge_failure
from mactl.refusals import tells_of_refusal

# It logs what it stumbles on, and Python prints what nobody handles.
logging.getLogger("flufl.bounce").addHandler(logging.NullHandler())

_LOOKED_AT = 1 << 16  # octets: what went wrong stands before the message that is returned
_SYSTEMS = re.compile(
    r"(?:mailer|mail)[-_.]?(?:daemon|delivery[-_.]?(?:system|subsystem)|administrator)|postmaster|mdaemon|mmdf"
    r"|microsoftexchange[0-9a-f]+",
    re.IGNORECASE,
)
_FAILED = "x-failed-recipients"  # of Exim
_UNDELIVERED = re.compile(
    r"undeliver(?:able|ed)|delivery (?:status notification|failure|has failed|problem)|returned (?:to sender|mail)"
    r"|failure notice|mail delivery failed|could not be delivered|(?:delivery|message|mail)\b.{0,40}\bdelay"
    r"|unzustellbar|niet bezorgd|non remis|no se pudo entregar",
    re.IGNORECASE,
)
_LATE = re.compile(r"delayed|still being (?:re)?tried|will keep trying|warning", re.IGNORECASE)
_RETURNED = re.compile(
    r"^.{0,20}(?:copy of (?:the|your) (?:message|mail)|original message|returned message|forwarded message"
    r"|begin (?:message|header)|message header|unsent message).*$",
    re.IGNORECASE | re.MULTILINE,
)
_SENT_BACK = "it came back, and says nothing of why"


def read_odd_bounce(mail: Mail) -> Notified | None:
    """What a bounce says that is no notification of RFC 3464; None where the mail is none.

    Only a mail system is listened to: people quote bounces, too.
    """
    if not _is_from_a_system(mail):
        return None
    said = _RETURNED.split(mail.text, maxsplit=1)[0]
    late, failed = _recognized(mail)
    subject = mail.header("subject")
    if not (late or failed or _UNDELIVERED.search(subject)):
        return None
    if not failed and (late or _LATE.search(subject)):
        verdict = judge_delay(said)
        return Notified(late, verdict, verdict.reason)
    verdict = judge_failure(None, said)
    return Notified(failed, verdict, verdict.reason if tells_of_refusal(said) else _SENT_BACK)


def _is_from_a_system(mail: Mail) -> bool:
    """Whether a mail system wrote it: it has no return path, or the name of one."""
    if mail.header(_FAILED) or mail.has_no_return_path:
        return True
    senders = [*mail.addresses("from"), *mail.addresses("sender")]
    return any(_SYSTEMS.fullmatch(sender.partition("@")[0]) for sender in senders)


def _recognized(mail: Mail) -> tuple[str | None, str | None]:
    """Whom flufl.bounce takes for late, and whom for failed."""
    message = message_from_bytes(mail.data[:_LOOKED_AT])
    if "from" not in message:
        message["From"] = ""  # some of its detectors fall over a message without
    try:
        late, failed = all_failures(message)
    except RecursionError:
        raise
    except Exception:  # whatever its heuristics make of a stranger's mail
        return None, None
    return _first(late), _first(failed)


def _first(addresses: frozenset[bytes]) -> str | None:
    return min((address.decode("ascii", "replace") for address in addresses), default=None)
