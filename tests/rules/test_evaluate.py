from datetime import date

import pandas as pd
import pyarrow as pa
import pytest

from mactl.columns import CONTACT
from mactl.errors import ConfigurationError
from mactl.rules.embedded import DuckDB, Pandas
from mactl.rules.engine import Engine, engine_named
from mactl.rules.evaluate import Question, evaluate
from mactl.rules.names import STAGE, Definition, definitions_of
from mactl.rules.prepared import fold_text
from mactl.rules.questions import Measured, RulePoints
from tests.rules import tables

BOTH = pytest.mark.parametrize("engine", [DuckDB(), Pandas()], ids=["duckdb", "pandas"])
FACTS = tables.facts(
    "2026-12-01T09:00",
    {"ann": {"nps": 9.0}, "bob": {"nps": 3.0}, "cas": {}},
    [
        ["cas", "purchase", "2026-11-30T09:00", {"amount": 10}],
        ["ann", "purchase", "2026-11-27T09:00", {"amount": 20}],
        ["ann", "purchase", "2026-11-28T09:00"],
        ["stranger", "purchase", "2026-11-28T09:00"],
    ],
    fields={"nps": "number"},
    properties={"amount": "number"},
)


def asked(condition: object, recipe: str = "here") -> dict[str, Question]:
    return {"it": Question(tables.condition(condition), recipe)}


def holders(answers: pd.DataFrame) -> list[str]:
    return list(answers.index[answers["it"]])


@BOTH
def test_rows_stand_in_the_order_of_the_contacts_whatever_the_engine_returns(
    engine: Engine,
) -> None:
    people = {f"c{number}": {"nps": float(number % 7)} for number in reversed(range(5000))}
    facts = tables.facts("2026-12-01", people, fields={"nps": "number"})

    answers = evaluate(facts, tables.cookbook({}), asked({"field": "nps", "eq": 3}), engine=engine)

    assert list(answers.index) == list(people)
    assert answers["it"].tolist() == [row["nps"] == 3 for row in people.values()]


@BOTH
def test_columns_have_plain_types_and_the_names_of_their_questions(engine: Engine) -> None:
    cookbook = tables.cookbook(
        {
            "here": {
                "segments": {"buyers": {"event": "purchase"}},
                "scoring": {"fit": {"rules": [{"name": "x", "event": "purchase", "points": 2}]}},
                "stages": {"customer": {"segment": "buyers"}},
                "labels": {"mood": {"good": {"field": "nps", "gte": 8}}},
            }
        }
    )
    bought = tables.condition({"event": "purchase", "sum": {"of": "amount", "gte": 0}})

    answers = evaluate(
        FACTS,
        cookbook,
        {
            "a b": Definition("segment", "here.buyers"),
            "A B": Definition("score", "here.fit"),
            "stage": STAGE,
            "mood": Definition("label", "here.mood"),
            "points": RulePoints("here.fit", 0),
            "last": Measured(bought, "last", "here"),
            "spent": Measured(bought, "sum", "here"),
        },
        engine=engine,
    )

    assert answers.index.name == "contact"
    assert [str(dtype) for dtype in answers.dtypes] == [
        "bool", "float64", "str", "str", "float64", "Int64", "float64",
    ]  # fmt: skip
    plain = answers.astype("object").where(answers.notna(), None)
    at = tables.instant("2026-11-28T09:00")
    assert plain.loc["ann"].tolist() == [True, 4.0, "customer", "good", 4.0, at, 20.0]
    assert plain.loc["bob"].tolist() == [False, 0.0, None, None, 0.0, None, 0.0]


@BOTH
def test_no_questions_still_give_a_row_for_each_contact(engine: Engine) -> None:
    assert list(evaluate(FACTS, tables.cookbook({}), {}, engine=engine).index) == [
        "ann", "bob", "cas",
    ]  # fmt: skip


@BOTH
def test_business_days_skip_the_holidays_that_are_passed(engine: Engine) -> None:
    # From Tuesday morning one business day back is Monday, or Friday where Monday is a holiday.
    question = asked({"event": "purchase", "within_last": "1 business day"})
    holidays = {date(2026, 11, 30)}

    def found(**more: object) -> list[str]:
        return holders(evaluate(FACTS, tables.cookbook({}), question, engine=engine, **more))

    assert found() == ["cas"]
    assert found(holidays=holidays) == ["ann", "cas"]


@BOTH
def test_what_an_earlier_answer_knows_is_not_worked_out_again(engine: Engine) -> None:
    cookbook = tables.cookbook(
        {
            "here": {
                "segments": {"odd": {"segment": "nowhere"}},
                "labels": {"mood": {"bad": {"segment": "nowhere"}}},
            }
        }
    )
    known = {
        Definition("segment", "here.odd"): pd.Series([True, False, True]),
        Definition("label", "here.mood"): pd.Series(["bad", None, None], dtype="str"),
    }

    def found(condition: object) -> list[str]:
        return holders(evaluate(FACTS, cookbook, asked(condition), engine=engine, known=known))

    assert found({"segment": "odd"}) == ["ann", "cas"]
    assert found({"label": "mood", "ne": "bad"}) == ["bob", "cas"]


@BOTH
def test_a_name_that_is_not_defined_is_refused_with_what_may_have_been_meant(
    engine: Engine,
) -> None:
    cookbook = tables.cookbook(
        {"here": {"segments": {"customers": {"field": "nps", "gt": 1}}}, "other": {}}
    )

    with pytest.raises(ConfigurationError) as refused:
        evaluate(FACTS, cookbook, asked({"segment": "custmers"}), engine=engine)
    assert refused.value.message == "segment here.custmers is not defined"
    assert refused.value.hint == "did you mean 'here.customers'?"

    with pytest.raises(ConfigurationError) as refused:
        evaluate(FACTS, cookbook, asked({"segment": "customers"}, "other"), engine=engine)
    assert refused.value.hint == "did you mean 'here.customers'?"


@BOTH
def test_definitions_in_a_circle_are_refused(engine: Engine) -> None:
    cookbook = tables.cookbook(
        {"here": {"segments": {"a": {"segment": "b"}, "b": {"none": [{"segment": "a"}]}}}}
    )

    with pytest.raises(
        ConfigurationError, match=r"segment here\.a → segment here\.b → segment here\.a"
    ):
        evaluate(FACTS, cookbook, asked({"segment": "a"}), engine=engine)


@BOTH
def test_an_unknown_stage_or_a_bad_pattern_is_refused(engine: Engine) -> None:
    cookbook = tables.cookbook({"here": {"stages": {"lead": {}, "mql": {"field": "nps", "gt": 5}}}})

    with pytest.raises(ConfigurationError, match="stage mqll is not defined"):
        evaluate(FACTS, cookbook, asked({"stage": "mqll"}), engine=engine)
    with pytest.raises(ConfigurationError, match="no regular expression: missing"):
        facts = tables.facts("2026-12-01", {"ann": {"t": "x"}}, fields={"t": "text"})
        evaluate(facts, cookbook, asked({"field": "t", "matches": "("}), engine=engine)


@BOTH
def test_one_definition_that_many_need_is_worked_out_once_and_in_order(engine: Engine) -> None:
    chain = {f"s{number}": {"segment": f"s{number - 1}"} for number in range(1, 40)}
    cookbook = tables.cookbook({"here": {"segments": {"s0": {"event": "purchase"}, **chain}}})
    questions = {str(definition): definition for definition in definitions_of(cookbook)}

    answers = evaluate(FACTS, cookbook, questions, engine=engine)

    assert answers.all(axis=1).tolist() == [True, False, True]


@BOTH
@pytest.mark.parametrize("people", [{}, {"ann": {}}])
def test_definitions_without_rules_buckets_or_events_still_have_values(
    engine: Engine, people: dict[str, dict[str, object]]
) -> None:
    cookbook = tables.cookbook(
        {
            "here": {
                "labels": {"none": {}, "never": {"never": {"any": []}}},
                "scoring": {"none": {"rules": []}, "capped": {"cap": -3, "rules": []}},
                "stages": {"never": {"any": []}},
                "segments": {"all": {"all": []}},
            }
        }
    )
    facts = tables.facts("2026-12-01", people, fields={})
    questions = {str(definition): definition for definition in definitions_of(cookbook)}

    answers = evaluate(facts, cookbook, questions, engine=engine)

    values = answers.astype("object").where(answers.notna(), None).to_dict("records")
    assert values == [
        {
            "segment here.all": True, "score here.none": 0, "score here.capped": -3,
            "stage": None, "label here.none": None, "label here.never": None,
        }
    ] * len(people)  # fmt: skip


@BOTH
def test_a_subject_whose_contact_is_gone_fits_nothing_and_no_subjects_give_no_rows(
    engine: Engine,
) -> None:
    everyone = asked({"none": [{"event": "purchase"}]})

    def found(*rows: list[object]) -> dict[str, bool]:
        answers = evaluate(
            FACTS, tables.cookbook({}), everyone, engine=engine, subjects=tables.subjects(rows)
        )
        assert answers.index.name == "id"
        return answers["it"].to_dict()

    assert found(["s1", "zoe", "2026-01-01"], ["s2", "bob", None]) == {"s1": False, "s2": True}
    assert found() == {}


@BOTH
def test_numbers_that_are_none_count_as_empty_cells(engine: Engine) -> None:
    facts = tables.facts(
        "2026-12-01",
        {"nan": {"n": float("nan")}, "inf": {"n": float("inf")}, "one": {"n": 1.0}},
        fields={"n": "number"},
    )

    def found(condition: object) -> list[str]:
        return holders(evaluate(facts, tables.cookbook({}), asked(condition), engine=engine))

    assert found({"field": "n", "gte": 0}) == ["one"]
    assert found({"field": "n", "empty": True}) == ["nan", "inf"]


def test_letters_that_engines_fold_differently_compare_alike_on_both() -> None:
    letters = [chr(n) for n in range(0x80, 0x20000) if not 0xD800 <= n <= 0xDFFF]
    facts = tables.facts("2026-12-01", {c: {"t": c} for c in letters}, fields={"t": "text"})
    lower = [{"field": "t", "in": [fold_text(letter) for letter in letters[::7]]}]

    first, second = (
        evaluate(facts, tables.cookbook({}), asked(lower), engine=engine)["it"]
        for engine in (DuckDB(), Pandas())
    )

    assert first.equals(second)
    assert first[letters[::7]].all()


@BOTH
def test_columns_may_hold_words_as_a_dictionary_and_whole_numbers(engine: Engine) -> None:
    plain = tables.facts(
        "2026-12-01",
        {"ann": {"t": "NL", "n": 3.0}, "bob": {"t": "BE", "n": 4.0}},
        [["bob", "login", "2026-11-01"]],
        fields={"t": "text", "n": "number"},
    )
    words = pa.dictionary(pa.int32(), pa.string())
    contacts = plain.contacts.set_column(3, "t", plain.contacts["t"].cast(words))
    contacts = contacts.set_column(4, "n", contacts["n"].cast(pa.int64()))
    events = plain.events.set_column(0, CONTACT, plain.events[CONTACT].cast(words))
    facts = type(plain)(plain.now, plain.zone, contacts, plain.fields, events, plain.properties)

    def found(condition: object) -> list[str]:
        return holders(evaluate(facts, tables.cookbook({}), asked(condition), engine=engine))

    assert found({"field": "t", "eq": "nl"}) == ["ann"]
    assert found({"field": "t", "word": "be"}) == ["bob"]
    assert found({"field": "n", "eq": 4}) == ["bob"]
    assert found({"event": "login"}) == ["bob"]


def test_a_memory_limit_and_threads_are_duckdbs_own() -> None:
    engine = engine_named("duckdb", memory_limit="100MB", threads=1)

    assert holders(
        evaluate(FACTS, tables.cookbook({}), asked({"event": "purchase"}), engine=engine)
    ) == ["ann", "cas"]


def test_an_engine_that_is_not_there_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="there is no engine 'sqlite'"):
        evaluate(FACTS, tables.cookbook({}), asked({"event": "purchase"}), engine="sqlite")
