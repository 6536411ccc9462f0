"""JSON → sheets."""

import json
from pathlib import Path
from typing import Any

import pytest

from mactl.errors import UnreadableInput
from mactl.people.sources.reading import read_sheet
from mactl.people.sources.sheets import Sheet
from mactl.project import ContactSource
from tests.people.conftest import ReadEvents, ReadPeople, Write, rows_of, told

MANY = 12_000  # objects of about 100 bytes: more than is looked at as a sample


def read(name: str) -> tuple[Sheet, list[Any]]:
    return read_sheet(Path(name), ContactSource(file=name))


def event(number: int) -> dict[str, Any]:
    return {
        "email": f"c{number}@example.com",
        "event": "purchase",
        "at": f"2026-01-{1 + number % 28:02}T10:00:00+01:00",
        "properties": {"amount": number / 4, "count": number, "gift": number % 2 == 0},
        "customer": {"city": "Delft" if number % 3 else None, "tags": ["a", f"b{number % 5}"]},
        "note": "",
    }


def test_many_objects_that_are_alike_are_read_as_one_by_one(write: Write) -> None:
    objects = [json.dumps(event(number)) for number in range(MANY)]
    alike, findings = read(write("\n".join(objects), "events.jsonl"))
    objects.insert(5000, "[]")
    others, faults = read(write("\n".join(objects), "events.jsonl"))

    assert findings == []
    assert told(faults) == ["events.jsonl:5001: source-bad-json"]
    assert rows_of(alike) == rows_of(others)
    assert rows_of(alike)[4] == {
        "email": "c4@example.com",
        "event": "purchase",
        "at": "2026-01-05T10:00:00+01:00",
        "amount": "1",
        "count": "4",
        "gift": "true",
        "customer_city": "Delft",
        "customer_tags": "a;b4",
    }
    assert alike.lists == others.lists == {"customer_tags"}
    assert others.lines[[4999, 5000]].tolist() == [5000, 5002]


def test_a_list_of_objects_stays_json_that_conditions_can_look_into(
    people: ReadPeople, events: ReadEvents
) -> None:
    lines = [{"category": "coffee", "price": 5}]
    told_of = {"email": "ann@example.com", "event": "purchase", "at": "2026-01-02", "lines": lines}

    found = events(people("email\nann@example.com\n"), json.dumps(told_of))

    assert found.events.column("lines").to_pylist() == [json.dumps(lines)]


def test_a_name_outside_of_the_properties_goes_before_the_same_within(write: Write) -> None:
    row = {"email": "ann@example.com", "properties": {"email": "other@example.com", "n": 1}}

    sheet, findings = read(write(json.dumps(row) + "\n" + json.dumps({"email": "b@example.com"})))

    assert rows_of(sheet)[0] == {"email": "ann@example.com", "n": "1"}
    assert findings == []


def test_objects_whose_keys_never_end_are_refused(write: Write) -> None:
    rows = "\n".join(json.dumps({f"key{n}": n}) for n in range(2100))

    with pytest.raises(UnreadableInput, match=r"more than 2,000 different keys"):
        read(write(rows, "contacts.jsonl"))


def test_an_array_in_which_a_comma_is_missing_is_read_up_to_there(write: Write) -> None:
    sheet, findings = read(
        write('[{"email": "a@example.com"}\n{"email": "b@example.com"}]', "a.json")
    )

    assert len(sheet) == 1
    assert told(findings) == ["a.json:2: source-bad-json"]


def test_what_is_no_object_is_named_and_the_others_go_on(write: Write) -> None:
    sheet, findings = read(write('[5, {"email": "a@example.com"},\n"x"]', "a.json"))

    assert rows_of(sheet) == [{"email": "a@example.com"}]
    assert told(findings) == ["a.json:1: source-bad-json", "a.json:2: source-bad-json"]


def test_half_a_surrogate_pair_harms_nobody(write: Write) -> None:
    sheet, _ = read(write('{"email": "a@example.com", "name": "x\\ud83d"}\n', "a.jsonl"))

    assert rows_of(sheet)[0]["name"] == "x?"


def test_a_control_character_that_json_spells_out_is_found(people: ReadPeople) -> None:
    found = people('{"email": "a@example.com", "name": "A\\u0007nn"}\n')

    assert told(found.findings) == ["contacts1.csv:1: contact-control-character"]
