from hypothesis import given
from hypothesis import strategies as st

from mactl.draws import draw, draw_all

PEOPLE = [f"contact-{number}" for number in range(20_000)]


@given(st.lists(st.text(), max_size=5), st.text())
def test_a_whole_column_is_drawn_as_each_is_by_itself(keys: list[str], name: str) -> None:
    drawn = draw_all(keys, name)

    assert drawn.tolist() == [draw(key, name) for key in keys]
    assert all(0 <= number < 1 for number in drawn)


def test_a_draw_never_changes() -> None:
    # Splits and holdouts of people in flight rest on these very numbers.
    assert draw("c5ba5c9e-55aa-5c3c-8001-000000000001", "holdout") == 0.22266173416999957
    assert draw("", "") == 0.7891985391709461


def test_shares_come_out_and_draws_with_other_names_do_not_sway_each_other() -> None:
    one, other = draw_all(PEOPLE, "holdout"), draw_all(PEOPLE, "subject")

    assert abs((one < 0.1).mean() - 0.1) < 0.01
    assert abs(((one < 0.5) & (other < 0.5)).mean() - 0.25) < 0.015


def test_a_name_does_not_run_into_the_key() -> None:
    assert draw("bc", "a") != draw("c", "ab")
