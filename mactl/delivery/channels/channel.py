"""A channel beside e-mail: what it is given, and the one small interface that each kind of channel has.

To add a kind of channel: write a class with these three members, and have `opening` make it.
"""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from mactl.delivery.transport import Answer, Begin, Envelope, Following, at_once, nothing

SEND_ID = "send_id"


@dataclass(frozen=True, slots=True)
class Message:
    """One message to one contact: what the channel is told, as plain values of JSON, `send_id` the first of them."""

    told: Mapping[str, Any]

    @property
    def id(self) -> str:
        """The id of the send, which never changes."""
        return str(self.told[SEND_ID])

    @property
    def json(self) -> bytes:
        """All that is told, as a JSON object in UTF-8."""
        return json.dumps(self.told, ensure_ascii=False, allow_nan=False).encode()

    def envelope(self, recipient: str) -> Envelope:
        """What the sender hands on, for a session of `ChannelTransport`."""
        return Envelope("", recipient, self.json)


class Channel(Protocol):
    """An open way for messages; it has one caller at a time."""

    @property
    def is_open(self) -> bool:
        """Whether it can take another message."""
        ...

    def deliver(self, message: Message) -> Answer:
        """Hands over one message and says what came of it; what the other side does is an answer, not an exception."""
        ...

    def close(self) -> None:
        """Ends it in good order; never raises."""
        ...


class ChannelTransport:
    """A channel as the sender knows transports."""

    def __init__(self, make: Callable[[], Channel]) -> None:
        """`make` opens the channel; it raises Unreachable, or ConfigurationError where trying again cannot help."""
        self._make = make

    async def open(self) -> "ChannelSession":
        """A new session."""
        return ChannelSession(await asyncio.to_thread(self._make))


class ChannelSession:
    """An open channel as the sender knows sessions."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    @property
    def is_open(self) -> bool:
        """Whether it can take another message."""
        return self._channel.is_open

    async def deliver(
        self, envelope: Envelope, begin: Begin = at_once, following: Following = nothing
    ) -> Answer | None:
        """Hands over one message."""
        if not await begin():
            return None
        # Others go on meanwhile: a gateway takes its time.
        return await asyncio.to_thread(self._channel.deliver, Message(json.loads(envelope.message)))

    async def close(self) -> None:
        """Ends the channel."""
        await asyncio.to_thread(self._channel.close)
