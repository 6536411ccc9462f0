"""Misspelt domains of mailbox providers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mactl.people.hygiene.providers import KNOWN, suggest_domains


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("gmial.com", "gmail.com"),
        ("gmal.com", "gmail.com"),
        ("gmail.con", "gmail.com"),
        ("gmail.co", "gmail.com"),
        ("gmail.nl", "gmail.com"),
        ("gnail.con", "gmail.com"),
        ("hotmail.con", "hotmail.com"),
        ("hotmial.nl", "hotmail.nl"),
        ("hotmail.cm", "hotmail.com"),
        ("hotmail.co.ku", "hotmail.co.uk"),
        ("outlok.com", "outlook.com"),
        ("outloook.be", "outlook.be"),
        ("yaho.com", "yahoo.com"),
        ("iclud.com", "icloud.com"),
        ("zigo.nl", None),
        ("kpnmial.nl", "kpnmail.nl"),
        ("telent.be", "telenet.be"),
        ("skynett.be", "skynet.be"),
        ("xs4al.nl", "xs4all.nl"),
        ("stofnet.dk", "stofanet.dk"),
        ("t-onlin.de", "t-online.de"),
        ("firma.con", "firma.com"),
        ("firma.nll", "firma.nl"),
        ("mail.firma.ogr", "mail.firma.org"),
    ],
)
def test_a_misspelt_domain_is_known(written: str, meant: str | None) -> None:
    assert suggest_domains([written]).get(written) == meant


@pytest.mark.parametrize(
    "domain",
    [
        *(
            "gmail.com",
            "mail.com",
            "email.com",
            "ymail.com",
            "hotmail.nl",
            "outlook.dk",
            "yahoo.se",
        ),
        *("email.nl", "mail.nl", "cloud.com", "firma.com", "firma.co", "firma.cm", "planten.nl"),
        *(
            "hotmeals.com",
            "home.nl",
            "hole.nl",
            "live.nl",
            "olive.nl",
            "yahoo.com.hk",
            "example.test",
        ),
        *("mail.gmail.com", "orange.nl", "skynet.nl", "tele2.se", "gmx.de", "gmc.de", "sfr.fr"),
    ],
)
def test_a_domain_of_its_own_is_left_alone(domain: str) -> None:
    assert suggest_domains([domain]) == {}


@given(st.sampled_from(sorted(KNOWN)))
def test_no_provider_is_taken_for_another(domain: str) -> None:
    assert suggest_domains([domain]) == {}


@given(st.lists(st.from_regex(r"[a-z]{1,12}(\.[a-z]{2,4}){1,2}", fullmatch=True), max_size=30))
def test_what_is_suggested_is_right_as_it_is(domains: list[str]) -> None:
    meant = suggest_domains(domains)

    assert meant.keys() <= set(domains)
    assert suggest_domains(list(meant.values())) == {}
