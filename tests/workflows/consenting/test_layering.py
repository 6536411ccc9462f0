"""Whatever is imported and recorded, in whatever order: the stricter withdrawal and the stronger consent."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from mactl.consent.columns import Columns, Words, entries_of_columns
from mactl.consent.entry import Origin
from mactl.consent.judging import judge_consents
from mactl.consent.ledger import no_words
from mactl.facts.facts import Facts
from mactl.project import ConsentColumns
from mactl.rules.consent import STANDINGS, consent_is
from mactl.rules.evaluate import evaluate
from mactl.rules.questions import Question
from mactl.workflows.consenting.opening import as_ledger
from mactl.workflows.consenting.recording import _whole
from tests.conftest import examples
from tests.rules import tables

PEOPLE = ("ann", "bob")
DECLARED = {
    "state": "ok", "at": "at", "source": "src", "wording": "txt", "withdrawn": "out", "free": True,
    "unambiguous": True,
}  # fmt: skip
TYPES = {"ok": "boolean", "at": "instant", "src": "text", "txt": "text", "out": "boolean"}
DAYS = [f"2026-11-{day:02}T10:00" for day in range(1, 29)]
VERDICTS = {
    "holds": "proven", "stale": "proven", "lacking": "unproven", "pending": "pending",
    "expired": "pending", "withdrawn": "withdrawn",
}  # fmt: skip

day = st.sampled_from(DAYS[:20])
row = st.fixed_dictionaries(
    {
        "ok": st.none() | st.booleans(),
        "at": st.none() | day,
        "src": st.sampled_from([None, "form"]),
        "txt": st.sampled_from([None, "words"]),
        "out": st.sampled_from([None, None, False, True]),
    }
)
imported = st.fixed_dictionaries(dict.fromkeys(PEOPLE, row))
word = st.builds(
    lambda who, state, at, complete: [who, "offers", state, at, {"complete": complete}],
    st.sampled_from(PEOPLE),
    st.sampled_from(["granted", "withdrawn", "pending"]),
    day,
    st.booleans(),
)


def facts_of(rows: Mapping[str, Mapping[str, Any]], ledger: pa.Table) -> Facts:
    facts = tables.facts(DAYS[-1], rows, fields=TYPES, consent={"offers": DECLARED})
    return replace(facts, consents=ledger)


def standings(facts: Facts) -> dict[str, str]:
    """How each person's consent stands, as rules see it."""
    questions = {word: Question(consent_is(word, "offers"), "r") for word in STANDINGS}
    cookbook = tables.cookbook({"r": {}})
    answer = evaluate(facts, cookbook, questions, engine="arrow")
    return {
        str(who): next(word for word in STANDINGS if answer[word].iloc[place])
        for place, who in enumerate(facts.contacts.column("_contact").to_pylist())
    }


def recorded(facts: Facts, at: str) -> pa.Table:
    """The ledger once it was told what the columns say, at `at`."""
    columns = Columns(facts.contacts, facts.fields, lambda days: days)
    words = Words({"words": "ab" * 32}, {})
    declared = ConsentColumns.model_validate(DECLARED)
    now = tables.instant(at)
    new = entries_of_columns("offers", declared, columns, words, facts.consents, now)
    more = as_ledger(_whole(new, {}))
    count = facts.consents.num_rows
    numbers = pa.array(range(count + 1, count + more.num_rows + 1), pa.int64())
    return pa.concat_tables([facts.consents, more.set_column(0, "number", numbers)])


@settings(max_examples=examples(40))
@given(imported, st.lists(word, max_size=4))
def test_it_makes_no_difference_whether_the_ledger_was_told(
    rows: dict[str, Any], words: list[Any]
) -> None:
    facts = facts_of(rows, tables.ledger(words))
    told = replace(facts, consents=recorded(facts, DAYS[-1]))

    assert standings(told) == standings(facts)
    assert recorded(told, DAYS[-1]).num_rows == told.consents.num_rows


@settings(max_examples=examples(40))
@given(st.lists(imported, min_size=1, max_size=5), st.lists(word, max_size=3))
def test_no_import_lifts_a_withdrawal_without_a_later_consent_that_is_proven(
    imports: list[dict[str, Any]], words: list[Any]
) -> None:
    """What was ever withdrawn stays so until a consent with four proofs, given later, is on record."""
    ledger = tables.ledger(words)
    for number, rows in enumerate(imports):
        facts = facts_of(rows, ledger)
        ledger = recorded(facts, DAYS[20 + number])
        told = standings(replace(facts, consents=ledger))
        for who in PEOPLE:
            assert told[who] in allowed(who, ledger.to_pylist())


def allowed(who: str, ledger: Sequence[Mapping[str, Any]]) -> set[str]:
    """How their consent may stand, told from the entries one by one."""
    mine = [entry for entry in ledger if entry["contact"] == who]
    ends = [entry["at"] for entry in mine if entry["state"] == "withdrawn"]
    proofs = [e["at"] for e in mine if e["state"] == "granted" and e["complete"]]
    if ends and not any(at > max(ends) for at in proofs):
        return {"withdrawn"}
    if proofs:
        # A column may say so now that they withdrew of which the ledger knows already.
        return {"proven", "withdrawn"} if ends else {"proven"}
    return {"pending", "unproven", "none"}


@settings(max_examples=examples(40))
@given(st.permutations(range(5)), st.lists(word, min_size=5, max_size=5), imported)
def test_the_order_in_which_words_were_entered_makes_no_difference(
    order: list[int], words: list[Any], rows: dict[str, Any]
) -> None:
    one = facts_of(rows, tables.ledger(words))
    other = facts_of(rows, tables.ledger([words[place] for place in order]))
    assert standings(one) == standings(other)


@settings(max_examples=examples(40))
@given(imported, st.lists(word, max_size=4))
def test_what_check_says_is_what_rules_see(rows: dict[str, Any], words: list[Any]) -> None:
    facts = facts_of(rows, tables.ledger(words))
    told = recorded(facts, DAYS[-1])
    judged = judge_consents(told, {}, {}, tables.instant(DAYS[-1]))
    verdicts = {row.contact: VERDICTS[str(row.verdict)] for row in judged.itertuples()}

    assert {who: verdicts.get(who, "none") for who in PEOPLE} == standings(facts)


def test_an_entry_of_columns_says_so() -> None:
    facts = facts_of({"ann": {"ok": True}}, no_words())
    assert recorded(facts, DAYS[-1]).column("origin").to_pylist() == [str(Origin.COLUMNS)]
