"""Mark certificates of any octets, and chains in any order."""

import base64
from datetime import timedelta
from hashlib import sha256
from importlib import resources
from itertools import permutations

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st

from mactl.audit.bimi.certificate import judge_certificate
from mactl.audit.bimi.chain import mark_roots
from mactl.audit.bimi.logotype import BadLogotype, embedded_logo
from mactl.audit.bimi.pem import read_pem
from tests.audit.bimi.authority import NOW, logotype, sequence, tlv
from tests.audit.bimi.files import LOGO, all_files
from tests.conftest import examples

AT = "https://example.com/logo.pem"
FILES = all_files()
LEAF = FILES.authority.mark(LOGO).certificate.public_bytes(Encoding.DER)


def judge(data, *names, now=NOW, logo=LOGO):
    names = names or ("example.com", "default._bimi.example.com")
    return judge_certificate(data, AT, names, now, logo=logo, trusted=(FILES.root,))


def ids(data, *names, **options):
    return {finding.id for finding in judge(data, *names, **options).findings}


def pem(der: bytes) -> bytes:
    body = base64.encodebytes(der)
    return b"-----BEGIN CERTIFICATE-----\n" + body + b"-----END CERTIFICATE-----\n"


@given(st.one_of(st.binary(max_size=300), st.binary(max_size=300).map(pem)))
def test_no_octets_make_it_raise(data):
    mark = judge(data)

    assert mark.findings and mark.as_json() is None and not mark.trusted


@settings(max_examples=examples(400))
@given(st.integers(0, len(LEAF) - 1), st.integers(0, 255))
def test_a_changed_octet_is_never_trusted_and_never_makes_it_raise(place, octet):
    changed = bytearray(LEAF)
    changed[place] = octet
    mark = judge(pem(bytes(changed)) + FILES.authority.issuer.pem.encode())

    mark.as_json()
    assert mark.trusted == (bytes(changed) == LEAF)


@pytest.mark.parametrize("extension", ["2.5.29.17", "2.5.29.18"])
@pytest.mark.parametrize("kind", [0xA3, 0xA5])
def test_a_name_of_a_kind_that_nobody_uses_does_not_make_it_raise(extension, kind):
    names = sequence(tlv(kind, sequence()))
    mark = FILES.authority.mark(LOGO, domains=(), others=((extension, names, False),))

    assert "bimi-certificate-format" in ids(mark.pem.encode())


def test_what_the_library_doubts_is_not_said_to_whoever_audits():
    # A country has two letters; of another length it is only warned of.
    changed = LEAF.replace(b"\x55\x04\x0a", b"\x55\x04\x06")
    assert changed != LEAF

    judge(pem(changed)).as_json()


@given(st.binary(max_size=200))
def test_no_extension_makes_the_logo_raise_anything_else(extension):
    with pytest.raises(BadLogotype):
        embedded_logo(extension, 1000)


@settings(max_examples=examples(200))
@given(st.integers(0, len(logotype(LOGO)) - 1), st.integers(0, 255))
def test_a_changed_octet_of_a_logotype_is_found_or_harmless(place, octet):
    changed = bytearray(logotype(LOGO))
    changed[place] = octet
    try:
        embedded = embedded_logo(bytes(changed), 10_000)
    except BadLogotype:
        return
    assert embedded.svg == LOGO or not embedded.hash_holds


def test_a_hash_may_be_of_the_packed_or_of_the_plain_logo():
    plain = logotype(LOGO, digest=sha256(LOGO).digest())

    assert embedded_logo(plain, 1000).hash_holds and embedded_logo(logotype(LOGO), 1000).hash_holds


def test_a_logo_that_unpacks_to_too_much_is_not_unpacked():
    with pytest.raises(BadLogotype, match="more than 1000 octets"):
        embedded_logo(logotype(bytes(10_000_000)), 1000)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_chain_is_found_in_any_order_and_trusted(order):
    keys = [FILES.authority.mark(LOGO), FILES.authority.issuer, FILES.authority.root]
    mark = judge(FILES.chain(*(keys[place] for place in order)))
    expected = {(0, 1, 2): set(), (0, 2, 1): {"bimi-certificate-order"}}

    assert mark.trusted and mark.as_json()["subject"].endswith("O=Example Brand")
    assert {f.id for f in mark.findings} == expected.get(order, {"bimi-certificate-leaf-not-first"})


def test_a_chain_without_end_ends():
    data = FILES["mark"] + FILES["of a stranger"] * 3 + FILES["mark"] * 12

    assert judge(data * 2).as_json()["domains"] == ["example.com"]


def test_everything_is_judged_at_once():
    data = FILES.mark(usages=(), logotype=None, scts=None, crl=False, domains=(), mark_type=None)

    assert ids(data) == {
        f"bimi-certificate-{name}"
        for name in ("usage", "no-logotype", "no-sct", "no-crl", "no-name", "mark-type")
    }


@pytest.mark.parametrize(
    ("days", "found"),
    [
        (-101, "bimi-certificate-not-yet-valid"),
        (0, None),
        (169, None),
        (171, "bimi-certificate-ending"),
        (201, "bimi-certificate-expired"),
    ],
)
def test_dates_are_held_against_the_time_of_the_run(days, found):
    assert ids(FILES["mark"], now=NOW + timedelta(days=days)) == ({found} if found else set())


def test_a_name_of_the_organization_is_taken_for_a_subdomain():
    assert ids(FILES["mark"], "mail.example.com", "example.com") == set()
    assert ids(FILES["mark"], "mail.example.com") == {"bimi-certificate-other-name"}


def test_without_a_logo_nothing_is_compared_and_the_one_inside_is_judged():
    assert judge(FILES["mark"], logo=None).matches_logo is None
    assert ids(FILES["mark of a bad logo"], logo=None) == {"bimi-certificate-logotype"}


def test_no_private_key_is_ever_shown():
    findings = judge(FILES["with its key"]).findings

    key = FILES["with its key"].split(b"PRIVATE KEY-----")[1].decode().split()[0]
    assert not [finding for finding in findings if key in f"{finding.message}{finding.hint}"]


def test_the_roots_are_those_that_the_authorities_publish():
    notice = (resources.files("mactl.audit.bimi") / "roots" / "NOTICE.md").read_text()
    prints = [sha256(root.public_bytes(Encoding.DER)).hexdigest() for root in mark_roots()]

    assert len(prints) == 5 and all(f"| {print} |" in notice for print in prints)
    for root in mark_roots():
        root.verify_directly_issued_by(root)


def test_a_file_of_a_hundred_certificates_is_read_up_to_a_limit():
    file = read_pem(FILES["alone"] * 100)

    assert len(file.certificates) == 16 and file.broken == ("there are 100 certificates",)
