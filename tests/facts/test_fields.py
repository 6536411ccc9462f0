"""What recipes set stands over what the sources say."""

import json
from typing import Any

import pandas as pd
import pyarrow as pa

from mactl.clock import to_day
from mactl.columns import CONTACT, FieldType
from mactl.facts.fields import lay_fields

CONTACTS = pa.table(
    {
        CONTACT: ["a", "b", "c"],
        "country": pa.array(["NL", None, "DE"], pa.string()),
        "nps": pa.array([4.0, None, 7.0], pa.float64()),
        "due": pa.array([20000, None, None], pa.int32()),
    }
)
TYPES = {"country": FieldType.TEXT, "nps": FieldType.NUMBER, "due": FieldType.DATE}


def laid(*sets: tuple[str, str, Any]) -> tuple[dict[str, list[Any]], dict[str, FieldType]]:
    own = pd.DataFrame(
        [
            (who, "field_set", at, json.dumps({"field": field, "value": json.dumps(value)}))
            for at, (who, field, value) in enumerate(sets)
        ],
        columns=["contact", "event", "at", "properties"],
    )
    table, types = lay_fields(CONTACTS, TYPES, own)
    return table.to_pydict(), types


def test_what_was_set_last_stands_over_the_source_and_others_keep_theirs() -> None:
    columns, types = laid(("a", "country", "BE"), ("b", "country", "FR"), ("a", "country", "LU"))

    assert columns["country"] == ["LU", "FR", "DE"]
    assert types == TYPES


def test_null_empties_a_field() -> None:
    columns, _ = laid(("a", "country", None), ("c", "nps", None))

    assert columns["country"] == [None, None, "DE"]
    assert columns["nps"] == [4.0, None, None]


def test_a_field_that_no_source_has_becomes_a_column_of_its_type() -> None:
    columns, types = laid(("a", "lifecycle", "nurtured"), ("c", "visits", 3))

    assert columns["lifecycle"] == ["nurtured", None, None]
    assert columns["visits"] == [None, None, 3.0]
    assert (types["lifecycle"], types["visits"]) == (FieldType.TEXT, FieldType.NUMBER)


def test_a_day_in_iso_8601_goes_into_a_column_of_dates_and_other_text_makes_it_text() -> None:
    columns, types = laid(("b", "due", "2026-12-01"))
    assert types["due"] is FieldType.DATE
    assert columns["due"][1] == to_day(pd.Timestamp("2026-12-01").date())

    columns, types = laid(("b", "due", "soon"))
    assert types["due"] is FieldType.TEXT
    assert columns["due"] == ["2024-10-04", "soon", None]


def test_who_is_gone_from_the_sources_does_not_matter() -> None:
    columns, _ = laid(("gone", "country", "BE"))

    assert columns["country"] == ["NL", None, "DE"]
