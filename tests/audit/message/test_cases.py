"""Received messages and what the audit makes of them: tests/cases/message/*.yaml, each case a promise.

A case changes the healthy message below: `headers` replaces fields (a list repeats one, null removes it), `sign` holds
the tags of each signature (with `key`, one of `mine`, `weak`, `other`, `edwards`), the first to sign first; `change`
replaces text afterwards, `above` is what receivers put on top. `zone` changes the zone of the other cases. `findings`
lists every id that must be found and no other; `dkim`, `spf` and `dmarc` are the results, `pass` where left out.
"""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from mactl.audit import CATALOGUE, Means
from mactl.audit.envelope import Envelope
from mactl.audit.message import kinds
from mactl.audit.message.audit import MessageAudit, audit_message
from mactl.audit.message.mail import read_message
from mactl.audit.web import NoWeb
from mactl.findings import Severity
from tests.audit.letters import KEYS, public_halves, signed
from tests.audit.peers import Zone
from tests.audit.test_cases import HEALTHY, _with_keys, looked_up

CASES = Path(__file__).parents[2] / "cases" / "message"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)

HEADERS = {
    "From": "Acme <news@example.com>",
    "To": "ann@receiver.test",
    "Subject": "Winter sale",
    "Date": "Fri, 20 Nov 2026 11:00:00 +0000",
    "Message-ID": "<1@example.com>",
    "List-Unsubscribe": "<https://example.com/u/1>, <mailto:out@example.com>",
    "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
}
BODY = "Dear Ann,\r\n\r\nit is cold.\r\n"
ABOVE = (
    "Return-Path: <bounce@example.com>\n"
    "Received: from mail.example.com (mail.example.com [192.0.2.1])\n"
    "\tby mx.receiver.test with ESMTPS; Fri, 20 Nov 2026 11:00:01 +0000\n"
)
ZONE = {**HEALTHY, "mail._domainkey.example.com": "v=DKIM1; k=rsa; p={mine}"}


def cases() -> list[Any]:
    return [
        pytest.param(case, id=f"{path.stem}: {case['case']}")
        for path in sorted(CASES.glob("*.yaml"))
        for case in yaml.safe_load(path.read_text(encoding="utf-8"))
    ]


def message_of(case: dict[str, Any]) -> bytes:
    headers = HEADERS | case.get("headers", {})
    lines = []
    for name, value in headers.items():
        values = value if isinstance(value, list) else [value]
        lines += [f"{name}: {each}" for each in values if each is not None]
    message = ("\r\n".join(lines) + "\r\n\r\n" + case.get("body", BODY)).encode()
    for tags in case.get("sign", [{}]):
        message = signed(message, KEYS[tags.get("key", "mine")], **_without(tags, "key"))
    for old, new in case.get("change", {}).items():
        assert old.encode() in message, old
        message = message.replace(old.encode(), new.encode())
    above = case.get("above", ABOVE)
    return above.replace("\n", "\r\n").encode() + message


def _without(tags: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in tags.items() if key != name}


def audit(case: dict[str, Any], keys: dict[str, str]) -> MessageAudit:
    zone = Zone.of(_with_keys(ZONE | case.get("zone", {}), keys | public_halves()))
    envelope = Envelope(**case["envelope"]) if "envelope" in case else None
    message = read_message(message_of(case), "message")
    now = datetime.fromisoformat(case["now"]) if "now" in case else NOW
    return asyncio.run(audit_message(message, Means(zone, NoWeb(), now), envelope))


@pytest.mark.parametrize("case", cases())
def test_case(case: dict[str, Any], keys: dict[str, str]) -> None:
    report = audit(case, keys)
    shown = json.loads(json.dumps(report.as_json()))
    listed = "\n".join(f"{f.severity} {f.id}: {f.message} → {f.hint}" for f in report.findings)

    assert sorted({f.id for f in report.findings}) == sorted(case.get("findings", [])), listed
    assert [check["result"] for check in shown["dkim"]] == case.get("dkim", ["pass"]), shown["dkim"]
    assert shown["spf"]["result"] == case.get("spf", "pass"), shown["spf"]
    assert shown["dmarc"]["result"] == case.get("dmarc", "pass"), shown["dmarc"]
    for path, value in case.get("json", {}).items():
        assert looked_up(shown, path) == value, path
    for id, text in case.get("says", {}).items():
        assert any(text in f"{f.message} → {f.hint}" for f in report.findings if f.id == id), listed


@pytest.mark.parametrize("case", cases())
def test_a_report_can_be_printed_as_it_is(case: dict[str, Any], keys: dict[str, str]) -> None:
    report = audit(case, keys)
    texts = [json.dumps(report.as_json(), ensure_ascii=False)]
    texts += [f"{finding.message}{finding.hint}" for finding in report.findings]

    assert not [c for text in texts for c in text if not (" " <= c <= "~" or c == "…")]


@pytest.mark.parametrize("case", cases())
def test_findings_are_what_the_catalogue_says(case: dict[str, Any], keys: dict[str, str]) -> None:
    for finding in audit(case, keys).findings:
        kind = CATALOGUE[finding.id]
        assert (finding.severity, finding.reference) == (kind.severity, kind.reference)
        assert finding.hint or finding.severity is Severity.NOTE, finding


def test_there_are_cases_for_every_kind_of_finding() -> None:
    covered = {id for param in cases() for id in param.values[0].get("findings", [])}

    assert sorted(set(kinds.KINDS) - covered) == []
