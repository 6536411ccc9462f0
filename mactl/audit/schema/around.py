"""What surrounds the four standards, as other programs read it."""

from typing import Literal

from pydantic import with_config
from typing_extensions import TypedDict

from mactl.audit.schema.words import CLOSED, Status


@with_config(CLOSED)
class Address(TypedDict):
    """An address, its name, and whether that leads back to it; null where that was not told."""

    address: str
    ptr: str | None
    confirmed: bool | None


@with_config(CLOSED)
class MxHost(TypedDict):
    """One host that takes mail."""

    preference: int
    host: str
    addresses: list[Address]


@with_config(CLOSED)
class Mx(TypedDict):
    """Where the domain takes mail (RFC 5321 5, RFC 7505)."""

    status: Status
    hosts: list[MxHost]
    null: bool
    implicit: bool
    """There is no MX record, and mail goes to the domain's own address."""


@with_config(CLOSED)
class Helo(TypedDict):
    """The name that the sender greets with."""

    name: str
    addresses: list[str]


@with_config(CLOSED)
class Reverse(TypedDict):
    """The names of the addresses that mail is sent from, where those are known."""

    status: Status
    addresses: list[Address]
    helo: Helo | None


@with_config(CLOSED)
class StsPolicy(TypedDict):
    """The policy as it was fetched; `max_age` in seconds."""

    mode: Literal["enforce", "testing", "none"] | None
    max_age: int | None
    mx: list[str]


@with_config(CLOSED)
class MtaSts(TypedDict):
    """MTA-STS (RFC 8461)."""

    status: Status
    record: str | None
    id: str | None
    policy: StsPolicy | None


@with_config(CLOSED)
class TlsRpt(TypedDict):
    """TLS-RPT (RFC 8460)."""

    status: Status
    record: str | None
    rua: list[str]


@with_config(CLOSED)
class Dnssec(TypedDict):
    """DNSSEC of the zone (RFC 4033)."""

    status: Status
    """`pass` for signed, `none` for unsigned, `permerror` for bogus."""
    state: Literal["signed", "unsigned", "bogus", "island", "unknown"]
    zone: str | None
    algorithms: list[str]
    expires: str | None
    """When the first signature ends, ISO 8601."""


@with_config(CLOSED)
class NamedServer(TypedDict):
    """One authoritative server of the zone."""

    name: str
    address: str | None
    serial: int | None
    state: str


@with_config(CLOSED)
class ServersAnswer(TypedDict):
    """One of several answers to a question, and who gives it."""

    records: list[str]
    servers: list[str]


@with_config(CLOSED)
class Difference(TypedDict):
    """A question that the servers answer differently."""

    name: str
    type: str
    answers: list[ServersAnswer]


@with_config(CLOSED)
class Servers(TypedDict):
    """The authoritative servers, each asked by itself (`--every-server`)."""

    status: Status
    zone: str | None
    servers: list[NamedServer]
    differences: list[Difference]
