"""E-mail addresses."""

import pyarrow as pa
import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given
from hypothesis import strategies as st

from mactl.people.hygiene import addresses
from mactl.people.hygiene.addresses import read_addresses


def kept(address: str) -> str | None:
    found: str | None = read_addresses(pa.array([address])).kept[0].as_py()
    return found


@pytest.mark.parametrize(
    ("given", "normal"),
    [
        ("ann@example.com", "ann@example.com"),
        ("Ann.Smith+news@Example.COM", "Ann.Smith+news@example.com"),
        ("o'connor@firma.test", "o'connor@firma.test"),
        ("Jürgen@Firma.test", "Jürgen@firma.test"),
        ("info@müller.example", "info@müller.example"),
        ("info@xn--mller-kva.example", "info@müller.example"),
        ("a" * 64 + "@example.com", "a" * 64 + "@example.com"),
    ],
)
def test_only_the_domain_is_written_in_lower_case(given: str, normal: str) -> None:
    assert kept(given) == normal


@pytest.mark.parametrize(
    "address",
    [
        "ann",
        "ann@",
        "@example.com",
        "ann@example",
        "ann@@example.com",
        "ann..b@example.com",
        ".ann@example.com",
        "ann@-example.com",
        "ann@example..com",
        "ann@ex_ample.com",
        "ann@example.c0m1",
        "ann @example.com",
        "ann@example.com, bo@example.com",
        '"a b"@example.com',
        "ann@[192.0.2.1]",
        "ann@printer.local",
        "ann@example.invalid",
        "ann@example.com\nBcc: all@example.com",
        "a" * 65 + "@example.com",
        "ann@" + "a" * 64 + ".com",
        "ann@ab--cd.com",
    ],
)
def test_what_mail_cannot_go_to_is_no_address(address: str) -> None:
    read = read_addresses(pa.array(["ann@example.com", address, None]))

    assert read.kept.to_pylist() == ["ann@example.com", None, None]
    assert list(read.faults) == [address]
    assert read.faults[address]
    assert "\n" not in read.faults[address]


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("mailto:ann@example.com", "ann@example.com"),
        ("MAILTO:ann@example.com?subject=Hi%20there", "ann@example.com"),
        ("Ann <ann@example.com>", "ann@example.com"),
        ('"Smith, Ann" <Ann@Example.com>', "Ann@example.com"),
        ("<ann@example.com>", "ann@example.com"),
        ("ann@example.com.", "ann@example.com"),
        ("'ann@example.com'", "ann@example.com"),
        ("(ann@example.com)", "ann@example.com"),
        ("ann@example.com;", "ann@example.com"),
        ("ann@example.com, ANN@example.com", "ann@example.com"),
        ("ann@example.com\u200b", "ann@example.com"),
        ("Ann <mailto:ann@example.com>", "ann@example.com"),
    ],
)
def test_what_surrounds_an_address_is_taken_away_and_told(given: str, meant: str) -> None:
    read = read_addresses(pa.array([given, given]))

    assert read.kept.to_pylist() == [meant, meant]
    assert read.mended == {given: meant}
    assert read.faults == {}


@pytest.mark.parametrize(
    "text",
    [
        "ann@example.com, bo@example.com",
        "ann@example.com;bo@example.com;cy@example.com",
        "Ann <ann@example.com>, Bo <bo@example.com>",
    ],
)
def test_of_several_addresses_none_is_chosen(text: str) -> None:
    read = read_addresses(pa.array([text]))

    assert read.kept.to_pylist() == [None]
    assert read.faults[text] == f"it holds {text.count('@')} addresses"


@given(st.from_regex(r"[a-z0-9.'+_-]{1,12}@[a-z0-9.-]{1,12}\.[a-z]{1,4}", fullmatch=True))
def test_the_quick_look_lets_nothing_through_that_the_validator_refuses(address: str) -> None:
    try:
        normal = validate_email(
            address, check_deliverability=False, strict=True, test_environment=True
        ).normalized
    except EmailNotValidError:
        normal = None

    assert kept(address) == normal


def test_a_column_in_parts_has_the_addresses_that_it_has_as_a_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    texts = ["Ann@Example.com", None, "mailto:bob@example.com", "no", "a@example.com;b@example.com"]
    column = pa.array(texts * 5)
    whole = read_addresses(column)

    monkeypatch.setattr(
        addresses, "parts_of", lambda count: [slice(n, n + 3) for n in range(0, count, 3)]
    )
    parted = read_addresses(column)

    assert parted.kept.to_pylist() == whole.kept.to_pylist()
    assert (parted.faults, parted.mended) == (whole.faults, whole.mended)
    assert whole.faults
    assert whole.mended
