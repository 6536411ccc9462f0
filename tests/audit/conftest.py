"""Zones, a server for them, and keys of any size."""

import base64
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.audit.bimi.files import Files, all_files
from tests.audit.peers import DnsServer, Zone
from tests.conftest import suites as suites_folder


@pytest.fixture
def zone() -> Zone:
    return Zone()


@pytest.fixture(scope="session")
def zone_of() -> Callable[[dict[str, Any]], Zone]:
    return Zone.of


def rsa_key(bits: int) -> str:
    """A public key of so many bits; nobody has, or needs, the other half."""
    numbers = RSAPublicNumbers(65537, (1 << (bits - 1)) + 1)
    der = numbers.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode()


def ed25519_key(*, bare: bool = True) -> str:
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32))).public_key()
    if bare:
        return base64.b64encode(key.public_bytes_raw()).decode()
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode()


@pytest.fixture(scope="session")
def keys() -> dict[str, str]:
    """Base64 of public keys, by the names that the case files use."""
    return public_keys()


@cache
def public_keys() -> dict[str, str]:
    """The same, where no fixture can be asked for."""
    sizes = (512, 768, 1023, 1024, 1536, 2048, 4096)
    return {
        **{f"rsa{bits}": rsa_key(bits) for bits in sizes},
        "ed25519": ed25519_key(),
        "ed25519_der": ed25519_key(bare=False),
        "cut": rsa_key(2048)[:200],
    }


@pytest.fixture(scope="session")
def files() -> Files:
    """Logos and certificates, as they should be and with faults."""
    return all_files()


@pytest.fixture(scope="session")
def suites() -> Path:
    """The folder of test vectors that others wrote; the test is skipped, aloud, without it."""
    folder = suites_folder()
    if not folder.is_dir():
        pytest.skip(f"no test vectors at {folder}: set MACTL_SUITES")
    return folder


@pytest.fixture
def dns_server(zone: Zone) -> Iterator[DnsServer]:
    with DnsServer(zone) as server:
        yield server


@pytest.fixture
def dns_server6(zone: Zone) -> Iterator[DnsServer]:
    try:
        server = DnsServer(zone, "::1")
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    with server:
        yield server
