"""Sources → people."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from mactl.clock import from_day, from_epoch
from mactl.columns import CONTACT, KEY, ZONE, FieldType
from mactl.errors import ConfigurationError, UnreadableInput
from mactl.findings import Severity
from mactl.people.people import People, Summary, people_from_rows, read_people
from mactl.project import Settings
from tests.people.conftest import ReadPeople, told


def contacts(people: People, *fields: str) -> list[tuple[Any, ...]]:
    columns = [people.contacts.column(field).to_pylist() for field in fields]
    return list(zip(*columns, strict=True))


def test_two_sources_make_one_person_and_the_first_value_wins(people: ReadPeople) -> None:
    found = people(
        "contact_id,email,first_name,clv\nC1,ann@example.com,,1500\nC2,bo@example.com,Bo,20\n",
        "email,first_name,clv,city\nANN@Example.com,Ann,9,Delft\ncy@example.com,Cy,7,\n",
    )

    assert contacts(found, KEY, "email", "first_name", "clv", "city") == [
        ("C1", "ann@example.com", "Ann", 1500.0, "Delft"),
        ("C2", "bo@example.com", "Bo", 20.0, None),
        ("cy@example.com", "cy@example.com", "Cy", 7.0, None),
    ]
    assert found.summary == Summary(rows=4, contacts=3, rejected=0, merged=1)
    assert [tuple(row.values())[1:] for row in found.rows.to_pylist()] == [
        ("contacts1.csv", 2),
        ("contacts1.csv", 3),
        ("contacts2.csv", 2),
        ("contacts2.csv", 3),
    ]
    ids = found.contacts.column(CONTACT).to_pylist()
    assert found.rows.column(CONTACT).to_pylist() == [ids[0], ids[1], ids[0], ids[2]]
    assert {row["alias"]: row[CONTACT] for row in found.aliases.to_pylist()} == {
        "contact_id:C1": ids[0],
        "contact_id:C2": ids[1],
        "email:ann@example.com": ids[0],
        "email:bo@example.com": ids[1],
        "email:cy@example.com": ids[2],
    }


def test_tables_have_the_types_that_columns_promise(people: ReadPeople) -> None:
    found = people(
        "email,name,clv,vip,born,seen,tags\na@example.com,Ann,1.5,yes,1990-02-28,2026-12-01T09:00Z,a;b\n",
        columns={"tags": "list"},
    )

    assert found.fields == {
        "email": FieldType.TEXT,
        "name": FieldType.TEXT,
        "clv": FieldType.NUMBER,
        "vip": FieldType.BOOLEAN,
        "born": FieldType.DATE,
        "seen": FieldType.INSTANT,
        "tags": FieldType.LIST,
        "data_flags": FieldType.LIST,
    }
    for name, kind in found.fields.items():
        assert found.contacts.schema.field(name).type == kind.arrow
    assert found.contacts.column_names[:3] == [CONTACT, KEY, ZONE]
    row = found.contacts.to_pylist()[0]
    assert (row["clv"], row["vip"], row["tags"]) == (1.5, True, ";a;b;")
    assert from_day(row["born"]) == date(1990, 2, 28)
    assert from_epoch(row["seen"]) == datetime.fromisoformat("2026-12-01T09:00Z")


def test_a_cell_that_does_not_fit_costs_its_row_and_says_what_was_expected(
    people: ReadPeople,
) -> None:
    rows = "".join(f"c{n}@example.com,{n}\n" for n in range(20))
    found = people("email,Customer value\n" + rows + "x@example.com,a lot\n")

    assert told(found.findings) == ["contacts1.csv:22: contact-bad-value"]
    assert found.findings[0].severity is Severity.ERROR
    assert found.findings[0].message == (
        "column 'Customer value' (customer_value): 'a lot' is not a number such as 1500 or 12.5"
    )
    assert found.summary == Summary(rows=21, contacts=20, rejected=1, merged=0)


def test_every_fault_of_a_row_is_told_and_the_row_counts_once(people: ReadPeople) -> None:
    found = people(
        "email,clv,born\nann,much,long ago\n",
        columns={"clv": "number", "born": "date"},
    )

    assert told(found.findings) == [
        "contacts1.csv:2: contact-bad-email",
        "contacts1.csv:2: contact-bad-value",
        "contacts1.csv:2: contact-bad-value",
    ]
    assert found.summary.rejected == 1


def test_declared_types_win_over_what_cells_look_like(people: ReadPeople) -> None:
    found = people(
        "email,code,ends\na@example.com,12,31-12-2026\n",
        columns={"code": "text", "ends": {"date": "%d-%m-%Y"}},
    )

    assert contacts(found, "code", "ends") == [("12", (date(2026, 12, 31) - date(1970, 1, 1)).days)]


def test_each_source_has_its_own_decimal_mark(people: ReadPeople) -> None:
    found = people(
        "email;clv\na@example.com;1500,50\n",
        "email,clv\nb@example.com,12.5\n",
        sources=[{"decimal": ","}, {}],
    )

    assert contacts(found, "clv") == [(1500.5,), (12.5,)]


def test_identity_keys_are_text_and_a_marker_for_nothing_is_no_key(people: ReadPeople) -> None:
    found = people("contact_id,email\n1001,a@example.com\nn/a,b@example.com\nN/A,c@example.com\n")

    assert contacts(found, KEY, "contact_id") == [
        ("1001", "1001"),
        ("b@example.com", None),
        ("c@example.com", None),
    ]


def test_a_contact_needs_no_address_but_some_key(people: ReadPeople) -> None:
    found = people("contact_id,email,name\nC1,,Ann\n,,Bo\n")

    assert contacts(found, KEY, "email") == [("C1", None)]
    assert told(found.findings) == ["contacts1.csv:3: contact-no-identity"]


@pytest.mark.parametrize(
    ("cell", "id"),
    [
        ("An\x07n", "contact-control-character"),
        ("An\x85n", "contact-control-character"),
        ("An\u202enn", "contact-control-character"),
        ("A" * 70_000, "contact-oversized-cell"),
    ],
)
def test_what_must_not_go_on_is_refused_with_its_row(
    people: ReadPeople, cell: str, id: str
) -> None:
    found = people(f"email,name\na@example.com,{cell}\nb@example.com,Bo\n")

    assert contacts(found, "name") == [("Bo",)]
    assert told(found.findings) == [f"contacts1.csv:2: {id}"]
    assert cell not in found.findings[0].message


def test_newlines_and_tabs_within_a_cell_are_kept(people: ReadPeople) -> None:
    found = people('email,note\na@example.com,"one\r\ntwo\tthree"\n')

    assert contacts(found, "note") == [("one\ntwo\tthree",)]


def test_a_time_zone_that_does_not_exist_is_a_warning_and_empty(people: ReadPeople) -> None:
    found = people(
        "email,timezone\na@example.com,Europe/Berlin\nb@example.com,Mars/Olympus\nc@example.com,\n"
    )

    assert contacts(found, ZONE, "timezone") == [
        ("Europe/Berlin", "Europe/Berlin"),
        (None, None),
        (None, None),
    ]
    assert told(found.findings) == ["contacts1.csv:3: contact-unknown-timezone"]
    assert found.findings[0].severity is Severity.WARNING


def test_a_local_time_is_in_the_contacts_zone_though_another_source_names_it(
    people: ReadPeople,
) -> None:
    found = people(
        "email,seen\na@example.com,2026-03-29T02:30\nb@example.com,2026-06-01T12:00\nc@example.com,2026-06-01T12:00Z\n",
        "email,timezone\nb@example.com,America/New_York\nc@example.com,America/New_York\n",
        timezone="Europe/Amsterdam",
    )

    assert [from_epoch(seen).isoformat() for (seen,) in contacts(found, "seen")] == [
        "2026-03-29T01:00:00+00:00",
        "2026-06-01T16:00:00+00:00",
        "2026-06-01T12:00:00+00:00",
    ]


CONSENT = {
    "offers": {
        "state": "opt_in",
        "at": "opt_in_at",
        "source": "opt_in_source",
        "withdrawn": "opt_out",
    }
}


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2)])
def test_a_row_that_says_no_wins_over_every_yes(people: ReadPeople, order: tuple[int, ...]) -> None:
    rows = [
        "a@example.com,yes,2026-01-01,form,no\n",
        "a@example.com,no,,,\n",
        "a@example.com,,,,yes\n",
    ]
    header = "email,opt_in,opt_in_at,opt_in_source,opt_out\n"
    found = people(header + "".join(rows[n] for n in order), consent=CONSENT)

    assert contacts(found, "opt_in", "opt_out") == [(False, True)]


def test_the_proof_of_a_consent_comes_from_one_row(people: ReadPeople) -> None:
    found = people(
        "email,opt_in,opt_in_at,opt_in_source,name\na@example.com,yes,,phone,\n",
        "email,opt_in,opt_in_at,opt_in_source,name\na@example.com,1,2026-01-01,form,Ann\n",
        consent=CONSENT,
        columns={"opt_in": "boolean"},
    )

    at = (date(2026, 1, 1) - date(1970, 1, 1)).days
    assert contacts(found, "opt_in", "opt_in_at", "opt_in_source", "name") == [
        (True, at, "form", "Ann")
    ]


def test_consent_said_in_numbers_is_a_boolean_all_the_same(people: ReadPeople) -> None:
    found = people(
        "email,opt_in\na@example.com,1\nb@example.com,0\nc@example.com,\n", consent=CONSENT
    )

    assert contacts(found, "opt_in") == [(True,), (False,), (None,)]


def test_an_unclear_answer_is_stricter_than_yes(people: ReadPeople) -> None:
    found = people(
        "email,opt_in\na@example.com,yes\na@example.com,asked to stop\n", consent=CONSENT
    )

    assert contacts(found, "opt_in") == [("asked to stop",)]


def test_known_aliases_keep_ids_over_a_change_of_address(people: ReadPeople) -> None:
    text = "contact_id,email\nC1,ann@example.com\n"
    first = people(text)
    moved = people("contact_id,email\nC1,ann@example.org\n", known=first.aliases)

    assert moved.contacts.column(CONTACT) == first.contacts.column(CONTACT)
    assert "email:ann@example.com" in moved.aliases.column("alias").to_pylist()


def test_a_file_without_any_identity_is_refused_with_the_names_that_it_has(
    people: ReadPeople,
) -> None:
    with pytest.raises(UnreadableInput) as refused:
        people("Name,Adres\nAnn,a@example.com\n")

    assert refused.value.message == (
        "contacts1.csv: no column is called contact_id or email; there are Name, Adres"
    )
    assert str(refused.value.hint).startswith(
        "say in mactl.yaml which it is: columns: {Adres: email}"
    )


@pytest.mark.parametrize(
    ("text", "identity", "hint"),
    [
        (
            "klant_code,name\n1,Ann\n2,Bo\n",
            None,
            "each row has its own 'klant_code'; if that says who somebody is, write in mactl.yaml"
            " identity: [klant_code, contact_id, email], or columns: {klant_code: contact_id} beside the file",
        ),
        (
            "id,Klantnummer\n1,9\n2,9\n",
            None,
            "say in mactl.yaml which it is: columns: {Klantnummer: contact_id}; `mactl contacts map` shows the rest",
        ),
        (
            'id,E-mailadres\n1,"a@example.com, b@example.com"\n2,\n',
            None,
            "say in mactl.yaml which it is: columns: {E-mailadres: email}; `mactl contacts map` shows the rest",
        ),
        (
            "Customer: ID,name\n1,Ann\n2,Bo\n",
            None,
            "each row has its own 'Customer: ID'; if that says who somebody is, write in mactl.yaml"
            ' identity: [customer_id, contact_id, email], or columns: {"Customer: ID": contact_id} beside the file',
        ),
        (
            "id name email\n1  Ann  a@example.com\n",
            None,
            "there is one column only: if several are meant, say beside the file in mactl.yaml what stands between"
            ' them: delimiter: "…"',
        ),
        (
            "id,email\n1,a@example.com\n2,b@example.com\n",
            ["phone"],
            "each row has its own 'id'; if that says who somebody is, write in mactl.yaml identity: [id, …]",
        ),
        *(
            (
                text,
                None,
                "no column has addresses, or an id of its own for each row; if some tell people apart"
                " all the same, write in mactl.yaml identity: [COLUMN], or identity: [{all: [COLUMN, COLUMN]}]",
            )
            for text in (
                "name,city\nAnn,Delft\nBo,Delft\n",
                "id,name\n1,Ann\n1,Bo\n",
                "id,name\n1,Ann\n,Bo\n",
                "id,name\n",
                "order_id,name\n1,Ann\n2,Bo\n",
                "type\nx\n",
            )
        ),
    ],
)
def test_the_hint_names_the_column_that_may_say_who_they_are(
    people: ReadPeople, text: str, identity: list[str] | None, hint: str
) -> None:
    settings = {} if identity is None else {"identity": identity}
    with pytest.raises(UnreadableInput) as refused:
        people(text, **settings)

    assert refused.value.hint == hint


def test_identity_that_names_nothing_is_a_fault_of_the_settings(people: ReadPeople) -> None:
    with pytest.raises(ConfigurationError):
        people("email\na@example.com\n", identity=[])


def test_sources_without_rows_are_nobody(people: ReadPeople) -> None:
    assert people("email,name\n").summary == Summary(0, 0, 0, 0)
    nobody = read_people(Settings(), Path(), [])
    assert nobody.summary == Summary(0, 0, 0, 0)
    assert nobody.contacts.column_names == [CONTACT, KEY, ZONE]
    assert people_from_rows(Settings(), []).contacts.num_rows == 0


def test_rows_in_memory_become_the_same_people_as_rows_in_a_file(people: ReadPeople) -> None:
    rows = [
        {"email": "ann@example.com", "clv": 1500, "vip": True, "contract_end": "2027-01-15"},
        {"email": "bo@example.com", "clv": 12.5, "vip": False, "tags": ["a", "b"], "zip": "01234"},
        {"email": "cy@example.com", "clv": None, "contract_end": date(2027, 1, 16)},
    ]
    text = (
        "email,clv,vip,contract_end,tags,zip\n"
        "ann@example.com,1500,true,2027-01-15,,\n"
        "bo@example.com,12.5,false,,a;b,01234\n"
        "cy@example.com,,,2027-01-16,,\n"
    )
    in_memory = people_from_rows(Settings(), rows)
    from_file = people(text, columns={"tags": "list"})

    assert in_memory.contacts.equals(from_file.contacts)
    assert in_memory.fields == from_file.fields
    assert in_memory.rows.to_pylist()[0]["path"] is None


def test_a_fault_in_memory_has_no_place() -> None:
    found = people_from_rows(Settings(), [{"email": "ann"}])

    assert [(finding.id, finding.place) for finding in found.findings] == [
        ("contact-bad-email", None)
    ]


@pytest.mark.parametrize("words", ["Yes", "1.0", "2026-01-02"])
def test_words_that_somebody_consented_to_stay_the_words_that_the_file_has(words: str) -> None:
    settings = Settings.model_validate(
        {"consent": {"offers": {"state": "ok", "source": "form", "wording": "words"}}}
    )
    rows = [{"email": "ann@example.com", "ok": "yes", "form": "7", "words": words}]
    found = people_from_rows(settings, rows).contacts.to_pylist()

    assert [(row["form"], row["words"]) for row in found] == [("7", words)]


KNOWN = {"contact_id:C1": "x", "email:ann@example.com": "x", "contact_id:C9": "y"}


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (["C9"], {("contact_id:C1", "x", "C9"), ("email:ann@example.com", "x", "C9")}),
        (["C1", "C9"], set()),
        (["C1"], set()),
    ],
)
def test_who_has_a_key_of_somebody_who_is_gone_is_their_heir(
    rows: list[str], expected: set[tuple[str, str, str]]
) -> None:
    told = [{"contact_id": row, "email": "ann@example.com"} for row in rows]
    found = people_from_rows(Settings(), told, KNOWN)
    ids, keys = (found.contacts.column(name).to_pylist() for name in (CONTACT, KEY))
    names = dict(zip(ids, keys, strict=True))
    heirs = [*zip(*found.heirs.to_pydict().values(), strict=True)]

    assert {(alias, gone, names[heir]) for alias, gone, heir in heirs} == expected
