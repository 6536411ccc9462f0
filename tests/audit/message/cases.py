"""The cases of tests/cases/message/*.yaml: a received message, and what the DNS has of its domain.

A case changes the healthy message below: `headers` replaces fields (a list repeats one, null removes it), `sign` holds
the tags of each signature (with `key`, one of `mine`, `weak`, `other`, `edwards`), the first to sign first; `change`
replaces text afterwards, `above` is what receivers put on top. `zone` changes the zone of the other cases. `findings`
lists every id that must be found and no other; `dkim`, `spf` and `dmarc` are the results, `pass` where left out.
"""

import asyncio
from datetime import UTC, datetime
from typing import Any

from mactl.audit import Means
from mactl.audit.envelope import Envelope
from mactl.audit.message.audit import MessageAudit, audit_message
from mactl.audit.message.mail import read_message
from mactl.audit.web import NoWeb
from tests.audit.cases import HEALTHY
from tests.audit.keys import with_keys
from tests.audit.letters import KEYS, public_halves, signed
from tests.audit.peers import Zone
from tests.audit.promises import cases_in

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
    """All cases, as parameters of a test."""
    return cases_in("message")


def message_of(case: dict[str, Any]) -> bytes:
    """The message of a case, as it arrived."""
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
    """What the audit makes of it."""
    zone = Zone.of(with_keys(ZONE | case.get("zone", {}), keys | public_halves()))
    envelope = Envelope(**case["envelope"]) if "envelope" in case else None
    message = read_message(message_of(case), "message")
    now = datetime.fromisoformat(case["now"]) if "now" in case else NOW
    return asyncio.run(audit_message(message, Means(zone, NoWeb(), now), envelope))
