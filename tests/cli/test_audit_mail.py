"""`mactl audit --message` and `--reports` as people and CI run them, against a real name server."""

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.audit.aggregate.cases import ZONE as REPORTS_ZONE
from tests.audit.aggregate.reporting import report_xml
from tests.audit.keys import with_keys
from tests.audit.letters import RSA_1024, public_half, public_halves
from tests.audit.message.cases import ZONE, message_of
from tests.audit.peers import DnsServer, Zone
from tests.cli.conftest import Mactl, Ran

Audit = Callable[..., Ran]
AT = ("--now", "2026-11-20T12:00")


@pytest.fixture
def audit(mactl: Mactl) -> Iterator[Audit]:
    fetched = ("default._bimi.example.com", "_mta-sts.example.com", "mta-sts.example.com")
    names = REPORTS_ZONE | ZONE | dict.fromkeys(fetched)  # nothing is to be fetched
    zone = Zone.of(with_keys(names, public_halves() | {"rsa2048": public_halves()["mine"]}))
    zone.txt("q7._domainkey.example.com", f"v=DKIM1; p={public_half(RSA_1024)}")
    with DnsServer(zone) as server:
        yield lambda *arguments: mactl("audit", "--nameserver", server.address, *AT, *arguments)


@pytest.fixture
def mail(tmp_path: Path) -> Path:
    path = tmp_path / "sale.eml"
    path.write_bytes(message_of({}))
    return path


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    folder = tmp_path / "reports"
    (folder / "deeper").mkdir(parents=True)
    told = {"records": [{"count": 900, "dkim": True, "signed": [["example.com", "q7", "pass"]]}]}
    (folder / "deeper" / "a.xml").write_text(report_xml(told), encoding="utf-8")
    (folder / ".hidden").write_bytes(b"x")
    (folder / "notes.txt").write_bytes(b"hello")
    return folder


def test_a_good_message_is_told_in_five_lines_and_its_domain_below(
    audit: Audit, mail: Path
) -> None:
    ran = audit("--message", mail)

    assert ran.out.splitlines()[:5] == [
        "Winter sale  from news@example.com",
        "  ✓ DMARC     pass      example.com, by DKIM and SPF",
        "  ✓ DKIM      pass      example.com (mail, rsa 2048), aligned",
        "  ✓ SPF       pass      192.0.2.1 for example.com (mx), aligned; by Received, Return-Path",
        "  ✓ One-click works     https://example.com/u/1",
    ]
    assert "\nexample.com  " in ran.out


def test_a_forged_message_ends_with_1_and_says_what_receivers_do(
    audit: Audit, tmp_path: Path
) -> None:
    path = tmp_path / "forged.eml"
    path.write_bytes(message_of({"sign": [], "above": "Return-Path: <a@evil.test>\n"}))
    ran = audit("--message", path)

    assert ran.status == 1
    assert "✗ DMARC     fail      example.com: receivers apply 'reject'" in ran.out
    assert "message-dmarc-fails" in ran.out


def test_the_session_that_is_given_goes_before_the_one_in_the_message(
    audit: Audit, mail: Path
) -> None:
    arguments = ("--message", mail, "--ip", "203.0.113.9", "--format", "json")
    told = json.loads(audit(*arguments).out)
    spf = told["message"]["spf"]

    assert (spf["result"], spf["ip"], spf["mail_from"]) == (
        "fail",
        "203.0.113.9",
        "bounce@example.com",
    )
    assert spf["told_by"] == {"ip": "--ip", "mail_from": "Return-Path", "helo": "Received"}
    assert "result" not in told["domains"][0]["spf"]  # it is the message's


def test_a_message_comes_from_stdin_too(
    audit: Audit, mail: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stdin = io.TextIOWrapper(io.BytesIO(mail.read_bytes()))
    monkeypatch.setattr("sys.stdin", stdin)
    told = json.loads(audit("--message", "-", "--format", "json").out)

    assert told["message"]["dmarc"]["result"] == "pass"
    assert [one["domain"] for one in told["domains"]] == ["example.com"]
    assert told["findings"] == []


def test_the_selector_of_a_message_is_looked_at(audit: Audit, tmp_path: Path) -> None:
    path = tmp_path / "weak.eml"
    path.write_bytes(message_of({"sign": [{"key": "weak", "s": "q7"}]}))
    told = json.loads(audit("--message", path, "--format", "json").out)

    assert told["domains"][0]["dkim"]["selectors"]["q7"]["bits"] == 1024
    # What the audit of the domain tells is not told twice.
    assert "dkim-key-short" not in {finding["id"] for finding in told["findings"]}


def test_the_selectors_of_reports_are_looked_at_and_the_policy_is_proposed(
    audit: Audit, reports: Path
) -> None:
    told = json.loads(audit("--reports", reports, "--format", "json").out)

    assert told["reports"]["files"] == 2 and told["reports"]["messages"] == 900
    assert told["reports"]["selectors"] == {"example.com": ["q7"]}
    assert told["domains"][0]["dkim"]["selectors"]["q7"]["bits"] == 1024
    assert [f["id"] for f in told["findings"]] == ["dmarc-policy-held", "report-foreign"]


def test_reports_are_told_as_a_table_with_the_next_step(audit: Audit, reports: Path) -> None:
    out = audit("--reports", reports).out

    assert "example.com  900 messages in 1 report of 1 receiver, 2026-10-16 to 2026-11-20" in out
    assert "example.com (192.0.2.1)" in out and "passes" in out
    assert "Next: leave the policy; 'p=reject' is in force" in out


def test_a_message_and_reports_go_together_and_domains_can_be_named(
    audit: Audit, mail: Path, reports: Path
) -> None:
    ran = audit("--message", mail, "--reports", reports, "--format", "json", "example.com")
    told = json.loads(ran.out)

    assert told["message"]["dmarc"]["result"] == "pass" and told["reports"]["messages"] == 900
    assert [one["domain"] for one in told["domains"]] == ["example.com"]


def test_findings_go_to_ci_in_its_formats(audit: Audit, tmp_path: Path) -> None:
    path = tmp_path / "forged.eml"
    path.write_bytes(message_of({"sign": [], "above": "Return-Path: <a@evil.test>\n"}))

    assert "message-dmarc-fails" in audit("--message", path, "--format", "github").out


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("--message", "gone.eml"), "No such file"),
        (("--reports", "gone"), "no such file or folder"),
        (("--message", "."), "directory"),
        (("--message", "sale.eml", "--format", "html"), "shows domains alone"),
        (("--message", "sale.eml", "--baseline", "x.json"), "compare domains"),
    ],
)
def test_what_can_not_be_read_is_a_usage_error_with_a_hint(
    audit: Audit, mail: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], why: str
) -> None:
    monkeypatch.chdir(mail.parent)
    ran = audit(*arguments)

    assert ran.status == 2 and why.lower() in ran.err.lower() and "hint:" in ran.err


def test_of_many_senders_those_that_send_most_are_told_and_the_rest_counted(
    audit: Audit, tmp_path: Path
) -> None:
    records = [{"ip": f"203.0.113.{n}", "count": 3} for n in range(1, 30)]
    records.append({"ip": "192.0.2.1", "count": 900, "dkim": True})
    path = tmp_path / "report.xml"
    path.write_text(report_xml({"records": records}), encoding="utf-8")

    said = audit("--reports", path).out

    lines = said.splitlines()
    assert "refused" not in lines[1] and lines[2].startswith("example.com (192.0.2.1) ")
    assert [line.split()[0] for line in lines[3:14]] == [f"203.0.113.{n}" for n in range(1, 12)]
    assert lines[14].startswith("and 18 more senders with 54 messages (18 unknown, fails)")
    assert "203.0.113.29" in audit("--reports", path, "--verbose").out
