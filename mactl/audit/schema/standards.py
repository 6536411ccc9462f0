"""DKIM, DMARC and BIMI, as other programs read them."""

from typing import Literal

from pydantic import with_config
from typing_extensions import TypedDict

from mactl.audit.schema.words import CLOSED, PolicyName, Status


@with_config(CLOSED)
class DkimSelector(TypedDict):
    """The key at one selector."""

    status: Status
    type: str | None
    bits: int | None
    revoked: bool
    testing: bool
    alias: str | None


@with_config(CLOSED)
class Dkim(TypedDict):
    """DKIM keys (RFC 6376, 8301, 8463)."""

    status: Status
    selectors: dict[str, DkimSelector]


@with_config(CLOSED)
class Policies(TypedDict):
    """What receivers do with mail that fails; null where they apply no DMARC."""

    this: PolicyName | None
    subdomain: PolicyName | None
    """From a subdomain that exists and has no record of its own."""
    absent: PolicyName | None
    """From a subdomain that does not exist."""


@with_config(CLOSED)
class Published(TypedDict):
    """The policies as they stand in the record."""

    p: str | None
    sp: str | None
    np: str | None


@with_config(CLOSED)
class Alignment(TypedDict):
    """`r` for relaxed, `s` for strict."""

    dkim: Literal["r", "s"]
    spf: Literal["r", "s"]


@with_config(CLOSED)
class DmarcStep(TypedDict):
    """One question of the tree walk (RFC 9989 4.10)."""

    name: str
    outcome: str
    record: str | None
    dropped: list[str]


@with_config(CLOSED)
class ReportHost(TypedDict):
    """A host outside the organization that reports go to, and whether it agrees (RFC 9990 4)."""

    host: str
    name: str
    consent: str


@with_config(CLOSED)
class Dmarc(TypedDict):
    """DMARC (RFC 9989)."""

    status: Status
    record: str | None
    record_domain: str | None
    organizational_domain: str
    published: Published | None
    policy: Policies
    policy_rfc7489: Policies
    """The same for receivers of the older standard."""
    testing: bool
    pct: int | None
    alignment: Alignment | None
    walk: list[DmarcStep]
    report_hosts: list[ReportHost]


@with_config(CLOSED)
class BimiImage(TypedDict):
    """The logo as it was fetched."""

    size: int | None
    """Octets, uncompressed."""
    compressed: bool
    title: str | None
    viewbox: list[float] | None
    width: str | None
    height: str | None
    valid: bool


@with_config(CLOSED)
class BimiMark(TypedDict):
    """The mark certificate as it was fetched; times are ISO 8601."""

    type: str | None
    mark_type: str | None
    organization: str
    trademark: str | None
    subject: str
    issuer: str
    not_before: str
    not_after: str
    domains: list[str]
    sct_count: int
    logs: list[str]
    matches_logo: bool | None
    trusted: bool


@with_config(CLOSED)
class Bimi(TypedDict):
    """BIMI (draft-brand-indicators-for-message-identification)."""

    status: Status
    record: str | None
    record_domain: str | None
    eligible: bool | None
    """Whether DMARC allows a logo; null where that can't be told."""
    obstacles: list[str] | None
    declined: bool
    logo: str | None
    certificate: str | None
    avp: str | None
    lps: list[str]
    image: BimiImage | None
    mark: BimiMark | None
