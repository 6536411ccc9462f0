"""DNS questions and answers: what an audit is given, and what it sees.

Absent, empty, refused and timed out are different answers, never exceptions: what a failure means
is for each standard to say.
"""

from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address
from typing import Protocol

from mactl.audit.addresses import Address, is_address
from mactl.audit.names import printable

ASK_AGAIN = "try again later, or ask another name server"
"""What to do where the DNS failed, and nothing else is known to be wrong."""


class Outcome(StrEnum):
    """How a question ended."""

    RECORDS = "records"
    NXDOMAIN = "nxdomain"  # the name does not exist
    NODATA = "nodata"  # it exists, without records of this type
    SERVFAIL = "servfail"  # a server answered that it can't, or answered nonsense
    REFUSED = "refused"
    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"  # no packet reached a server
    UNASKED = "unasked"  # the budget of questions was used up


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one question.

    `records` holds one text per record: the strings of a TXT record joined without a space (each
    octet one character), addresses, names without the final dot, `10 mail.example.com` for an MX.
    `canonical` is the name at the end of the CNAME chain, '' where there is none; `detail` says
    more about a failure. `validated` holds where the name server says that it checked the DNSSEC
    signatures (RFC 4035 3.2.3, the AD bit); `signatures` are the RRSIG records that came along.
    """

    name: str
    rdtype: str
    outcome: Outcome
    records: tuple[str, ...] = ()
    canonical: str = ""
    detail: str = ""
    validated: bool = False
    signatures: tuple[str, ...] = ()

    @property
    def absent(self) -> bool:
        """There is surely no such record."""
        return self.outcome in (Outcome.NXDOMAIN, Outcome.NODATA)

    @property
    def failed(self) -> bool:
        """Whether there is such a record can't be told."""
        return not self.absent and self.outcome is not Outcome.RECORDS

    @property
    def answered(self) -> bool:
        """A server did its work, be it by saying that it can't."""
        return self.absent or self.outcome in (Outcome.RECORDS, Outcome.SERVFAIL)

    @property
    def failure(self) -> str:
        """What went wrong, for a message: `TXT _dmarc.example.com: timeout`."""
        detail = f" ({printable(self.detail, 120)})" if self.detail else ""
        return f"{self.rdtype} {printable(self.name)}: {self.outcome}{detail}"

    @property
    def addresses(self) -> tuple[Address, ...]:
        """The addresses of an A or AAAA answer, whatever else a server put there left out."""
        return tuple(ip_address(record) for record in self.records if is_address(record))

    @property
    def exchanges(self) -> tuple[tuple[int, str], ...]:
        """The preferences and hosts of an MX answer, best first; '' is the host of a null MX."""
        pairs = (record.removesuffix(".").partition(" ") for record in self.records)
        return tuple(sorted((int(preference), host) for preference, _, host in pairs))

    @property
    def is_null_mx(self) -> bool:
        """A single MX record for the root: the domain takes no mail (RFC 7505 3)."""
        return [host for _, host in self.exchanges] == [""]


class Resolver(Protocol):
    """What an audit needs of the DNS."""

    async def query(self, name: str, rdtype: str, *, unchecked: bool = False) -> Answer:
        """The answer to one question; failures are answers too.

        `unchecked` asks a name server to leave out its own check of DNSSEC (RFC 4035 3.2.2, CD).
        """

    def at(self, address: str) -> "Resolver":
        """One that asks the authoritative server at `address`, without recursion."""
