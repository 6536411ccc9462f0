"""Zones, a server for them, and keys."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.audit.bimi.files import Files, all_files
from tests.audit.keys import public_keys
from tests.audit.peers import DnsServer, Zone
from tests.conftest import suites as suites_folder


@pytest.fixture
def zone() -> Zone:
    return Zone()


@pytest.fixture(scope="session")
def zone_of() -> Callable[[dict[str, Any]], Zone]:
    return Zone.of


@pytest.fixture(scope="session")
def keys() -> dict[str, str]:
    """Base64 of public keys, by the names that the case files use."""
    return public_keys()


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
