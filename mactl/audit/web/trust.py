"""Certificates that the user trusts beside those that everybody does."""

from pathlib import Path

from cryptography import x509

from mactl.errors import UsageError


def certificates_in(path: Path) -> tuple[x509.Certificate, ...]:
    """The certificates in a PEM file; raises UsageError where it holds none."""
    try:
        return tuple(x509.load_pem_x509_certificates(path.read_bytes()))
    except OSError as problem:
        raise UsageError(f"{path} can't be read: {problem.strerror}") from None
    except ValueError:
        hint = "give a file with '-----BEGIN CERTIFICATE-----' in it"
        raise UsageError(f"{path} holds no certificates in PEM", hint) from None
