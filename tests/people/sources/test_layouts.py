"""The layouts of known exports, and what never gets lost by them."""

from itertools import permutations

import pytest

from mactl.people.sources.layouts.known import LAYOUTS, find_layouts
from mactl.people.sources.layouts.layout import OPT_OUT
from tests.people.conftest import ReadEvents, ReadPeople, told

GONE = "Email Address,MEMBER_RATING,LEID,UNSUB_TIME\nann@example.com,2,1,2025-01-01 00:00:00\n"
CRM = "Record ID,Email,Create Date,Unsubscribed from all email\n1,ANN@example.com,2024-01-01,No\n"
OWN = "email,email_opt_out\nann@example.com,no\n"


@pytest.mark.parametrize("name", LAYOUTS)
def test_no_single_header_tells_a_layout(name: str) -> None:
    assert all(len(sign) > 1 for sign in LAYOUTS[name].signs)


@pytest.mark.parametrize("name", LAYOUTS)
def test_each_sign_is_that_of_one_layout_alone(name: str) -> None:
    for sign in LAYOUTS[name].signs:
        assert [layout.name for layout in find_layouts(sorted(sign))] == [name], sign


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_layout_finds_the_address(name: str) -> None:
    for sign in LAYOUTS[name].signs:
        mapped = LAYOUTS[name].mapping(sorted(sign))
        assert "email" in {*mapped.values(), *sign}, sign


@pytest.mark.parametrize("files", [*permutations([GONE, CRM, OWN])])
def test_no_order_of_sources_loses_an_opt_out(people: ReadPeople, files: tuple[str, ...]) -> None:
    found = people(*files)

    assert found.summary.contacts == 1
    assert found.fields[OPT_OUT] == "boolean"
    assert found.contacts.column(OPT_OUT).to_pylist() == [True]


def test_a_layout_is_one_of_people_and_not_of_events(
    people: ReadPeople, events: ReadEvents
) -> None:
    ann = people("email\nann@example.com\n")

    found = events(ann, "Email,Klaviyo ID,Event,At,Title\nann@example.com,1,buy,2026-01-01,x\n")

    assert told(found.findings) == []
    assert {"klaviyo_id", "title"} <= found.properties.keys()


def test_a_mapping_of_mactl_yaml_does_not_lose_the_opt_out_either(people: ReadPeople) -> None:
    found = people(
        GONE, sources=[{"columns": {"Email Address": "email", "UNSUB_TIME": "gone_since"}}]
    )

    assert found.contacts.column(OPT_OUT).to_pylist() == [True]
    assert "gone_since" in found.fields
