"""The cases of tests/cases/aggregate/*.yaml: reports, and what the DNS has of their senders.

`reports` are in the form of `reporting.report_xml`; `files` are texts as they stand. `findings` lists every id that
must be found and no other; `senders` the standing of each sender; `step` is the record to publish next, null where
the policy stays, and `why` a part of the reason. `zone` changes a domain with p=none and a mail server of its own.
"""

import asyncio
from typing import Any

from mactl.audit.aggregate.audit import ReportsAudit, audit_reports
from mactl.audit.aggregate.gathering import Gathering
from tests.audit.aggregate.reporting import report_xml
from tests.audit.peers import Zone, means_of
from tests.audit.promises import cases_in

ZONE: dict[str, Any] = {
    "_dmarc.example.com": "v=DMARC1; p=none; rua=mailto:dmarc@example.com",
    "1.2.0.192.in-addr.arpa": {"PTR": "mail.example.com"},
    "mail.example.com": {"A": "192.0.2.1"},
    "7.100.51.198.in-addr.arpa": {"PTR": "o1.ptr.sendgrid.net"},
    "o1.ptr.sendgrid.net": {"A": "198.51.100.7"},
}


def cases() -> list[Any]:
    """All cases, as parameters of a test."""
    return cases_in("aggregate")


def audit(case: dict[str, Any]) -> ReportsAudit:
    """What the reports of a case come to."""
    gathering = Gathering()
    for number, told in enumerate(case.get("reports", [])):
        text = report_xml({"id": str(number), **told})
        gathering.add(f"{number}.xml", text.encode())
    for name, text in case.get("files", {}).items():
        gathering.add(name, text.encode())
    means = means_of(Zone.of(ZONE | case.get("zone", {})))
    return asyncio.run(audit_reports(gathering, means, case.get("domains", ())))
