import json
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mactl.columns import AT, CONTACT, EVENT, EVENT_ID, FieldType
from mactl.facts.facts import Facts
from mactl.facts.layers import layer_events
from tests.rules import tables

TYPES = {
    "text": "text", "number": "number", "truth": "boolean", "day": "date", "at": "instant", "words": "list",
}  # fmt: skip
FACTS = tables.facts(
    "2026-12-01T09:00",
    {"ann": {}},
    [
        [
            "ann", "purchase", "2026-11-01",
            {
                "text": "a", "number": 5, "truth": True, "day": "2026-11-01",
                "at": "2026-11-01T10:00Z", "words": ["x", "y"],
            },
        ]
    ],
    fields={},
    properties=TYPES,
)  # fmt: skip


def own(*properties: dict[str, Any] | str) -> pa.Table:
    """Events of the state: one for each of `properties`."""
    texts = [p if isinstance(p, str) else json.dumps(p) for p in properties]
    return pa.table(
        {
            "contact": ["ann"] * len(texts),
            "event": ["email_sent"] * len(texts),
            "at": pa.array(range(len(texts)), pa.int64()),
            "source_id": [f"send:{n}" if n else None for n in range(len(texts))],
            "properties": texts,
        }
    )


def values(facts: Facts, name: str) -> list[Any]:
    assert facts.events.schema.field(name).type == facts.properties[name].arrow
    return facts.events.column(name).to_pylist()


def test_events_of_the_state_stand_below_those_of_the_sources() -> None:
    facts = layer_events(FACTS, own({"recipe": "offer"}, {"step": "ask"}))

    assert facts.events.select([CONTACT, EVENT, AT, EVENT_ID]).slice(1).to_pylist() == [
        {"_contact": "ann", "_event": "email_sent", "_at": 0, "_id": None},
        {"_contact": "ann", "_event": "email_sent", "_at": 1, "_id": "send:1"},
    ]
    assert values(facts, "recipe") == [None, "offer", None]
    assert values(facts, "step") == [None, None, "ask"]
    assert values(facts, "number") == [5, None, None]
    assert facts.now == FACTS.now


@pytest.mark.parametrize(
    ("value", "type_", "cell"),
    [
        ("NL", "text", "NL"),
        (3, "number", 3.0),
        (2.5, "number", 2.5),
        (10**400, "number", None),
        (False, "boolean", False),
        (["a", "b c"], "list", ";a;b c;"),
        ([" a ", "", 5, True], "list", ";a;5;true;"),
        ({"b": 1, "a": [2]}, "text", '{"a": [2], "b": 1}'),
        ([{"sku": 1}], "text", '[{"sku": 1}]'),
    ],
)
def test_a_new_property_has_the_type_of_its_value(value: Any, type_: str, cell: Any) -> None:
    facts = layer_events(FACTS, own({"new": value}))

    assert facts.properties["new"] == type_
    assert values(facts, "new") == [None, cell]


@pytest.mark.parametrize(
    ("name", "value", "cell"),
    [
        ("number", 7, 7),
        ("number", "7.5", 7.5),
        ("number", "seven", None),
        ("number", "nan", None),
        ("number", True, None),
        ("number", None, None),
        ("text", 7.0, "7"),
        ("text", 0.5, "0.5"),
        ("text", ["b", "c"], "b;c"),
        ("truth", False, False),
        ("truth", 1, None),
        ("day", "2026-12-01", 20788),
        ("day", "soon", None),
        ("day", 20788, None),
        ("at", "2026-11-01T11:00+01:00", 1793527200),
        ("at", "2026-11-01T11:00", None),
        ("words", ["z"], ";z;"),
        ("words", "z", ";z;"),
        ("words", "z; q", ";z;q;"),
        ("words", 5, None),
    ],
)
def test_a_property_of_the_sources_keeps_its_type_whatever_mactl_tells(
    name: str, value: Any, cell: Any
) -> None:
    facts = layer_events(FACTS, own({name: value}))

    assert facts.properties == FACTS.properties
    assert values(facts, name) == [values(FACTS, name)[0], cell]


def test_one_table_may_mix_types_and_a_later_one_may_widen_them() -> None:
    facts = layer_events(FACTS, own({"a": 1, "b": "x"}, {"a": "one", "b": ["y"]}), own({"b": 2}))

    assert values(facts, "a") == [None, "1", "one", None]
    assert values(facts, "b") == [None, "x", "y", "2"]


@pytest.mark.parametrize("properties", [{"new": ""}, {"new": None}, {"new": []}, {"_contact": "x"}])
def test_what_has_no_value_or_the_name_of_an_own_column_is_no_property(
    properties: dict[str, Any],
) -> None:
    facts = layer_events(FACTS, own(properties))

    assert facts.properties == FACTS.properties
    assert facts.events.column(CONTACT).to_pylist() == ["ann", "ann"]


def test_no_events_and_events_without_properties_change_no_types() -> None:
    assert layer_events(FACTS).events is FACTS.events
    facts = layer_events(FACTS, own(), own("", "{}"))

    assert facts.properties == FACTS.properties
    assert facts.events.num_rows == 3


def test_words_may_stand_in_a_dictionary_and_a_table_come_from_pandas() -> None:
    words = pa.dictionary(pa.int32(), pa.string())
    events = FACTS.events.set_column(0, CONTACT, FACTS.events[CONTACT].cast(words))
    facts = Facts(FACTS.now, FACTS.zone, FACTS.contacts, {}, events, FACTS.properties)

    layered = layer_events(facts, pa.Table.from_pandas(own({"text": "b"}).to_pandas()))

    assert layered.events.schema.field(CONTACT).type == words
    assert layered.events.column(CONTACT).to_pylist() == ["ann", "ann"]
    assert values(layered, "text") == ["a", "b"]


def test_properties_that_are_no_object_are_refused() -> None:
    with pytest.raises(ValueError, match="is not a JSON object"):
        layer_events(FACTS, own("[1]"))
    with pytest.raises(ValueError, match="Expecting"):
        layer_events(FACTS, own("{"))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=4,
)


@given(st.lists(st.dictionaries(st.sampled_from([*TYPES, "new"]), JSON), max_size=4))
def test_any_json_is_layered_and_every_column_keeps_its_declared_type(
    properties: list[dict[str, Any]],
) -> None:
    facts = layer_events(FACTS, own(*properties))

    assert facts.events.num_rows == 1 + len(properties)
    for name, type_ in facts.properties.items():
        assert facts.events.schema.field(name).type == FieldType(type_).arrow
        assert (values(facts, name)[0] is None) is (name == "new")


def test_the_facts_of_one_contact_are_theirs_alone() -> None:
    facts = tables.facts(
        "2026-12-01",
        {"ann": {"n": 1.0}, "bob": {"n": 2.0}},
        [["ann", "x", "2026-11-01"], ["bob", "y", "2026-11-02"], ["zoe", "z", "2026-11-03"]],
        fields={"n": "number"},
    ).about("bob")

    assert facts.contacts.column("n").to_pylist() == [2.0]
    assert facts.events.column(EVENT).to_pylist() == ["y"]
    assert not facts.about("nobody").contacts.num_rows
    assert isinstance(facts.contacts.to_pandas(), pd.DataFrame)


def test_whose_message_an_event_is_about_comes_in_a_column_of_its_own() -> None:
    table = pa.table(
        {
            "contact": ["a", "a", "a"],
            "event": ["email_sent", "email_sent", "email_clicked"],
            "at": [1, 2, 3],
            "source_id": ["1", "2", "3"],
            "properties": ['{"step": "x"}', '{"step": "x"}', '{"step": "x", "enrollment": "told"}'],
            "enrollment": ["one", "two", None],
        }
    )

    layered = layer_events(FACTS, table)

    assert layered.properties["enrollment"] is FieldType.TEXT
    assert layered.events.column("enrollment").to_pylist()[-3:] == ["one", "two", "told"]
