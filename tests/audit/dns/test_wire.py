"""Packets: what is asked, and what counts as an answer."""

import dns.flags
import dns.message
import dns.name
import dns.rdatatype
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mactl.audit import Outcome
from mactl.audit.dns.reading import read
from mactl.audit.dns.wire import Question, is_truncated, parse
from tests.audit.dns.wires import reply

TXT = dns.rdatatype.TXT
QUESTION = Question(dns.name.from_text("_dmarc.Example.com"), TXT)

labels = st.binary(min_size=1, max_size=20)
names = st.lists(labels, max_size=6).map(lambda parts: dns.name.Name([*parts, b""]))
questions = st.builds(
    Question, names, st.integers(1, 65535), st.booleans(), st.booleans(), st.booleans()
)
numbers = st.integers(0, 65535)


@given(questions, numbers, st.booleans())
def test_a_packet_says_what_is_asked(question, number, edns):
    said = dns.message.from_wire(question.packet(number, edns))

    assert said.id == number
    assert [(q.name, q.rdtype) for q in said.question] == [(question.name, question.rdtype)]
    assert bool(said.flags & dns.flags.RD) is question.recursive
    assert bool(said.flags & dns.flags.AD) is question.recursive
    assert bool(said.flags & dns.flags.CD) is question.unchecked
    assert (said.edns, said.payload) == ((0, 1232) if edns else (-1, 0))
    assert bool(said.ednsflags & dns.flags.DO) is (edns and question.signed)


@given(names, numbers)
def test_an_answer_is_known_by_its_number_and_its_question(name, number):
    question = Question(name, TXT)
    answer = reply(question.packet(number))

    assert question.is_answered_by(answer, number)
    assert not question.is_answered_by(answer, number ^ 1)
    assert not Question(name, dns.rdatatype.A).is_answered_by(answer, number)
    assert not Question(dns.name.from_text("other.test"), TXT).is_answered_by(answer, number)
    assert not question.is_answered_by(question.packet(number), number)
    assert not question.is_answered_by(answer[:-20], number)


def test_letters_of_any_case_are_the_same_question():
    shouted = Question(dns.name.from_text("_DMARC.EXAMPLE.COM"), TXT)

    assert QUESTION.is_answered_by(reply(shouted.packet(7)), 7)


def test_types_are_not_taken_for_letters():
    upper, lower = (Question(QUESTION.name, number) for number in (0x41, 0x61))

    assert not upper.is_answered_by(reply(lower.packet(7)), 7)


@pytest.mark.parametrize(
    ("rcode", "counts"), [(1, True), (2, True), (4, True), (5, True), (0, False), (3, False)]
)
def test_only_a_server_that_cannot_may_leave_the_question_out(rcode, counts):
    bare = b"\0\7" + bytes([0x80, rcode]) + bytes(8)

    assert QUESTION.is_answered_by(bare, 7) is counts


@given(st.binary(max_size=200), numbers)
def test_random_octets_answer_nothing_and_break_nothing(octets, number):
    assert not QUESTION.is_answered_by(octets, number)
    parse(octets)


WHOLE = reply(
    QUESTION.packet(7),
    "_dmarc.example.com. CNAME a.example.org.",
    'a.example.org. TXT "v=DMARC1; p=none" "more"',
    "a.example.org. RRSIG TXT 8 3 60 20270101000000 20260101000000 1 example.org. AAAA",
    authority=["example.org. SOA a. b. 1 2 3 4 5", "example.org. NS ns.example.org."],
)


@given(
    st.lists(st.tuples(st.integers(12, len(WHOLE) - 1), st.integers(0, 255)), max_size=8),
    st.integers(12, len(WHOLE)),
    st.sampled_from(["TXT", "CNAME", "RRSIG", "SOA", "MX"]),
)
def test_a_damaged_answer_is_read_as_something_and_never_raises(changes, length, rdtype):
    wire = bytearray(WHOLE)
    for place, octet in changes:
        wire[place] = octet
    message = parse(bytes(wire[:length]))

    if message is not None:
        question = Question(QUESTION.name, dns.rdatatype.from_text(rdtype))
        assert isinstance(read(message, question).outcome, Outcome)


def test_a_name_that_points_to_itself_makes_no_sense():
    header = b"\0\7\x81\x80\0\1\0\1\0\0\0\0"
    question = QUESTION.packet(7, edns=False)[12:]
    loop = b"\xc0" + bytes([12 + len(question)])

    assert parse(header + question + loop + b"\0\x10\0\1\0\0\0\1\0\1\0") is None


def test_a_giant_section_that_is_not_there_makes_no_sense():
    assert (
        parse(b"\0\7\x81\x80\0\1\xff\xff\xff\xff\xff\xff" + QUESTION.packet(7, False)[12:]) is None
    )


def test_a_truncated_answer_is_recognised():
    assert is_truncated(reply(QUESTION.packet(7), flags=dns.flags.TC))
    assert not is_truncated(WHOLE)
