"""Tokens that name a send to the world: nobody can guess another's, and one for this is no good for that.

A token is the send's id and a MAC of it (HMAC-SHA256, cut to 96 bits) under the state's secret and the purpose.
Whoever holds the secret reads a token back without a database.
"""

import base64
import binascii
import hmac
import uuid
from enum import StrEnum

_MAC_BYTES = 12
_ID_BYTES = 16


class _Purpose(StrEnum):
    MESSAGE_ID = "message-id"
    RETURN_PATH = "return-path"
    UNSUBSCRIBE = "unsubscribe"
    CONFIRM = "confirm"
    VIEW = "view"


class Tokens:
    """The tokens of one state's sends."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def message_id(self, send: str, domain: str) -> str:
        """The Message-ID of a send, `<token@domain>`."""
        return f"<{_base64(self._sealed(send, _Purpose.MESSAGE_ID))}@{domain}>"

    def return_path(self, send: str) -> str:
        """The local part that a send's bounces come back to: 45 letters and digits.

        In base32, since some servers write a local part in lower case.
        """
        sealed = self._sealed(send, _Purpose.RETURN_PATH)
        return base64.b32encode(sealed).decode().rstrip("=").lower()

    def unsubscribe(self, send: str) -> str:
        """The `{token}` of an unsubscribe address: 38 characters that a URL takes as they are."""
        return _base64(self._sealed(send, _Purpose.UNSUBSCRIBE))

    def confirm(self, send: str) -> str:
        """The `{token}` of an address where consent is confirmed, as long as that of `unsubscribe`."""
        return _base64(self._sealed(send, _Purpose.CONFIRM))

    def view(self, send: str) -> str:
        """The `{token}` of an address that shows a message, as long as that of `unsubscribe`."""
        return _base64(self._sealed(send, _Purpose.VIEW))

    def read_message_id(self, message_id: str) -> str | None:
        """The send that a Message-ID belongs to; None where it is not one of ours."""
        token, _, domain = message_id.strip().removeprefix("<").removesuffix(">").partition("@")
        return self._opened(_from_base64(token), _Purpose.MESSAGE_ID) if domain else None

    def read_return_path(self, local_part: str) -> str | None:
        """The send whose bounce came to `local_part`; None where it is not one of ours."""
        text = local_part.strip().upper()
        try:
            sealed = base64.b32decode(text + "=" * (-len(text) % 8))
        except (binascii.Error, ValueError):
            return None
        return self._opened(sealed, _Purpose.RETURN_PATH)

    def read_unsubscribe(self, token: str) -> str | None:
        """The send whose recipient asked to be left alone; None for a token that is not ours."""
        return self._opened(_from_base64(token.strip()), _Purpose.UNSUBSCRIBE)

    def read_confirm(self, token: str) -> str | None:
        """The send whose recipient confirms a consent; None for a token that is not ours."""
        return self._opened(_from_base64(token.strip()), _Purpose.CONFIRM)

    def read_view(self, token: str) -> str | None:
        """The send that somebody wants to see; None for a token that is not ours."""
        return self._opened(_from_base64(token.strip()), _Purpose.VIEW)

    def _sealed(self, send: str, purpose: _Purpose) -> bytes:
        identity = uuid.UUID(send).bytes
        return identity + self._mac(identity, purpose)

    def _opened(self, sealed: bytes, purpose: _Purpose) -> str | None:
        if len(sealed) != _ID_BYTES + _MAC_BYTES:
            return None
        identity, mac = sealed[:_ID_BYTES], sealed[_ID_BYTES:]
        if not hmac.compare_digest(mac, self._mac(identity, purpose)):
            return None
        return str(uuid.UUID(bytes=identity))

    def _mac(self, identity: bytes, purpose: _Purpose) -> bytes:
        message = purpose.encode() + b"\x00" + identity
        return hmac.digest(self._secret, message, "sha256")[:_MAC_BYTES]


def _base64(sealed: bytes) -> str:
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def _from_base64(text: str) -> bytes:
    try:
        sealed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return b""
    # Characters that are not of the alphabet are skipped, and spare bits are lost: only our own spelling counts.
    return sealed if _base64(sealed) == text else b""
