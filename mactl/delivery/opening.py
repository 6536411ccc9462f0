"""From the project's `smtp.url` to the way that messages take."""

from pathlib import Path

from mactl.delivery.maildir import MaildirTransport, maildir_of
from mactl.delivery.smtp.server import parse_server
from mactl.delivery.smtp.transport import SmtpTransport
from mactl.delivery.transport import Transport
from mactl.errors import ConfigurationError
from mactl.network import host_of, is_loopback, scheme_of


def open_transport(url: str, folder: Path) -> Transport:
    """The transport that an `smtp.url` names: smtp://, smtps://, smtp+starttls:// or maildir:PATH, which is seen from
    `folder`. ConfigurationError, which never repeats a password, for anything else."""
    path = maildir_of(url)
    if path is not None:
        return MaildirTransport(folder / path)
    scheme = scheme_of(url)
    if scheme in ("smtp", "smtps", "smtp+starttls"):
        return SmtpTransport(parse_server(url))
    raise ConfigurationError(
        "`smtp.url` names no way to send",
        "write smtp+starttls://user:password@host or maildir:PATH",
    )


def stays_here(url: str) -> bool:
    """Whether what goes this way stays on this machine: a folder, or a server on the loopback."""
    return maildir_of(url) is not None or is_loopback(host_of(url))
