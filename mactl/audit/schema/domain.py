"""The audit of one domain as other programs read it."""

from typing import Any, Literal, NotRequired

from pydantic import ConfigDict, with_config
from typing_extensions import TypedDict

CLOSED = ConfigDict(extra="forbid", use_attribute_docstrings=True)
"""Nothing is told that is not described."""

Status = Literal["none", "pass", "warn", "permerror", "temperror"]
PolicyName = Literal["none", "quarantine", "reject"]
SpfResult = Literal["none", "neutral", "pass", "fail", "softfail", "temperror", "permerror"]
SeverityName = Literal["error", "warning", "note"]


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
class SpfTerm(TypedDict):
    """One term of a record; the costs are those of it and all below it."""

    term: str
    lookups: NotRequired[int]
    void_lookups: NotRequired[int]
    target: NotRequired[str | None]
    tree: NotRequired["SpfNode"]


@with_config(CLOSED)
class SpfNode(TypedDict):
    """One domain of the tree of includes and redirects."""

    domain: str
    state: Literal["record", "absent", "multiple", "failed", "loop", "repeated", "cut"]
    record: str | None
    records: list[str]
    lookups: int
    void_lookups: int
    terms: list[SpfTerm]


@with_config(CLOSED)
class SpfStep(TypedDict):
    """One term that a receiver looked at, in order."""

    domain: str
    term: str
    outcome: str
    depth: int


@with_config(CLOSED)
class SpfMatch(TypedDict):
    """The term that decided, and whose record it stands in."""

    term: str
    domain: str


@with_config(CLOSED)
class SpfCheck(TypedDict):
    """What SPF says of one client (RFC 7208 4)."""

    ip: str
    mail_from: str
    helo: str | None
    result: SpfResult
    helo_result: NotRequired[SpfResult]
    matched: SpfMatch | None
    explanation: str
    problem: str
    lookups: int
    void_lookups: int
    trace: list[SpfStep]


@with_config(CLOSED)
class ZoneText(TypedDict):
    """A TXT record to publish."""

    name: str
    value: str


@with_config(CLOSED)
class Replaced(TypedDict):
    """A term of the long record, and the networks in its place."""

    term: str
    networks: list[str]


@with_config(CLOSED)
class Flattened(TypedDict):
    """A shorter record that gives every address the same result."""

    record: str
    records: list[ZoneText]
    replaced: list[Replaced]
    left_out: list[str]
    lookups: int


@with_config(CLOSED)
class Spf(TypedDict):
    """SPF (RFC 7208)."""

    status: Status
    record: str | None
    lookups: int
    """Of the whole tree, also past the limit of 10."""
    void_lookups: int
    all: str | None
    """The `all` that decides, null where there is none."""
    tree: SpfNode
    flattened: Flattened | None
    result: NotRequired[SpfResult]
    """For the client that was asked about (`--ip`), or the worst of the project's relay."""
    helo_result: NotRequired[SpfResult]
    check: NotRequired[SpfCheck]
    checks: NotRequired[list[SpfCheck]]


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
