"""What rows are recognised by, as it is compared."""

from typing import Any

import pytest

from mactl.columns import KEY
from mactl.people.events import events_from_rows
from mactl.people.people import People, people_from_rows
from mactl.people.whose import WHO
from mactl.project import Settings


def read(rows: list[dict[str, Any]], *identity: object, **settings: Any) -> People:
    return people_from_rows(Settings.model_validate({"identity": list(identity), **settings}), rows)


@pytest.mark.parametrize("written", ["06 1357 9864", "0031613579864", "+31 (0)6-13579864"])
@pytest.mark.parametrize("field", ["phone", "reachable_at"])
def test_a_number_is_the_same_however_it_is_written(written: str, field: str) -> None:
    rows = [{"email": "a@example.com", field: "+31613579864"}, {field: written}]
    key = field if field == "phone" else {"field": field, "compare": "phone"}
    found = read(rows, "email", key, country="NL")

    assert found.contacts.num_rows == 1
    assert found.contacts.column(field).to_pylist() == ["+31613579864"]
    event = {field: written, "event": "call", "at": "2026-01-01T10:00:00Z"}
    settings = Settings.model_validate({"identity": ["email", key], "country": "NL"})
    assert events_from_rows(settings, [event], found).events.num_rows == 1


def test_a_number_of_no_known_country_is_compared_by_its_digits() -> None:
    rows = [{"phone": "06-13579864"}, {"phone": "0613579864"}, {"phone": "0613579865"}]

    assert read(rows, "phone").contacts.num_rows == 2


@pytest.mark.parametrize("made_up", ["0612345678", "0600000000", "nonsense"])
def test_a_number_that_was_made_up_joins_nobody(made_up: str) -> None:
    rows = [
        {"email": f"{name}@example.com", "last_name": "Bos", "phone": made_up}
        for name in ("ann", "bob")
    ]
    more = [{"email": f"{n}@example.com", "phone": f"06135798{n}"} for n in range(60, 64)]
    for key in ("phone", {"all": ["last_name", "phone"]}):
        found = read([*rows, *more], "email", key, country="NL")

        assert found.contacts.num_rows == 6


def test_a_row_whose_only_key_is_made_up_says_of_nobody() -> None:
    rows = [{"phone": "0612345678"}, {"phone": "0613579864"}]
    found = read(rows, "phone", country="NL")

    assert found.contacts.column(KEY).to_pylist() == ["+31613579864"]
    assert [one.id for one in found.findings if one.severity == "error"] == ["contact-no-identity"]


def test_text_is_the_same_whatever_its_case_accents_and_blanks() -> None:
    rows = [
        {"last_name": "Coëlho", "postcode": "1012 AB", "born": "1980-01-02"},
        {"last_name": "COELHO ", "postcode": "1012ab", "born": "1980-01-02"},
        {"last_name": "Coelho", "postcode": "1012 AB", "born": "1980-01-03"},
        {"last_name": "Coelho", "postcode": "1012 AB", "born": None, "email": "c@example.com"},
    ]
    found = read(rows, "email", {"all": ["last_name", "postcode", "born"]})

    assert found.contacts.num_rows == 3
    assert "last_name+postcode+born:coelho|1012ab|1980-01-02" in found.aliases["alias"].to_pylist()


def test_the_key_that_an_event_names_may_be_a_phone() -> None:
    found = read([{"phone": "06 13579864"}], "phone", country="NL")
    settings = Settings.model_validate({"identity": ["phone"], "country": "NL"})
    event = {WHO: "+31613579864", "event": "call", "at": "2026-01-01T10:00:00Z"}

    assert events_from_rows(settings, [event], found).events.num_rows == 1


@pytest.mark.parametrize(
    ("settings", "hint"),
    [
        ({"identity": ["email", {"all": ["lastname", "postcode"]}]}, "last_name"),
        ({"survivorship": {"fields": {"post_code": "newest"}}}, "postcode"),
        ({"survivorship": {"by": "newest", "at": "changed_att"}}, "changed_at"),
    ],
)
def test_a_field_that_is_misspelt_in_mactl_yaml_is_told(
    settings: dict[str, Any], hint: str
) -> None:
    row = {
        "email": "a@example.com",
        "last_name": "Bos",
        "postcode": "1",
        "changed_at": "2026-01-01",
    }
    (told,) = [
        one
        for one in people_from_rows(Settings.model_validate(settings), [row]).findings
        if one.id == "contact-unknown-field"
    ]

    assert told.hint == f"did you mean {hint!r}?"
