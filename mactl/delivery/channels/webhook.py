"""A gateway that takes each message as JSON over HTTP."""

from mactl.delivery.channels.channel import Message
from mactl.delivery.channels.http import Endpoint, HttpSession
from mactl.delivery.transport import Answer


class WebhookChannel:
    """A connection to a gateway; the send's id is the Idempotency-Key, so that a gateway can know a repetition."""

    def __init__(self, endpoint: Endpoint) -> None:
        """Connects; raises as `HttpSession` does."""
        self._session = HttpSession(endpoint)

    @property
    def is_open(self) -> bool:
        """Whether the gateway keeps the connection."""
        return self._session.is_open

    def deliver(self, message: Message) -> Answer:
        """Posts the message."""
        return self._session.post(message.json, message.id)

    def close(self) -> None:
        """Ends the connection."""
        self._session.close()
