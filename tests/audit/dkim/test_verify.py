"""Verifying signatures: as another implementation does, on vectors of others, and whatever the octets."""

import asyncio
import re
from datetime import UTC, datetime
from pathlib import Path

import dkim
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mactl.audit.dkim.signature import DkimResult, parse_signature
from mactl.audit.dkim.verify import SignatureCheck, SignedMessage, verify_signatures
from mactl.canonicalization import split_message, with_line_ends
from mactl.delivery.dkim import Signer, Signers
from tests.audit.letters import ED25519, OTHER_RSA, RSA, RSA_1024, public_half, signed
from tests.audit.peers import Zone
from tests.conftest import examples

NOW = datetime.now(UTC)  # the referee asks the clock
PEM = RSA.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
RECORD = f"v=DKIM1; k=rsa; p={public_half(RSA)}"
ZONE = (
    Zone()
    .txt("mail._domainkey.example.com", RECORD)
    .txt("ed._domainkey.example.com", f"v=DKIM1; k=ed25519; p={public_half(ED25519)}")
)


def verified(message: bytes, zone: Zone = ZONE, now: datetime = NOW) -> list[SignatureCheck]:
    fields, body = split_message(with_line_ends(message))
    return list(asyncio.run(verify_signatures(SignedMessage(fields, body), zone, now)))


def results(message: bytes, zone: Zone = ZONE) -> list[DkimResult]:
    return [check.result for check in verified(message, zone)]


def referee_accepts(message: bytes, record: str = RECORD) -> bool:
    answer = record.encode()
    return bool(dkim.verify(message, dnsfunc=lambda name, timeout=5: answer))


NAMES = st.sampled_from([b"Subject", b"To", b"X-a", b"x-A", b"Comments"])
VALUES = st.lists(
    st.sampled_from([b" ", b"\t", b"\r\n ", b"\r\n\t", b"word", b":", b";", b"\xe9", b"(c)"]),
    max_size=6,
).map(lambda pieces: b" v" + b"".join(pieces) + b"w")
FIELDS = st.lists(st.tuples(NAMES, VALUES), max_size=6)
BODIES = st.lists(
    st.sampled_from([b" ", b"\t", b"\r\n", b"word", b".", b"\xff", b"From "]), max_size=12
).map(b"".join)
FORMS = st.sampled_from([b"simple", b"relaxed"])


@st.composite
def messages(draw: st.DrawFn) -> bytes:
    """A message with any fields around one From."""
    fields = [*draw(FIELDS), (b"From", b" a@example.com"), *draw(FIELDS)]
    header = b"".join(name + b":" + value + b"\r\n" for name, value in fields)
    body = draw(BODIES)
    return header + b"\r\n" + (body + b"\r\n" if body else body)


@settings(deadline=None, max_examples=examples(80))
@given(messages(), FORMS, FORMS, st.booleans(), st.data())
def test_what_the_referee_signs_verifies_with_both_and_a_changed_octet_with_neither(
    message: bytes, header_form: bytes, body_form: bytes, with_length: bool, data: st.DataObject
) -> None:
    field = dkim.sign(
        message, b"mail", b"example.com", PEM, canonicalize=(header_form, body_form),
        length=with_length,
    )  # fmt: skip
    whole = field + message
    assert results(whole) == [DkimResult.PASS]
    assert referee_accepts(whole)

    place = data.draw(st.integers(0, len(whole) - 1))
    octet = data.draw(st.sampled_from([b"X", b"0", b" ", b"=", b"/"]))
    changed = whole[:place] + octet + whole[place + 1 :]
    # The referee falls over headers in which a line is no field.
    fields, _ = split_message(with_line_ends(changed))
    assume(all(re.match(rb"[!-9;-~]+:", text) for _, text in fields))
    try:
        accepted = referee_accepts(changed)
    except Exception:  # it falls over some tags, too
        accepted = False
    assert (DkimResult.PASS in results(changed)) is accepted


@settings(deadline=None, max_examples=examples(50))
@given(messages(), st.data())
def test_what_mactl_signs_verifies_and_a_changed_word_does_not(
    message: bytes, data: st.DataObject
) -> None:
    signers = Signers(
        (Signer("example.com", "mail", RSA), Signer("example.com", "ed", ED25519))
    )  # fmt: skip
    whole = signers.sign(message, int(NOW.timestamp()))
    assert results(whole) == [DkimResult.PASS, DkimResult.PASS]
    assert referee_accepts(whole)

    changed = whole + b"more\r\n"
    assert results(changed) == [DkimResult.FAIL, DkimResult.FAIL]
    again = whole.replace(b"From: a@", b"From: b@")
    assert results(again) == [DkimResult.FAIL, DkimResult.FAIL]


@pytest.mark.parametrize("header", ["simple", "relaxed"])
@pytest.mark.parametrize("body", ["simple", "relaxed"])
def test_the_tests_own_signer_is_accepted_by_the_referee(header: str, body: str) -> None:
    message = b"From: a@example.com\r\nTo:  b@example.com\r\n\r\nbody \r\n\r\n"
    whole = signed(message, h="From:To:From", c=f"{header}/{body}")

    assert referee_accepts(whole)
    assert results(whole) == [DkimResult.PASS]


def test_a_key_of_another_does_not_verify() -> None:
    message = signed(b"From: a@example.com\r\n\r\nbody\r\n", OTHER_RSA, h="From")

    assert results(message) == [DkimResult.FAIL]


def test_a_weak_key_is_accepted_where_receivers_must() -> None:
    zone = Zone().txt("mail._domainkey.example.com", f"p={public_half(RSA_1024)}")
    message = signed(b"From: a@example.com\r\n\r\nbody\r\n", RSA_1024, h="From")

    assert results(message, zone) == [DkimResult.PASS]


def vector(suites: Path, name: str) -> bytes:
    return (suites / "dkim" / "dkimpy" / name).read_bytes()


def test_the_messages_of_rfc_8463_verify(suites: Path) -> None:
    zone = Zone()
    rsa_key = vector(suites, "test.txt").decode().strip()
    zone.txt("test._domainkey.football.example.com", rsa_key)
    zone.txt(
        "brisbane._domainkey.football.example.com",
        "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
    )
    message = vector(suites, "rfc6376.signed.msg")

    assert results(message, zone) == [DkimResult.PASS, DkimResult.PASS]
    assert results(message.replace(b"lost", b"won"), zone) == [DkimResult.FAIL, DkimResult.FAIL]


def test_an_ed25519_message_of_exim_verifies(suites: Path) -> None:
    zone = Zone().txt("sed._domainkey.test.ex", vector(suites, "eximtest.dns").decode().strip())

    assert results(vector(suites, "ed25519test2.msg"), zone) == [DkimResult.PASS]


@pytest.mark.parametrize("name", ["test2.message", "message.mbox"])
def test_the_bodies_of_real_messages_have_the_hash_that_was_signed(suites: Path, name: str) -> None:
    fields, body = split_message(with_line_ends(vector(suites, name)))
    message = SignedMessage(fields, body)
    signature = parse_signature(fields[message.signatures[0]][1])

    assert signature.result is None, signature.problem
    assert message.body_hash(signature) == signature.body_hash


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("test.txt", DkimResult.PASS),
        ("test2.txt", DkimResult.PASS),
        ("badversion.txt", DkimResult.PERMERROR),
        ("badk.txt", DkimResult.PERMERROR),
        ("test_tlsrpt.txt", DkimResult.PERMERROR),
        ("test_bad.txt", DkimResult.PERMERROR),
    ],
)
def test_the_key_records_of_another_suite_verify_or_not(
    suites: Path, key: str, expected: DkimResult
) -> None:
    zone = Zone().txt("test._domainkey.football.example.com", vector(suites, key).decode().strip())
    message = vector(suites, "rfc6376.signed.msg")

    assert results(message, zone)[1] is expected


@pytest.mark.parametrize("name", ["test.message", "test_extra.message", "rfc6376.msg"])
@pytest.mark.parametrize("form", [b"simple", b"relaxed"])
def test_messages_of_another_suite_verify_as_their_library_signs_them(
    suites: Path, name: str, form: bytes
) -> None:
    message = vector(suites, name)
    field = dkim.sign(message, b"mail", b"example.com", PEM, canonicalize=(form, form))

    assert results(field + message) == [DkimResult.PASS]


PIECES = st.sampled_from(
    [b"v=1", b"a=rsa-sha256", b"a=x", b"b=AAAA", b"b=", b"bh=" + b"A" * 43 + b"=", b"d=example.com",
     b"d=..", b"s=mail", b"h=from", b"h=from:from::", b"l=99999999999999999999", b"x=9" + b"9" * 70,
     b"t=-1", b"i=@x", b"q=dns/txt", b"c=relaxed/relaxed/relaxed", b"\xff\xfe", b"z=\r\n", b"=", b"v"]
)  # fmt: skip


@settings(deadline=None)
@given(st.lists(st.one_of(PIECES, st.binary(max_size=20)), max_size=12), st.binary(max_size=60))
def test_no_octets_make_the_verifier_raise(pieces: list[bytes], rest: bytes) -> None:
    field = b"DKIM-Signature: " + re.sub(rb"[\r\n]+", b"\r\n ", b";".join(pieces))
    checks = verified(field + b"\r\nFrom: a@example.com\r\n" + rest)

    assert all(check.result is not DkimResult.PASS and check.problem for check in checks)
