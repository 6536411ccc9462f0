"""What mactl.yaml says of sending, made ready."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from mactl.findings import Finding
from mactl.project import Project, load_project
from mactl.workflows.posting.gear import gear_of

ONE = "{domain: acme.example, selector: s1, key: rsa.pem}"
TWO = "{domain: acme.example, selector: e1, key: ed25519.pem}"


def project(folder: Path, dkim: str) -> tuple[Project, list[Finding]]:
    keys = {
        "rsa.pem": rsa.generate_private_key(65537, 2048),
        "ed25519.pem": Ed25519PrivateKey.generate(),
    }
    for name, key in keys.items():
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (folder / name).write_bytes(pem)
    (folder / "mactl.yaml").write_text(
        "sender:\n  from: news@acme.example\n  address: Acme, Amsterdam\n"
        f"  unsubscribe: mailto:out@acme.example\n  dkim: {dkim}\nsmtp: {{url: 'maildir:outbox'}}\n"
    )
    return load_project(folder)


@pytest.mark.parametrize(
    ("dkim", "signed_by"),
    [
        (ONE, [("s1", "rsa-sha256")]),
        (f"[{ONE}]", [("s1", "rsa-sha256")]),
        (f"[{ONE}, {TWO}]", [("s1", "rsa-sha256"), ("e1", "ed25519-sha256")]),
        (f"[{TWO}, {ONE}]", [("e1", "ed25519-sha256"), ("s1", "rsa-sha256")]),
    ],
)
def test_one_key_or_several_sign(
    tmp_path: Path, dkim: str, signed_by: list[tuple[str, str]]
) -> None:
    found, findings = project(tmp_path, dkim)
    assert findings == []

    signer = gear_of(found).signer

    assert signer is not None
    assert [(each.selector, each.algorithm) for each in signer.signers] == signed_by
    message = signer.sign(b"From: news@acme.example\r\n\r\nHello\r\n", 1_700_000_000)
    assert message.count(b"DKIM-Signature:") == len(signed_by)


@pytest.mark.parametrize(
    ("dkim", "told"),
    [
        ("{domain: acme.example, key: rsa.pem}", ["'selector' is missing"]),
        (f"[{ONE}, {{domain: acme.example, selector: s2}}]", ["'key' is missing"]),
        ("[]", ["at least one is needed here"]),
        ("rsa.pem", ["a mapping (`key: value`) is expected here"]),
    ],
)
def test_a_key_that_is_told_badly_is_one_finding_at_its_place(
    tmp_path: Path, dkim: str, told: list[str]
) -> None:
    _, findings = project(tmp_path, dkim)

    assert len(findings) == len(told)
    for finding, words in zip(findings, told, strict=True):
        assert words in finding.message
        assert finding.place is not None and finding.place.line == 5
