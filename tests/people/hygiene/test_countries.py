"""Countries as people write them."""

import pytest

from mactl.people.hygiene.countries import code_of


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("NL", "NL"),
        ("nl", "NL"),
        ("NLD", "NL"),
        ("528", "NL"),
        ("Nederland", "NL"),
        ("The Netherlands", "NL"),
        ("NIEDERLANDE", "NL"),
        ("Pays-Bas", "NL"),
        ("holland", "NL"),
        ("België", "BE"),
        ("Belgie", "BE"),
        ("Belgique", "BE"),
        ("Belgien", "BE"),
        ("Deutschland", "DE"),
        ("Tyskland", "DE"),
        ("Danmark", "DK"),
        ("Denemarken", "DK"),
        ("Sverige", "SE"),
        ("UK", "GB"),
        ("England", "GB"),
        ("Groot-Brittannië", "GB"),
        ("Verenigd Koninkrijk", "GB"),
        ("USA", "US"),
        ("U.S.A.", "US"),
        ("Verenigde Staten", "US"),
        ("Côte d’Ivoire", "CI"),
        ("Luxemburg", "LU"),
        ("Narnia", None),
        ("XX", None),
        ("EU", None),
        ("Amsterdam", None),
        ("", None),
    ],
)
def test_a_country_has_one_code_however_it_is_written(written: str, code: str | None) -> None:
    assert code_of(written) == code
