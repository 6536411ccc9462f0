"""A server's address, and how patient one is with it."""

from dataclasses import dataclass, field
from typing import Literal

from mactl.errors import ConfigurationError
from mactl.network import Security, parse_location

_SECURITY: dict[str, Security] = {"smtp": "none", "smtps": "tls", "smtp+starttls": "starttls"}
_AUTH: dict[str, Literal["xoauth2"] | None] = {"": None, "auth=xoauth2": "xoauth2"}
_PORTS: dict[Security, int] = {"none": 25, "tls": 465, "starttls": 587}  # RFC 8314 3.3, RFC 6409


@dataclass(frozen=True, slots=True)
class Server:
    """A server and how to speak with it."""

    host: str
    port: int
    security: Security
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    auth: Literal["xoauth2"] | None = None
    """`xoauth2`: the password is an OAuth 2 access token; None: whichever way the server offers."""

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds to wait for the server (RFC 5321 4.5.3.2)."""

    connection: float = 30
    command: float = 300
    end_of_message: float = 600
    farewell: float = 5


def parse_server(url: str) -> Server:
    """The server that smtp://, smtps:// or smtp+starttls:// names, with user and password where it has them, and
    `?auth=xoauth2` where the password is an access token.

    Raises ConfigurationError, without the password, where it is none, or where the password would go out in the clear.
    """
    there = parse_location(url, _SECURITY)
    if there is None or there.path or there.query not in _AUTH:
        raise ConfigurationError("`smtp.url` is not a server's address", _EXAMPLE)
    if there.user and there.is_in_clear:
        raise ConfigurationError(
            f"`smtp.url` would send the password to {there.host} in the clear",
            "write smtp+starttls:// or smtps://",
        )
    return Server(
        there.host,
        there.port or _PORTS[there.security],
        there.security,
        there.user or None,
        there.password or None,
        _AUTH[there.query],
    )


_EXAMPLE = "write smtp+starttls://user:password@host, with @ : / in a password as %40 %3A %2F"
