"""What `mactl audit` says to people: on a terminal, in a file, of one domain and of many."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from rich.console import Console

from mactl.cli.views.audit.finding import fix_parts, print_finding
from tests.audit.cases import HEALTHY
from tests.audit.keys import rsa_key, with_keys
from tests.audit.peers import DnsServer, Zone
from tests.cli.conftest import Mactl, Ran

Audit = Callable[..., Ran]
RECORD = f"v=spf1 {' '.join(f'include:service-{n}.test' for n in range(9))} ~all"


@pytest.fixture
def zone() -> Zone:
    fetched = ("default._bimi.example.com", "_mta-sts.example.com", "mta-sts.example.com")
    zone = Zone.of(with_keys(HEALTHY | dict.fromkeys(fetched), {"rsa2048": rsa_key(2048)}))
    for number in range(6):
        zone.txt(f"bad{number}.test", "v=spf1 ip4:192.0.2.9 +all")
    return zone


@pytest.fixture
def audit(zone: Zone, mactl: Mactl) -> Iterator[Audit]:
    with DnsServer(zone) as server:
        yield lambda *arguments: mactl("audit", "--nameserver", server.address, *arguments)


def on_a_terminal(fix: str, width: int) -> list[str]:
    """The lines of a finding with this fix."""
    console = Console(
        file=io.StringIO(), force_terminal=True, no_color=True, width=width, soft_wrap=True,
        highlight=False, color_system=None,
    )  # fmt: skip
    told = {"id": "spf-pass-all", "severity": "error", "message": "any address passes", "fix": fix}
    print_finding(console, {**told, "reference": None, "effect": ""})
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


@pytest.mark.parametrize("width", [40, 80, 120])
def test_a_terminal_breaks_no_record_that_is_to_be_copied(width: int) -> None:
    lines = on_a_terminal(f"correct it: publish '{RECORD}', and leave the rest as it is", width)

    assert f"      '{RECORD}'" in lines
    assert lines[-1].strip() == "and leave the rest as it is"
    assert all(line == line.rstrip() for line in lines)


def test_a_fix_that_fits_is_one_line() -> None:
    assert on_a_terminal("publish 'v=spf1 ~all' at a.test", 80)[-1] == (
        "    fix: publish 'v=spf1 ~all' at a.test"
    )


def test_a_fix_is_told_apart_in_prose_and_records() -> None:
    fix = "leave out 'mx': publish 'v=spf1 ~all', or 'a.test. MX 0 .' if it's not so"

    assert list(fix_parts(fix)) == [
        ("leave out 'mx': publish ", False),
        ("v=spf1 ~all", True),
        (", or ", False),
        ("a.test. MX 0 .", True),
        (" if it's not so", False),
    ]


def test_a_file_is_told_how_grave_a_finding_is(audit: Audit) -> None:
    said = audit("bad0.test").out

    assert said.startswith("bad0.test  fail  3 errors, ")
    assert "\n  error spf-pass-all: bad0.test ends in '+all'" in said
    assert "\n  warning mx-missing: " in said or "\n  error dmarc-missing: " in said


def test_a_healthy_domain_is_told_in_a_screen_with_the_bulk_rules_in_a_line(audit: Audit) -> None:
    said = audit("example.com").out

    assert len(said.splitlines()) <= 16
    assert "✓ Bulk    pass      as Gmail, Yahoo, Microsoft ask; DNS can't show 6 more" in said


def test_all_that_bulk_senders_must_do_is_told_with_verbose(audit: Audit) -> None:
    said = audit("example.com", "--verbose").out

    assert "spam-rate" in said and "only the mailbox provider counts it" in said


def test_of_many_domains_a_healthy_one_is_one_line(audit: Audit, tmp_path: Path) -> None:
    names = ["example.com", *(f"bad{number}.test" for number in range(6))]
    listed = tmp_path / "domains.txt"
    listed.write_text("\n".join(names), encoding="utf-8")

    said = audit("--file", listed).out

    lines = said.splitlines()
    assert lines[0].startswith("example.com  pass") and lines[1].startswith("bad0.test  fail")
    assert "7 domains: 6 fail, 1 pass" in lines
    assert "most often: spf-pass-all (6), " in said


def test_of_many_domains_all_is_told_with_verbose(audit: Audit) -> None:
    said = audit("--verbose", "example.com", *(f"bad{number}.test" for number in range(6))).out

    assert said.count("TLS-RPT") >= 7 and "Receivers pass SPF" in said


def test_errors_that_a_record_mends_are_told_with_the_option_that_prints_it(audit: Audit) -> None:
    assert audit("bad0.test").out.splitlines()[-1].startswith("  --propose prints the records")


@pytest.mark.parametrize("domain", ["example.com", "gone.test"])
def test_where_no_record_mends_anything_no_proposal_is_offered(audit: Audit, domain: str) -> None:
    assert "--propose" not in audit(domain).out


def test_what_is_new_comes_first_and_what_was_known_is_not_repeated(
    audit: Audit, zone: Zone, tmp_path: Path
) -> None:
    kept = tmp_path / "audit.json"
    kept.write_text(audit("example.com", "--format", "json").out, encoding="utf-8")
    zone.txt("mail._domainkey.example.com", "v=DKIM1; p=")

    lines = audit("example.com", "--baseline", kept).out.splitlines()

    assert lines[1].startswith("  new ")
    assert "  changed dkim.selectors.mail.revoked: no → yes" in lines
    assert not any("MTA-STS" in line for line in lines)


def test_a_page_and_a_comment_hold_each_record_by_itself_to_be_copied(audit: Audit) -> None:
    page = audit("bad0.test", "--format", "html").out
    comment = audit("bad0.test", "--format", "markdown").out

    assert "<code>v=spf1 ip4:192.0.2.9 ~all</code> as TXT at bad0.test</p>" in page
    assert '<span class="badge error">error</span> spf-pass-all' in page  # paper has no colours
    assert "*Fix*: publish `v=spf1 ip4:192.0.2.9 ~all` as TXT at bad0.test" in comment


def test_of_a_name_that_is_not_there_nothing_else_is_told(audit: Audit) -> None:
    said = audit("gone.test").out

    assert "domain-missing" in said and "MTA-STS" not in said


@pytest.mark.parametrize("format", ["markdown", "html"])
def test_what_changed_is_told_in_words(
    audit: Audit, zone: Zone, tmp_path: Path, format: str
) -> None:
    kept = tmp_path / "audit.json"
    kept.write_text(audit("bad0.test", "--format", "json").out, encoding="utf-8")
    zone.txt("bad0.test", "v=spf1 a")

    said = audit("bad0.test", "--baseline", kept, "--format", format).out

    assert "spf.all" in said and "nothing" in said and "None" not in said


def test_a_domain_that_was_not_recorded_is_told_from_a_network_that_is_down(
    audit: Audit, mactl: Mactl, tmp_path: Path
) -> None:
    tape = tmp_path / "tape"
    audit("example.com", "--record", tape)

    ran = mactl("audit", "bad1.test", "--replay", tape)

    assert "nothing is recorded of bad1.test" in ran.err and "--record FILE" in ran.err


def test_a_proposal_says_why_it_takes_a_domain_for_one_that_sends_nothing(
    audit: Audit, zone: Zone
) -> None:
    zone.put("web.test", "A", "192.0.2.80")

    assert "takes no mail either; name its servers" in audit("web.test", "--propose").out


def test_what_was_not_recorded_does_not_pass(audit: Audit, mactl: Mactl, tmp_path: Path) -> None:
    tape = tmp_path / "tape"
    audit("bad0.test", "--record", tape)

    said = mactl("audit", "bad1.test", "--replay", tape).out

    assert "? SPF     temperror" in said and "error spf-temperror: " in said
