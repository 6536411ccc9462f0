"""What a server refuses is told with its reason, and recipes hear of it."""

import pytest

from tests.cli.conftest import NOW, SETTINGS, Home, Mactl
from tests.delivery.servers import smtp_server

SAID = {
    "ann@example.com": "550 5.1.1 The email account that you tried to reach does not exist",
    "bob@example.com": "550 5.7.26 Unauthenticated email is not accepted due to the DMARC policy",
}
MEND = """\
recipe: mend
goal: {event: paid, within: 30 days}
privacy: {basis: [contract], purpose: Call who can't be written to}
journey:
  enter: {event: email_bounced, if: [{event: email_bounced, where: {bounce: hard}}]}
  leave: [goal]
  steps: [{task: {to: office, title: Call them}}]
"""


def test_refusals_say_what_they_are_about_and_journeys_start_from_them(
    home: Home, mactl: Mactl, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.write("mactl.yaml", SETTINGS + "teams: {office: {email: office@acme.example}}\n")
    home.write("recipes/mend.yaml", MEND)
    with smtp_server(lambda at, who: SAID.get(who) if at == "RCPT" else None) as relay:
        monkeypatch.setenv("SMTP_URL", relay.url)
        ran = mactl("send", "--yes", "--now", NOW, "--format", "json")
    assert ran.status == 1
    assert ran.json["failed"] == 2

    sends = mactl("sends", "list", "--status", "failed", "--format", "json").json["sends"]
    told = {send["to"]: (send["kind"], send["reason"]) for send in sends}
    assert told == {
        "ann@example.com": (
            "address",
            "there is no such address: 550 5.1.1 at RCPT TO; it is suppressed",
        ),
        "bob@example.com": (
            "policy",
            "refused for policy (DMARC): 550 5.7.26 at RCPT TO; see mactl audit acme.example",
        ),
    }
    suppressed = mactl("suppress", "list", "--format", "json").out
    assert "ann@example.com" in suppressed and "bob@example.com" not in suppressed

    plan = mactl("plan", "mend", "--now", "2026-12-01T10:00", "--format", "json").json
    assert [entry["contact"] for entry in plan["entering"]] == ["C1"]
