"""BIMI records for any text, and addresses that can be fetched from."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mactl.audit.bimi.record import (
    is_bimi,
    is_other_image,
    location_fault,
    looks_like_bimi,
    parse_bimi,
)

octets = st.text(st.characters(max_codepoint=255), max_size=80)


@given(octets)
def test_no_text_makes_the_parser_raise(text):
    parse_bimi(f"v=BIMI1;l={text}")
    location_fault(text)
    is_other_image(text)
    is_bimi(text)
    looks_like_bimi(text)


@given(st.text(max_size=40))
def test_an_address_that_can_be_fetched_is_plain_https(text):
    if not location_fault(text):
        assert text.lower().startswith("https://") and text.isascii() and text.isprintable()


@pytest.mark.parametrize(
    ("uri", "fetchable"),
    [
        ("https://example.com/logo.svg", True),
        ("HTTPS://EXAMPLE.COM:8443/logo.svg?v=2", True),
        ("http://example.com/logo.svg", False),
        ("//example.com/logo.svg", False),
        ("https://localhost/logo.svg", False),
        ("https://example.com:99999/logo.svg", False),
        ("https://[::1/logo.svg", False),
        ("https://example.com/a,b.svg", False),
        ("logo.svg", False),
        ("", False),
    ],
)
def test_only_https_addresses_with_a_host_can_be_fetched(uri, fetchable):
    assert (location_fault(uri) == "") is fetchable


@pytest.mark.parametrize("text", ["v=BIMI1", "v = BIMI1 ;l=", "v=BIMI1; l=https://a.test/a.svg"])
def test_a_record_begins_with_its_version(text):
    assert is_bimi(text) and not is_bimi(text.lower()) and not is_bimi(f" {text}")
