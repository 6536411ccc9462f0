"""SPF, as other programs read it."""

from typing import Literal, NotRequired

from pydantic import with_config
from typing_extensions import TypedDict

from mactl.audit.schema.words import CLOSED, SpfResult, Status


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
