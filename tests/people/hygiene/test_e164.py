"""Telephone numbers, against the library that knows them."""

import re

import numpy as np
import phonenumbers
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers.phonemetadata import PhoneMetadata

from mactl.people.hygiene import e164
from mactl.people.hygiene.e164 import looks_like_phones, read_phones

REGIONS = ("NL", "BE", "DE", "DK", "FR", "GB", "US", "CA", "SE", "NO", "FI", "LU", "IT", "ES", "CH")
MANY = 30  # so many of a country that its patterns are asked before the library


def read(text: str, region: str | None) -> tuple[str | None, bool]:
    names = [region] if region else []
    regions = np.full(MANY, 0 if region else -1, np.int64)
    found = read_phones(pa.array([text] * MANY), regions, names)
    return found.numbers[0].as_py(), bool(found.invented[0])


def as_the_library_has_it(text: str, region: str | None) -> str | None:
    """What the library reads in the country, else abroad behind 00, which every country knows."""
    bare = re.sub(r"[ ().\-/\u00a0]", "", text)
    return in_country(text, region) or (
        in_country(f"+{bare[2:]}", None) if bare[:2] == "00" else None
    )


def in_country(text: str, region: str | None) -> str | None:
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


@st.composite
def numbers(draw: st.DrawFn) -> tuple[str, str]:
    """What may stand in a column of numbers, and the country of its row."""
    region, of = draw(st.sampled_from(REGIONS)), draw(st.sampled_from(REGIONS))
    known = PhoneMetadata.metadata_for_region(of)
    assert known is not None
    patterns = [
        kind.national_number_pattern
        for kind in (known.mobile, known.fixed_line, known.toll_free, known.general_desc)
        if kind is not None and kind.national_number_pattern
    ]
    digits = draw(
        st.sampled_from(patterns).flatmap(lambda p: st.from_regex(p.replace("\\d", "[0-9]"), fullmatch=True))
        | st.from_regex("[0-9]{3,13}", fullmatch=True)
    )  # fmt: skip
    code = str(known.country_code)
    before = draw(
        st.sampled_from(
            ["", "0", "1", "+" + code, "00" + code, "+" + code + "0", code, "011" + code]
        )
    )
    before = draw(st.sampled_from([before, f"+{code} (0)", f"+{code} 0"]))
    between = draw(st.sampled_from(["", " ", "-", ".", "/", "\u00a0"]))
    at = draw(st.integers(0, len(digits)))
    return before + digits[:at] + between + digits[at:], region


@given(numbers())
def test_patterns_over_a_column_find_just_what_the_library_finds(drawn: tuple[str, str]) -> None:
    text, region = drawn

    assert read(text, region)[0] == as_the_library_has_it(text, region)


@pytest.mark.parametrize(
    ("text", "region", "number"),
    [
        ("06-12 34 56 70", "NL", "+31612345670"),
        ("0031 6 12345670", "NL", "+31612345670"),
        ("+31 (0)6 12345670", "DE", "+31612345670"),
        ("0471/23.45.67", "BE", "+32471234567"),
        ("26 12 34 56", "DK", "+4526123456"),
        ("(617) 253-1000", "US", "+16172531000"),
        ("011 31 20 555 1233", "US", "+31205551233"),
        ("00 31 20 555 1233", None, "+31205551233"),
        ("001-650-253-0000", "US", "+16502530000"),
        ("0031 20 555 1233", "US", "+31205551233"),
        ("(00) 31 20 555 1233", "US", "+31205551233"),
        ("0015551234", "US", None),
        ("020 - 555 1233 x12", "NL", "+31205551233"),
        ("020 - 555 1233 tst 12", "NL", "+31205551233"),
        ("020 - 555 1233 tst. 12", "NL", "+31205551233"),
        ("020-5551233tst12", "NL", "+31205551233"),
        ("020 555 1233 toestel 12", "NL", "+31205551233"),
        ("020 555 1233, doorkiesnummer: 12", "NL", "+31205551233"),
        ("+31 20 555 1233 tst 12", None, "+31205551233"),
        ("0031 20 555 1233 tst 12", "US", "+31205551233"),
        ("030 12345689 Durchwahl 12", "DE", "+493012345689"),
        ("020 555 1233 tst 12 of 13", "NL", None),
        ("tst 12", "NL", None),
        ("1-800-FLOWERS", "US", "+18003569377"),
        ("06 12 34", "NL", None),
        ("geheim", "NL", None),
    ],
)
def test_a_number_is_read_in_its_country(text: str, region: str | None, number: str | None) -> None:
    assert read(text, region)[0] == number


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("0612345678", "NL"),
        ("06-12345678", "BE"),
        ("+31 6 12345678", None),
        ("0600000000", "NL"),
        ("1234567890", "NL"),
        ("1234567890", None),
        ("9999999999", "US"),
        ("0698765432", "NL"),
        ("+1 617 555 0123", "NL"),
        ("07700 900123", "GB"),
    ],
)
def test_what_people_type_to_be_left_alone_is_told(text: str, region: str | None) -> None:
    assert read(text, region)[1]


@pytest.mark.parametrize("text", ["+4567890123", "+31617988439", "0201357924"])
def test_digits_that_only_look_regular_are_not_told(text: str) -> None:
    assert not read(text, "NL")[1]


def test_a_number_without_a_country_is_told_as_such() -> None:
    found = read_phones(pa.array(["0612345670", "+31612345670", None]), np.full(3, -1), [])

    assert found.homeless.tolist() == [True, False, False]
    assert found.numbers.to_pylist() == [None, "+31612345670", None]


def test_each_number_counts_in_the_country_of_its_row() -> None:
    texts = ["0612345670", "0471234567", "0612345670"] * MANY
    regions = np.array([0, 1, -1] * MANY)
    found = read_phones(pa.array(texts), regions, ["NL", "BE"])

    assert found.numbers.to_pylist() == ["+31612345670", "+32471234567", None] * MANY


def test_a_column_of_words_holds_no_numbers() -> None:
    assert looks_like_phones(pa.array(["06-12345670", None, "geheim"]))
    assert not looks_like_phones(pa.array(["work", "mobile", "06-12345670"]))
    assert not looks_like_phones(pa.array([], pa.string()))


def test_a_column_in_parts_has_the_numbers_that_it_has_as_a_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    texts = [
        "06 12345678",
        "+31 20 123 4567 tst 12",
        None,
        "0032 2 555 12 12",
        "x",
        "0611111111",
        "555-0123",
    ]
    column = pa.array(texts * MANY)
    regions = np.resize(np.array([0, 1, -1]), len(column))
    whole = read_phones(column, regions, ["NL", "US"])

    monkeypatch.setattr(
        e164, "parts_of", lambda count: [slice(n, n + 23) for n in range(0, count, 23)]
    )
    parted = read_phones(column, regions, ["NL", "US"])

    assert whole.invented.any()
    assert whole.homeless.any()
    assert parted.numbers.to_pylist() == whole.numbers.to_pylist()
    assert parted.invented.tolist() == whole.invented.tolist()
    assert parted.homeless.tolist() == whole.homeless.tolist()
