"""What people inside an old version of a recipe need is kept as it last ran."""

from dataclasses import replace

from mactl.store.state import State
from mactl.store.versions import Version, read_versions, save_versions, unsaved_versions
from tests.store.making import NOW

ONE = Version("välkommen", 1, "aaaa", "recipe: välkommen\n", {"hello": "h1", "tschüß": "h2"}, NOW)
TWO = replace(ONE, version=2, hash="bbbb", text="recipe: välkommen\nversion: 2\n")


def test_a_version_is_read_as_it_was_saved(state: State) -> None:
    with state.writing() as connection:
        save_versions(connection, [ONE, TWO])

        assert read_versions(connection, [("välkommen", 1)]) == [ONE]
        assert read_versions(connection, [("välkommen", 2), ("välkommen", 1)]) == [ONE, TWO]
        assert read_versions(connection, [("välkommen", 3), ("other", 1)]) == []


def test_a_small_edit_takes_the_place_of_what_was_kept_of_its_version_alone(state: State) -> None:
    edited = replace(ONE, hash="cccc", text="recipe: välkommen\ntitle: x\n", at=NOW + 60)
    with state.writing() as connection:
        save_versions(connection, [ONE, TWO])
        save_versions(connection, [edited])

        assert read_versions(connection, [("välkommen", 1), ("välkommen", 2)]) == [edited, TWO]


def test_only_what_differs_is_to_be_saved(state: State) -> None:
    with state.writing() as connection:
        save_versions(connection, [ONE])
        later = replace(ONE, at=NOW + 60)
        other_template = replace(later, contents={"hello": "h3"})

        assert unsaved_versions(connection, [later]) == []
        assert unsaved_versions(connection, [other_template]) == [other_template]
        assert unsaved_versions(connection, [later, TWO]) == [TWO]


def test_saving_nothing_writes_nothing(state: State) -> None:
    with state.writing() as connection:
        save_versions(connection, [])
        assert unsaved_versions(connection, []) == []


def test_thousands_of_recipes_are_read_at_once(state: State) -> None:
    many = [replace(ONE, recipe=f"r{number}") for number in range(1_200)]
    with state.writing() as connection:
        save_versions(connection, many)
        assert len(read_versions(connection, [(v.recipe, 1) for v in many])) == 1_200
