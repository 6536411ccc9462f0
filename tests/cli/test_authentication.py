"""The deliverability gate through the command line: a real name server, a real relay, a real key."""

import json
import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from mactl.delivery.dkim import load_signer
from mactl.delivery.server import EmbeddedServer
from mactl.workflows.sending import sender_records
from tests.audit.peers import DnsServer, Zone
from tests.cli.conftest import CONTACTS, NOW, SETTINGS, Home, Mactl
from tests.cli.queues import fill_queue

SIGNED = """\
  dkim: {domain: acme.example, selector: s1, key: dkim.pem}
"""
KEY_AT = "s1._domainkey.acme.example"


@pytest.fixture(scope="module")
def key_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("keys") / "dkim.pem"
    key = generate_private_key(65537, 2048)
    path.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    )
    return path


@pytest.fixture
def dns(key_file: Path) -> Iterator[DnsServer]:
    """A name server that has all the records of acme.example."""
    signer = load_signer("acme.example", "s1", key_file)
    zone = Zone()
    zone.txt("acme.example", "v=spf1 ip4:203.0.114.7 ~all")
    zone.txt("_dmarc.acme.example", "v=DMARC1; p=none; rua=mailto:dmarc@acme.example")
    zone.txt(KEY_AT, f"v=DKIM1; k=rsa; p={signer.public_key}")
    with DnsServer(zone) as server:
        yield server


Gate = Callable[..., None]


@pytest.fixture
def gate(home: Home, key_file: Path, dns: DnsServer) -> Gate:
    """Has the project's gate ask `dns` before more than `above` messages, which are signed with `key`."""

    def ask(mode: str, above: int = 1, key: Path = key_file) -> None:
        (home.folder / "dkim.pem").write_bytes(key.read_bytes())
        asked = f'  require_auth: "{mode}"\n  auth_above: {above}\n  nameserver: {dns.address}\n'
        home.write("mactl.yaml", SETTINGS.replace("smtp:", f"{SIGNED}{asked}smtp:"))

    return ask


@pytest.fixture
def relay(home: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[EmbeddedServer]:
    with EmbeddedServer(home.folder / "outbox") as server:
        monkeypatch.setenv("SMTP_URL", server.url)
        yield server


def age_answers(home: Home, seconds: float) -> None:
    """Has what the DNS said be told so long ago."""
    for path in (home.folder / ".mactl" / "cache").glob("sender-*.json"):
        kept = json.loads(path.read_text())
        path.write_text(json.dumps({**kept, "at": kept["at"] - seconds}))


def test_a_run_whose_mail_passes_goes_out(
    home: Home, mactl: Mactl, relay: EmbeddedServer, dns: DnsServer, gate: Gate
) -> None:
    gate("enforce")

    ran = mactl("send", "--yes", "--now", NOW)

    assert (ran.status, ran.err, len(home.outbox)) == (0, "", 2)
    assert (KEY_AT, "TXT", "udp") in dns.asked


def test_a_run_whose_key_is_not_published_is_refused_before_anything_is_written(
    home: Home, mactl: Mactl, relay: EmbeddedServer, dns: DnsServer, key_file: Path, gate: Gate
) -> None:
    gate("enforce")
    public = load_signer("acme.example", "s1", key_file).public_key
    dns.zone.txt(KEY_AT, "v=DKIM1; k=rsa; p=")

    ran = mactl("send", "--yes", "--quiet", "--now", NOW)

    assert (ran.status, ran.out, home.outbox) == (2, "", [])
    assert f"hint: publish TXT at {KEY_AT}: v=DKIM1; k=rsa; p={public}\n" in ran.err
    assert "mactl: nothing was sent: 2 messages of acme.example would not pass" in ran.err
    assert mactl("sends", "list", "--format", "json").json == {"sends": []}
    assert mactl("plan", "--now", NOW, "--format", "json").json["totals"]["entering"] == 3


def test_a_plan_says_that_its_run_would_be_refused(
    home: Home, mactl: Mactl, relay: EmbeddedServer, dns: DnsServer, gate: Gate
) -> None:
    gate("enforce")
    dns.zone.names.pop("_dmarc.acme.example")

    told = mactl("plan", "--now", NOW)
    found = mactl("send", "--dry-run", "--now", NOW, "--format", "json").json["authentication"]

    assert told.status == 0
    assert "mactl send would refuse this run (sender.require_auth: enforce)" in told.out
    assert "publish TXT at _dmarc.acme.example: v=DMARC1; p=none" in told.out
    assert (found["status"], found["stops"]) == ("fail", True)
    assert [finding["id"] for finding in found["findings"]] == ["dmarc-missing"]


def test_an_ed25519_key_is_known_by_its_record_too(
    home: Home, mactl: Mactl, relay: EmbeddedServer, dns: DnsServer, tmp_path: Path, gate: Gate
) -> None:
    pem = Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    (tmp_path / "ed25519.pem").write_bytes(pem)
    gate("enforce", key=tmp_path / "ed25519.pem")
    refused = mactl("send", "--yes", "--now", NOW)
    (hint,) = re.findall(rf"publish TXT at {KEY_AT}: (.*)", refused.err)
    dns.zone.txt(KEY_AT, hint)
    age_answers(home, 31)

    assert (refused.status, mactl("send", "--yes", "--now", NOW).status) == (2, 0)
    assert len(home.outbox) == 2


def test_an_audit_of_the_project_asks_its_name_server(
    mactl: Mactl, dns: DnsServer, gate: Gate
) -> None:
    gate("off")
    told = mactl("audit", "--format", "json")
    assert "no-dns" not in told.out
    assert (KEY_AT, "TXT", "udp") in dns.asked


def test_a_small_run_asks_nobody(
    home: Home, mactl: Mactl, relay: EmbeddedServer, dns: DnsServer, gate: Gate
) -> None:
    gate("enforce", above=2)
    dns.zone.names.clear()

    assert mactl("plan", "--now", NOW, "--format", "json").json["authentication"] is None
    assert mactl("send", "--yes", "--now", NOW).status == 0
    assert (len(home.outbox), dns.asked) == (2, [])


def test_what_waits_on_other_channels_does_not_make_a_run_large(
    home: Home, mactl: Mactl, dns: DnsServer, monkeypatch: pytest.MonkeyPatch, gate: Gate
) -> None:
    fill_queue(home, mactl, monkeypatch)
    gate("enforce")
    monkeypatch.setenv("SMTP_URL", "smtp://relay.example.com")
    dns.zone.names.clear()

    def asks() -> bool:
        planned = mactl("plan", "--now", NOW, "--format", "json").json
        assert (planned["waiting"], planned["totals"]["sends"]) == (2, 0)
        return planned["authentication"] is not None

    assert asks()
    with sqlite3.connect(home.folder / ".mactl" / "state.db") as state:
        state.execute("UPDATE sends SET channel = 'sms'")
    state.close()
    assert not asks()


@pytest.mark.parametrize(("mode", "url"), [("off", None), ("warn", None), ("enforce", "maildir")])
def test_what_stays_on_this_machine_or_is_not_to_be_asked_goes_out_unasked(
    home: Home,
    mactl: Mactl,
    relay: EmbeddedServer,
    dns: DnsServer,
    monkeypatch: pytest.MonkeyPatch,
    mode: str,
    url: str | None,
    gate: Gate,
) -> None:
    gate(mode)
    dns.zone.names.clear()
    if url is not None:
        monkeypatch.setenv("SMTP_URL", f"{url}:outbox")

    ran = mactl("send", "--yes", "--now", NOW)

    assert (ran.status, ran.err, len(home.outbox), dns.asked) == (0, "", 2, [])


def test_a_warning_is_told_and_the_run_goes_on(
    home: Home, mactl: Mactl, dns: DnsServer, monkeypatch: pytest.MonkeyPatch, gate: Gate
) -> None:
    gate("warn")
    dns.zone.txt("acme.example", "v=spf1 -all")
    yesterday = (datetime.now(UTC) - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    home.write("contacts.csv", CONTACTS)
    home.write(
        "events.csv",
        f"id,email,event,at\n1,ann@example.com,signed_up,{yesterday}\n2,bob@example.com,signed_up,{yesterday}\n",
    )
    with EmbeddedServer(home.folder / "outbox") as server:
        # An address that nothing shows to be this machine's; so there is no --now in the future.
        monkeypatch.setenv("SMTP_URL", server.url.replace("127.0.0.1", "127.1"))
        ran = mactl("send", "--yes", "--format", "json")

    assert (ran.status, ran.json["sent"], len(home.outbox)) == (0, 2, 2)
    assert "acme.example publishes 'v=spf1 -all'" in ran.err
    assert "refuse" not in ran.err


@pytest.mark.parametrize("failure", ["SERVFAIL", "TIMEOUT"])
def test_a_dns_that_does_not_tell_means_later_where_that_is_enforced(
    home: Home,
    mactl: Mactl,
    relay: EmbeddedServer,
    dns: DnsServer,
    monkeypatch: pytest.MonkeyPatch,
    failure: str,
    gate: Gate,
) -> None:
    monkeypatch.setattr(sender_records, "PATIENCE", 0.5)
    gate("enforce")
    for name in dns.zone.names:
        dns.zone.put(name, "*", failure).names[name].pop("TXT", None)
    began = time.monotonic()

    ran = mactl("send", "--yes", "--now", NOW)

    assert (ran.status, home.outbox) == (75, [])
    assert "whether mail of acme.example passes can't be told" in ran.err
    assert time.monotonic() - began < 30
    assert mactl("plan", "--now", NOW, "--format", "json").json["authentication"]["status"] == (
        "unknown"
    )


def test_a_name_server_that_is_not_there_means_later(
    home: Home, mactl: Mactl, relay: EmbeddedServer, dns: DnsServer, gate: Gate
) -> None:
    gate("enforce")
    text = (home.folder / "mactl.yaml").read_text()
    with DnsServer(Zone()) as gone:
        pass
    home.write("mactl.yaml", text.replace(dns.address, gone.address))

    assert mactl("send", "--yes", "--now", NOW).status == 75


def test_good_answers_are_kept_for_an_hour_and_bad_ones_for_half_a_minute(
    home: Home, mactl: Mactl, relay: EmbeddedServer, dns: DnsServer, gate: Gate
) -> None:
    gate("enforce")

    def status() -> str:
        told = mactl("plan", "--now", NOW, "--format", "json").json["authentication"]["status"]
        assert isinstance(told, str)
        return told

    assert status() == "pass"
    asked = len(dns.asked)
    removed = dns.zone.names.pop("_dmarc.acme.example")
    assert (status(), len(dns.asked)) == ("pass", asked)
    age_answers(home, 3000)
    assert (status(), len(dns.asked)) == ("pass", asked)
    age_answers(home, 700)
    assert status() == "fail"
    dns.zone.names["_dmarc.acme.example"] = removed
    assert status() == "fail"
    age_answers(home, 31)
    assert status() == "pass"


def test_another_key_is_looked_up_anew(
    home: Home, mactl: Mactl, relay: EmbeddedServer, gate: Gate
) -> None:
    gate("enforce")
    assert mactl("plan", "--now", NOW, "--format", "json").json["authentication"]["status"] == (
        "pass"
    )
    other = generate_private_key(65537, 2048)
    (home.folder / "dkim.pem").write_bytes(
        other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )

    ran = mactl("send", "--yes", "--now", NOW)

    assert (ran.status, home.outbox) == (2, [])
    assert f"dkim-key-differs: {KEY_AT} has another key than the one that signs" in ran.err


def test_templates_with_a_from_of_their_own_are_asked_about_too(
    home: Home, mactl: Mactl, relay: EmbeddedServer, gate: Gate
) -> None:
    gate("enforce")
    recipe = home.folder / "recipes" / "hello.yaml"
    recipe.write_text(
        recipe.read_text().replace("first: {", "first: {from: Ann <ann@other.example>, ")
    )

    found = mactl("plan", "--now", NOW, "--format", "json").json["authentication"]

    assert found["domains"] == ["acme.example", "other.example"]
    assert {finding["id"] for finding in found["findings"]} == {
        "dmarc-missing",
        "spf-missing",
        "dkim-not-aligned",
    }


def test_what_is_in_the_queue_was_let_in_already(
    home: Home, mactl: Mactl, dns: DnsServer, monkeypatch: pytest.MonkeyPatch, gate: Gate
) -> None:
    gate("enforce")
    monkeypatch.setenv("SMTP_URL", "smtp://127.0.0.1:1")  # nobody listens there
    assert mactl("send", "--yes", "--now", NOW).status == 75
    dns.zone.names.clear()
    age_answers(home, 4000)
    monkeypatch.setenv("SMTP_URL", "maildir:outbox")

    assert mactl("worker", "--once").status == 0
    assert len(home.outbox) == 2


def test_a_plan_does_not_fall_over_an_address_of_the_relay_that_is_none(
    mactl: Mactl, monkeypatch: pytest.MonkeyPatch, gate: Gate
) -> None:
    gate("enforce")
    monkeypatch.setenv("SMTP_URL", "smtp://[::1")

    planned = mactl("plan", "--now", NOW, "--format", "json")

    assert (planned.status, planned.json["authentication"]) == (0, None)


def test_a_name_server_that_is_none_is_told(
    home: Home, mactl: Mactl, relay: EmbeddedServer, dns: DnsServer, gate: Gate
) -> None:
    gate("enforce")
    text = (home.folder / "mactl.yaml").read_text()
    home.write("mactl.yaml", text.replace(dns.address, "no server"))

    ran = mactl("send", "--yes", "--now", NOW)

    assert (ran.status, home.outbox) == (2, [])
    assert "'no server' is not a name server" in ran.err
