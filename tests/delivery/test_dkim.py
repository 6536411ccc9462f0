"""Signatures that another implementation takes, over messages that others wrote."""

import base64
import re
from pathlib import Path

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from dkim.canonicalization import Relaxed
from hypothesis import given
from hypothesis import strategies as st

from mactl.delivery.dkim import Signer, Signers, load_signer
from mactl.errors import ConfigurationError
from tests.conftest import suites

NOW = 1_700_000_000  # a signature of tomorrow is refused
RSA = rsa.generate_private_key(65537, 2048)
ED25519 = Ed25519PrivateKey.generate()
SIGNERS = {
    "rsa": Signer("acme.test", "s1", RSA),
    "ed25519": Signer("mail.acme.test", "s2", ED25519),
}
MESSAGE = (
    b"From: Acme <news@acme.test>\r\n"
    b"To: ann@example.com\r\n"
    b"Subject: =?utf-8?q?Caf=C3=A9?=\r\n"
    b"  and   more\r\n"
    b"Date: Sun, 22 Nov 2026 12:00:00 +0000\r\n"
    b"Message-ID: <1@acme.test>\r\n"
    b"MIME-Version: 1.0\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\n"
    b"List-Unsubscribe: <https://acme.test/u/1>\r\n"
    b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
    b"Reply-To: help@acme.test\r\n"
    b"X-Other: not signed\r\n"
    b"\r\n"
    b"Dear  Ann, \r\n.\r\n\r\n\r\n"
)


def public_record(signer: Signer) -> bytes:
    """What stands in the DNS."""
    public = signer.key.public_key()
    if isinstance(signer.key, Ed25519PrivateKey):
        raw = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
        return b"v=DKIM1; k=ed25519; p=" + base64.b64encode(raw)
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return b"v=DKIM1; k=rsa; p=" + base64.b64encode(der)


def is_valid(signer: Signer, message: bytes) -> bool:
    """dkimpy's opinion; for Ed25519, which it leaves to a library of its own, over the text that it would sign."""
    record = public_record(signer)
    if isinstance(signer.key, Ed25519PrivateKey):
        verifier = dkim.DKIM(message, minkey=0)
        text = signed_text(verifier)
        (value,) = (value for name, value in verifier.headers if name.lower() == b"dkim-signature")
        signature = re.search(rb"b=([A-Za-z0-9+/=\s]+)$", value)
        assert signature is not None
        signer.key.public_key().verify(base64.b64decode(signature.group(1)), text)
        body_hash = re.search(rb"bh=([^;]+);", value)
        assert body_hash is not None
        hashed = dkim.HASH_ALGORITHMS[b"rsa-sha256"](Relaxed.canonicalize_body(verifier.body))
        return base64.b64decode(body_hash.group(1)) == hashed.digest()
    return bool(dkim.verify(message, dnsfunc=lambda name, timeout=5: record))


def signed_text(verifier: dkim.DKIM) -> bytes:
    """The hash of the header as dkimpy makes it (RFC 8463 3)."""
    hasher = dkim.HASH_ALGORITHMS[b"ed25519-sha256"]()
    (field,) = (h for h in verifier.headers if h[0].lower() == b"dkim-signature")
    names = re.sub(rb"\s", b"", re.search(rb"h=([^;]+);", field[1]).group(1))  # type: ignore[union-attr]
    policy = dkim.CanonicalizationPolicy.from_c_value(b"relaxed/relaxed")
    headers = policy.canonicalize_headers(verifier.headers)
    dkim.hash_headers(hasher, policy, headers, names.lower().split(b":"), field, {b"b": b""})
    return bytes(hasher.digest())


def tags(message: bytes) -> dict[str, str]:
    header = message.partition(b"\r\nFrom:")[0].decode().replace("\r\n", "")
    assert header.startswith("DKIM-Signature: ")
    pairs = (tag.partition("=") for tag in header.removeprefix("DKIM-Signature: ").split(";"))
    return {name.strip(): re.sub(r"\s", "", value) for name, _, value in pairs}


@pytest.mark.parametrize("kind", SIGNERS)
def test_another_implementation_takes_our_signature(kind: str) -> None:
    assert is_valid(SIGNERS[kind], SIGNERS[kind].sign(MESSAGE, NOW))


OTHER_RSA = Signer("relay.test", "s3", rsa.generate_private_key(65537, 2048))
SEVERAL = {
    "RSA and Ed25519 (RFC 8463 3)": (SIGNERS["rsa"], SIGNERS["ed25519"]),
    "Ed25519 and RSA": (SIGNERS["ed25519"], SIGNERS["rsa"]),
    "two domains": (SIGNERS["rsa"], OTHER_RSA),
    "three": (OTHER_RSA, SIGNERS["ed25519"], SIGNERS["rsa"]),
    "one": (SIGNERS["rsa"],),
}
SIGNATURE = re.compile(rb"DKIM-Signature: .*?\r\n(?![ \t])", re.DOTALL)


@pytest.mark.parametrize("signers", SEVERAL.values(), ids=SEVERAL)
def test_each_of_several_signatures_is_valid_and_they_stand_in_order(
    signers: tuple[Signer, ...],
) -> None:
    message = Signers(signers).sign(MESSAGE, NOW)
    signatures = SIGNATURE.findall(message)

    assert message == b"".join(signatures) + MESSAGE
    assert [tags(s + MESSAGE)["s"] for s in signatures] == [signer.selector for signer in signers]
    for place, (signer, signature) in enumerate(zip(signers, signatures, strict=True)):
        assert is_valid(signer, signature + MESSAGE)  # on its own, and beside the others
        if signer.algorithm == "rsa-sha256":
            record = public_record(signer)
            assert dkim.DKIM(message).verify(place, lambda name, timeout=5, r=record: r)


@pytest.mark.parametrize("signers", SEVERAL.values(), ids=SEVERAL)
def test_several_sign_together_to_the_byte_as_they_would_one_after_another(
    signers: tuple[Signer, ...],
) -> None:
    message = MESSAGE
    for signer in reversed(signers):
        message = signer.sign(message, NOW)

    assert Signers(signers).sign(MESSAGE, NOW) == message


def test_a_change_breaks_every_signature() -> None:
    message = Signers((SIGNERS["rsa"], OTHER_RSA)).sign(MESSAGE, NOW).replace(b"Dear", b"Deer")
    for place, signer in enumerate((SIGNERS["rsa"], OTHER_RSA)):
        record = public_record(signer)
        with pytest.raises(dkim.ValidationError):
            dkim.DKIM(message).verify(place, lambda name, timeout=5, r=record: r)


@pytest.mark.parametrize(
    ("domain", "selector"),
    [
        ("acme.test", "s1"),
        ("ACME.test", "s1"),
        ("mail.acme.test", "s2"),
        ("news.acme.test", "s1"),  # relaxed alignment: below the domain that signs
        ("relay.test", "s3"),
        ("notacme.test", "s3"),  # nobody's: the first
        ("other.test", "s3"),
    ],
)
def test_who_signs_for_a_domain_is_the_nearest(domain: str, selector: str) -> None:
    signers = Signers((OTHER_RSA, SIGNERS["rsa"], SIGNERS["ed25519"]))
    assert signers.of(domain).selector == selector


def test_a_signature_says_what_it_covers() -> None:
    found = tags(SIGNERS["rsa"].sign(MESSAGE, NOW))
    assert found["h"] == (
        "From:To:Subject:Date:Message-ID:MIME-Version:Content-Type:Reply-To:"
        "List-Unsubscribe:List-Unsubscribe-Post:From"
    )
    expected = {"v": "1", "a": "rsa-sha256", "c": "relaxed/relaxed", "d": "acme.test", "s": "s1"}
    assert expected.items() <= found.items()
    assert found["t"] == str(NOW)


def test_headers_that_are_not_there_are_not_named() -> None:
    signed = SIGNERS["rsa"].sign(b"From: a@acme.test\r\nTo: b@acme.test\r\n\r\nHi\r\n", NOW)
    assert tags(signed)["h"] == "From:To:From"
    assert is_valid(SIGNERS["rsa"], signed)


@pytest.mark.parametrize("kind", SIGNERS)
@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"Dear", b"Deer"),
        (b"Reply-To: help", b"Reply-To: evil"),
        (b"<https://acme.test", b"<https://evil.test"),
        (b"From: Acme", b"From: Evil <evil@evil.test>\r\nFrom: Acme"),
        (b"Subject: ", b"Subject: Not "),
    ],
)
def test_a_change_on_the_way_breaks_the_signature(kind: str, old: bytes, new: bytes) -> None:
    signed = SIGNERS[kind].sign(MESSAGE, NOW)
    changed = signed.replace(old, new)
    assert changed != signed
    try:
        assert not is_valid(SIGNERS[kind], changed)
    except Exception as invalid:
        assert type(invalid).__name__ in ("InvalidSignature", "MessageFormatError")


@pytest.mark.parametrize("kind", SIGNERS)
def test_what_servers_do_to_whitespace_does_not_break_it(kind: str) -> None:
    signed = SIGNERS[kind].sign(MESSAGE, NOW)
    changed = signed.replace(b"and   more", b"and more").replace(b"Ann, \r\n", b"Ann,\r\n")
    changed = changed.replace(b"To: ann", b"To:\tann").removesuffix(b"\r\n\r\n") + b"\r\n"
    assert changed != signed
    assert is_valid(SIGNERS[kind], changed)


def test_no_line_of_a_signature_is_long() -> None:
    for signer in SIGNERS.values():
        header = signer.sign(MESSAGE, NOW).removesuffix(MESSAGE)
        assert all(len(line) <= 78 for line in header.split(b"\r\n"))
        assert header.endswith(b"\r\n")


BODIES = st.lists(st.sampled_from([b" ", b"\t", b"\r\n", b"a", b".", b"\xff"])).map(b"".join)


def as_it_arrives(text: bytes) -> bytes:
    """SMTP ends a message with a line end, its own or one more."""
    return text if text.endswith(b"\r\n") or not text else text + b"\r\n"


@given(BODIES, st.sampled_from(list(SIGNERS)))
def test_any_body_can_be_signed(body: bytes, kind: str) -> None:
    signed = SIGNERS[kind].sign(b"From: a@acme.test\r\n\r\n" + body, NOW)
    assert is_valid(SIGNERS[kind], as_it_arrives(signed))


def vectors() -> list[Path]:
    folder = suites() / "dkim" / "dkimpy"
    return sorted([*folder.glob("*.msg"), *folder.glob("*.message"), *folder.glob("*.mbox")])


@pytest.mark.parametrize("kind", SIGNERS)
@pytest.mark.parametrize("path", vectors() or [None], ids=lambda path: path.name if path else "")
def test_messages_that_others_wrote_are_signed_validly(kind: str, path: Path | None) -> None:
    if path is None:
        pytest.skip(f"needs the vectors in {suites() / 'dkim'}")
    message = re.sub(rb"\r?\n", b"\r\n", path.read_bytes())
    header = b"\r\n" + message.partition(b"\r\n\r\n")[0].lower()
    if header.count(b"\r\nfrom:") != 1:
        with pytest.raises(ValueError, match="one From"):
            SIGNERS[kind].sign(message, NOW)
        return
    signed = SIGNERS[kind].sign(message, NOW)
    above = signed.removesuffix(message)
    # The signatures that a message came with are none of ours, and would be looked at first or instead.
    unsigned = re.sub(rb"(?im)^dkim-signature:.*\r\n([ \t].*\r\n)*", b"", message)
    assert is_valid(SIGNERS[kind], above + unsigned)


@pytest.mark.parametrize("header", [b"To: a@acme.test", b"From: a@b.test\r\nFROM: c@d.test", b""])
def test_a_message_that_does_not_have_one_from_is_a_mistake(header: bytes) -> None:
    with pytest.raises(ValueError, match="one From"):
        SIGNERS["rsa"].sign(header + b"\r\n\r\nHi\r\n", NOW)


def pem(key: object, lock: KeySerializationEncryption | None = None) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock or NoEncryption())  # type: ignore[attr-defined,no-any-return]


@pytest.mark.parametrize(("key", "algorithm"), [(RSA, "rsa-sha256"), (ED25519, "ed25519-sha256")])
def test_a_key_is_loaded_from_its_file(tmp_path: Path, key: object, algorithm: str) -> None:
    (tmp_path / "key.pem").write_bytes(pem(key))
    signer = load_signer("acme.test", "s1", tmp_path / "key.pem")
    assert signer.algorithm == algorithm
    assert is_valid(signer, signer.sign(MESSAGE, NOW))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "cannot be read"),
        (b"", "not a private key"),
        (b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "not a private key"),
        (pem(RSA, BestAvailableEncryption(b"x")), "locked with a password"),
        (pem(ec.generate_private_key(ec.SECP256R1())), "neither RSA nor Ed25519"),
        (
            RSA.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
            "not a private key",
        ),
    ],
    ids=["missing", "empty", "damaged", "locked", "another kind", "public"],
)
def test_a_file_without_a_key_that_signs_is_refused(
    tmp_path: Path, content: bytes | None, words: str
) -> None:
    if content is not None:
        (tmp_path / "key.pem").write_bytes(content)
    with pytest.raises(ConfigurationError, match=words) as refused:
        load_signer("acme.test", "s1", tmp_path / "key.pem")
    assert refused.value.hint


def test_a_key_that_receivers_ignore_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "mactl.delivery.dkim._SMALLEST_RSA", 4096
    )  # no small one can be made any more
    (tmp_path / "key.pem").write_bytes(pem(RSA))
    with pytest.raises(ConfigurationError, match="2048 bits"):
        load_signer("acme.test", "s1", tmp_path / "key.pem")


@pytest.mark.parametrize(
    ("domain", "selector"),
    [
        ("acme", "s1"),
        ("acme.test; x=1", "s1"),
        ("-acme.test", "s1"),
        ("acme.test", "s1;"),
        ("acme.test", "a..b"),
        ("acme.test", ""),
        ("bücher.example", "s1"),
    ],
)
def test_what_cannot_be_a_name_in_the_dns_is_refused(
    tmp_path: Path, domain: str, selector: str
) -> None:
    (tmp_path / "key.pem").write_bytes(pem(ED25519))
    with pytest.raises(ConfigurationError):
        load_signer(domain, selector, tmp_path / "key.pem")
