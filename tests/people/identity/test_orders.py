"""Whatever order sources and their rows come in, the people are the same, and whoever said no has said no."""

import random
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from mactl.people.people import People, people_from_rows
from mactl.people.sources.layouts.layout import OPT_OUT
from mactl.project import Settings

Row = Mapping[str, Any]

SETTINGS = Settings.model_validate(
    {
        "country": "NL",
        "identity": [
            "contact_id",
            "email",
            {"field": "phone", "limit": 3},
            {"all": ["last_name", "postcode"]},
        ],
        "survivorship": {"by": "most_common", "fields": {"last_name": "longest"}},
        "consent": {"offers": {"state": "opt_in", "at": "opt_in_at", "withdrawn": "stopped"}},
    }
)


def some(*values: object) -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), st.sampled_from(values))


row = st.fixed_dictionaries(
    {
        "contact_id": some("C1", "C2", "C3"),
        "email": some("a@example.com", "A@EXAMPLE.COM", "b@example.com", "info@example.com"),
        "phone": some("0613579864", "+31613579864", "0612345678"),
        "last_name": some("Bos", "BOS", "Coëlho"),
        "postcode": some("1012 AB", "1012ab"),
        "opt_in": some("yes", "no"),
        "opt_in_at": some("2026-01-01", "2026-02-01"),
        "stopped": some("yes", "no"),
        OPT_OUT: some("yes", "no"),
    }
).filter(lambda told: told["contact_id"] or told["email"])
rows_of = st.lists(row, min_size=1, max_size=9)


def read(rows: Sequence[Row], known: pa.Table | None = None) -> People:
    numbered = [{**told, "number": f"n{n}"} for n, told in enumerate(rows)]
    return people_from_rows(SETTINGS, numbered, known)


def groups(found: People, names: Sequence[int]) -> dict[frozenset[int], Row]:
    """The rows of each person, by the number in `names` of each, and what they said."""
    codes = found.rows.column("_contact").combine_chunks().indices.to_pylist()
    whose: dict[int, set[int]] = {}
    for name, person in zip(names, codes, strict=True):
        whose.setdefault(person, set()).add(name)
    said = found.contacts.select(["opt_in", "stopped", OPT_OUT]).to_pylist()
    return {frozenset(theirs): said[person] for person, theirs in whose.items()}


@given(rows_of, st.randoms(use_true_random=False))
def test_sources_in_any_order_are_the_same_people_who_said_the_same(
    rows: list[Row], chance: random.Random
) -> None:
    order = list(range(len(rows)))
    expected = groups(read(rows), order)
    chance.shuffle(order)

    assert groups(read([rows[n] for n in order]), order) == expected


@given(rows_of)
def test_nobody_who_said_no_in_any_row_says_yes(rows: list[Row]) -> None:
    for theirs, said in groups(read(rows), range(len(rows))).items():
        for name, no in (("opt_in", "no"), ("stopped", "yes"), (OPT_OUT, "yes")):
            told = {rows[n][name] for n in theirs} - {None}
            assert said[name] == (None if not told else (no in told) == (no == "yes"))


@given(rows_of, rows_of, st.randoms(use_true_random=False))
def test_imports_one_after_another_bring_nobody_back_who_opted_out(
    rows: list[Row], later: list[Row], chance: random.Random
) -> None:
    first = read(rows)
    known = first.aliases.set_column(1, "_contact", first.aliases.column(1).cast(pa.string()))
    mixed = [*rows, *later]
    chance.shuffle(mixed)
    found = read(mixed, known)
    redirected = dict(found.merged)
    out_before = {
        redirected.get(one["_contact"], one["_contact"])
        for one in first.contacts.to_pylist()
        if one[OPT_OUT]
    }
    out_now = {one["_contact"] for one in found.contacts.to_pylist() if one[OPT_OUT]}

    assert out_before <= out_now


@given(rows_of)
def test_the_same_row_twice_changes_nothing(rows: list[Row]) -> None:
    once = people_from_rows(SETTINGS, rows).contacts
    twice = people_from_rows(SETTINGS, [*rows, *rows]).contacts

    assert once.equals(twice)
