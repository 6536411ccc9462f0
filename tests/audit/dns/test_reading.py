"""What messages say, well-formed ones of honest and of odd servers."""

import dns.edns
import dns.flags
import dns.message
import dns.name
import dns.rdatatype
import pytest

from mactl.audit import Outcome
from mactl.audit.dns.reading import Reading, read
from mactl.audit.dns.wire import Question
from tests.audit.dns.wires import reply

SOA = "example.com. SOA ns.example.com. root.example.com. 1 2 3 4 5"
SIGNATURE = "13 2 60 20270101000000 20260101000000 1 example.com. AAAA"


def reading(*records: str, name: str = "example.com", rdtype: str = "TXT", **more) -> Reading:
    question = Question(dns.name.from_text(name), dns.rdatatype.from_text(rdtype))
    return read(dns.message.from_wire(reply(question.packet(7), *records, **more)), question)


def test_only_records_of_the_name_that_was_asked_count():
    assert reading('other.test. TXT "no"', 'example.com. TXT "yes"').records == ("yes",)
    assert reading('other.test. TXT "no"').outcome is Outcome.NODATA


def test_signatures_are_those_of_the_type_that_was_asked():
    found = reading(
        SOA,
        f"example.com. RRSIG SOA {SIGNATURE}",
        f"example.com. RRSIG TXT {SIGNATURE}",
        rdtype="SOA",
    )

    assert found.records == ("ns.example.com. root.example.com. 1 2 3 4 5",)
    assert found.signatures == (f"SOA {SIGNATURE}",)


@pytest.mark.parametrize("flags", [0, dns.flags.AD])
def test_what_the_name_server_checked_is_kept(flags):
    assert reading('example.com. TXT "x"', flags=flags).validated is bool(flags)
    assert reading(rcode="NXDOMAIN", flags=flags).validated is bool(flags)


def test_a_whole_branch_that_was_moved_comes_with_its_aliases():
    found = reading(
        "example.com. DNAME example.org.",
        "a.example.com. CNAME a.example.org.",
        'a.example.org. TXT "x"',
        name="a.example.com",
    )

    assert (found.records, found.name.to_text()) == (("x",), "a.example.org.")


def test_an_alias_asked_for_by_itself_is_not_followed():
    found = reading("example.com. CNAME a.test.", "a.test. CNAME b.test.", rdtype="CNAME")

    assert found.records == ("a.test",)


def test_an_alias_whose_target_the_zone_denies_needs_no_more_asking():
    alias = "www.example.com. CNAME example.com."

    assert not reading(alias, name="www.example.com", authority=[SOA]).open
    assert reading(alias, name="www.example.com").open
    elsewhere = reading("www.example.com. CNAME a.test.", name="www.example.com", authority=[SOA])
    assert elsewhere.open


def test_aliases_in_a_circle_are_a_failure():
    found = reading("example.com. CNAME a.test.", "a.test. CNAME example.com.")

    assert found.outcome is Outcome.SERVFAIL and "alias" in found.detail


def test_a_server_that_only_refers_to_others_did_not_say_that_there_is_nothing():
    delegation = ["example.com. NS ns1.example.com."]
    found = reading(authority=delegation)

    assert (found.outcome, found.detail) == (Outcome.REFUSED, "it only refers to ns1.example.com")
    assert reading(authority=delegation, flags=dns.flags.AA).outcome is Outcome.NODATA
    assert reading(authority=[*delegation, SOA]).outcome is Outcome.NODATA
    assert reading().outcome is Outcome.NODATA


def test_what_a_server_says_of_its_failure_is_kept():
    bogus = dns.edns.EDEOption(dns.edns.EDECode.DNSSEC_BOGUS, "no \x1b[31mkey" + "!" * 500)
    found = reading(rcode="SERVFAIL", options=[bogus])

    assert found.outcome is Outcome.SERVFAIL
    assert found.detail.startswith("dnssec bogus: no ") and len(found.detail) <= 200
    assert reading(rcode="FORMERR").detail == "FORMERR"
    assert reading(rcode="SERVFAIL").detail == reading(rcode="REFUSED").detail == ""
    assert "error 4711" in reading(rcode="REFUSED", options=[dns.edns.EDEOption(4711)]).detail
