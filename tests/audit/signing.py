"""Signed zones: the records that DNSSEC adds at the top of one, made to order."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import dns.dnssec
import dns.name
import dns.rdata
import dns.rdataset
import dns.rrset
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from tests.audit.peers import NOW

SOA = "ns1.example.com. hostmaster.example.com. 2026112001 7200 3600 1209600 300"


@cache
def _private_key(algorithm: int, number: int) -> Any:
    if algorithm == 13:
        return ec.derive_private_key(1000 + number, ec.SECP256R1())
    if algorithm == 15:
        return ed25519.Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)
    return rsa.generate_private_key(65537, 1024)


def signed(zone: str = "example.com", **options: Any) -> dict[str, list[str]]:
    """The DS, DNSKEY, SOA and RRSIG records of `zone`, by type.

    `expires` and `begins` are days from now; `algorithm` and `digest` numbers of the registries;
    `key` another number for the key that signs than 1, `ds_key` for the one that DS names.
    `tampered` names a type whose records are changed after they were signed, `without` the types
    that have no signature.
    """
    frozen = {k: tuple(v) if isinstance(v, list) else v for k, v in options.items()}
    return dict(_signed(zone, tuple(sorted(frozen.items()))))


@cache
def _signed(zone: str, options: tuple[tuple[str, Any], ...]) -> Mapping[str, list[str]]:
    wanted = dict(options)
    algorithm, number = wanted.get("algorithm", 13), wanted.get("key", 1)
    owner, private = dns.name.from_text(zone), _private_key(algorithm, number)
    policy = dns.dnssec.allow_all_policy
    key = dns.dnssec.make_dnskey(private.public_key(), algorithm, flags=257)
    other = _private_key(algorithm, wanted.get("ds_key", number)).public_key()
    named = dns.dnssec.make_dnskey(other, algorithm, flags=257)
    ds = dns.dnssec.make_ds(owner, named, wanted.get("digest", 2), policy=policy)
    begins = NOW + timedelta(days=wanted.get("begins", -7))
    ends = NOW + timedelta(days=wanted.get("expires", 21))
    soa = wanted.get("soa", SOA)
    records = {"DNSKEY": [key.to_text()], "SOA": [soa], "DS": [ds.to_text()]}
    signatures = []
    for rdtype in ("DNSKEY", "SOA"):
        rrset = dns.rrset.from_text_list(owner, 3600, "IN", rdtype, records[rdtype])
        signature = _sign(rrset, private, owner, key, begins, ends)
        if rdtype not in wanted.get("without", ()):
            signatures.append(signature)
    # Only that there is one matters: the zone above is not looked into.
    signatures.append(signatures[0].replace("DNSKEY", "DS", 1) if signatures else "")
    tampered = wanted.get("tampered")
    if tampered == "SOA":
        records["SOA"] = [SOA.replace("2026112001", "2026112002")]
    return records | {"RRSIG": [text for text in signatures if text]}


def _sign(rrset: Any, private: Any, owner: Any, key: Any, begins: datetime, ends: datetime) -> str:
    signature = dns.dnssec.sign(
        rrset,
        private,
        owner,
        key,
        inception=begins,
        expiration=ends,
        policy=dns.dnssec.allow_all_policy,
    )
    return signature.to_text()
