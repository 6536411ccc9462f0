"""Addresses that reports are sent to."""

import pytest

from mactl.audit.mailto import mail_address


@pytest.mark.parametrize(
    ("uri", "address", "host"),
    [
        ("mailto:dmarc@Example.com", "dmarc@Example.com", "example.com"),
        ("MAILTO:a@b@example.com", "a@b@example.com", "example.com"),
        ("mailto:a%2Bb@example.com?subject=x", "a+b@example.com", "example.com"),
        ("mailto:tls@_reports.example.com", "tls@_reports.example.com", "_reports.example.com"),
    ],
)
def test_the_address_and_its_domain(uri, address, host):
    assert mail_address(uri) == (address, host)


@pytest.mark.parametrize(
    "uri",
    [
        "", "mailto:", "mailto:example.com", "mailto:@example.com", "mailto:a@", "mailto:a@localhost",
        "mailto:a@-.example.com", "mailto:a%00b@example.com", "mailto:a%20b@example.com",
        "mailto:a@" + "a." * 130 + "com", "https://a@example.com", "a@example.com",
    ],
)  # fmt: skip
def test_what_no_mail_can_be_sent_to_is_none(uri):
    assert mail_address(uri) == ("", "")
