"""What is proposed, printed, read as a zone file reads it and published, mends what it says it mends."""

import asyncio
import re
from typing import Any

import dns.rdata
import dns.rdatatype
import dns.tokenizer
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mactl.audit import CATALOGUE, DomainAudit, Scope, Status, audit_domain
from mactl.audit.bimi import certificate_kinds, logo_kinds
from mactl.audit.dnssec import kinds as dnssec
from mactl.audit.mending import MENDABLE, Edit, Proposal, propose, zone_text
from mactl.audit.mending.zone import merged
from mactl.audit.reverse import kinds as reverse
from mactl.audit.servers import kinds as servers
from mactl.findings import Finding, Severity
from tests.audit.cases import cases, means_for, zone_for
from tests.audit.peers import Zone
from tests.audit.promises import listed

ELSEWHERE: dict[str, str] = {
    "dkim-none": "the key comes from whoever signs",
    "dkim-selector-missing": "the key comes from whoever signs",
    "dkim-selector-revoked": "the key comes from whoever signs",
    "dkim-multiple-records": "the owner knows which key signs",
    "dkim-no-key": "the key comes from whoever signs",
    "dkim-bad-key": "the key comes from whoever signs",
    "dkim-unknown-key-type": "the key comes from whoever signs",
    "dkim-key-too-short": "the key comes from whoever signs",
    "bimi-no-location": "the logo is on the web",
    "bimi-bad-location": "the logo is on the web",
    "bimi-logo-format": "the logo is on the web",
    "bimi-fetch-failed": "the logo is on the web",
    **dict.fromkeys(logo_kinds.KINDS, "the logo is on the web"),
    **dict.fromkeys(certificate_kinds.KINDS, "the certificate comes from an authority"),
    "bimi-redirect": "the logo is on the web",
    "mx-none-usable": "whoever knows which host takes the mail",
    "mta-sts-no-host": "the policy is on the web",
    "mta-sts-unreachable": "the policy is on the web",
    "mta-sts-certificate": "the policy is on the web",
    "mta-sts-redirect": "the policy is on the web",
    "mta-sts-http-status": "the policy is on the web",
    "mta-sts-too-large": "the policy is on the web",
    "mta-sts-content-type": "the policy is on the web",
    "mta-sts-policy-syntax": "the policy is on the web",
    "mta-sts-mx-not-covered": "the policy is on the web",
    **dict.fromkeys(dnssec.KINDS, "whoever signs the zone, or the zone above"),
    **dict.fromkeys(reverse.KINDS, "whoever has the address"),
    **dict.fromkeys(servers.KINDS, "whoever runs the name servers"),
    "domain-missing": "the domain is to be registered",
}
"""The errors that no record of the zone mends, and who does."""
SOMETIMES = {"dkim-bad-key", "mx-none-usable"}
"""Of those the errors that a record mends where it is clear what was meant: too seldom to promise it."""
_REMARK = re.compile(r"; remove: (\S+)\. IN (\S+) (.*)")
_RECORD = re.compile(r"([^;\s]\S*)\. IN (\S+) (.*)")


def audited(zone: Zone, case: dict[str, Any]) -> tuple[DomainAudit, Proposal]:
    scope = Scope(selectors=tuple(case.get("selectors", ())))
    means = means_for(case, zone)

    async def run() -> tuple[DomainAudit, Proposal]:
        audit = await audit_domain(case.get("domain", "example.com"), means, scope)
        return audit, await propose(audit, means, scope)

    return asyncio.run(run())


def published(zone: Zone, text: str) -> Zone:
    """The zone after somebody did what the printed proposal says."""
    changed: list[str] = []
    for line in text.splitlines():
        if found := _REMARK.fullmatch(line):
            name, rdtype, record = found[1], found[2], _read(found[2], found[3])
            records = zone.names.get(name.lower(), {}).get(rdtype, [])
            assert record in records, f"{line}: it is not there"
            zone.names[name.lower()][rdtype] = [r for r in records if r != record]
        elif found := _RECORD.fullmatch(line):
            name, rdtype, record = found[1], found[2], _read(found[2], found[3])
            zone.names.setdefault(name.lower(), {}).setdefault(rdtype, [])
            zone.names[name.lower()][rdtype] = [*zone.names[name.lower()][rdtype], record]
        else:
            assert line.startswith("; "), line
            continue
        entry = zone.names[name.lower()]
        if not entry.get("CNAME", True):
            del entry["CNAME"]
        # RFC 1034 3.6.2: nothing stands beside an alias.
        changed.append(name.lower())
    for name in changed:
        entry = {rdtype: records for rdtype, records in zone.names[name].items() if records}
        assert len(entry) < 2 or "CNAME" not in entry, f"{name} is an alias\n{text}"
    return zone


def _read(rdtype: str, data: str) -> str:
    """A record as a name server reads it from a zone file."""
    rdata: Any = dns.rdata.from_text("IN", rdtype, dns.tokenizer.Tokenizer(data))
    if rdtype == "TXT":
        assert all(len(string) <= 255 for string in rdata.strings)
        return b"".join(rdata.strings).decode("latin-1")
    text: str = rdata.to_text()
    return text.removesuffix(".")


def errors(findings: tuple[Finding, ...]) -> set[str]:
    """The errors that the zone could mend: not those of a DNS that fails."""
    found = {f.id for f in findings if f.severity is Severity.ERROR}
    return {id for id in found if CATALOGUE[id].status is not Status.TEMPERROR}


BROKEN = [
    param
    for param in cases()
    if any(CATALOGUE[id].severity is Severity.ERROR for id in param.values[0].get("findings", []))
]


@pytest.mark.parametrize("case", BROKEN)
def test_what_is_proposed_mends_every_error_that_the_zone_can(case, keys):
    zone = zone_for(case, keys)
    before, proposal = audited(zone, case)
    text = zone_text(proposal.edits)
    assert not proposal.edits or (MENDABLE | SOMETIMES) & errors(before.findings)

    after, _ = audited(published(zone, text), case)

    assert errors(after.findings) <= ELSEWHERE.keys(), f"{text}\n{listed(after.findings)}"
    assert {finding.id for finding in proposal.left} == {
        f.id for f in after.findings if f.severity is Severity.ERROR
    }


def test_nothing_is_promised_that_others_must_mend():
    # Of several keys only one may be a key at all, or the owner knows which signs.
    assert MENDABLE & ELSEWHERE.keys() == {"dkim-multiple-records"}


@pytest.mark.parametrize("case", [p for p in cases() if p not in BROKEN])
def test_nothing_is_proposed_where_there_is_no_error(case, keys):
    _, proposal = audited(zone_for(case, keys), case)

    assert proposal.edits == ()


TEXTS = st.text(st.characters(max_codepoint=255), max_size=700)


@given(TEXTS)
def test_any_text_is_read_back_from_the_zone_file_as_it_was(text):
    (_, line) = zone_text([Edit("a.test", "TXT", (), (text,), "a try")]).splitlines()

    assert _read("TXT", _RECORD.fullmatch(line)[3]) == text


RECORDS = st.frozensets(st.sampled_from("abcd"))
CHANGES = st.lists(st.tuples(st.sampled_from(["a.test", "b.test"]), RECORDS, RECORDS), max_size=5)


@given(RECORDS, CHANGES)
def test_edits_together_do_what_they_do_one_after_another(records, changes):
    apart = dict.fromkeys(("a.test", "b.test"), records)
    edits = []
    for name, removed, added in changes:
        # An edit takes out what is there, and puts in what is not.
        removed, added = removed & apart[name], added - apart[name]
        edits.append(Edit(name, "TXT", tuple(removed), tuple(added), ""))
        apart[name] = frozenset(edits[-1].after(apart[name]))

    together = dict.fromkeys(("a.test", "b.test"), records)
    for edit in merged((), edits):
        together[edit.name] = frozenset(edit.after(together[edit.name]))

    assert together == apart
