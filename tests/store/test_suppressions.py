"""An address that was suppressed stays suppressed however it is written."""

from hashlib import sha256
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mactl.store.covering import Hashing, hash_key, secret_mark, told_of
from mactl.store.state import State
from mactl.store.suppressions import (
    ALL_MAIL,
    Suppression,
    add_suppressions,
    address_key,
    find_entries,
    find_suppressions,
    read_covering,
    read_suppressions,
    remove_suppression,
    suppress_hash,
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


def hashed(address: str, how: Hashing = Hashing.SHA256) -> str:
    return hash_key(how, address_key(address), b"")


@pytest.mark.parametrize(
    ("entry", "address"),
    [
        ("@rival.example", "ann@rival.example"),
        ("@RIVAL.example", "Ann@Rival.Example"),
        ("@*.rival.example", "ann@mail.rival.example"),
        ("@*.rival.example", "ann@a.b.rival.example"),
        ("@*.example", "ann@rival.example"),
        ("@bücher.example", "ann@xn--bcher-kva.example"),
        (hashed("ann@rival.example"), "ANN@rival.example"),
        (hashed("ann@rival.example", Hashing.MD5), "ann@rival.example"),
        # Who hashed it wrote the domain as DNS has it.
        ("sha256:" + sha256(b"ann@xn--bcher-kva.example").hexdigest(), "ann@bücher.example"),
        (
            "sha256:" + sha256("ann@bücher.example".encode()).hexdigest(),
            "ann@xn--bcher-kva.example",
        ),
    ],
)
def test_an_entry_covers_addresses_that_it_does_not_spell_out(
    state: State, entry: str, address: str
) -> None:
    key = address_key(address)
    with state.writing() as connection:
        add_suppressions(connection, [suppression(entry, "rival")])
        found = find_suppressions(connection, [key, "bob@example.com"])
        column = pd.Series([None, key, "bob@example.com"], dtype="str")
        frame = read_covering(connection, column)

    assert found == {key: {"": f"rival ({told_of(address_key(entry))})"}}
    assert frame.to_numpy().tolist() == [[key, "", found[key][""]]]


@pytest.mark.parametrize(
    ("entry", "address"),
    [
        ("@rival.example", "ann@mail.rival.example"),
        ("@*.rival.example", "ann@rival.example"),
        ("@rival.example", "ann@notrival.example"),
        ("@*.rival.example", "ann@notrival.example"),
        ("@rival.example", "rival.example@example.com"),
        ("@rival.example", "+31612345678"),
        ("sha256:" + "0" * 64, "ann@rival.example"),
        ("md5:" + "0" * 32, "ann@rival.example"),
        ("keyed:00000000:" + "0" * 64, "ann@rival.example"),
    ],
)
def test_an_entry_covers_nobody_else(state: State, entry: str, address: str) -> None:
    with state.writing() as connection:
        add_suppressions(connection, [suppression(entry)])
        assert find_suppressions(connection, [address]) == {}
        assert read_covering(connection, pd.Series([address], dtype="str")).empty


def test_what_is_nearest_to_an_address_gives_the_reason(state: State) -> None:
    key = "ann@mail.rival.example"
    from_far_to_near = [
        ("@*.example", "all of them"),
        ("@*.rival.example", "below"),
        ("@mail.rival.example", "domain"),
        (hashed(key, Hashing.MD5), "md5"),
        (hashed(key), "sha256"),
        (key, "own"),
    ]
    with state.writing() as connection:
        for entry, reason in from_far_to_near:
            add_suppressions(connection, [suppression(entry, reason)])
            told = find_suppressions(connection, [key])[key][""]
            assert told.partition(" (")[0] == reason
            frame = read_covering(connection, pd.Series([key], dtype="str"))
            assert frame.loc[frame["address_key"] == key, "reason"].tolist() == [told]


def test_what_covers_an_address_is_no_entry_of_its_own(state: State) -> None:
    with state.writing() as connection:
        add_suppressions(connection, [suppression("@rival.example")])
        assert find_entries(connection, ["ann@rival.example"]) == {}
        assert find_entries(connection, ["@rival.example"]) == {
            "@rival.example": {"": "unsubscribed"}
        }


def test_a_hashed_address_stands_nowhere_and_stays_suppressed(state: State) -> None:
    with state.writing() as connection:
        known = [
            suppression("ann@example.com", "too much", topic="offers"),
            suppression(hashed("ann@example.com"), "from the agency", topic="news"),
        ]
        add_suppressions(connection, known)
        assert suppress_hash(connection, suppression("Ann@Example.com", "erased")) == 1
        assert suppress_hash(connection, suppression("ann@example.com", "again")) == 0
        told = find_suppressions(connection, ["ann@example.com"])
        listed = read_suppressions(connection)

    assert told == {
        "ann@example.com": {
            "offers": "too much (by its keyed hash)",
            "news": "from the agency (by its keyed hash)",
            "": "erased (by its keyed hash)",
        }
    }
    assert "ann" not in listed["address_key"].str.cat()
    assert set(listed["address_key"].str.partition(":")[0]) == {"keyed"}


def test_a_keyed_hash_can_not_be_tried_out_without_the_secret(state: State) -> None:
    with state.writing() as connection:
        suppress_hash(connection, suppression("ann@example.com"))
        key = str(read_suppressions(connection)["address_key"][0])

    mark, digest = key.split(":")[1:]
    assert mark == secret_mark(state.secret)
    assert key == hash_key(Hashing.KEYED, "ann@example.com", state.secret)
    assert key != hash_key(Hashing.KEYED, "ann@example.com", b"another")
    assert digest != sha256(b"ann@example.com").hexdigest()


def test_lifting_an_address_lifts_what_hides_it_but_not_its_domain(state: State) -> None:
    key = "ann@rival.example"
    with state.writing() as connection:
        entries = [key, hashed(key), hashed(key, Hashing.MD5), "@rival.example"]
        add_suppressions(connection, [suppression(entry) for entry in entries])
        suppress_hash(connection, suppression("bob@rival.example"))
        assert remove_suppression(connection, key) == 3
        assert find_suppressions(connection, [key]) == {key: {"": "unsubscribed (@rival.example)"}}
        assert remove_suppression(connection, "Bob@rival.example") == 1
        assert remove_suppression(connection, "@rival.example") == 1
        assert read_suppressions(connection).empty


@pytest.mark.parametrize(
    ("one", "other"), [("+31 6 1234-5678", "+31612345678"), ("(020) 555.1234", "0205551234")]
)
def test_a_phone_number_is_suppressed_however_it_is_spaced(
    state: State, one: str, other: str
) -> None:
    with state.writing() as connection:
        add_suppressions(connection, [suppression(one)])
        assert find_suppressions(connection, [other]) == {other: {"": "unsubscribed"}}


@pytest.mark.parametrize("entry", ["06 1234 5678", "0031 6 12345678", "612345678", "31612345678"])
def test_a_number_as_it_is_dialled_covers_the_same_with_the_code_of_its_country(
    state: State, entry: str
) -> None:
    number = "+31612345678"
    with state.writing() as connection:
        add_suppressions(connection, [suppression(entry, "texted STOP")])
        found = find_suppressions(connection, [number, "+31612345679", "+3161234567"])
        frame = read_covering(connection, pd.Series([number, "+31612345679"], dtype="str"))

    reason = f"texted STOP ({address_key(entry)})"
    assert found == {number: {"": reason}}
    assert [number, "", reason] in frame.to_numpy().tolist()
    assert "+31612345679" not in frame["address_key"].tolist()


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("asked\r\nby\tphone ", "asked by phone"),
        ("=1+1", "=1+1"),
        ("right\u202eleft\x00", "right left"),
        (" ", "not told"),
        ("", "not told"),
    ],
)
def test_a_reason_is_kept_on_one_line(state: State, given: str, kept: str) -> None:
    with state.writing() as connection:
        add_suppressions(connection, [suppression("ann@example.com", given)])
        assert read_suppressions(connection)["reason"].tolist() == [kept]


_NAMES = st.sampled_from(["ann", "bob", "josé"])
_DOMAINS = st.sampled_from(
    ["example.com", "a.example.com", "b.a.example.com", "bücher.example", "rival.example"]
)
_NUMBERS = st.sampled_from(["+31612345678", "+4526123456", "0612345678"])
_ADDRESSES = st.builds("{}@{}".format, _NAMES, _DOMAINS) | _NUMBERS
_TOPICS = st.sampled_from([ALL_MAIL, "offers"])


@st.composite
def _entries(draw: st.DrawFn) -> tuple[str, str]:
    address = draw(_ADDRESSES)
    if "@" not in address:
        dialled = ["0612345678", "612345678", "0031612345678", "26123456"]
        return draw(st.sampled_from([address, *dialled])), draw(_TOPICS)
    domain = address.partition("@")[2]
    key = draw(
        st.sampled_from(
            [
                address,
                f"@{domain}",
                f"@*.{domain.partition('.')[2]}",
                hashed(address),
                hashed(address, Hashing.MD5),
                f"keyed {address}",
            ]
        )
    )
    return key, draw(_TOPICS)


@given(st.lists(_entries(), max_size=8), st.lists(_ADDRESSES, max_size=6, unique=True))
def test_planning_and_claiming_find_the_same(
    entries: list[tuple[str, str]], asked: list[str]
) -> None:
    keys = [address_key(address) for address in asked]
    with State.open("sqlite:///none.db", Path("/nowhere"), write=False) as state:
        with state.writing(durable=False) as connection:
            for number, (key, topic) in enumerate(entries):
                entry = suppression(key.removeprefix("keyed "), f"entry {number}", topic)
                if key.startswith("keyed "):
                    suppress_hash(connection, entry)
                else:
                    add_suppressions(connection, [entry])
        with state.reading() as connection:
            claimed = find_suppressions(connection, keys)
            planned = read_covering(connection, pd.Series(keys, dtype="str"))

    told: dict[str, dict[str, str]] = {}
    for key, topic, reason in planned.to_numpy().tolist():
        told.setdefault(key, {})[topic] = reason
    assert {key: told[key] for key in told.keys() & set(keys)} == claimed
    assert not planned.duplicated(["address_key", "topic"]).any()
