"""Sources → events."""

from typing import Any

import pyarrow as pa
import pytest

from mactl.clock import from_epoch
from mactl.columns import AT, CONTACT, EVENT, EVENT_ID, FieldType
from mactl.errors import UnreadableInput
from mactl.findings import Severity
from mactl.people.events import Events, EventSummary, events_from_rows
from mactl.people.people import People, people_from_rows
from mactl.project import Settings
from tests.people.conftest import ReadEvents, told


@pytest.fixture
def some() -> People:
    """Ann (C1, in New York) and Bo, who has no id and no zone."""
    return people_from_rows(
        Settings(),
        [
            {"contact_id": "C1", "email": "Ann@Example.com", "timezone": "America/New_York"},
            {"contact_id": None, "email": "bo@example.com"},
        ],
    )


def who(found: Events, people: People) -> list[str]:
    names = dict(
        zip(
            people.contacts.column(CONTACT).to_pylist(),
            ["ann", "bo"],
            strict=True,
        )
    )
    return [names[id] for id in found.events.column(CONTACT).to_pylist()]


def times(found: Events) -> list[str]:
    return [f"{from_epoch(at):%Y-%m-%dT%H:%M:%S}" for at in found.events.column(AT).to_pylist()]


def column(found: Events, name: str) -> list[Any]:
    values: list[Any] = found.events.column(name).to_pylist()
    return values


def test_events_come_contact_by_contact_with_their_properties(
    some: People, events: ReadEvents
) -> None:
    found = events(
        some,
        "id,email,event,at,path,amount\n"
        "E1,bo@example.com,page_view,2026-11-01T10:00Z,/pricing,\n"
        "E2,ann@example.com,purchase,2026-11-02T10:00Z,,19.95\n",
    )

    assert who(found, some) == ["ann", "bo"]
    assert times(found) == ["2026-11-02T10:00:00", "2026-11-01T10:00:00"]
    assert column(found, EVENT) == ["purchase", "page_view"]
    assert column(found, EVENT_ID) == ["E2", "E1"]
    assert column(found, "path") == [None, "/pricing"]
    assert column(found, "amount") == [19.95, None]
    assert found.properties == {"path": FieldType.TEXT, "amount": FieldType.NUMBER}
    assert found.events.column_names == [CONTACT, EVENT, AT, EVENT_ID, "path", "amount"]
    assert found.events.schema.field(AT).type == pa.int64()
    assert found.summary == EventSummary(rows=2, events=2, rejected=0, unknown=0, repeated=0)


def test_a_contacts_events_come_in_order_of_time(some: People, events: ReadEvents) -> None:
    found = events(
        some,
        "contact,event,at\nC1,c,2026-11-03\nC1,a,2026-11-01\n",
        "email,event,at\nbo@example.com,x,2026-11-01\nann@example.com,b,2026-11-02\n",
    )

    assert column(found, EVENT) == ["a", "b", "c", "x"]
    assert who(found, some) == ["ann", "ann", "ann", "bo"]


def test_events_at_the_same_instant_keep_their_order(some: People, events: ReadEvents) -> None:
    found = events(
        some,
        "contact,event,at\nC1,c,2026-11-02\nC1,a,2026-11-01T12:00Z\nC1,b,2026-11-01T12:00Z\n",
    )

    assert column(found, EVENT) == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("header", "cell"),
    [
        ("contact", "C1"),
        ("contact", "ann@example.COM"),
        ("contact_id", "C1"),
        ("email", "ANN@example.com"),
    ],
)
def test_a_contact_is_named_by_any_of_its_keys(
    some: People, events: ReadEvents, header: str, cell: str
) -> None:
    found = events(some, f"{header},event,at\n{cell},login,2026-11-01T10:00Z\n")

    assert who(found, some) == ["ann"]
    assert found.properties == {}


def test_the_strongest_key_that_is_known_counts(some: People, events: ReadEvents) -> None:
    found = events(
        some,
        "contact_id,email,event,at\n"
        "C1,bo@example.com,x,2026-11-01T10:00Z\n"
        "C9,bo@example.com,y,2026-11-01T11:00Z\n",
    )

    assert who(found, some) == ["ann", "bo"]


def test_a_key_that_only_the_state_remembers_still_finds_its_contact(events: ReadEvents) -> None:
    settings = Settings()
    before = people_from_rows(settings, [{"contact_id": "C1", "email": "old@example.com"}])
    rows = [{"contact_id": "C1", "email": "new@example.com"}]
    now = people_from_rows(settings, rows, known=before.aliases)
    found = events(now, "email,event,at\nold@example.com,login,2026-11-01T10:00Z\n")

    assert found.summary.events == 1


def test_a_number_that_was_their_key_once_still_finds_its_contact(events: ReadEvents) -> None:
    settings = Settings()
    before = people_from_rows(settings, [{"contact_id": "C1", "email": "ann@example.com"}])
    rows = [
        {"contact_id": "C9", "email": "ann@example.com"},
        {"contact_id": "C2", "email": "b@example.com"},
    ]
    now = people_from_rows(settings, rows, known=before.aliases)
    found = events(
        now,
        "contact,event,at\n"
        "C1,login,2026-11-01T10:00Z\nC2,login,2026-11-01T10:00Z\nC3,login,2026-11-01T10:00Z\n",
    )

    assert found.events.column(CONTACT).to_pylist() == now.contacts.column(CONTACT).to_pylist()
    assert found.summary.unknown == 1


def test_names_are_mapped_and_other_headers_understood(some: People, events: ReadEvents) -> None:
    found = events(
        some,
        "email,name,timestamp,event_id\nann@example.com,Besteld,2026-11-01T10:00Z,7\n",
        names={"Besteld": "purchase"},
    )

    assert column(found, EVENT) == ["purchase"]
    assert column(found, EVENT_ID) == ["7"]
    assert found.properties == {}


def test_a_local_time_is_in_the_contacts_zone_else_in_the_projects(
    some: People, events: ReadEvents
) -> None:
    found = events(
        some,
        "email,event,at,until\n"
        "bo@example.com,x,2026-06-01T12:00,2026-06-02T12:00\n"
        "ann@example.com,x,2026-06-01T12:00,\n"
        "ann@example.com,x,2026-06-01T23:00Z,2026-06-02T12:00+02:00\n",
        timezone="Europe/Amsterdam",
    )

    assert times(found) == ["2026-06-01T16:00:00", "2026-06-01T23:00:00", "2026-06-01T10:00:00"]
    assert [until and f"{from_epoch(until):%H:%M}" for until in column(found, "until")] == [
        None,
        "10:00",
        "10:00",
    ]


def test_the_format_of_instants_can_be_declared(some: People, events: ReadEvents) -> None:
    found = events(
        some,
        "email,event,date\nbo@example.com,x,01/11/2026 13:45\n",
        columns={"date": {"date": "%d/%m/%Y %H:%M"}},
    )

    assert times(found) == ["2026-11-01T13:45:00"]


def test_a_row_that_says_not_what_or_not_when_is_left_out(some: People, events: ReadEvents) -> None:
    found = events(
        some,
        "email,event,at\n"
        "bo@example.com,,2026-11-01T10:00Z\n"
        "bo@example.com,x,\n"
        "bo@example.com,x,yesterday\n"
        "bo@example.com,x,2026-11-01T10:00Z\n",
    )

    assert found.summary == EventSummary(rows=4, events=1, rejected=3, unknown=0, repeated=0)
    assert told(found.findings) == [
        "events1.csv:2: event-no-name",
        "events1.csv:3: event-no-instant",
        "events1.csv:4: event-bad-instant",
    ]
    assert {finding.severity for finding in found.findings} == {Severity.ERROR}


def test_what_a_database_writes_for_nothing_is_nothing_in_events_too(
    some: People, events: ReadEvents
) -> None:
    found = events(
        some,
        "email,event,at,campaign,name\n"
        "bo@example.com,x,2026-11-01T10:00Z,NULL,NULL\n"
        "bo@example.com,NULL,2026-11-01T10:00Z,spring,n\n"
        "\\N,x,2026-11-01T10:00Z,spring,n\n",
    )

    assert told(found.findings) == [
        "events1.csv:2: source-null",
        "events1.csv:3: event-no-name",
        "events1.csv:4: event-without-contact",
    ]
    assert found.events.num_rows == 1
    assert found.events.column("campaign").to_pylist() == [None]


def test_a_property_that_does_not_fit_is_empty_and_the_event_is_kept(
    some: People, events: ReadEvents
) -> None:
    rows = "".join(f"bo@example.com,x,2026-11-01T10:00Z,{n}\n" for n in range(20))
    found = events(
        some,
        "email,event,at,amount\n" + rows + "bo@example.com,x,2026-11-02T10:00Z,twelve\n",
    )

    assert column(found, "amount")[-2:] == [19.0, None]
    assert told(found.findings) == ["events1.csv:22: event-bad-value"]
    assert found.findings[0].severity is Severity.WARNING


def test_control_characters_empty_a_property_but_cost_the_row_where_they_say_who(
    some: People, events: ReadEvents
) -> None:
    found = events(
        some,
        "email,event,at,path\n"
        "bo@example.com,x,2026-11-01T10:00Z,/pri\x07cing\n"
        "bo@example.com,x\x07,2026-11-01T10:00Z,/pricing\n",
    )

    assert column(found, "path") == [None]
    assert [(str(f.place), f.id, f.severity.value) for f in found.findings] == [
        ("events1.csv:2", "event-control-character", "warning"),
        ("events1.csv:3", "event-control-character", "error"),
    ]


def test_strangers_are_counted_and_told_once_a_file(some: People, events: ReadEvents) -> None:
    one = "email,event,at\n" + "".join(f"s{n}@example.com,x,2026-11-01T10:00Z\n" for n in range(5))
    two = "email,event,at\nbo@example.com,x,2026-11-01T10:00Z\n,x,2026-11-01T10:00Z\n"
    found = events(some, one, two)

    assert found.summary == EventSummary(rows=7, events=1, rejected=0, unknown=6, repeated=0)
    assert told(found.findings) == [
        "events1.csv:2: event-unknown-contact",
        "events2.csv:3: event-without-contact",
    ]
    assert found.findings[0].message == (
        "nobody in the contacts is meant by 5 of 5 rows: 's0@example.com' in line 2, "
        "'s1@example.com' in line 3, 's2@example.com' in line 4"
    )
    assert found.findings[1].message == "no contact is named by 1 of 2 rows: line 3"
    assert {finding.severity for finding in found.findings} == {Severity.WARNING}


def test_an_event_told_twice_counts_once_and_without_an_id_each_time(
    some: People, events: ReadEvents
) -> None:
    found = events(
        some,
        "id,email,event,at,n\n"
        "9,bo@example.com,x,2026-11-01T10:00Z,1\n"
        "9,bo@example.com,x,2026-11-01T09:00Z,2\n"
        "9,bo@example.com,y,2026-11-01T10:00Z,3\n"
        ",bo@example.com,x,2026-11-01T10:00Z,4\n"
        ",bo@example.com,x,2026-11-01T10:00Z,5\n",
        "id,email,event,at,n\n9,bo@example.com,x,2026-11-01T10:00Z,6\n",
    )

    assert column(found, "n") == [1.0, 3.0, 4.0, 5.0]
    assert found.summary == EventSummary(rows=6, events=4, rejected=0, unknown=0, repeated=2)


@pytest.mark.parametrize(
    ("header", "what"),
    [
        ("email,at", "the event's name"),
        ("email,event", "its instant"),
        ("event,at", "its contact (contact, contact_id, email)"),
    ],
)
def test_a_file_that_cannot_hold_events_is_refused(
    some: People, events: ReadEvents, header: str, what: str
) -> None:
    with pytest.raises(UnreadableInput) as refused:
        events(some, header + "\nx,y\n")

    assert what in refused.value.message
    assert "events1.csv" in refused.value.message


def test_events_of_several_files_have_each_property_once(some: People, events: ReadEvents) -> None:
    found = events(
        some,
        "email,event,at,amount\nbo@example.com,x,2026-11-01T10:00Z,5\n",
        "contact,name,date,sku\nC1,y,2026-11-02,A1\n",
    )

    assert found.properties == {"amount": FieldType.NUMBER, "sku": FieldType.TEXT}
    assert column(found, "amount") == [None, 5.0]
    assert column(found, "sku") == ["A1", None]


def test_rows_in_memory_are_events_as_well(some: People) -> None:
    found = events_from_rows(
        Settings(timezone="Europe/Amsterdam"),
        [
            {"email": "ann@example.com", "event": "purchase", "at": "2026-11-20", "amount": 12},
            {
                "email": "bo@example.com",
                "event": "login",
                "at": "2026-11-19T09:00",
                "lines": [{"sku": 1}],
            },
            {"email": "cy@example.com", "event": "login", "at": "2026-11-19T09:00"},
        ],
        some,
    )

    assert who(found, some) == ["ann", "bo"]
    assert times(found) == ["2026-11-20T05:00:00", "2026-11-19T08:00:00"]
    assert column(found, "amount") == [12.0, None]
    assert column(found, "lines") == [None, '[{"sku": 1}]']
    assert [(finding.id, finding.place) for finding in found.findings] == [
        ("event-unknown-contact", None)
    ]
    assert found.findings[0].message.endswith("1 of 3 rows: 'cy@example.com'")


def test_no_events_are_a_table_all_the_same(some: People) -> None:
    found = events_from_rows(Settings(), [], some)

    assert found.events.column_names == [CONTACT, EVENT, AT, EVENT_ID]
    assert found.events.num_rows == 0
