"""The zone that docs/audit.md audits, and the recording of it that the page is played with."""

import asyncio
import base64
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from mactl.audit import Answer, Means, Outcome, Scope, audit_domain
from mactl.audit.mending import propose
from mactl.audit.tape import Recording
from mactl.audit.web import NoWeb

DOMAIN = "acme.example"
_NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


def _key(bits: int) -> str:
    """A key record with a public key of so many bits, which nobody has the other half of."""
    numbers = RSAPublicNumbers(65537, (1 << (bits - 1)) + 1).public_key()
    der = numbers.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return f"v=DKIM1; k=rsa; p={base64.b64encode(der).decode()}"


_ZONE: Mapping[tuple[str, str], Sequence[str]] = {
    (DOMAIN, "TXT"): (
        "v=spf1 include:_spf.crm.example include:_spf.shop.example include:_spf.desk.example mx ?all",
        "site-verification=4711",
    ),
    (DOMAIN, "MX"): ("10 mx1.mail.example", "20 mx2.mail.example"),
    (DOMAIN, "A"): ("203.0.113.80",),
    (DOMAIN, "SOA"): ("ns1.dns.example. hostmaster.acme.example. 7 3600 600 604800 300",),
    (DOMAIN, "NS"): ("ns1.dns.example", "ns2.dns.example"),
    ("mx1.mail.example", "A"): ("203.0.113.25",),
    ("mx2.mail.example", "A"): ("203.0.113.26",),
    ("25.113.0.203.in-addr.arpa", "PTR"): ("mx1.mail.example",),
    ("26.113.0.203.in-addr.arpa", "PTR"): ("mx2.mail.example",),
    ("_spf.crm.example", "TXT"): ("v=spf1 include:_a.crm.example include:_b.crm.example ~all",),
    ("_a.crm.example", "TXT"): ("v=spf1 ip4:198.51.100.0/26 ~all",),
    ("_b.crm.example", "TXT"): ("v=spf1 ip4:198.51.100.64/26 ~all",),
    ("_spf.shop.example", "TXT"): ("v=spf1 a:out.shop.example include:_a.crm.example -all",),
    ("out.shop.example", "A"): ("203.0.113.130",),
    ("_spf.desk.example", "TXT"): ("v=spf1 a:one.desk.example a:two.desk.example a:old.desk.example -all",),
    ("one.desk.example", "A"): ("203.0.113.201",),
    ("two.desk.example", "A"): ("203.0.113.202",),
    ("k1._domainkey.acme.example", "TXT"): (_key(1024),),
    ("_dmarc.acme.example", "TXT"): ("v=DMARC1; p=quarantaine; rua=mailto:dmarc@acme.example",),
}  # fmt: skip


class _Zone:
    """Names with records; whatever else is asked for does not exist, or has none of the type."""

    async def query(self, name: str, rdtype: str, *, unchecked: bool = False) -> Answer:
        records = _ZONE.get((name, rdtype))
        if records is not None:
            return Answer(name, rdtype, Outcome.RECORDS, tuple(records))
        exists = any(known == name or known.endswith(f".{name}") for known, _ in _ZONE)
        return Answer(name, rdtype, Outcome.NODATA if exists else Outcome.NXDOMAIN)

    def at(self, address: str) -> "_Zone":
        return self


def record(path: Path) -> None:
    """Write the recording of an audit of the zone, and of what is proposed for it."""

    async def run() -> Recording:
        recording = Recording(Means(_Zone(), NoWeb(), _NOW))
        audit = await audit_domain(DOMAIN, recording.means)
        await propose(audit, recording.means, Scope())
        return recording

    asyncio.run(run()).save(path)
