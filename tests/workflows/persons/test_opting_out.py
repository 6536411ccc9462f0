"""An opt-out is a person's, whichever address they said it of."""

import pytest

from mactl.consent.entry import Said
from tests.workflows.persons.conftest import HEADER, YES, Company

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


def test_a_consent_that_is_recorded_anew_lifts_the_opt_out_of_a_former_address(
    company: Company,
) -> None:
    company.crm(OLD)
    company.run()
    company.suppress("old@example.com", topic="offers")
    company.crm(NEW)
    company.record("C1", Said.GRANTED)

    assert company.opted_out() == set()
