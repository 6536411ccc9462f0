"""An opt-out is a person's, whichever address they said it of."""

import pytest

from mactl.consent.entry import Said
from mactl.workflows.consenting.showing import Wanted, list_consents
from mactl.workflows.persons.deciding import merge
from tests.workflows.persons.conftest import HEADER, NOW, YES, Company

OLD, NEW = f"C1,old@example.com,Ann,{YES},", f"C1,new@example.com,Ann,{YES},"


@pytest.mark.parametrize("rows", [[OLD, NEW], [NEW, OLD]])
def test_an_opt_out_of_one_address_holds_for_the_other(company: Company, rows: list[str]) -> None:
    company.crm(*rows)
    company.suppress("OLD@example.com", topic="offers")
    company.visits("C1")

    assert company.opted_out() == {("C1", "offers")}
    assert company.run() == []


def test_who_moves_to_another_address_stays_opted_out(company: Company) -> None:
    company.crm(OLD)
    company.run()
    company.suppress("old@example.com")
    company.crm(NEW)
    company.visits("C1")

    assert company.opted_out() == {("C1", "")}
    assert company.run() == []


@pytest.mark.parametrize(
    ("address", "source"), [("old@example.com", "bounce"), ("@example.com", "command")]
)
def test_what_tells_of_a_mailbox_or_a_domain_does_not_follow_them(
    company: Company, address: str, source: str
) -> None:
    company.crm(f"C1,new@example.org,Ann,{YES},", OLD)
    company.suppress(address, source=source)
    company.visits("C1")

    assert company.opted_out() == set()
    assert company.run() == ["Hello new@example.org"]


def test_a_withdrawal_holds_for_everybody_who_has_the_address(company: Company) -> None:
    company.crm(
        f"C1,fam@example.com,Ann,{YES},",
        f"C2,fam@example.com,Bob,{YES},yes",
        f"C3,cy@example.com,Cy,{YES},",
    )
    company.visits("C1", "C3")

    assert {key for key, _ in company.opted_out()} == {"C1", "C2"}
    assert company.run() == ["Hello cy@example.com"]


@pytest.mark.parametrize("rows", [[0, 1], [1, 0]])
def test_an_opt_out_of_all_marketing_counts_in_any_row_and_for_who_shares_the_address(
    company: Company, rows: list[int]
) -> None:
    both = [f"C1,fam@example.com,Ann,{YES},,", f"C1,new@example.com,Ann,{YES},,yes"]
    company.crm(
        *(both[row] for row in rows),
        f"C2,fam@example.com,Bob,{YES},,",
        f"C3,cy@example.com,Cy,{YES},,no",
        header=f"{HEADER},email_opt_out",
    )
    company.visits("C1", "C2", "C3")

    assert company.opted_out() == {("C1", ""), ("C2", "")}
    assert company.run() == ["Hello cy@example.com"]


LATER = "2026-11-30T12:00Z"
RENUMBERED = f"C9,ann@example.com,Ann,{YES},"
ANN = f"C1,ann@example.com,Ann,{YES},"


@pytest.mark.parametrize("column", ["contact", "contact_id"])
def test_an_opt_out_under_a_former_number_follows_them(company: Company, column: str) -> None:
    company.crm(ANN)
    company.run()
    company.crm(RENUMBERED)
    company.tells(column, f"C1,unsubscribed,{LATER}", "C9,visit,2026-12-01T08:55Z")

    assert company.withdrawn() == {"C9"}
    assert company.run() == []


def test_an_opt_out_under_the_number_of_who_was_merged_away_follows_them(company: Company) -> None:
    company.crm(ANN, f"C2,bob@example.com,Bob,{YES},")
    merge(company.project, "C1", "C2", None, NOW)
    company.crm(ANN)
    company.tells("contact", f"C2,complained,{LATER}", "C1,visit,2026-12-01T08:55Z")

    assert company.withdrawn() == {"C1"}
    assert company.run() == []


def test_an_opt_out_that_an_event_tells_holds_for_who_shares_the_address(company: Company) -> None:
    company.crm(ANN, RENUMBERED, f"C3,cy@example.com,Cy,{YES},")
    visits = [f"{who},visit,2026-12-01T08:55Z" for who in ("C1", "C9", "C3")]
    company.tells("contact_id", f"C1,unsubscribed,{LATER}", *visits)

    assert company.withdrawn() == {"C1", "C9"}
    assert company.run() == ["Hello cy@example.com"]
    company.crm(RENUMBERED, f"C3,cy@example.com,Cy,{YES},")
    company.tells("contact_id")
    assert company.withdrawn() == {"C9"}  # the run has told the ledger


@pytest.mark.parametrize("word", ["unsubscribed", "complained"])
def test_an_opt_out_of_who_is_gone_holds_for_who_has_their_address(
    company: Company, word: str
) -> None:
    company.crm(ANN)
    company.run()
    company.crm(ANN, RENUMBERED)  # the CRM exports both for a while, so they are two
    company.run()
    company.crm(RENUMBERED)
    company.tells("contact_id", f"C1,{word},{LATER}", "C9,visit,2026-12-01T08:55Z")

    assert company.withdrawn() == {"C9"}
    assert company.run() == []


def test_what_a_column_said_of_who_is_gone_holds_for_who_has_their_address(
    company: Company,
) -> None:
    company.crm(f"C1,ann@example.com,Ann,{YES},yes")
    company.run()
    company.crm(ANN, RENUMBERED)
    assert company.withdrawn() == {"C1", "C9"}
    company.run()
    company.crm(RENUMBERED)
    company.visits("C9")

    assert company.withdrawn() == {"C9"}
    assert company.run() == []


def test_what_another_said_is_entered_once(company: Company) -> None:
    company.crm(f"{ANN}yes", RENUMBERED)
    company.tells("contact_id", f"C9,unsubscribed,{LATER}")
    company.run()
    entered = [list_consents(company.project, Wanted(who), None).count for who in ("C1", "C9")]
    company.run(days=1)

    assert entered == [2, 3]  # what each said, and what the other did
    assert [
        list_consents(company.project, Wanted(who), None).count for who in ("C1", "C9")
    ] == entered


def test_who_shared_an_address_with_one_who_opted_out_and_left_is_still_left_alone(
    company: Company,
) -> None:
    company.crm(ANN, f"C2,ann@example.com,Bob,{YES},yes")
    company.run()
    company.crm(ANN)
    company.visits("C1")

    assert company.withdrawn() == {"C1"}
    assert company.run() == []


def test_a_suppressed_address_of_who_is_gone_follows_to_who_has_the_other_one(
    company: Company,
) -> None:
    company.crm(f"C1,old@example.com,Ann,{YES},", ANN)
    company.run()
    company.crm(f"C1,old@example.com,Ann,{YES},", ANN, RENUMBERED)
    company.run()
    company.suppress("old@example.com", topic="offers")
    company.crm(RENUMBERED)
    company.visits("C9")

    assert company.opted_out() == {("C9", "offers")}
    assert company.run() == []


def test_a_later_proven_consent_lifts_what_another_said_of_the_address(company: Company) -> None:
    company.crm(
        f"C1,ann@example.com,Ann,{YES},", "C9,ann@example.com,Ann,yes,2026-11-30T20:00,form,Yes,"
    )
    company.tells("contact_id", f"C1,unsubscribed,{LATER}")

    assert company.withdrawn() == {"C1"}


def test_what_one_of_a_family_did_but_withdraw_is_not_told_of_the_others(company: Company) -> None:
    company.crm(ANN, RENUMBERED)
    company.tells("contact_id", "C1,visit,2026-12-01T08:55Z")

    assert company.withdrawn() == set()
    assert company.run() == ["Hello ann@example.com"]


def test_a_consent_that_is_recorded_anew_lifts_the_opt_out_of_a_former_address(
    company: Company,
) -> None:
    company.crm(OLD)
    company.run()
    company.suppress("old@example.com", topic="offers")
    company.crm(NEW)
    company.record("C1", Said.GRANTED)

    assert company.opted_out() == set()
