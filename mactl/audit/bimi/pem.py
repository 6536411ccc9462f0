"""A file of certificates, as anybody may send it."""

import re
import warnings
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding

LARGEST = 256 * 1024
_MOST = 16
_BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 ]{1,40})-----[^-]*-----END \1-----")
_PRIVATE_KEY = re.compile(rb"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----")
_SEQUENCE = b"\x30"


@dataclass(frozen=True, slots=True)
class PemFile:
    """The certificates of a file in order; `broken` says why others can't be read."""

    certificates: tuple[x509.Certificate, ...] = ()
    broken: tuple[str, ...] = ()
    has_private_key: bool = False
    is_der: bool = False


def read_pem(data: bytes) -> PemFile:
    """The certificates in a PEM file (RFC 7468); never raises."""
    has_private_key = _PRIVATE_KEY.search(data) is not None
    blocks = [match[0] for match in _BLOCK.finditer(data) if match[1] == b"CERTIFICATE"]
    certificates, broken = [], []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the library's doubts are for programmers
        for number, block in enumerate(blocks[:_MOST], 1):
            try:
                certificates.append(_opened(x509.load_pem_x509_certificate(block)))
            except _UNREADABLE as problem:
                broken.append(f"certificate {number} can't be read: {problem}")
    if len(blocks) > _MOST:
        broken.append(f"there are {len(blocks)} certificates")
    is_der = not blocks and _is_der(data)
    return PemFile(tuple(certificates), tuple(broken), has_private_key, is_der)


# What reading a certificate of any content raises; OverflowError comes from its dates.
_UNREADABLE = (
    ValueError,
    TypeError,
    OverflowError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)


def _opened(certificate: x509.Certificate) -> x509.Certificate:
    """The certificate, with all that is read of it later read once: much is only parsed then."""
    _ = certificate.subject, certificate.issuer, certificate.extensions
    _ = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    certificate.subject.rfc4514_string()
    certificate.issuer.rfc4514_string()
    return certificate


def _is_der(data: bytes) -> bool:
    if not data.startswith(_SEQUENCE):
        return False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return bool(x509.load_der_x509_certificate(data).public_bytes(Encoding.DER))
    except _UNREADABLE:
        return False
