"""Servers as settings name them."""

import pytest

from mactl.network import Location, Security, host_of, is_loopback, parse_location, scheme_of

SCHEMES: dict[str, Security] = {"smtp": "none", "smtps": "tls"}


def test_a_url_is_taken_apart_and_decoded() -> None:
    found = parse_location("smtps://ann%40acme.test:h%3A%2F@[::1]:465/A%20b/?auth=x", SCHEMES)

    assert found == Location("::1", 465, "tls", "ann@acme.test", "h:/", "A b", "auth=x")
    assert "h:/" not in repr(found)


@pytest.mark.parametrize(
    "url",
    ["", "smtp", "smtp://", "imap://a.test", "smtp://a.test:x", "smtp://a.test:99999", "smtp://[::1",
     "smtp://a.test#x"],
)  # fmt: skip
def test_what_names_no_server_is_none(url: str) -> None:
    assert parse_location(url, SCHEMES) is None


@pytest.mark.parametrize(
    ("url", "in_clear"),
    [
        ("smtp://a.test", True),
        ("smtp://192.0.2.1", True),
        ("smtp://localhost.a.test", True),
        ("smtp://localhost", False),
        ("smtp://127.0.0.1", False),
        ("smtp://[::1]", False),
        ("smtps://a.test", False),
    ],
)
def test_what_others_could_read_is_known(url: str, in_clear: bool) -> None:
    found = parse_location(url, SCHEMES)
    assert found is not None and found.is_in_clear is in_clear


def test_this_machine_is_a_name_or_an_address() -> None:
    assert [is_loopback(host) for host in ("localhost", "127.8.9.1", "::1", "10.0.0.1", "")] == [
        True, True, True, False, False,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("url", "scheme", "host"),
    [
        ("smtp+starttls://ann:secret@a.test:25", "smtp+starttls", "a.test"),
        ("maildir:outbox", "maildir", ""),
        ("outbox", "", ""),
        ("smtp://[::1", "", ""),
    ],
)
def test_what_is_no_url_has_neither_scheme_nor_host(url: str, scheme: str, host: str) -> None:
    assert (scheme_of(url), host_of(url)) == (scheme, host)
