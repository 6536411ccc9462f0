"""Servers as settings name them: `scheme://user:password@host:port`."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import unquote, urlsplit

Security = Literal["none", "tls", "starttls"]


@dataclass(frozen=True, slots=True)
class Location:
    """What a URL says of a server; user, password and path are decoded, and "" where it has none."""

    host: str
    port: int | None
    security: Security
    user: str
    password: str = field(repr=False)
    path: str
    query: str

    @property
    def is_in_clear(self) -> bool:
        """Whether others on the way could read what is sent there."""
        return self.security == "none" and not is_loopback(self.host)


def parse_location(url: str, schemes: Mapping[str, Security]) -> Location | None:
    """The server that `url` names in one of `schemes`; None where it names none."""
    try:
        parts = urlsplit(url)
        security, host, port = schemes[parts.scheme], parts.hostname, parts.port
    except (ValueError, KeyError):
        return None
    if not host or parts.fragment:
        return None
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    path = unquote(parts.path).strip("/")
    return Location(host, port, security, user, password, path, parts.query)


def scheme_of(url: str) -> str:
    """The scheme of `url`; "" where it has none, or is none."""
    try:
        return urlsplit(url).scheme
    except ValueError:
        return ""


def host_of(url: str) -> str:
    """The host that `url` names; "" where it names none, or is none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine: localhost, or an address of the loopback."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
