"""Fetched pages as values, and what an audit needs of the web."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from mactl.audit.names import printable


class Trouble(StrEnum):
    """Why no page came."""

    NO_ADDRESS = "no-address"  # the host surely has none
    DNS_FAILED = "dns-failed"
    PRIVATE_ADDRESS = "private-address"  # nothing is fetched from addresses that are not public
    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    CERTIFICATE = "certificate"  # the server's certificate does not hold
    TLS = "tls"
    TOO_LARGE = "too-large"
    NOT_HTTP = "not-http"  # what answers speaks another protocol, or breaks off
    NOT_FETCHED = "not-fetched"  # this run fetches nothing


@dataclass(frozen=True, slots=True)
class Page:
    """What came from one https address.

    `status` is the HTTP status, 0 where `trouble` kept any from coming; redirects are never
    followed. `content_type` is lower case, without parameters; `body` is as sent, decoded from
    Content-Encoding.
    """

    url: str
    status: int = 0
    content_type: str = ""
    body: bytes = b""
    trouble: Trouble | None = None
    detail: str = ""

    @property
    def may_come_later(self) -> bool:
        """Whether what kept it from coming may be over soon, as RFC 9110 15 and common sense tell."""
        passing = (Trouble.DNS_FAILED, Trouble.UNREACHABLE, Trouble.TIMEOUT)
        return self.trouble in passing or self.status in (408, 429) or self.status >= 500

    @property
    def failure(self) -> str:
        """What went wrong, for a message; '' where the page came with status 200."""
        if self.trouble is not None:
            detail = f" ({printable(self.detail, 120)})" if self.detail else ""
            return f"{self.trouble.value.replace('-', ' ')}{detail}"
        return "" if self.status == 200 else f"HTTP status {self.status}"


class Web(Protocol):
    """What an audit needs of the web."""

    async def fetch(self, url: str, largest: int) -> Page:
        """The page at an https address, at most `largest` octets of it; failures are pages too."""


class NoWeb:
    """A web that nothing is fetched from."""

    async def fetch(self, url: str, largest: int) -> Page:
        """A page that was not fetched."""
        return Page(url, trouble=Trouble.NOT_FETCHED)
