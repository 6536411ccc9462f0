"""The audit of one domain as other programs read it."""

from typing import Any, Literal, NotRequired

from pydantic import with_config
from typing_extensions import TypedDict

from mactl.audit.schema.around import Dnssec, MtaSts, Mx, Reverse, Servers, TlsRpt
from mactl.audit.schema.spf import Spf
from mactl.audit.schema.standards import Bimi, Dkim, Dmarc
from mactl.audit.schema.words import CLOSED, SeverityName


@with_config(CLOSED)
class Finding(TypedDict):
    """One problem, and what to do about it."""

    id: str
    """Stable: `mactl audit --explain ID` tells more."""
    severity: SeverityName
    standard: str
    """What it is about, as the parts of the report are called."""
    message: str
    effect: str
    """What receivers do about it."""
    fix: str | None
    """The record to publish, or the next step."""
    reference: str
    """The section of the standard that says so."""


@with_config(CLOSED)
class Requirement(TypedDict):
    """What a mailbox provider asks of bulk senders."""

    requirement: str
    result: Literal["pass", "fail", "not_visible"]
    why: str
    source: str
    findings: list[str]
    """The ids of the findings behind a fail."""


@with_config(CLOSED)
class Scorecard(TypedDict):
    """The requirements of the three largest."""

    gmail: list[Requirement]
    yahoo: list[Requirement]
    microsoft: list[Requirement]


@with_config(CLOSED)
class Change(TypedDict):
    """A fact that is told otherwise than in the earlier report."""

    what: str
    before: Any
    after: Any


@with_config(CLOSED)
class Changes(TypedDict):
    """What is otherwise than in the report of `--baseline`."""

    first: bool
    new: list[Finding]
    gone: list[dict[str, Any]]
    facts: list[Change]


@with_config(CLOSED)
class Edit(TypedDict):
    """Records of one name and type that take the place of others."""

    name: str
    type: str
    remove: list[str]
    add: list[str]
    why: str


@with_config(CLOSED)
class Proposal(TypedDict):
    """What to publish (`--propose`), and what an audit comes to then."""

    zone: str
    """The records as part of a zone file."""
    records: list[Edit]
    verdict: str
    left: list[str]
    """The ids of the errors that no record of this zone mends."""


@with_config(CLOSED)
class Domain(TypedDict):
    """The audit of one domain."""

    domain: str
    verdict: Literal["pass", "warn", "fail", "error"]
    """`error`: nothing is known to be broken, but the DNS kept something from being judged."""
    findings: list[Finding]
    spf: Spf
    dkim: Dkim
    dmarc: Dmarc
    bimi: Bimi
    mx: Mx
    mta_sts: MtaSts
    tls_rpt: TlsRpt
    dnssec: Dnssec
    reverse: NotRequired[Reverse]
    servers: NotRequired[Servers]
    scorecard: Scorecard
    queries: int
    """Distinct questions that were asked."""
    changes: NotRequired[Changes]
    proposal: NotRequired[Proposal]
