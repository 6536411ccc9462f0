"""Countries as people write them."""

import pytest

from mactl.people.hygiene.country_names import code_of
from tests.people.hygiene.iso_3166 import SHORT_NAMES


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
        ("EL", "GR"),
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


def test_every_short_name_of_iso_3166_is_known_as_it_stands_and_turned_round() -> None:
    named = [line.split(" ", 1) for line in SHORT_NAMES.splitlines()]
    wrong = []
    for code, name in named:
        head, comma, tail = name.partition(", ")
        of_state = bool(comma) and tail.endswith((" of", " of the"))  # others are lists, or parts
        spellings = [name, name.upper(), f"{name} (the)"]
        if of_state:
            spellings += [f"{head} ({tail})", f"{tail} {head}"]
        wrong += [(text, code_of(text)) for text in spellings if code_of(text) != code]

    assert len(named) == 249
    assert not wrong


@pytest.mark.parametrize(
    ("written", "code"),
    [
        # What the United Nations, the World Bank and lists in forms write.
        ("Bolivia (Plurinational State of)", "BO"),
        ("Korea, Dem. People's Rep.", "KP"),
        ("Korea, Rep.", "KR"),
        ("Dem. Rep. Congo", "CD"),
        ("Congo, Rep.", "CG"),
        ("Egypt, Arab Rep.", "EG"),
        ("Bahamas, The", "BS"),
        ("Micronesia, Fed. Sts.", "FM"),
        ("Falkland Islands (the) [Malvinas]", "FK"),
        ("Hong Kong, China", "HK"),
        ("China (Taiwan)", "TW"),
        ("Palestinian Territory, Occupied", "PS"),
        ("Macedonia, the former Yugoslav Republic of", "MK"),
        ("Slovak Republic", "SK"),
        ("People's Republic of China", "CN"),
        ("Republic of China", "TW"),
        ("Kingdom of the Netherlands", "NL"),
        ("UNITED_STATES", "US"),
        ("Viet-Nam", "VN"),
        ("Turkiye", "TR"),
        ("St Kitts and Nevis", "KN"),
        ("Sint-Maarten", "SX"),
        # Any apostrophe, or none.
        ("Cote d'Ivoire", "CI"),
        ("Côte dʼIvoire", "CI"),
        ("Côte d´Ivoire", "CI"),
        ("Cote d`Ivoire", "CI"),
        ("COTE DIVOIRE", "CI"),
        # Names of before.
        ("Burma", "MM"),
        ("Swaziland", "SZ"),
        ("Cape Verde", "CV"),
        ("Zaire", "CD"),
        ("Czech Republic", "CZ"),
        ("Libyan Arab Jamahiriya", "LY"),
        ("East Timor", "TL"),
        # A name beside another, or the code beside it.
        ("Myanmar (Burma)", "MM"),
        ("Netherlands (NL)", "NL"),
        ("Congo (Kinshasa)", "CD"),
        ("Korea (North)", "KP"),
        ("Ireland (Northern)", "GB"),
    ],
)
def test_other_names_and_spellings_are_those_of_the_same_country(written: str, code: str) -> None:
    assert code_of(written) == code


@pytest.mark.parametrize(
    "written",
    [
        "Congo (Somewhere)",
        "France (Guadeloupe)",
        "Netherlands Antilles",
        "Serbia and Montenegro",
        "Turkish Republic of Northern Cyprus",
        "Virgin Islands",
        "Paris, France",
        "State",
        "the",
        "()",
        "(" * 2000,
        "a, " * 2000,
        "republic of " * 2000,
    ],
)
def test_what_may_be_two_countries_or_none_has_no_code(written: str) -> None:
    assert code_of(written) is None
