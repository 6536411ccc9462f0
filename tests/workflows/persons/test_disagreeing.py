"""What sources are said to disagree on."""

from mactl.workflows.persons.disagreeing import list_conflicts
from tests.workflows.persons.conftest import YES, Company


def test_an_address_in_other_letters_is_no_other_address(company: Company) -> None:
    company.crm(f"C1,ann@example.com,Ann,{YES},", f"C2,bob@example.com,Bob,{YES},")
    company.shop(f"C1,ANN@example.com,Anna,{YES},", f"C2,rob@example.com,Bob,{YES},")
    found = {
        one.field: [who for who, _ in one.contacts]
        for one in list_conflicts(company.project, (), None, 9)
    }

    assert found == {"email": ["C2"], "name": ["C1"]}
