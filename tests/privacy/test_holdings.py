"""No table and no column is added without saying whom it is about, and what an erasure makes of it."""

import pytest
from sqlalchemy import Text

from mactl.privacy.finding import _PACKED
from mactl.privacy.holdings import BY_TABLE, HOLDINGS, Becomes, Holding
from mactl.store.tables import metadata


def test_every_table_of_the_state_is_in_the_list_once() -> None:
    assert sorted(holding.table for holding in HOLDINGS) == sorted(metadata.tables)


@pytest.mark.parametrize("name", sorted(metadata.tables))
def test_every_column_is_said_to_be_somebodys_or_nobodys(name: str) -> None:
    holding = BY_TABLE[name]
    assert holding.columns == {column.name for column in metadata.tables[name].columns}
    assert not set(holding.personal) & set(holding.plain)


@pytest.mark.parametrize("holding", HOLDINGS, ids=lambda holding: holding.table)
def test_what_is_somebodys_is_found_and_what_is_nobodys_has_nothing_personal(
    holding: Holding,
) -> None:
    if holding.becomes is Becomes.KEPT:
        assert not holding.personal
    else:
        assert holding.personal
        assert (holding.by in holding.personal) is not (holding.table in _PACKED)


def test_a_row_made_nameless_gets_something_for_each_column_that_may_not_be_empty() -> None:
    for holding in HOLDINGS:
        if holding.becomes is Becomes.NAMELESS:
            table = metadata.tables[holding.table]
            empty = [name for name, to in holding.personal.items() if str(to) == "nothing"]
            assert all(table.columns[name].nullable for name in empty)


def test_words_that_may_name_somebody_are_taken_out_of_text_that_nothing_is_known_by() -> None:
    for holding in HOLDINGS:
        table = metadata.tables[holding.table]
        keys = {column.name for column in table.primary_key}
        for name in holding.words:
            column = table.columns[name]
            assert isinstance(column.type, Text) and not column.unique and name not in keys
