"""Domain names that people give, and what may reach a terminal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mactl.audit.names import (
    audited_domain,
    is_queryable,
    is_within,
    legible,
    parent,
    printable,
    unlikely_label,
)
from mactl.errors import UsageError


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("example.com", "example.com"),
        (" Example.COM. ", "example.com"),
        ("_x.example.com", "_x.example.com"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("BÜCHER.example", "xn--bcher-kva.example"),
        ("straße.example", "xn--strae-oqa.example"),
        ("例え。テスト", "xn--r8jz45g.xn--zckzah"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("1.2.example", "1.2.example"),
    ],
)
def test_a_domain_is_put_as_the_dns_has_it(text, domain):
    assert audited_domain(text) == domain


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("jo@example.com", "did you mean 'example.com'?"),
        ("Jo <jo@Example.com>", "did you mean 'example.com'?"),
        ("https://www.example.com/about?x=1", "did you mean 'www.example.com'?"),
        ("example.com/", "did you mean 'example.com'?"),
        ("example.com:25", "did you mean 'example.com'?"),
        ("192.0.2.1", "give a domain such as example.com"),
        ("[2001:db8::1]", "give a domain such as example.com"),
        ("localhost", "give a domain such as example.com"),
        ("", "give a domain such as example.com"),
        (".", "give a domain such as example.com"),
        ("a..example", "give a domain such as example.com"),
        ("exa mple.com", "give a domain such as example.com"),
        ("-x.example", "give a domain such as example.com"),
        ("a" * 64 + ".example", "give a domain such as example.com"),
        (".".join(["a" * 60] * 5), "give a domain such as example.com"),
        ("\x1b[31m.example", "give a domain such as example.com"),
        ("\u202egro.elpmaxe", "give a domain such as example.com"),
    ],
)
def test_what_is_no_domain_is_a_usage_error_with_a_hint(text, hint):
    with pytest.raises(UsageError) as refused:
        audited_domain(text)

    assert refused.value.hint == hint
    assert refused.value.message.isascii() or "…" in refused.value.message


@given(st.text(max_size=60))
def test_any_text_is_a_domain_or_a_usage_error(text):
    try:
        domain = audited_domain(text)
    except UsageError:
        return
    assert is_queryable(domain) and domain == audited_domain(domain)


@given(st.text())
def test_what_is_printable_is_visible_ascii(text):
    assert all(" " <= character <= "~" for character in printable(text))


@given(st.text(), st.integers(1, 50))
def test_what_is_cut_is_no_longer_than_was_asked(text, limit):
    assert len(printable(text, limit)) <= limit


@given(st.text(st.characters(max_codepoint=255)))
def test_two_different_texts_never_look_the_same(text):
    shown = printable(text)

    assert shown.encode("ascii").decode("unicode_escape") == text


def test_names_know_what_they_are_below():
    assert is_within("Mail.Example.com.", "example.com")
    assert is_within("example.com", "example.com")
    assert not is_within("badexample.com", "example.com")
    assert (parent("mail.example.com"), parent("com")) == ("example.com", "")


def test_a_label_that_nobody_has_is_the_same_each_time_and_another_elsewhere():
    label = unlikely_label("_domainkey.Example.com")

    assert label == unlikely_label("_domainkey.example.com.") != unlikely_label("example.org")
    assert is_queryable(f"{label}.example.com")


def test_a_subject_is_shown_in_the_letters_of_its_language_and_nothing_is_obeyed():
    assert legible("Bestellbestätigung für 東京", 40) == "Bestellbestätigung für 東京"
    assert legible("a\x1b[2Jb\u202ec\nd", 40) == r"a\x1b[2Jb\u{202e}c\x0ad"
    assert legible("ä" * 41, 40) == "ä" * 39 + "…"
