"""A domain never takes more than its deadline, whoever is silent."""

import asyncio
from datetime import UTC, datetime
from typing import Any

from mactl.audit import Answer, Scope, audit_domain
from mactl.audit.aggregate.audit import audit_reports
from mactl.audit.aggregate.gathering import Gathering
from mactl.audit.mending import propose
from mactl.audit.web import Page
from mactl.workflows.auditing.domains import Subjects
from mactl.workflows.auditing.evidence import judge_evidence
from mactl.workflows.auditing.request import Request
from mactl.workflows.auditing.sources import Opened
from tests.audit.aggregate.reporting import report_xml
from tests.audit.peers import NOW, Pages, Zone, means_of

SCOPE = Scope(deadline=0.2)
BOUND = 20  # seconds, a hundred deadlines

MESSAGE = b"""\
Received: from mail.example.com (mail.example.com [203.0.113.5]) by mx.test; Mon, 1 Jun 2026 01:01:01 +0000
Return-Path: <a@example.com>
DKIM-Signature: v=1; a=rsa-sha256; d=example.com; s=s1; h=from; bh=AAAA; b=AAAA
From: a@example.com
Subject: News

Hello
"""


class HalfDead(Zone):
    """Answers for names that it has, and never for any other."""

    async def query(self, name: str, rdtype: str, *, unchecked: bool = False) -> Answer:
        if name.lower() not in self.names:
            await asyncio.sleep(BOUND)
            raise AssertionError("somebody waits for ever")
        return await super().query(name, rdtype, unchecked=unchecked)


class DeadWeb(Pages):
    async def fetch(self, url: str, largest: int) -> Page:
        await asyncio.sleep(BOUND)
        raise AssertionError("somebody waits for ever")


def zone() -> HalfDead:
    half_dead = HalfDead.of({"example.com": "v=spf1 mx -all"})
    hosts = [f"10 http://mail{number}.test/" for number in range(16)]
    half_dead.put("example.com", "MX", hosts)
    half_dead.put("_dmarc.example.com", "TXT", "v=DMARC1; p=oops")
    half_dead.put("default._bimi.example.com", "TXT", "v=BIMI1; l=https://logo.test/a.svg;")
    half_dead.put("_mta-sts.example.com", "TXT", "v=STSv1; id=1")
    return half_dead


def test_a_domain_half_of_which_is_silent_ends():
    audit = asyncio.run(audit_domain("example.com", means_of(zone(), DeadWeb()), SCOPE))

    assert "dmarc-bad-policy" in {finding.id for finding in audit.findings}


def test_what_mends_it_ends_too_however_many_names_it_asks_for():
    async def proposed() -> Any:
        means = means_of(zone(), DeadWeb())
        return await propose(await audit_domain("example.com", means, SCOPE), means, SCOPE)

    assert asyncio.run(proposed()).left


def test_whoever_sent_a_message_can_not_hold_it_up(tmp_path):
    file = tmp_path / "message.eml"
    file.write_bytes(MESSAGE)
    means = means_of(zone(), DeadWeb(), datetime(2026, 6, 2, tzinfo=UTC))
    request = Request(Subjects(()), Opened(means), SCOPE)

    evidence = judge_evidence(request, file, ())

    assert [outcome.audit.domain for outcome in evidence.outcomes] == ["example.com"]


def test_addresses_without_names_do_not_hold_up_reports():
    gathering = Gathering()
    records = [{"ip": f"203.0.113.{number}", "count": 1} for number in range(200)]
    gathering.add("a.xml", report_xml({"records": records}).encode())

    audit = asyncio.run(audit_reports(gathering, means_of(zone(), now=NOW), deadline=0.2))

    assert len(audit.domains[0].senders) == 200
