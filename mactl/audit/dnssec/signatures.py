"""Keys and signatures of a zone: texts to a verdict (RFC 4034, 4035 5.3).

Whatever a zone holds, the work is bounded: many keys with one tag, each tried on many signatures,
are an attack (CVE-2023-50387).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TypeVar

import dns.dnssec
import dns.exception
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdataset
import dns.rdatatype
from dns.rdtypes.ANY.DNSKEY import DNSKEY
from dns.rdtypes.ANY.DS import DS
from dns.rdtypes.ANY.RRSIG import RRSIG

MAX_KEYS = 16
MAX_SIGNATURES = 8
MAX_SAME_TAG = 2  # keys that one signature is tried with
MAX_KEY_OCTETS = 600  # an RSA key of 4096 bits has some 520 (RFC 5702 2)
ALGORITHMS = {
    5: "RSASHA1",
    7: "RSASHA1-NSEC3-SHA1",
    8: "RSASHA256",
    10: "RSASHA512",
    13: "ECDSAP256SHA256",
    14: "ECDSAP384SHA384",
    15: "ED25519",
    16: "ED448",
}
SHA1_ALGORITHMS = (5, 7)
DIGESTS = (1, 2, 4)
SHA1_DIGEST = 1

_Record = TypeVar("_Record", bound=dns.rdata.Rdata)


class Check(StrEnum):
    """What the signatures of one set of records come to."""

    HOLDS = "holds"
    MISSING = "missing"
    EXPIRED = "expired"
    NOT_YET = "not yet valid"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Checked:
    """A verdict; `begins` and `ends` are the times of the signature that decides it, in UTC."""

    check: Check
    begins: datetime | None = None
    ends: datetime | None = None


def keys_in(texts: Iterable[str]) -> tuple[DNSKEY, ...]:
    """The keys that may sign a zone (RFC 4034 2.1.1), at most `MAX_KEYS`, and none that is huge."""
    found = (key for key in _parsed(texts, "DNSKEY", DNSKEY) if len(key.key) <= MAX_KEY_OCTETS)
    return tuple(key for key in found if key.flags & 0x0100 and key.protocol == 3)[:MAX_KEYS]


def digests_in(texts: Iterable[str]) -> tuple[DS, ...]:
    """What the zone above says about keys, as far as anybody can use it (RFC 4035 5.2)."""
    found = _parsed(texts, "DS", DS)
    usable = [ds for ds in found if ds.algorithm in ALGORITHMS and ds.digest_type in DIGESTS]
    # RFC 4509 3: beside a better digest that of SHA-1 counts for nothing.
    strong = [ds for ds in usable if ds.digest_type != SHA1_DIGEST]
    return tuple(strong or usable)[:MAX_KEYS]


def _parsed(texts: Iterable[str], rdtype: str, kind: type[_Record]) -> list[_Record]:
    records = []
    for text in texts:
        try:
            record = dns.rdata.from_text(dns.rdataclass.IN, dns.rdatatype.from_text(rdtype), text)
        except (dns.exception.DNSException, ValueError):
            continue
        if isinstance(record, kind):
            records.append(record)
    return records


def anchored(zone: str, keys: Sequence[DNSKEY], digests: Sequence[DS]) -> tuple[DNSKEY, ...]:
    """The keys of `zone` that the zone above names (RFC 4035 5.2)."""
    owner = dns.name.from_text(zone)
    return tuple(key for key in keys if any(_names(ds, owner, key) for ds in digests))


def _names(ds: DS, owner: dns.name.Name, key: DNSKEY) -> bool:
    if ds.key_tag != dns.dnssec.key_id(key) or ds.algorithm != key.algorithm:
        return False
    policy = dns.dnssec.allow_all_policy
    made = dns.dnssec.make_ds(owner, key, ds.digest_type, policy=policy, validating=True)
    return bool(made.digest == ds.digest)


def check_signatures(
    zone: str,
    rdtype: str,
    records: Sequence[str],
    signatures: Sequence[str],
    keys: Sequence[DNSKEY],
    now: datetime,
) -> Checked:
    """Whether one of `signatures`, made by one of `keys`, holds for the records at the zone's top.

    The best verdict of all signatures counts; `now` has a time zone.
    """
    owner = dns.name.from_text(zone)
    covered = dns.rdatatype.from_text(rdtype)
    made = [
        signature
        for signature in _parsed(signatures, "RRSIG", RRSIG)
        if signature.type_covered == covered and signature.signer == owner
    ]
    tags = {(dns.dnssec.key_id(key), key.algorithm) for key in keys}
    made = [signature for signature in made if (signature.key_tag, signature.algorithm) in tags]
    if not made:
        return Checked(Check.MISSING)
    try:
        rdataset = dns.rdataset.from_text_list("IN", rdtype, 0, list(records))
    except (dns.exception.DNSException, ValueError):
        return Checked(Check.BROKEN)
    checks = [_check(owner, rdataset, signature, keys, now) for signature in made[:MAX_SIGNATURES]]
    order = list(Check)
    return min(checks, key=lambda checked: (order.index(checked.check), _last(checked)))


def _last(checked: Checked) -> float:
    return -checked.ends.timestamp() if checked.ends is not None else 0.0


def _check(
    owner: dns.name.Name,
    records: dns.rdataset.Rdataset,
    signature: RRSIG,
    keys: Sequence[DNSKEY],
    now: datetime,
) -> Checked:
    begins, ends = (
        datetime.fromtimestamp(t, UTC) for t in (signature.inception, signature.expiration)
    )
    if now > ends:
        return Checked(Check.EXPIRED, begins, ends)
    if now < begins:
        return Checked(Check.NOT_YET, begins, ends)
    named = (signature.key_tag, signature.algorithm)
    tried = [key for key in keys if (dns.dnssec.key_id(key), key.algorithm) == named]
    try:
        dns.dnssec.validate_rrsig(
            (owner, records),
            signature,
            {owner: dns.rdataset.from_rdata_list(0, tried[:MAX_SAME_TAG])},
            now=now.timestamp(),
            policy=dns.dnssec.allow_all_policy,
        )
    except (dns.exception.DNSException, ValueError, OverflowError):
        return Checked(Check.BROKEN, begins, ends)
    return Checked(Check.HOLDS, begins, ends)
