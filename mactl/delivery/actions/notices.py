"""Notices to a team by e-mail: plain text, from the project's sender, over the way that mail takes."""

from binascii import b2a_qp
from collections.abc import Callable
from email.utils import format_datetime, parseaddr
from typing import TYPE_CHECKING

from mactl.clock import from_epoch
from mactl.content.headers import BadHeader, mailbox_field, plain_field, text_field
from mactl.delivery.blocking import BlockingSessions
from mactl.delivery.transport import Answer, Envelope, Transport, Undeliverable
from mactl.project import Sender
from mactl.store.actions import ActionKind, QueuedAction
from mactl.store.tokens import Tokens

if TYPE_CHECKING:
    from mactl.delivery.dkim import Signers

_WAY = "mail"


class Notices:
    """Who writes to teams; for actions of the kinds notify and task."""

    kinds = (ActionKind.NOTIFY, ActionKind.TASK)

    def __init__(
        self,
        transport: Transport,
        sender: Sender,
        tokens: Tokens,
        now: Callable[[], int],
        signer: "Signers | None" = None,
    ) -> None:
        self._sessions = BlockingSessions(transport)
        self._sender = sender
        self._tokens = tokens
        self._now = now
        self._signer = signer

    def way(self, action: QueuedAction) -> str:
        """All notices go over one server."""
        return _WAY

    def open(self, action: QueuedAction) -> None:
        """A session with the server, where none is open."""
        self._sessions.open()

    def perform(self, action: QueuedAction) -> Answer:
        """Sends the notice; one that no message can carry is undeliverable."""
        try:
            message = self._write(action)
        except BadHeader as bad:
            return Undeliverable(str(bad))
        if self._signer is not None:
            message = self._signer.sign(message, self._now())
        return_path = parseaddr(self._sender.from_)[1]
        return self._sessions.deliver(Envelope(return_path, action.body["address"], message))

    def _write(self, action: QueuedAction) -> bytes:
        sender, body = self._sender, action.body
        fields = [
            mailbox_field("From", sender.from_),
            mailbox_field("To", body["address"]),
            *([mailbox_field("Reply-To", sender.reply_to)] if sender.reply_to else ()),
            text_field("Subject", body["subject"]),
            f"Date: {format_datetime(from_epoch(self._now()))}",
            plain_field("Message-ID", self._tokens.message_id(action.id, sender.domain)),
            "Auto-Submitted: auto-generated",  # RFC 3834 5: nobody's holiday answers it
            "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=utf-8",
            "Content-Transfer-Encoding: quoted-printable",
        ]
        return "\r\n".join((*fields, "", "")).encode("ascii") + _quoted(body["text"])

    def close(self) -> None:
        """Ends the session."""
        self._sessions.close()


def _quoted(text: str) -> bytes:
    # Its own line ends tell b2a_qp to break lines with CRLF.
    data = "\r\n".join([*text.splitlines(), ""]).encode("utf-8", "replace")
    return b2a_qp(data, istext=True)
