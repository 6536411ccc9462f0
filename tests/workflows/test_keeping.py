"""What a kept plan is told by: data that changed, and what colleagues and other systems are to be told."""

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from mactl.errors import UnreadableInput
from mactl.facts.facts import Facts
from mactl.workflows.reviewing.keeping import fingerprint, read_plan
from tests.rules.tables import facts


def world(country: str = "NL", *, value: int = 1, at: str = "2026-12-01T08:00") -> Facts:
    return facts(
        "2026-12-01T09:00",
        {"ann": {"country": country}, "bob": {"country": None}},
        [["ann", "visit", at, {"value": value}]],
        fields={"country": "text"},
        properties={"value": "number"},
    )


def test_the_same_data_has_the_same_fingerprint() -> None:
    assert fingerprint(world()) == fingerprint(world())


@pytest.mark.parametrize(
    "other",
    [world("BE"), world(value=2), world(at="2026-12-01T08:01")],
    ids=["contact", "property", "event"],
)
def test_other_data_has_another_fingerprint(other: Facts) -> None:
    assert fingerprint(other) != fingerprint(world())


def test_how_a_table_is_cut_up_does_not_count() -> None:
    whole = world()
    contacts = whole.contacts
    cut = pa.concat_tables([contacts.slice(0, 1), contacts.slice(1)])

    assert fingerprint(replace(whole, contacts=cut)) == fingerprint(whole)


def test_a_folder_is_no_plan(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInput, match="Is a directory"):
        read_plan(tmp_path)
