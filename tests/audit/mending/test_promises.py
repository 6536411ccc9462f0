"""What is proposed for zones as customers have them: tests/cases/proposals.yaml, each a promise."""

from pathlib import Path

import pytest
import yaml

from mactl.audit.mending import zone_text
from tests.audit.cases import zone_for
from tests.audit.keys import with_keys
from tests.audit.mending.test_proposal import audited, errors, published
from tests.audit.promises import listed

PROPOSALS = Path(__file__).parent.parent.parent / "cases" / "proposals.yaml"


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, id=case["case"])
        for case in yaml.safe_load(PROPOSALS.read_text(encoding="utf-8"))
    ],
)
def test_a_zone_is_mended_as_its_owner_meant_it(case, keys):
    zone = zone_for(case, keys)
    _, proposal = audited(zone, case)
    after = published(zone, zone_text(proposal.edits))

    for name, records in with_keys(case["published"], keys).items():
        assert sorted(after.names[name].get("TXT", [])) == sorted(records), listed(
            proposal.audit.findings
        )
    assert errors(proposal.audit.findings) == set(case.get("left", []))
