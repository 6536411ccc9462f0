"""A sender held against zones: tests/cases/sender/*.yaml, each case a promise; in memory, and behind a real server."""

import asyncio
import base64
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from mactl.audit import CATALOGUE, system_resolver
from mactl.audit.manual import EXPLAINED
from mactl.audit.sender.audit import MailSource, SigningKey, audit_sender, is_fault, is_unknown
from mactl.audit.sender.kinds import KINDS
from mactl.findings import Finding, Severity
from tests.audit.peers import DnsServer, Zone

CASES = Path(__file__).parent.parent / "cases" / "sender"
HEALTHY: dict[str, Any] = {
    "example.com": "v=spf1 a:relay.example.net ~all",
    "_dmarc.example.com": "v=DMARC1; p=none; rua=mailto:dmarc@example.com",
    "s1._domainkey.example.com": "v=DKIM1; k=rsa; p={ours}",
    "relay.example.net": {"A": "203.0.114.7"},
    "_dmarc.elsewhere.test": "v=DMARC1; p=none",
    "s1._domainkey.elsewhere.test": "v=DKIM1; k=rsa; p={ours}",
}


def _own_keys() -> dict[str, str]:
    public = RSAPublicNumbers(65537, (1 << 2047) + 3).public_key()
    other = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33))).public_key()
    octets = {
        "ours": public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        "ours_pkcs1": public.public_bytes(Encoding.DER, PublicFormat.PKCS1),
        "other_ed25519": other.public_bytes_raw(),
    }
    return {name: base64.b64encode(value).decode() for name, value in octets.items()}


@pytest.fixture(scope="module")
def all_keys(keys: dict[str, str]) -> dict[str, str]:
    return {**keys, **_own_keys()}


def cases() -> list[Any]:
    return [
        pytest.param(case, id=case["case"])
        for path in sorted(CASES.glob("*.yaml"))
        for case in yaml.safe_load(path.read_text(encoding="utf-8"))
    ]


def filled(entry: Any, keys: dict[str, str]) -> Any:
    if isinstance(entry, dict):
        return {name: filled(value, keys) for name, value in entry.items()}
    if isinstance(entry, list):
        return [filled(value, keys) for value in entry]
    for name, key in keys.items():
        entry = entry.replace(f"{{{name}}}", key) if isinstance(entry, str) else entry
    return entry


def source_of(told: dict[str, Any], keys: dict[str, str]) -> MailSource:
    rsa = SigningKey("example.com", "s1", "rsa", keys["ours"])
    elsewhere = SigningKey("elsewhere.test", "s1", "rsa", keys["ours"])
    signing = {
        "rsa": (rsa,),
        "ed25519": (SigningKey("example.com", "s1", "ed25519", keys["ed25519"]),),
        "both": (rsa, SigningKey("example.com", "s2", "ed25519", keys["ed25519"])),
        "elsewhere": (elsewhere,),
        "here and elsewhere": (elsewhere, rsa),
        "nobody": (),
    }[told.get("signing", "rsa")]
    domain = told.get("from_domain", "example.com")
    back = told.get("return_domain", domain)
    return MailSource(domain, back, signing, told.get("relay", "relay.example.net"))


def found_in(case: dict[str, Any], keys: dict[str, str]) -> tuple[Finding, ...]:
    zone = Zone.of(filled({**HEALTHY, **case.get("zone", {})}, keys))
    return asyncio.run(audit_sender(source_of(case.get("source", {}), keys), zone))


@pytest.mark.parametrize("case", cases())
def test_case(case: dict[str, Any], all_keys: dict[str, str]) -> None:
    findings = found_in(case, all_keys)

    assert sorted(f.id for f in findings) == sorted(case["findings"]), findings
    for id, text in filled(case.get("says", {}), all_keys).items():
        assert any(text in f"{f.message} → {f.hint}" for f in findings if f.id == id), findings


@pytest.mark.parametrize("case", cases())
def test_each_finding_says_what_to_do_and_only_one_of_three_things(
    case: dict[str, Any], all_keys: dict[str, str]
) -> None:
    for finding in found_in(case, all_keys):
        assert finding.hint and finding.reference
        assert (is_fault(finding), is_unknown(finding), finding.severity is Severity.WARNING).count(
            True
        ) == 1, finding


def test_there_is_a_case_for_every_kind_of_its_own() -> None:
    covered = {id for param in cases() for id in param.values[0]["findings"]}

    assert set(KINDS) - covered == {
        "sender-temperror"
    }  # about time: tests/cli/test_authentication.py
    assert set(KINDS).isdisjoint(CATALOGUE)
    assert set(KINDS) <= set(EXPLAINED)


def test_a_real_server_is_asked_the_same(
    zone: Zone, dns_server: DnsServer, all_keys: dict[str, str]
) -> None:
    for name, entry in Zone.of(filled(HEALTHY, all_keys)).names.items():
        zone.names[name] = entry

    async def ask() -> tuple[Finding, ...]:
        return await audit_sender(source_of({}, all_keys), system_resolver(dns_server.address, 2))

    assert asyncio.run(ask()) == ()
    zone.txt("s1._domainkey.example.com", f"v=DKIM1; k=rsa; p={all_keys['rsa2048']}")
    assert [finding.id for finding in asyncio.run(ask())] == ["dkim-key-differs"]
    # A key is longer than a string of a TXT record, and an answer with it than some packets.
    assert ("s1._domainkey.example.com", "TXT", "udp") in dns_server.asked
