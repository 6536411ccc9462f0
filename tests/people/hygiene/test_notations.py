"""What is told where numbers or dates leave two readings."""

from datetime import date, timedelta

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mactl.findings import Severity
from mactl.people.cells import Cells
from mactl.people.hygiene.days import find_order, format_of, to_iso
from mactl.people.hygiene.marks import find_mark
from tests.people.conftest import ReadEvents, ReadPeople, told

DUTCH = "email;born\na@example.com;03-04-1990\nb@example.com;5-6-1991\n"


def test_both_readings_are_shown_and_the_line_that_settles_them(people: ReadPeople) -> None:
    (finding,) = people(DUTCH).findings

    assert finding.severity is Severity.WARNING
    assert finding.message == (
        "column 'born': '03-04-1990' may be 1990-04-03 (day first) or 1990-03-04 (month first),"
        " and no cell tells which; so it is no date, but text"
    )
    assert finding.hint == (
        'say it in mactl.yaml: columns: {born: {date: "%d-%m-%Y"}}'
        ' or columns: {born: {date: "%m-%d-%Y"}}'
    )


def test_an_ambiguous_date_is_an_error_where_a_date_is_asked_for_and_costs_no_row(
    people: ReadPeople,
) -> None:
    found = people(DUTCH, columns={"born": "date"})

    assert [finding.severity for finding in found.findings] == [Severity.ERROR]
    assert found.summary.contacts == 2
    assert found.fields["born"] == "text"


def test_both_readings_of_a_number_are_shown(people: ReadPeople) -> None:
    (finding,) = people("email;clv\na@example.com;1,234\n", columns={"clv": "number"}).findings

    assert finding.severity is Severity.ERROR
    assert "'1,234' may be 1.234 (a decimal comma) or 1234 (a decimal point)" in finding.message


def test_an_event_whose_instant_has_two_readings_is_left_out(
    people: ReadPeople, events: ReadEvents
) -> None:
    ann = people("email\na@example.com\n")

    found = events(ann, "email;event;at\na@example.com;login;03-04-2026 10:00\n")

    assert told(found.findings) == [
        "events1.csv: source-ambiguous-date",
        "events1.csv:2: event-bad-instant",
    ]
    assert 'columns: {at: {date: "%d-%m-%Y %H:%M"}}' in str(found.findings[0].hint)


def test_events_are_read_in_the_order_that_their_days_tell(
    people: ReadPeople, events: ReadEvents
) -> None:
    ann = people("email\na@example.com\n")

    found = events(
        ann,
        "email;event;at;amount\na@example.com;buy;13-04-2026 10:00;1.250,50\n"
        "a@example.com;buy;01-02-2026;3,5\n",
    )

    assert found.findings == ()
    assert found.events.column("amount").to_pylist() == [3.5, 1250.5]


@pytest.mark.parametrize("file", [("born", "1990-02-28"), ("born", "28-02-1990")])
def test_each_source_has_its_own_order(people: ReadPeople, file: tuple[str, str]) -> None:
    name, first = file
    found = people(
        f"email,{name}\na@example.com,{first}\n",
        f"email,{name}\nb@example.com,4/13/1990\nc@example.com,3/4/1990\n",
    )

    days = [date(1970, 1, 1) + timedelta(days) for days in found.contacts.column(name).to_pylist()]
    assert days == [date(1990, 2, 28), date(1990, 4, 13), date(1990, 3, 4)]


DAYS = st.lists(st.dates(date(1900, 1, 1), date(2099, 12, 31)), min_size=1, max_size=20)
MARKS = st.sampled_from("-/")


@given(DAYS, MARKS, st.sampled_from(["day", "month"]), st.booleans())
def test_a_column_of_dates_is_read_as_it_was_written_or_not_at_all(
    days: list[date], mark: str, order: str, padded: bool
) -> None:
    def written(day: date) -> str:
        numbers = (day.day, day.month) if order == "day" else (day.month, day.day)
        return mark.join([*(f"{n:02}" if padded else str(n) for n in numbers), str(day.year)])

    texts = pa.array([written(day) for day in days])
    found = find_order(Cells(texts))

    assert found.is_dates
    if found.found is None:
        assert all(day.day <= 12 for day in days)
        assert any(day.day != day.month for day in days)
    else:
        assert to_iso(texts, found.found).to_pylist() == [day.isoformat() for day in days]
    assert date.strftime(days[0], format_of(written(days[0]), order)).count(mark) == 2


@given(
    st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=20),
    st.sampled_from([(",", "."), (".", ",")]),
    st.integers(0, 3),
)
def test_a_column_of_numbers_is_read_by_the_mark_it_was_written_with_or_not_at_all(
    numbers: list[int], marks: tuple[str, str], decimals: int
) -> None:
    decimal, group = marks
    texts = [
        f"{n / 1000:,.{decimals}f}".replace(",", "g").replace(".", decimal).replace("g", group)
        for n in numbers
    ]

    found = find_mark(Cells(pa.array(texts))).found

    plain = not any(mark in text for text in texts for mark in marks)
    assert found in ((".",) if plain else (decimal, None))
