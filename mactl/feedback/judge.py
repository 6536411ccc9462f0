"""From the bytes of a mail to a report: what it is, how we know, and which sends it is about."""

from mactl.feedback.complaint import Complaint, read_complaint
from mactl.feedback.delivery_status import Notified, read_delivery_status
from mactl.feedback.mail import LARGEST, Mail
from mactl.feedback.odd_bounce import read_odd_bounce
from mactl.feedback.proof import Proofs
from mactl.feedback.reply import read_receipt, why_automatic
from mactl.feedback.report import Cause, Kind, Report, damaged
from mactl.feedback.unsubscribe import asks_to_stop
from mactl.store.tokens import Tokens


def judge_mail(data: bytes, tokens: Tokens) -> Report:
    """What the mail with the bytes `data` says; never raises, whatever they are."""
    if not data[:LARGEST].strip():
        return damaged("it is empty")
    try:
        mail = Mail(data)
        return _judge(mail, Proofs(tokens)) if mail.is_mail else damaged("it is no mail")
    except RecursionError:
        return damaged("its parts are nested too deeply")


def _judge(mail: Mail, proofs: Proofs) -> Report:
    """The first that fits: what machines say in a form of its own, then what they say in prose, then people."""
    if (complaint := read_complaint(mail)) is not None:
        return _complained(mail, complaint, proofs)
    if (notified := read_delivery_status(mail)) is not None:
        return _notified(mail, notified, proofs)
    if (disposition := read_receipt(mail)) is not None:
        sends = _by_machine(mail, proofs)
        reason = f"a receipt: {disposition}"
        return _said(mail, Kind.AUTO_REPLY, reason, sends, status=disposition)
    if (notified := read_odd_bounce(mail)) is not None:
        return _notified(mail, notified, proofs)
    if sends := proofs.of_way_out(mail):
        return _said(mail, Kind.UNSUBSCRIBE, "they took the way out", sends)
    return _answered(mail, proofs)


def _answered(mail: Mail, proofs: Proofs) -> Report:
    sends = [*proofs.of_reference(mail), *proofs.of_return_path(mail)]
    if sign := why_automatic(mail):
        return _said(mail, Kind.AUTO_REPLY, f"a machine wrote it: {sign}", sends)
    if asks_to_stop(mail):
        return _said(mail, Kind.UNSUBSCRIBE, "they ask for no more", sends)
    if sends or mail.header("in-reply-to") or mail.header("references"):
        return _said(mail, Kind.REPLY, "a person answered", sends)
    return _said(mail, Kind.NONE, "it is about no message", [])


def _complained(mail: Mail, complaint: Complaint, proofs: Proofs) -> Report:
    kind = Kind.COMPLAINT if complaint.is_complaint else Kind.NONE
    sends = _by_machine(mail, proofs)
    return _said(mail, kind, complaint.reason, sends, to=complaint.to, status=complaint.type)


def _notified(mail: Mail, notified: Notified, proofs: Proofs) -> Report:
    sends, verdict = _by_machine(mail, proofs), notified.verdict
    if verdict is None:
        return _said(mail, Kind.NONE, notified.reason, sends, to=notified.to)
    return _said(
        mail, verdict.kind, notified.reason, sends,
        to=notified.to, status=verdict.status, cause=verdict.cause,
    )  # fmt: skip


def _said(
    mail: Mail,
    kind: Kind,
    reason: str,
    sends: list[str],
    *,
    to: str | None = None,
    status: str | None = None,
    cause: Cause | None = None,
) -> Report:
    return Report(kind, reason, to, status, cause, tuple(dict.fromkeys(sends)), mail.at)


def _by_machine(mail: Mail, proofs: Proofs) -> list[str]:
    """The sends that a report is about: where it came to, then what it returns or refers to."""
    return proofs.of_return_path(mail) + proofs.of_contents(mail)
