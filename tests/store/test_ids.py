"""Ids are the same for ever: on every machine, in every run and every release."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mactl.store.ids import enrollment_id, enrollment_ids, send_id, send_ids

ANY_TEXT = st.text()
SLUG = st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1)


def test_ids_of_the_first_release_are_ids_of_every_release() -> None:
    enrollment = enrollment_id("welcome", "1b671a64-40d5-491e-99b0-da01ff1f3341", "2026-11-22")
    assert enrollment == "3e85a01a-3a6d-56bb-acd1-6a171f87f903"
    assert send_id(enrollment, "hello") == "8605cae4-5d72-5a3d-983d-8dc027aae4db"


@given(SLUG, SLUG, ANY_TEXT)
def test_an_enrollment_id_is_a_uuid_of_version_5(
    recipe: str, contact: str, occurrence: str
) -> None:
    found = uuid.UUID(enrollment_id(recipe, contact, occurrence))
    namespace = uuid.UUID("4e5c1d0a-6f0b-5c2e-9d55-2a7a5d1b9f01")
    assert found == uuid.uuid5(namespace, f"{recipe}\x1f{contact}\x1f{occurrence}")


@given(st.lists(st.tuples(SLUG, SLUG, ANY_TEXT), max_size=5))
def test_whole_columns_get_the_ids_of_their_rows(rows: list[tuple[str, str, str]]) -> None:
    columns = [list(column) for column in zip(*rows, strict=True)] or [[], [], []]
    enrollments = enrollment_ids(*columns)
    assert enrollments == [enrollment_id(*row) for row in rows]
    assert send_ids(enrollments, columns[0]) == [
        send_id(enrollment, row[0]) for enrollment, row in zip(enrollments, rows, strict=True)
    ]


@given(st.tuples(SLUG, SLUG, ANY_TEXT), st.tuples(SLUG, SLUG, ANY_TEXT))
def test_other_parts_make_another_id(
    one: tuple[str, str, str], other: tuple[str, str, str]
) -> None:
    assert (enrollment_id(*one) == enrollment_id(*other)) == (one == other)


def test_columns_of_different_lengths_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="zip"):
        enrollment_ids(["welcome"], ["ann", "ben"], ["1"])
