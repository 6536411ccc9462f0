"""What is proposed for MX, MTA-STS, TLS-RPT and wildcards, record by record."""

import asyncio

import pytest

from mactl.audit import Scope, audit_domain
from mactl.audit.mending import propose
from mactl.audit.mending.zone import zone_text
from mactl.findings import Severity
from tests.audit.cases import means_for, zone_for

SPF = "v=spf1 ip4:192.0.2.1 -all"


def proposed(case, keys):
    """The lines of the zone file that is proposed, and the errors that are left."""
    means = means_for(case, zone_for(case, keys))

    async def run():
        audit = await audit_domain("example.com", means, Scope())
        return await propose(audit, means, Scope())

    proposal = asyncio.run(run())
    return zone_text(proposal.edits), [f.id for f in proposal.left if f.severity is Severity.ERROR]


def with_mx(*records, **names):
    return {
        "zone": {"example.com": {"TXT": SPF, "MX": list(records)}, **names},
        "policy": "version: STSv1\nmode: none\nmax_age: 86400\n",
    }


@pytest.mark.parametrize(
    ("case", "record"),
    [
        (with_mx("10 192.0.2.1"), "example.com. IN MX 10 mail.example.com."),
        (with_mx("10 mail.example.com.example.com"), "example.com. IN MX 10 mail.example.com."),
        (with_mx("10 mail"), "example.com. IN MX 10 mail.example.com."),
        (with_mx("10 https://mail.example.com/"), "example.com. IN MX 10 mail.example.com."),
        (with_mx("0 localhost"), "example.com. IN MX 0 ."),
        (
            {"tls_rpt": "v=TLSRPTv1; rua=tls@example.com"},
            '_smtp._tls.example.com. IN TXT "v=TLSRPTv1; rua=mailto:tls@example.com"',
        ),
        (
            {"tls_rpt": "v=TLSRPT1; rua="},
            '_smtp._tls.example.com. IN TXT "v=TLSRPTv1; rua=mailto:tls-reports@example.com"',
        ),
        (
            {"mta_sts": ["v=STSv1; id=1", "v=STSv1; id=2"]},
            '; remove: _mta-sts.example.com. IN TXT "v=STSv1; id=2"',
        ),
        (
            {"zone": {"*.example.com": {"TXT": "v=spf1 +all"}}},
            '*.example.com. IN TXT "v=spf1 -all"',
        ),
    ],
)
def test_the_record_that_was_meant_is_proposed(case, record, keys):
    text, left = proposed(case, keys)

    assert record in text.splitlines() and left == []


def test_a_null_mx_beside_a_host_is_taken_out(keys):
    text, left = proposed(with_mx("0 ", "10 mail.example.com"), keys)

    assert "; remove: example.com. IN MX 0 ." in text.splitlines() and left == []


def test_a_host_that_is_named_twice_is_no_null_mx(keys):
    records = ("10 mail.example.com", "20 mail.example.com", "30 192.0.2.1")
    text, left = proposed(with_mx(*records), keys)

    assert "remove: example.com. IN MX 20" not in text and left == []
