"""An engine that is kept: one session for many evaluations, and what it remembers of tables."""

import gc
import tempfile
from dataclasses import replace

import pandas as pd
import pyarrow as pa
import pytest

from mactl.errors import ConfigurationError
from mactl.facts.facts import Facts
from mactl.rules.embedded import Arrow, DuckDB, Pandas
from mactl.rules.engine import Engine, engine_for, kept
from mactl.rules.evaluate import Question, evaluate
from mactl.rules.names import Definition
from mactl.rules.tables import Memory
from tests.rules import tables

BOTH = pytest.mark.parametrize("engine", [DuckDB(), Pandas()], ids=["duckdb", "pandas"])
PEOPLE = {f"c{n}": {"n": float(n), "office": float(n % 10)} for n in range(200)}


def facts_at(now: str = "2026-12-01T09:00", amount: float = 1.0) -> Facts:
    return tables.facts(
        now,
        PEOPLE,
        [[who, "view", "2026-11-28T09:00", {"amount": amount * row["n"]}] for who, row in PEOPLE.items()],
        fields={"n": "number", "office": "number"},
        properties={"amount": "number"},
    )  # fmt: skip


COOKBOOK = tables.cookbook({"here": {"fields": {"twice": "n * 2"}}})
OTHER = tables.cookbook({"here": {"fields": {"twice": "n * 3"}}})


def count(condition: object, facts: Facts, engine: Engine, **more: object) -> int:
    asked = {"it": Question(tables.condition(condition), "here")}
    return int(
        evaluate(facts, more.pop("cookbook", COOKBOOK), asked, engine=engine, **more)["it"].sum()
    )


@BOTH
def test_a_kept_session_gives_other_facts_other_times_and_other_cookbooks_their_own_answers(
    engine: Engine,
) -> None:
    facts, other = facts_at(), facts_at(amount=2.0)
    spent = {"event": "view", "sum": {"of": "amount", "gte": 100}}
    recent = {"event": "view", "within_last": "3 days"}
    with kept(engine) as session:
        for _ in range(2):
            assert count(spent, facts, session) == 100
            assert count(spent, other, session) == 150
            assert count(recent, facts, session) == 200
            assert count(recent, facts_at("2026-12-03T09:00"), session) == 0
            assert count(recent, facts.at(facts_at("2026-12-03T09:00").now), session) == 0
            assert count({"field": "twice", "gte": 200}, facts, session) == 100
            assert count({"field": "twice", "gte": 300}, facts, session, cookbook=OTHER) == 100


@BOTH
def test_few_contacts_or_subjects_are_answered_as_among_all(engine: Engine) -> None:
    facts = facts_at()
    conditions = [
        {"event": "view", "sum": {"of": "amount", "gte": 7}},
        {"field": "n", "gte": 7},
        {"anyone": "office", "has": {"field": "n", "gte": 198}},
        {"event": "view", "not_followed_by": {"event": "buy", "within": "1 day"}},
    ]
    asked = {str(n): Question(tables.condition(c), "here") for n, c in enumerate(conditions)}
    asked["twice"] = Definition("field", "here.twice")  # type: ignore[assignment]
    few = ["c8", "c3", "c198", "nobody"]

    everyone = evaluate(facts, COOKBOOK, asked, engine=engine)
    with kept(engine) as session:
        among = evaluate(facts, COOKBOOK, asked, engine=session, among=few)
        subjects = tables.subjects([[who, who, None] for who in few])
        about = evaluate(facts, COOKBOOK, asked, engine=session, subjects=subjects)
        known = {Definition("segment", "here.odd"): pd.Series([n % 2 == 1 for n in range(200)])}
        odd = tables.cookbook({"here": {"segments": {"odd": {"any": []}}}})
        given = evaluate(
            facts, odd, {"odd": Definition("segment", "here.odd")}, engine=session, among=few, known=known
        )  # fmt: skip

    assert among.equals(everyone.loc[["c3", "c8", "c198"]])
    assert about.loc[few[:3]].to_dict() == everyone.loc[few[:3]].to_dict()
    assert not about.loc["nobody", ["0", "1", "2", "3"]].any()
    assert given["odd"].to_dict() == {"c3": True, "c8": False, "c198": False}


def test_events_of_words_in_dictionaries_are_narrowed_alike() -> None:
    facts = facts_at()
    words = pa.dictionary(pa.int32(), pa.string())
    first, second = facts.events.slice(0, 100), facts.events.slice(100)
    parts = [
        part.set_column(0, "_contact", part["_contact"].cast(words)) for part in (second, first)
    ]
    stranger = parts[0].slice(0, 1).set_column(0, "_contact", pa.array(["zoe"]).cast(words))
    mixed = replace(facts, events=pa.concat_tables([*parts, stranger]))

    for engine in (DuckDB(), Pandas()):
        found = evaluate(
            mixed, COOKBOOK, {"it": Question(tables.condition({"event": "view"}), "here")},
            engine=engine, among=["c7", "c150"],
        )  # fmt: skip
        assert found["it"].tolist() == [True, True]


def test_what_was_made_of_a_table_goes_with_it() -> None:
    memory, made = Memory(), []

    def make() -> str:
        made.append(1)
        return "it"

    table, other = pa.table({"a": [1]}), pa.table({"a": [1]})
    assert [memory.once(table, "key", make) for _ in range(3)] == ["it"] * 3
    assert memory.once(other, "key", make) == "it"
    assert len(made) == 2
    del table
    gc.collect()

    assert len(memory._tables) == 1


def test_a_machine_without_a_folder_for_temporary_files_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tempfile, "_get_default_tempdir", _no_folder)
    monkeypatch.setattr(tempfile, "tempdir", None)
    with pytest.raises(ConfigurationError, match="No usable temporary directory") as refused:
        count({"field": "n", "gte": 1}, facts_at(), DuckDB())
    assert "TMPDIR" in str(refused.value.hint)


def _no_folder() -> str:
    """As the standard library does where all folders are read-only."""
    raise FileNotFoundError(2, "No usable temporary directory found in ['/tmp', '/var/tmp']")


@pytest.mark.parametrize(
    ("name", "contacts", "events", "chosen"),
    [
        ("duckdb", 2_000, 20_000, Arrow),
        ("duckdb", 2_001, 0, DuckDB),
        ("duckdb", 0, 20_001, DuckDB),
        ("pandas", 1, 1, Pandas),
    ],
)
def test_no_database_begins_for_few_and_another_engine_is_as_asked_for(
    name: str, contacts: int, events: int, chosen: type[Engine]
) -> None:
    some, many = (pa.table({"_contact": pa.nulls(n, pa.string())}) for n in (contacts, events))
    facts = replace(facts_at(), contacts=some, events=many)

    assert isinstance(engine_for(facts, name), chosen)
