"""Complaints: what providers report when somebody presses the button for spam (RFC 5965)."""

from dataclasses import dataclass
from email.message import Message
from email.parser import HeaderParser

from mactl.feedback.mail import Mail, addresses_of, carried_by, header_of, text_of

_NOT_ABOUT_US = {
    "not-spam": "somebody says that it is no spam",  # RFC 6430
    "auth-failure": "a report on authentication, not on a person",  # RFC 6591
}
_OUTLOOK = "x-hmxmroriginalrecipient"  # of Outlook.com's reports that are in no form


@dataclass(frozen=True, slots=True)
class Complaint:
    """What was complained of; `type` in the words of RFC 5965."""

    type: str
    to: str | None
    is_complaint: bool
    reason: str


def read_complaint(mail: Mail) -> Complaint | None:
    """The complaint that a mail reports; None where it reports none."""
    fields = _fields(mail)
    original = mail.original
    if fields is None:
        for message in (mail.message, original):
            if message is not None and (told := addresses_of(message, _OUTLOOK)):
                return Complaint("abuse", told[0], True, "the recipient complained")
        return None
    type = header_of(fields, "feedback-type").lower() or "abuse"
    named = [header_of(fields, "original-rcpt-to").rpartition(";")[2].strip(" <>")]
    if original is not None:
        named += addresses_of(original, _OUTLOOK) + addresses_of(original, "to")
    to = next((name for name in named if "@" in name), None)
    reason = _NOT_ABOUT_US.get(type)
    return Complaint(type, to, reason is None, reason or "the recipient complained")


def _fields(mail: Mail) -> Message | None:
    """The part that says what is reported, also where it goes under another type."""
    for part in mail.parts_of("message/feedback-report"):
        carried = carried_by(part)
        if carried is not None and carried.keys():
            return carried
        return HeaderParser().parsestr(text_of(carried if carried is not None else part))
    if str(mail.message.get_param("report-type", "")).lower() == "feedback-report":
        for part in mail.parts_of("text/plain"):
            text = text_of(part).lstrip()
            if text.lower().startswith("feedback-type:"):
                return HeaderParser().parsestr(text)
    return None
