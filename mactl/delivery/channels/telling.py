"""What a channel is told of a message: the same keys in a file's columns and in a gateway's JSON."""

import hashlib
import unicodedata
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from mactl.delivery.channels.channel import SEND_ID, Message
from mactl.errors import ConfigurationError
from mactl.project.channels import Channel

if TYPE_CHECKING:
    from mactl.store.ledger import (
        QueuedSend,
    )  # heavy, and what opens a channel needs only the names

AUDIENCE = "ads"
"""The channel that has no text: who is in an audience of an advertising platform."""
EMAIL_SHA256 = "email_sha256"
_ALWAYS = (SEND_ID, "channel", "to", "text", "recipe", "step", "contact")


class NoSuchField(LookupError):
    """A column of a channel that the send carries no value of; its message names it."""


def keys_of(name: str, channel: Channel) -> tuple[str, ...]:
    """What is told on the channel called `name`, in order.

    An audience gets its declared columns alone, the e-mail address only as a hash. ConfigurationError where a column
    stands there twice, or none is declared for an audience.
    """
    columns = _audience_columns(channel) if name == AUDIENCE else channel.columns
    keys = (SEND_ID, *columns) if name == AUDIENCE else (*_ALWAYS, *columns)
    if len(keys) == 1:
        raise ConfigurationError(
            f"channels.{name} tells nothing", "name the fields that go along: columns: [email]"
        )
    twice = next((key for key in keys if keys.count(key) > 1), None)
    if twice is not None:
        raise ConfigurationError(
            f"channels.{name}: {twice!r} is told already; leave that column out"
        )
    return keys


def fields_told(name: str, channel: Channel) -> frozenset[str]:
    """The fields of the contact that a send on the channel called `name` carries beside its template's."""
    if name == AUDIENCE:
        return frozenset("email" if c == EMAIL_SHA256 else c for c in channel.columns)
    return frozenset(channel.columns)


def tell(
    name: str, channel: Channel, send: "QueuedSend", text: str | None, contact: Mapping[str, Any]
) -> Message:
    """What the channel is told of `send`: `text`, and of the contact's merge values what it declares.

    Raises NoSuchField where the send does not carry one of those.
    """
    missing = fields_told(name, channel) - contact.keys()
    if missing:
        raise NoSuchField(
            f"contacts have no {', '.join(sorted(missing))}, which channels.{name}.columns names"
        )
    always = (send.id, name, send.address, text, send.recipe, send.step, send.contact_key)
    told = dict(zip(_ALWAYS, always, strict=True))
    told |= {column: json_value(contact[column]) for column in channel.columns if column in contact}
    if name == AUDIENCE:
        told[EMAIL_SHA256] = hashed_address(contact.get("email"))
    return Message({key: told[key] for key in keys_of(name, channel)})


def hashed_address(address: str | None) -> str | None:
    """The SHA-256 (hex) of an e-mail address in lower case without blanks, as advertising platforms match it."""
    if not address:
        return None
    normal = "".join(unicodedata.normalize("NFC", address).split()).lower()
    return hashlib.sha256(normal.encode()).hexdigest()


def json_value(value: Any) -> Any:
    """A plain value as JSON has it: dates and instants in ISO 8601, decimals as numbers."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, float) and value != value:
        return None
    if isinstance(value, (list, tuple)):
        return [json_value(item) for item in value]
    return value


def _audience_columns(channel: Channel) -> tuple[str, ...]:
    return tuple(EMAIL_SHA256 if column == "email" else column for column in channel.columns)
