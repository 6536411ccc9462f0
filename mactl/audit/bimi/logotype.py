"""The logo in a certificate: the logotype extension (RFC 9399 4.1), its image and its hash."""

import base64
import binascii
import hashlib
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import unquote_to_bytes

from cryptography.hazmat import asn1
from cryptography.x509 import ObjectIdentifier

from mactl.audit.web.decoding import TooLarge, gunzipped

LOGOTYPE = ObjectIdentifier("1.3.6.1.5.5.7.1.12")
_GZIP = b"\x1f\x8b"
_HASHES = {
    "1.3.14.3.2.26": "sha1",
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}


class BadLogotype(Exception):
    """The extension holds no image that can be used; the message says why."""


@asn1.sequence
class _Algorithm:
    algorithm: ObjectIdentifier
    parameters: asn1.Null | None


@asn1.sequence
class _Hash:
    algorithm: _Algorithm
    value: bytes


@asn1.sequence
class _Details:
    media_type: asn1.IA5String
    hashes: list[_Hash]
    uris: list[asn1.IA5String]


@asn1.sequence
class _ImageInfo:
    kind: Annotated[int | None, asn1.Implicit(0)]
    size: int
    width: int
    height: int
    bits: Annotated[int | None, asn1.Implicit(1)]
    table: Annotated[int | None, asn1.Implicit(2)]
    language: Annotated[asn1.IA5String | None, asn1.Implicit(4)]


@asn1.sequence
class _Image:
    details: _Details
    info: _ImageInfo | None


@asn1.sequence
class _Data:
    images: list[_Image] | None
    audio: Annotated[list[asn1.TLV] | None, asn1.Implicit(1)]


@asn1.sequence
class _Reference:
    hashes: list[_Hash]
    uris: list[asn1.IA5String]


_Info = Annotated[_Data, asn1.Implicit(0)] | Annotated[_Reference, asn1.Implicit(1)]


@asn1.sequence
class _Logotypes:
    community: Annotated[list[_Info] | None, asn1.Explicit(0)]
    issuer: Annotated[_Info | None, asn1.Explicit(1)]
    subject: Annotated[_Info | None, asn1.Explicit(2)]
    others: Annotated[list[asn1.TLV] | None, asn1.Explicit(3)]


@dataclass(frozen=True, slots=True)
class EmbeddedLogo:
    """The SVG in a certificate, uncompressed, and whether the hash beside it is right."""

    svg: bytes
    hash_holds: bool


def embedded_logo(extension: bytes, largest: int) -> EmbeddedLogo:
    """The logo of the subject in a logotype extension (DER), at most `largest` octets of it.

    Raises BadLogotype where there is none that can be read.
    """
    try:
        logotypes = asn1.decode_der(_Logotypes, extension)
    except ValueError as problem:
        raise BadLogotype(f"the extension can't be read: {problem}") from None
    if not isinstance(logotypes.subject, _Data) or not logotypes.subject.images:
        raise BadLogotype("the extension has no image of the subject")
    details = logotypes.subject.images[0].details
    uri = details.uris[0].as_str() if details.uris else ""
    media_type, data = _data(uri)
    if not media_type.startswith("image/svg+xml"):
        raise BadLogotype(f"its image is {media_type or 'of no type'}, not SVG")
    try:
        svg = gunzipped(data, largest) if data.startswith(_GZIP) else data
    except TooLarge:
        raise BadLogotype(f"its image has more than {largest} octets") from None
    except ValueError as problem:
        raise BadLogotype(f"its image can't be read: {problem}") from None
    hashes = [(found.algorithm.algorithm.dotted_string, found.value) for found in details.hashes]
    return EmbeddedLogo(svg, any(_holds(oid, value, data, svg) for oid, value in hashes))


def _data(uri: str) -> tuple[str, bytes]:
    """The media type and the octets in a `data:` URI (RFC 2397, RFC 6170 4)."""
    head, comma, rest = uri.partition(",")
    scheme, _, kind = head.partition(":")
    if scheme.lower() != "data" or not comma:
        raise BadLogotype("its image is not in the certificate, but at another address")
    media_type, *parameters = kind.lower().split(";")
    octets = unquote_to_bytes(rest)
    if "base64" not in parameters:
        return media_type, octets
    try:
        return media_type, base64.b64decode(octets, validate=True)
    except binascii.Error as problem:
        raise BadLogotype(f"its image can't be read: {problem}") from None


def _holds(oid: str, value: bytes, *contents: bytes) -> bool:
    """Whether a hash is that of one of `contents`: authorities differ on packed or unpacked."""
    name = _HASHES.get(oid)
    return name is not None and value in [hashlib.new(name, data).digest() for data in contents]
