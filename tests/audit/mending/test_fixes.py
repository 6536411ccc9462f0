"""The records that findings about SPF name, each copied alone, beside what is proposed for the whole."""

import asyncio
import re

import pytest

from mactl.audit import audit_domain
from mactl.audit.spf.record import is_spf
from tests.audit.cases import means_for, zone_for
from tests.audit.mending.test_proposal import BROKEN, audited, errors
from tests.audit.promises import listed

_RECORD = re.compile(r"publish (?:one: )?'(v=spf1[^']*)'")


@pytest.mark.parametrize("case", [p for p in BROKEN if p.id.startswith("spf:")])
def test_whichever_record_is_copied_no_error_is_left_that_another_would_have_mended(case, keys):
    domain = case.get("domain", "example.com")
    before, proposal = audited(zone_for(case, keys), case)
    if [(edit.name, edit.rdtype) for edit in proposal.edits] != [(domain, "TXT")]:
        return  # names below have records of their own to be mended
    zone = zone_for(case, keys)
    others = [t for t in zone.names.get(domain, {}).get("TXT", []) if not is_spf(t)]
    was_there = {"", *" ".join(zone.names.get(domain, {}).get("TXT", [])).split()}
    for finding in before.spf.findings:
        for record in _RECORD.findall(finding.hint or ""):
            zone.names[domain]["TXT"] = [*others, record]
            after = asyncio.run(audit_domain(domain, means_for(case, zone))).spf.findings
            # A guess may lead nowhere, as the next audit shows.
            left = tuple(f for f in after if _term(f.message) in was_there)

            assert errors(left) <= errors(proposal.audit.spf.findings), (
                f"{finding.id}: {record}\n{listed(left)}"
            )


def _term(message: str) -> str:
    """The include that a finding is about, '' for another one."""
    found = re.match("'(include:[^']*)'", message)
    return found[1] if found else ""
