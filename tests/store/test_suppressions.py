"""An address that was suppressed stays suppressed however it is written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mactl.store.state import State
from mactl.store.suppressions import (
    ALL_MAIL,
    Suppression,
    add_suppressions,
    address_key,
    find_suppressions,
    read_suppressions,
    remove_suppression,
)
from tests.store.making import NOW


def suppression(address: str, reason: str = "unsubscribed", topic: str = ALL_MAIL) -> Suppression:
    return Suppression(address, reason, "command", NOW, topic)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ann@example.com", "Ann@Example.COM"),
        ("ann@example.com", " ann@example.com\n"),
        ("ann@example.com", "ann@example.com."),
        ("ann@bücher.example", "ann@xn--bcher-kva.example"),
        ("ann@BÜCHER.example", "ann@XN--BCHER-KVA.example"),
        ("ann@straße.example", "ann@xn--strae-oqa.example"),
        ("josé@example.com", "jose\u0301@example.com"),
        ("ΣΊΣΥΦΟΣ@example.gr", "σίσυφος@example.gr"),
    ],
)
def test_two_ways_to_write_an_address_are_one(one: str, other: str) -> None:
    assert address_key(one) == address_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ann@example.com", "anne@example.com"),
        ("ann@example.com", "ann@example.net"),
        ("ann+news@example.com", "ann@example.com"),
        ("a.nn@example.com", "ann@example.com"),
    ],
)
def test_two_addresses_are_two(one: str, other: str) -> None:
    assert address_key(one) != address_key(other)


@given(st.text())
def test_any_text_has_a_key_and_the_key_is_its_own(text: str) -> None:
    key = address_key(text)
    assert address_key(key) == key or "xn--" in key


@pytest.mark.parametrize("label", ["xn--", "xn--\x00", "xn--é", "xn--99999999"])
def test_a_label_that_cannot_be_read_stays_as_it_is(label: str) -> None:
    assert address_key(f"ann@{label}") == f"ann@{label}"


def test_adding_twice_keeps_the_first_and_says_so(state: State) -> None:
    with state.writing() as connection:
        assert add_suppressions(connection, [suppression("Ann@example.com")]) == 1
        again = [suppression("ann@EXAMPLE.com", "complaint"), suppression("ben@example.com")]
        assert add_suppressions(connection, again) == 1
        assert add_suppressions(connection, []) == 0
        frame = read_suppressions(connection)
    assert frame[["address_key", "reason"]].to_numpy().tolist() == [
        ["ann@example.com", "unsubscribed"],
        ["ben@example.com", "unsubscribed"],
    ]


def test_a_topic_and_all_mail_are_suppressed_apart(state: State) -> None:
    with state.writing() as connection:
        add_suppressions(
            connection,
            [
                suppression("ann@example.com", "too much", topic="offers"),
                suppression("ann@example.com", "complaint"),
                suppression("ben@example.com", "too much", topic="offers"),
            ],
        )
        asked = ["ann@example.com", "ben@example.com", "cas@example.com"]
        assert find_suppressions(connection, asked) == {
            "ann@example.com": {"offers": "too much", "": "complaint"},
            "ben@example.com": {"offers": "too much"},
        }
        assert remove_suppression(connection, "ANN@example.com", "offers") == 1
        assert find_suppressions(connection, asked[:1]) == {"ann@example.com": {"": "complaint"}}


def test_lifting_without_a_topic_lifts_all_of_an_address(state: State) -> None:
    with state.writing() as connection:
        topics = ("offers", "news", ALL_MAIL)
        add_suppressions(connection, [suppression("ann@example.com", topic=t) for t in topics])
        assert remove_suppression(connection, "ann@example.com") == 3
        assert remove_suppression(connection, "ann@example.com") == 0


def test_thousands_of_addresses_are_looked_up_at_once(state: State) -> None:
    addresses = [f"{number}@example.com" for number in range(2_500)]
    with state.writing() as connection:
        add_suppressions(connection, [suppression(address) for address in addresses])
        assert len(find_suppressions(connection, set(addresses))) == 2_500
        assert find_suppressions(connection, []) == {}
