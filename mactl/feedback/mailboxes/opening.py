"""From what the command line names to the mails there."""

import ssl
from pathlib import Path

from mactl.errors import UsageError
from mactl.feedback.mailboxes.files import Files
from mactl.feedback.mailboxes.imap import SCHEMES, ImapFolder, PutAway, parse_mailbox
from mactl.feedback.mailboxes.mailbox import Mailbox
from mactl.network import scheme_of


def is_url(source: str) -> bool:
    """Whether `source` names a server, not a path."""
    return "://" in source


def open_mailbox(
    source: str, away: PutAway | None = None, tls: ssl.SSLContext | None = None
) -> Mailbox:
    """The mails at a path, or in a folder of an IMAP server; what is done with goes `away`, or stays.

    Raises UnreadableInput, ConfigurationError, TryAgainLater where the server can't be reached, and UsageError for
    another kind of server.
    """
    if not is_url(source):
        return Files(Path(source))
    if scheme_of(source) not in SCHEMES:
        raise UsageError(
            "a mailbox is read over IMAP only", "write imaps://user:password@host/FOLDER"
        )
    return ImapFolder(parse_mailbox(source), away, tls)
