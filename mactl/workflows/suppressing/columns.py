"""Which column of a file means what: the layouts in which other tools hand out who must not be written to.

Known are those of Mailchimp (unsubscribed and cleaned contacts), SendGrid, Mailgun, Postmark, Amazon SES, SparkPost and
HubSpot (opt-outs, and the export of unsubscribes and bounces), beside mactl's own.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

ENTRY = (
    "email", "e_mail", "email_address", "e_mail_address", "mail", "recipient", "contact_email", "emailaddress",
    "e_mailadres", "emailadres", "e_mail_adresse", "e_postadress", "e_mailadresse",
    # A street in some exports, so after those.
    "address", "entry",
    "sha256", "sha_256", "email_sha256", "sha256_email", "md5", "email_md5", "md5_email", "hash", "email_hash",
    "hashed_email", "address_hash",
)  # fmt: skip
DOMAIN = ("domain",)
TOKEN = ("token", "unsubscribe_token")
KIND = ("kind",)
TOPIC = ("topic",)
REASON = (
    "reason", "suppression_reason", "unsub_reason", "unsubscribe_reason", "bounce_reason", "error", "description",
)  # fmt: skip
SOURCE = ("source", "origin")
AT = (
    "at", "suppressed_at", "unsubscribed_at", "created_at", "created", "unsub_time", "clean_time", "last_update_time",
    "opt_out_date", "optout_date", "added_at", "date", "timestamp", "time",
)  # fmt: skip
REASON_BY_COLUMN = {"unsub_time": "unsubscribed", "clean_time": "bounced"}
"""A column → the reason where a file with it names none."""
FLAGS = {
    "portal_spam_report": "complaint",
    "global_spam_report": "complaint",
    "portal_unsubscribe": "unsubscribed",
    "global_unsubscribe": "unsubscribed",
    "unsubscribed_from_all_email": "unsubscribed",
    "opted_out_of_all_email": "unsubscribed",
    "portal_bounce": "bounced",
    "global_bounce": "bounced",
}
"""Columns of files that list others as well → the reason where one says yes; whoever has none is passed over."""
NO = frozenset({"", "no", "false", "0", "n", "n/a", "null", "none", "-"})


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of a file that are read, in order of preference; a row takes the first that is filled."""

    entry: Sequence[str]
    domain: Sequence[str]
    token: Sequence[str]
    kind: Sequence[str]
    topic: Sequence[str]
    reason: Sequence[str]
    source: Sequence[str]
    at: Sequence[str]
    flags: Mapping[str, str]
    default_reason: str | None

    @property
    def names_somebody(self) -> bool:
        """Whether any column says who is meant."""
        return bool(self.entry or self.domain or self.token)


def layout_of(fields: Collection[str], column: str | None) -> Layout:
    """What the columns with these names mean; `column` is that of the address, where somebody says so."""

    def among(names: Sequence[str]) -> list[str]:
        return [name for name in names if name in fields]

    reasons = [reason for name, reason in REASON_BY_COLUMN.items() if name in fields]
    return Layout(
        [column] if column is not None else among(ENTRY),
        [] if column is not None else among(DOMAIN),
        [] if column is not None else among(TOKEN),
        among(KIND),
        among(TOPIC),
        among(REASON),
        among(SOURCE),
        among(AT),
        {name: reason for name, reason in FLAGS.items() if name in fields},
        reasons[0] if reasons else None,
    )


def is_header(fields: Collection[str]) -> bool:
    """Whether a first line with these names is that of columns."""
    return layout_of(fields, None).names_somebody
