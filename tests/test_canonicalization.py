"""The canonical forms of any message, against another implementation."""

from dkim.canonicalization import Relaxed, Simple
from hypothesis import example, given
from hypothesis import strategies as st

from mactl.canonicalization import (
    canonical_headers,
    relaxed_body,
    relaxed_header,
    signed_fields,
    simple_body,
    simple_header,
    split_message,
    with_line_ends,
)

BODIES = st.lists(st.sampled_from([b" ", b"\t", b"\r\n", b"a", b".", b"\xff"])).map(b"".join)
NAMES = st.sampled_from([b"X", b"Subject ", b"x-LONG\t"])
VALUES = st.lists(st.sampled_from([b" ", b"\t", b"\r\n ", b"\r\n\t", b"a", b":", b"\xe9"]))


def as_it_arrives(text: bytes) -> bytes:
    """SMTP ends a message with a line end, its own or one more."""
    return text if text.endswith(b"\r\n") or not text else text + b"\r\n"


@given(BODIES)
@example(b"")
@example(b" ")
@example(b"\r\n")
@example(b" \r\n\r\n")
@example(b"a\r\n \r\n\t\r\n")
def test_any_body_is_made_canonical_as_the_referee_does(body: bytes) -> None:
    assert relaxed_body(body) == Relaxed.canonicalize_body(as_it_arrives(body))
    assert simple_body(body) == Simple.canonicalize_body(as_it_arrives(body))


@given(NAMES, VALUES.map(b"".join))
def test_any_field_is_made_canonical_as_the_referee_does(name: bytes, value: bytes) -> None:
    field = name + b":" + value
    ((found, text),) = Relaxed.canonicalize_headers([(name, value + b"\r\n")])

    assert relaxed_header(field) + b"\r\n" == found + b":" + text
    assert simple_header(field) == field


def test_the_fields_of_one_name_are_taken_from_the_bottom_and_a_missing_one_is_nothing() -> None:
    fields, _ = split_message(b"A: 1\r\nB: 2\r\na: 3\r\n\r\nbody")

    assert signed_fields(fields, [b"A", b"a", b"A", b"C", b"B"]) == [b"a: 3", b"A: 1", b"B: 2"]
    assert canonical_headers(fields, [b"A"], relaxed_header) == b"a:3\r\n"


@given(st.lists(st.sampled_from([b"A: 1", b" x", b"\tx", b"B", b":", b"\xff: y"]), min_size=1))
def test_no_octet_of_a_header_or_a_body_is_lost(lines: list[bytes]) -> None:
    header = b"\r\n".join(lines)
    fields, body = split_message(header + b"\r\n\r\nbody")

    assert b"\r\n".join(field for _, field in fields) == header
    assert body == b"body"


def test_a_message_without_a_body_and_one_without_a_header() -> None:
    assert split_message(b"A: 1") == ([(b"a", b"A: 1")], b"")
    assert split_message(b"A: 1\r\n") == ([(b"a", b"A: 1")], b"")
    assert split_message(b"\r\nbody\r\n\r\nmore") == ([], b"body\r\n\r\nmore")


def test_files_may_have_line_feeds_alone() -> None:
    assert with_line_ends(b"a\nb\r\n\n") == b"a\r\nb\r\n\r\n"
