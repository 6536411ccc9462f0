"""What is shown of one contact, in the sources and out of them."""

import pytest

from mactl.consent.entry import Said
from mactl.errors import UsageError
from mactl.workflows.explaining import explain_contact
from mactl.workflows.gathering import Sources
from mactl.workflows.persons.deciding import merge
from mactl.workflows.persons.showing import ContactShown, show_contact
from tests.workflows.persons.conftest import NOW, YES, Company

ANN = f"C1,ann@example.com,Ann,{YES},"
BOB = f"C2,bob@example.com,Bob,{YES},"


def shown(company: Company, who: str) -> ContactShown:
    return show_contact(company.project, who, ())


@pytest.mark.parametrize("who", ["C1", "contact_id:C1", "ANN@example.com", " ann@example.com"])
def test_who_is_in_no_source_any_more_is_shown_as_the_state_knows_them(
    company: Company, who: str
) -> None:
    company.crm(ANN, BOB)
    company.visits("C1")
    company.run()
    company.suppress("ann@example.com", topic="offers")
    id = company.ids()["C1"]
    company.crm(BOB)
    found = shown(company, who)

    assert (found.key, found.id, found.email) == ("C1", id, "ann@example.com")
    assert (found.rows, found.fields) == ((), {})
    assert found.known == ("contact_id:C1", "email:ann@example.com")
    assert found.opted_out == {"offers": "asked to stop"}
    assert [(one["recipe"], one["status"]) for one in found.remembered.journeys] == [
        ("welcome", "active")
    ]
    assert [(one["template"], one["status"]) for one in found.remembered.sends] == [
        ("hello", "sent")
    ]
    assert [one["state"] for one in found.remembered.consents] == ["granted"]
    assert shown(company, id) == found


def test_who_is_in_the_sources_is_shown_with_what_the_state_knows(company: Company) -> None:
    company.crm(ANN)
    company.visits("C1")
    company.run()
    company.record("C1", Said.WITHDRAWN)
    found = shown(company, "C1")

    assert found.fields["name"].chosen.value == "Ann"
    assert [one["status"] for one in found.remembered.sends] == ["sent"]
    assert [one["state"] for one in found.remembered.consents] == ["granted", "withdrawn"]


def test_who_was_merged_away_is_shown_as_who_they_are(company: Company) -> None:
    company.crm(ANN, BOB)
    merge(company.project, "C1", "C2", None, NOW)
    company.crm(ANN)

    assert shown(company, "C2").key == shown(company, "bob@example.com").key == "C1"
    company.crm()
    assert shown(company, "C2").remembered.merged == ("C2",)


def test_what_needs_the_sources_says_where_else_to_look(company: Company) -> None:
    company.crm(ANN, BOB)
    company.run()
    company.crm(BOB)
    with pytest.raises(UsageError, match="no source has 'C1' any more") as refused:
        explain_contact(company.project, [], "C1", Sources(), NOW)
    assert "mactl contacts show C1" in str(refused.value.hint)


def test_who_withdraws_though_only_the_state_knows_them_has_all_addresses_suppressed(
    company: Company,
) -> None:
    company.crm(ANN, f"C1,old@example.com,Ann,{YES},")
    company.run()
    company.crm(BOB)
    company.record("C1", Said.WITHDRAWN)

    assert company.suppressed() == {("ann@example.com", "offers"), ("old@example.com", "offers")}
