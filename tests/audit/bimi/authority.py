"""Mark authorities of our own: chains as they should be, and with one fault each."""

import base64
import gzip
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID, ObjectIdentifier

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
MARK_USAGE = ObjectIdentifier("1.3.6.1.5.5.7.3.31")
LOGOTYPE = ObjectIdentifier("1.3.6.1.5.5.7.1.12")
SCT_LIST = ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")
MARK_TYPE = ObjectIdentifier("1.3.6.1.4.1.53087.1.13")
TRADEMARK = ObjectIdentifier("1.3.6.1.4.1.53087.1.4")
SHA256 = bytes.fromhex("300d06096086480165030402010500")
CRL = x509.CRLDistributionPoints(
    [
        x509.DistributionPoint(
            [x509.UniformResourceIdentifier("http://crl.authority.test/marks.crl")],
            None,
            None,
            None,
        )
    ]
)


def tlv(tag: int, content: bytes) -> bytes:
    """One value in DER."""
    size = len(content)
    if size < 128:
        return bytes([tag, size]) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(octets)]) + octets + content


def sequence(*parts: bytes) -> bytes:
    return tlv(0x30, b"".join(parts))


def logotype(svg: bytes, *, digest: bytes | None = None, uri: str | None = None) -> bytes:
    """A logotype extension with one subject logo (RFC 9399 4.1)."""
    packed = gzip.compress(svg, mtime=0)
    uri = uri or "data:image/svg+xml;base64," + base64.b64encode(packed).decode()
    digest = hashlib.sha256(packed).digest() if digest is None else digest
    details = sequence(
        tlv(0x16, b"image/svg+xml"),
        sequence(sequence(SHA256, tlv(0x04, digest))),
        sequence(tlv(0x16, uri.encode())),
    )
    return sequence(tlv(0xA2, tlv(0xA0, sequence(sequence(details)))))


def sct_list(count: int = 2) -> bytes:
    """A list of SCTs (RFC 6962 3.3) with made-up signatures, wrapped as the extension has it."""
    scts = b""
    for number in range(count):
        log = hashlib.sha256(bytes([number])).digest()
        sct = (
            b"\0" + log + (1_700_000_000_000).to_bytes(8, "big") + b"\0\0\x04\x03\0\x08" + bytes(8)
        )
        scts += len(sct).to_bytes(2, "big") + sct
    return tlv(0x04, len(scts).to_bytes(2, "big") + scts)


@dataclass(frozen=True)
class Key:
    """A name with a key, and the certificate that ties them together."""

    certificate: x509.Certificate
    private: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(Encoding.PEM).decode()

    @property
    def private_pem(self) -> str:
        return self.private.private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
        ).decode()


@dataclass(frozen=True)
class Wish:
    """What a certificate should say; each fault of a test is one change of this."""

    name: str
    issuer: Key | None = None
    is_authority: bool = False
    path_length: int | None = None
    start: datetime = NOW - timedelta(days=100)
    end: datetime = NOW + timedelta(days=200)
    usages: tuple[ObjectIdentifier, ...] = (MARK_USAGE,)
    domains: tuple[str, ...] = ()
    logotype: bytes | None = None
    scts: bytes | None = None
    crl: bool = False
    mark_type: str | None = None
    signs_certificates: bool = True
    others: tuple[tuple[str, bytes, bool], ...] = field(default=())

    def made(self, private: ec.EllipticCurvePrivateKey | None = None) -> Key:
        private = private or ec.generate_private_key(ec.SECP256R1())
        subject = _subject(self)
        issuer = self.issuer.certificate.subject if self.issuer else subject
        signer = self.issuer.private if self.issuer else private
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(private.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self.start)
            .not_valid_after(self.end)
        )
        for extension, critical in self._extensions(private, signer):
            builder = builder.add_extension(extension, critical)
        return Key(builder.sign(signer, hashes.SHA256()), private)

    def _extensions(self, private: Any, signer: Any) -> Iterable[tuple[x509.ExtensionType, bool]]:
        length = self.path_length if self.is_authority else None
        yield x509.BasicConstraints(self.is_authority, length), True
        signs = self.is_authority and self.signs_certificates
        yield (
            x509.KeyUsage(True, False, False, False, False, signs, signs, False, False),
            True,
        )
        yield x509.SubjectKeyIdentifier.from_public_key(private.public_key()), False
        yield x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), False
        if self.usages:
            yield x509.ExtendedKeyUsage(self.usages), False
        if self.domains:
            names = [x509.DNSName(domain) for domain in self.domains]
            yield x509.SubjectAlternativeName(names), False
        if self.crl:
            yield CRL, False
        raw = [(LOGOTYPE, self.logotype, False), (SCT_LIST, self.scts, False)]
        raw += [(ObjectIdentifier(oid), value, critical) for oid, value, critical in self.others]
        for oid, value, critical in raw:
            if value is not None:
                yield x509.UnrecognizedExtension(oid, value), critical


def _subject(wish: Wish) -> x509.Name:
    names = [
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, wish.name),
        x509.NameAttribute(NameOID.COMMON_NAME, wish.name),
    ]
    if wish.mark_type:
        names.append(x509.NameAttribute(TRADEMARK, "1234567"))
        names.append(x509.NameAttribute(MARK_TYPE, wish.mark_type))
    return x509.Name(names)


class Authority:
    """A mark root, an authority that it vouches for, and the marks that this one issues."""

    def __init__(self) -> None:
        decades = {"start": NOW - timedelta(days=2000), "end": NOW + timedelta(days=4000)}
        wish = Wish("Example Mark Root", is_authority=True, usages=(), **decades)
        self.root = wish.made()
        self.issuing = Wish("Example Marks", self.root, is_authority=True, path_length=0, **decades)
        self.issuer = self.issuing.made()

    def mark(self, svg: bytes, **changes: Any) -> Key:
        """A mark certificate for `svg` and example.com, with `changes` to its wish."""
        wish = Wish(
            "Example Brand",
            self.issuer,
            domains=("example.com",),
            logotype=logotype(svg),
            scts=sct_list(),
            crl=True,
            mark_type="Registered Mark",
        )
        return replace(wish, **changes).made()
