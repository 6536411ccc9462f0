"""Who was erased is known again however a source writes them, by hashes that say nothing of anybody."""

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from mactl.store.erasures import (
    EMAIL,
    Erasures,
    add_erasures,
    count_erasures,
    erased_addresses,
    find_erased,
    hash_alias,
    lift_erasures,
    read_erasures,
)
from mactl.store.state import State

SECRET = bytes(range(32))
ANN = "ann@example.com"


@given(
    st.lists(st.text(min_size=1, max_size=20), min_size=1, max_size=5),
    st.sampled_from([EMAIL, "contact_id"]),
)
def test_a_column_is_hashed_as_each_of_its_cells_is(texts: list[str], field: str) -> None:
    values = [text + "@exämple.test" if field == EMAIL else text for text in texts]
    values = [value for value in values if value.isprintable()]
    on = {hash_alias(SECRET, field, value): 7 for value in values[:1]}
    found = Erasures(SECRET, on).find(field, pa.array([*values, None], pa.string())).tolist()
    expected = [on.get(hash_alias(SECRET, field, value), 0) for value in values]
    assert found == [*expected, 0]


def test_an_address_is_the_same_in_capitals_and_with_its_domain_in_ascii() -> None:
    same = {
        hash_alias(SECRET, EMAIL, a) for a in ("Ann@Bücher.example", "ANN@xn--bcher-kva.example")
    }
    assert len(same) == 1
    assert hash_alias(SECRET, "contact_id", "a") != hash_alias(SECRET, "contact_id", "A")
    assert hash_alias(SECRET, EMAIL, ANN) != hash_alias(bytes(32), EMAIL, ANN)


def test_what_is_kept_says_nothing_and_is_let_go_together(state: State) -> None:
    with state.writing() as connection:
        assert read_erasures(connection) is None
        assert add_erasures(connection, [(EMAIL, ANN), ("contact_id", "C1")], 5, "one") == 2
        assert add_erasures(connection, [(EMAIL, ANN.upper())], 9, "two") == 0
        assert find_erased(connection, [(EMAIL, ANN.title())]) == 5
        assert find_erased(connection, [(EMAIL, "bob@example.com")]) is None
        assert erased_addresses(connection, [ANN, "bob@example.com"]) == {ANN}
        kept = read_erasures(connection)
        assert kept is not None and "ann" not in str(kept.on)
        mark = kept.mark
        add_erasures(connection, [(EMAIL, "cas@example.com")], 6, "three")
        again = read_erasures(connection)
        assert again is not None and again.mark != mark
        assert lift_erasures(connection, [("contact_id", "C1")]) == (2, ["one"])
        assert count_erasures(connection) == 1
