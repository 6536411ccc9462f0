"""Certificates that the user trusts beside those that everybody does."""

import ssl
from collections.abc import Sequence
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from mactl.errors import UsageError


def certificates_in(path: Path) -> tuple[x509.Certificate, ...]:
    """The certificates in a PEM file; raises UsageError where it holds none."""
    hint = "give a file with '-----BEGIN CERTIFICATE-----' in it"
    try:
        return tuple(x509.load_pem_x509_certificates(path.read_bytes()))
    except OSError as problem:
        raise UsageError(f"{path} can't be read: {problem.strerror}", hint) from None
    except ValueError:
        raise UsageError(f"{path} holds no certificates in PEM", hint) from None


def tls_context(trusted: Sequence[x509.Certificate] = ()) -> ssl.SSLContext:
    """TLS of a client that verifies chain and name, by what the system trusts and by `trusted`."""
    context = ssl.create_default_context()
    if trusted:
        pem = b"".join(certificate.public_bytes(Encoding.PEM) for certificate in trusted)
        context.load_verify_locations(cadata=pem.decode("ascii"))
    return context
