"""Where a domain has no SPF record: what was meant as one, or stands at another place."""

import asyncio
import re
from dataclasses import dataclass

from mactl.audit.dns import Answer, Outcome, Resolver
from mactl.audit.fixes import publish
from mactl.audit.names import MAX_NAME, excerpt, printable
from mactl.audit.spf import kinds
from mactl.audit.spf.fresh import NOTHING
from mactl.audit.spf.record import is_spf, parse_spf
from mactl.audit.spf.slips import separated
from mactl.findings import Finding

_MEANT = re.compile(r"v[=:]?spf|spf[=:]?1", re.IGNORECASE)
# Possessive where blanks may be without number.
_VERSION = re.compile(
    r"^.*?(?:v\s*+[=:]*+\s*+spf|(?<![a-z])spf)\s*[=:]*\s*v?[12]?(?![0-9.])\s*[;:,.]*\s*",
    re.IGNORECASE | re.DOTALL,
)
_QUOTES = re.compile(r"\xe2\x80[\x98-\x9f]|[\"'`\\]")


def absence(answer: Answer) -> str:
    """Why a name has no SPF record: it does not exist, has no TXT records, or only others."""
    name = printable(answer.name)
    if answer.outcome is Outcome.NXDOMAIN:
        return f"{name} does not exist"
    if answer.outcome is Outcome.NODATA:
        return f"{name} has no TXT record"
    return f"{name} has TXT records, but none for SPF"


async def judge_absence(answer: Answer, resolver: Resolver, to_publish: str) -> Finding:
    """What is wrong with a domain whose TXT records, in `answer`, hold none for SPF."""
    at = printable(answer.name)
    for text in answer.records:
        if meant_as_spf(text):
            message = f"{at}: '{excerpt(text)}' is no SPF record"
            record = repaired(text)
            fix = publish(record, answer.name) if record else "begin it with 'v=spf1' and a space"
            return kinds.BAD_VERSION.found(message, fix)
    if answer.outcome is not Outcome.NXDOMAIN:
        misplaced = await find_misplaced(answer.name, resolver)
        if misplaced is not None:
            return misplaced.found(answer.name)
    return kinds.MISSING.found(absence(answer), to_publish)


def meant_as_spf(text: str) -> bool:
    """Whether a TXT record that is no SPF record was meant to be one; Sender ID's is not."""
    squeezed = "".join(text.split()).lstrip("\"'\\")
    return "v=spf1" in squeezed.lower() or _MEANT.match(squeezed) is not None


def repaired(text: str) -> str:
    """The record that was probably meant; '' where what is left has faults."""
    terms = separated(_VERSION.sub("", _QUOTES.sub("", text), count=1).strip())
    record = parse_spf(f"v=spf1 {terms}")
    whole = parse_spf(record.rewritten()) if record.faults else record
    # What is left of another version, v=spf1.0, is a modifier.
    is_clear = whole.terms and not whole.faults and whole.modifier("v") is None
    return str(whole) if is_clear else ""


@dataclass(frozen=True, slots=True)
class Misplaced:
    """A record where nobody looks: `place` is the name it is at, that of the domain for the DNS type SPF;
    `record` is what the domain itself is to have."""

    place: str
    record: str

    def found(self, domain: str) -> Finding:
        """The finding about it."""
        at, fix = printable(domain), publish(self.record, domain)
        if self.place == domain:
            message = f"{at} has an SPF record of the DNS type SPF (99), and none of type TXT"
            return kinds.WRONG_TYPE.found(message, fix)
        message = f"{at} has no SPF record, but {printable(self.place)} has one"
        return kinds.ELSEWHERE.found(message, f"{fix} itself")


async def find_misplaced(domain: str, resolver: Resolver) -> Misplaced | None:
    """The record at the places where it is often put by mistake."""
    names = [f"{label}.{domain}" for label in ("_spf", "spf", "www", "@", domain)]
    names = [name for name in names if len(name) <= MAX_NAME]
    old, *others = await asyncio.gather(
        resolver.query(domain, "SPF"), *(resolver.query(name, "TXT") for name in names)
    )
    found = [next(filter(is_spf, answer.records), "") for answer in (old, *others)]
    if found[0]:
        return Misplaced(domain, found[0])
    if all(found[1:]):
        return None  # a wildcard answers for every name
    for name, text in zip(names, found[1:], strict=True):
        # A web host that sends nothing says so of itself: it is no word about the domain's mail.
        if text and not (name.startswith("www.") and str(parse_spf(text)) == NOTHING):
            is_part = name.startswith(("_spf.", "spf."))
            return Misplaced(name, f"v=spf1 redirect={name}" if is_part else text)
    return None
