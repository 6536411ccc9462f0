"""What a query reads, part by part."""

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from mactl.rules.parts import Part, in_parts
from mactl.rules.subjects import PLACE, places


def whole(contacts: int, events: list[int]) -> Part:
    """Contacts, and events of the contacts in these rows, each numbered."""
    numbered = pa.table({PLACE: places(contacts)})
    happened = pa.table({PLACE: pa.array(events, pa.int32()), "event": places(len(events))})
    return Part(numbered, numbered, happened)


CONTACTS = 7
EVENTS = st.lists(st.integers(0, CONTACTS), max_size=30)  # the last number is a stranger's


@given(EVENTS, st.integers(1, 10))
def test_every_contact_is_in_one_part_with_all_that_happened_to_them(
    events: list[int], size: int
) -> None:
    parts = list(in_parts(whole(CONTACTS, events), size))

    seen = [part.contacts.column(PLACE).to_pylist() for part in parts]
    assert [row for rows in seen for row in rows] == list(range(CONTACTS))
    for rows, part in zip(seen, parts, strict=True):
        assert part.named.column(PLACE).to_pylist() == rows
        numbers = [number for number, row in enumerate(events) if row in rows]
        assert sorted(part.events.column("event").to_pylist()) == numbers


@given(EVENTS, st.integers(1, 10))
def test_a_part_has_no_more_events_than_asked_for_but_those_of_its_first_contact(
    events: list[int], size: int
) -> None:
    for part in in_parts(whole(CONTACTS, events), size):
        of = part.events.column(PLACE).to_pylist()
        assert len(of) - of.count(min(of, default=0)) <= size


def test_no_contacts_and_no_events_are_one_part() -> None:
    (part,) = in_parts(whole(0, []), 5)

    assert part.contacts.num_rows == part.events.num_rows == 0
