"""What a message says about a question."""

from collections.abc import Iterable
from dataclasses import dataclass

import dns.edns
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset
from dns.rdtypes.mxbase import MXBase
from dns.rdtypes.nsbase import NSBase
from dns.rdtypes.txtbase import TXTBase

from mactl.audit.dns.answers import Outcome
from mactl.audit.dns.wire import Question

MAX_ALIASES = 16  # in one message
ENDLESS = "a chain of aliases without an end"
_LONGEST_DETAIL = 200
_TELLING = (Outcome.SERVFAIL, Outcome.REFUSED, Outcome.TIMEOUT, Outcome.UNREACHABLE)


@dataclass(frozen=True, slots=True)
class Reading:
    """The outcome for `name`, which is where the aliases in the message lead.

    `open` holds where the message stops at an alias: what is at its target is not said.
    """

    outcome: Outcome
    name: dns.name.Name
    detail: str = ""
    records: tuple[str, ...] = ()
    signatures: tuple[str, ...] = ()
    validated: bool = False
    open: bool = False

    @property
    def usable(self) -> bool:
        """Whether another server need not be asked."""
        return self.outcome in (Outcome.RECORDS, Outcome.NXDOMAIN, Outcome.NODATA)


def read(message: dns.message.Message, question: Question) -> Reading:
    """What the message answers; it never raises, whatever is in it."""
    try:
        return _read(message, question)
    except Exception:  # records that dnspython takes from the wire but can't put into words
        return Reading(Outcome.SERVFAIL, question.name, "a malformed answer")


def _read(message: dns.message.Message, question: Question) -> Reading:
    rcode = message.rcode()
    if rcode not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
        outcome = Outcome.REFUSED if rcode == dns.rcode.REFUSED else Outcome.SERVFAIL
        return Reading(outcome, question.name, _complaint(message, outcome))
    name = _end_of_aliases(message, question)
    if name is None:
        return Reading(Outcome.SERVFAIL, question.name, ENDLESS)
    validated = bool(message.flags & dns.flags.AD)
    if rcode == dns.rcode.NXDOMAIN:  # RFC 6604 3: of the last name in the chain
        return Reading(Outcome.NXDOMAIN, name, validated=validated)
    found = _find(message, name, question.rdtype)
    if found is not None:
        records = tuple(_text(record) for record in found)
        signed = _find(message, name, dns.rdatatype.RRSIG, question.rdtype)
        signatures = tuple(record.to_text() for record in signed or ())
        return Reading(Outcome.RECORDS, name, "", records, signatures, validated)
    if _is_denied(message, name):
        return Reading(Outcome.NODATA, name, validated=validated)
    if name != question.name:
        return Reading(Outcome.NODATA, name, validated=validated, open=True)
    if refers_to := _referral(message):
        # RFC 2308 2.2: not a word about what is there. As with REFUSED, it is not this server's to say.
        return Reading(Outcome.REFUSED, name, f"it only refers to {refers_to}")
    return Reading(Outcome.NODATA, name, validated=validated)


def _end_of_aliases(message: dns.message.Message, question: Question) -> dns.name.Name | None:
    """Where CNAMEs lead; None where they lead nowhere. Those of a DNAME come along (RFC 6672 3.1)."""
    name = question.name
    if question.rdtype == dns.rdatatype.CNAME:
        return name
    for _ in range(MAX_ALIASES):
        alias = _find(message, name, dns.rdatatype.CNAME)
        if alias is None or _find(message, name, question.rdtype) is not None:
            return name
        name = _target(alias)
    return None


def _target(alias: dns.rrset.RRset) -> dns.name.Name:
    target = alias[0].target
    assert isinstance(target, dns.name.Name)
    return target


def _find(
    message: dns.message.Message, name: dns.name.Name, rdtype: int, covers: int = 0
) -> dns.rrset.RRset | None:
    kind, covered = dns.rdatatype.RdataType.make(rdtype), dns.rdatatype.RdataType.make(covers)
    return message.get_rrset(message.answer, name, dns.rdataclass.IN, kind, covered)


def _is_denied(message: dns.message.Message, name: dns.name.Name) -> bool:
    """A zone that `name` is in says that there is no such record (RFC 2308 2.2)."""
    return any(
        rrset.rdtype == dns.rdatatype.SOA
        and rrset.name != dns.name.root
        and name.is_subdomain(rrset.name)
        for rrset in message.authority
    )


def _referral(message: dns.message.Message) -> str:
    """The first of the servers that the message refers to; '' where it is no referral."""
    if message.flags & dns.flags.AA or any(
        rrset.rdtype == dns.rdatatype.SOA for rrset in message.authority
    ):
        return ""
    for rrset in message.authority:
        if rrset.rdtype == dns.rdatatype.NS:
            return _text(rrset[0])
    return ""


def _complaint(message: dns.message.Message, outcome: Outcome) -> str:
    """What a server says of its failure, beyond the outcome's own word (RFC 8914)."""
    words: list[str] = []
    rcode = dns.rcode.to_text(message.rcode())
    if rcode.lower() != outcome:
        words.append(rcode)
    for reason in message.extended_errors():
        words.append(_reason(reason))
    return ", ".join(words)[:_LONGEST_DETAIL]


def _reason(reason: dns.edns.EDEOption) -> str:
    name = dns.edns.EDECode.to_text(reason.code).replace("_", " ").lower()
    return (f"error {name}" if name.isdigit() else name) + (
        f": {reason.text}" if reason.text else ""
    )


def _text(record: dns.rdata.Rdata) -> str:
    match record:
        case TXTBase():
            # RFC 7208 3.3, RFC 6376 3.6.2.2, RFC 9989 4.5: joined without a space.
            return b"".join(record.strings).decode("latin-1")
        case MXBase():
            return f"{record.preference} {plain(record.exchange)}"
        case NSBase():  # and CNAME and PTR, which hold a name as NS does
            return plain(record.target)
        case _:
            return record.to_text()


def plain(name: dns.name.Name) -> str:
    """A name as an Answer holds it, without the final dot; '' for the root."""
    return name.to_text(omit_final_dot=True).removesuffix(".")


def gravest(failures: Iterable[Reading]) -> Reading:
    """The failure that tells most: what a server said before what none of them did."""
    return min(failures, key=lambda failure: _TELLING.index(failure.outcome))
