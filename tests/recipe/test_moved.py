from mactl.recipe.moved import current, original, original_names


def test_a_name_that_never_moved_is_its_own_original() -> None:
    assert original("offer", {}) == "offer"
    assert current("offer", {}) == "offer"


def test_a_chain_of_renames_leads_to_the_oldest_and_to_the_newest_name() -> None:
    moved = {"first": "second", "second": "third"}

    assert original("third", moved) == "first"
    assert original("second", moved) == "first"
    assert current("first", moved) == "third"
    assert original_names(moved) == {"second": "first", "third": "first"}


def test_two_names_that_were_swapped_are_each_other_s_original() -> None:
    moved = {"a": "b", "b": "a"}

    assert (original("a", moved), original("b", moved)) == ("b", "a")
    assert (current("a", moved), current("b", moved)) == ("b", "a")
