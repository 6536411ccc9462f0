"""A received message and aggregate reports as other programs read them."""

from typing import Annotated, Literal, NotRequired

from pydantic import Field, with_config
from typing_extensions import TypedDict

from mactl.audit.schema.words import CLOSED, PolicyName, SpfResult


@with_config(CLOSED)
class Key(TypedDict):
    """The key that a signature was checked with."""

    type: str
    bits: int


@with_config(CLOSED)
class Signature(TypedDict):
    """One DKIM signature of the message; times are ISO 8601."""

    domain: str | None
    selector: str | None
    algorithm: str | None
    result: Literal["pass", "fail", "policy", "neutral", "temperror", "permerror", "none"]
    problem: str | None
    aligned: bool
    testing: bool
    key: Key | None
    canonicalization: str
    signed_headers: list[str]
    not_covered: int
    """Octets at the end of the body that anybody may have added."""
    signed_at: str | None
    expires_at: str | None


@with_config(CLOSED)
class Aligned(TypedDict):
    """What of the message is of the domain in From, and passes."""

    dkim: bool | None
    spf: bool | None


@with_config(CLOSED)
class DmarcResult(TypedDict):
    """What DMARC says of the message, and the policy that receivers apply where it fails."""

    result: str | None
    domain: str | None
    aligned: Aligned
    policy: PolicyName | None
    policy_rfc7489: PolicyName | None


@with_config(CLOSED)
class MessageSpf(TypedDict):
    """SPF of the session that brought the message; null is what nobody tells."""

    result: SpfResult | None
    domain: str | None
    aligned: bool | None
    term: str | None
    problem: str | None
    ip: str | None
    mail_from: str | None
    helo: str | None
    told_by: dict[str, str]
    """What `ip`, `mail_from` and `helo` were read from."""


@with_config(CLOSED)
class OneClick(TypedDict):
    """The one-click way out (RFC 8058)."""

    works: bool
    uris: list[str]
    post: str | None
    signed: bool


@with_config(CLOSED)
class Received(TypedDict):
    """What a receiver wrote into the message (RFC 8601)."""

    by: str
    results: dict[str, list[str]]


From = Annotated[str | None, Field(alias="from")]


@with_config(CLOSED)
class Message(TypedDict):
    """A received message (`--message`)."""

    from_: From
    subject: str
    dkim: list[Signature]
    spf: MessageSpf
    dmarc: DmarcResult
    one_click: OneClick
    arc: int
    """ARC sets, which are not judged."""
    received: list[Received]


@with_config(CLOSED)
class Flow(TypedDict):
    """Counts of messages: all, those that pass aligned, and those that were passed on by others."""

    messages: int
    dkim: int
    spf: int
    dmarc: int
    forwarded: int
    dispositions: dict[str, int]
    reasons: dict[str, int]
    from_: From
    """The first day, of UTC."""
    to: str | None


@with_config(CLOSED)
class Sender(Flow):
    """Who sends as the domain: a service, or addresses of one name."""

    name: str
    service: str | None
    standing: str
    addresses: int
    authenticated: list[str]


@with_config(CLOSED)
class Source(Flow):
    """One address that sends."""

    ip: str
    name: str | None
    confirmed: bool
    service: str | None
    standing: str
    header_from: list[str]
    signed_by: list[str]
    spf_passed_for: list[str]


@with_config(CLOSED)
class PolicyNext(TypedDict):
    """The record to publish next, null where it is too early, and why."""

    record: str | None
    why: str


@with_config(CLOSED)
class DomainReports(TypedDict):
    """What reports tell of one domain; the counts are missing where there is no report."""

    domain: str | None
    reports: NotRequired[int]
    receivers: NotRequired[list[str]]
    messages: int
    dkim: NotRequired[int]
    spf: NotRequired[int]
    dmarc: NotRequired[int]
    forwarded: NotRequired[int]
    dispositions: NotRequired[dict[str, int]]
    reasons: NotRequired[dict[str, int]]
    from_: From
    to: str | None
    senders: list[Sender]
    sources: list[Source]
    selectors: dict[str, list[str]]
    policy_next: PolicyNext


@with_config(CLOSED)
class Reports(DomainReports):
    """Aggregate reports (`--reports`): those of the domain with most messages, the others in `domains`."""

    files: int
    domains: list[DomainReports]
