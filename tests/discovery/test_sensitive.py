"""What is not looked at unasked."""

import pytest

from mactl.discovery.sensitive import sensitive_kind


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Gezondheidsklachten", "health"),
        ("religionCode", "religion or belief"),
        ("geslacht", "gender"),
        ("Geschlecht", "gender"),
        ("dateOfBirth", "age"),
        ("birthday", "age"),
        ("nationaliteit", "nationality"),
        ("Staatsangehörigkeit", "nationality"),
        ("vakbond_lid", "union membership"),
        ("criminal record", "crime"),
    ],
)
def test_what_a_name_tells_is_seen_in_other_languages_too(name: str, kind: str) -> None:
    assert sensitive_kind(name) == kind


@pytest.mark.parametrize(
    "name",
    [
        "nps",
        "percentage",
        "message",
        "manager",
        "stage",
        "page_view",
        "party_size",
        "industry",
        "healthcare",
    ],
)
def test_names_that_only_look_alike_are_used(name: str) -> None:
    assert sensitive_kind(name) is None
