"""What comes back by mail, through the command line: sent over a real server, returned, and seen by the next run."""

import email
import email.policy
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mactl.delivery.server import EmbeddedServer
from tests.cli.conftest import NOW, SETTINGS, Home, Mactl
from tests.feedback.dovecot import PASSWORD, dovecot
from tests.feedback.mails import COMPLAINT, HARD, REPLY, SOFT, UNSUBSCRIBE, mail_named

WELCOME = """\
recipe: hello
privacy: {basis: [consent], topic: offers, purpose: Say hello}
journey:
  enter: {event: signed_up}
  leave: []
  steps:
    - send: first
    - wait_for: {any: [{bounced: first}, {replied: any}]}
      up_to: 2 days
      then:
        - choose:
            - {when: {bounced: first}, then: [{exit: it bounced}]}
            - {else: [{exit: they answered}]}
    - send: second
templates:
  first: {subject: "Hello {{ contact.first_name }}", body: "Welcome."}
  second: {subject: "How is it going?", body: "Tell us."}
"""
HOLIDAY = mail_named("answers: on holiday, as RFC 3834 has it")
FORGED = mail_named("notifications: what names an address and proves nothing")
LATER = "2026-12-01T15:00"

About = Callable[..., Path]


@pytest.fixture
def sent(home: Home, mactl: Mactl, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A project that has sent the first message to Ann and to Bob, over SMTP."""
    home.write(
        "mactl.yaml",
        SETTINGS.replace(
            '"https://acme.example/u/{token}"',
            "mailto:out@acme.example\n  bounces: bounces@acme.example",
        )
        + "limits: {soft_bounces: 2}\n",
    )
    home.write("recipes/hello.yaml", WELCOME)
    with EmbeddedServer(home.folder / "outbox") as server:
        monkeypatch.setenv("SMTP_URL", server.url)
        assert mactl("send", "--yes", "--now", NOW, "--format", "json").json["sent"] == 2
    for part in ("new", "cur", "tmp"):
        (home.folder / "inbox" / part).mkdir(parents=True)
    return home


def about(home: Home, to: str, text: str, path: str = "inbox/new/1") -> Path:
    """Puts a mail about the message that was sent to `to` into a file."""
    written = home.folder / path
    written.parent.mkdir(parents=True, exist_ok=True)
    written.write_bytes(filled(home, to, text))
    return written


def filled(home: Home, to: str, text: str) -> bytes:
    for sent in map(Path.read_bytes, home.outbox):
        message = email.message_from_bytes(sent, policy=email.policy.default)
        if message["To"] == to:
            break
    else:
        raise AssertionError(f"nothing was sent to {to}")
    way_out = re.search(
        r"mailto:out@acme\.example\?subject=unsubscribe%20([\w-]{38})",
        str(message["List-Unsubscribe"]),
    )
    assert way_out is not None
    marks = {
        "{message_id}": str(message["Message-ID"]),
        "{return_path}": str(message["Return-Path"]).strip("<>"),
        "{way_out}": way_out[1],
        "ann@example.com": to,
    }  # fmt: skip
    for mark, value in marks.items():
        text = text.replace(mark, value)
    return text.encode()


def planned(mactl: Mactl, now: str = "2026-12-03T09:00") -> list[str]:
    plan = mactl("plan", "--now", now, "--format", "json").json
    return sorted(send["to"] for send in plan["sends"])


def suppressed(mactl: Mactl) -> list[tuple[str, str | None, str]]:
    found = mactl("suppress", "list", "--format", "json").json["suppressions"]
    return [(entry["address"], entry["topic"], entry["source"]) for entry in found]


def why_left(mactl: Mactl, contact: str, now: str = "2026-12-03T09:00") -> str | None:
    """Why the next run would end what `contact` is in."""
    mactl("send", "--yes", "--now", now)
    (journey,) = mactl("explain", contact, "--now", now, "--format", "json").json["journeys"]
    return str(journey["why"]) if journey["why"] else None


def test_a_hard_bounce_suppresses_the_address_and_the_journey_sees_it(
    sent: Home, mactl: Mactl
) -> None:
    assert planned(mactl) == ["ann@example.com", "bob@example.com"]
    path = about(sent, "ann@example.com", HARD)

    ran = mactl("bounces", "inbox", "--now", LATER, "--format", "json")

    (report,) = ran.json["reports"]
    (send_id,) = [
        send["send_id"]
        for send in mactl("sends", "list", "--to", "ann@example.com", "--format", "json").json["sends"]
        if send["status"] == "sent"
    ]  # fmt: skip
    assert report == {
        "path": str(path.relative_to(sent.folder)),
        "to": "ann@example.com",
        "kind": "hard",
        "status": "5.1.1",
        "send_id": send_id,
        "action": "suppressed",
        "reason": "hard bounce",
    }
    assert ran.status == 0
    assert suppressed(mactl) == [("ann@example.com", None, "bounce")]
    assert planned(mactl) == ["bob@example.com"]
    assert why_left(mactl, "ann@example.com") == "it bounced"


def test_a_complaint_ends_all_mail_and_withdraws_consent(sent: Home, mactl: Mactl) -> None:
    about(sent, "ann@example.com", COMPLAINT)

    (report,) = mactl("bounces", "inbox", "--now", LATER, "--format", "json").json["reports"]

    assert (report["kind"], report["status"], report["action"]) == (
        "complaint",
        "abuse",
        "suppressed",
    )
    assert suppressed(mactl) == [("ann@example.com", None, "complaint")]
    assert planned(mactl) == ["bob@example.com"]
    mactl("suppress", "remove", "ann@example.com")
    plan = mactl("plan", "--now", "2026-12-03T09:00", "--format", "json").json
    assert [send["to"] for send in plan["sends"]] == ["bob@example.com"]
    assert ("C1", "consent") in [
        (skipped["contact"], skipped["gate"]) for skipped in plan["skipped"]
    ]


def test_an_unsubscription_by_mail_ends_its_topic(sent: Home, mactl: Mactl) -> None:
    about(sent, "ann@example.com", UNSUBSCRIBE)

    (report,) = mactl("bounces", "inbox", "--now", LATER, "--format", "json").json["reports"]

    assert (report["kind"], report["action"]) == ("unsubscribe", "opted_out")
    assert suppressed(mactl) == [("ann@example.com", "offers", "unsubscribe")]
    assert planned(mactl) == ["bob@example.com"]


def test_an_answer_moves_the_journey_on_and_that_of_a_machine_does_not(
    sent: Home, mactl: Mactl
) -> None:
    about(sent, "ann@example.com", REPLY, "inbox/new/1")
    about(sent, "bob@example.com", HOLIDAY, "inbox/new/2")

    reports = mactl("bounces", "inbox", "--now", LATER, "--format", "json").json["reports"]

    assert [(r["to"], r["kind"], r["action"]) for r in reports] == [
        ("ann@example.com", "reply", "recorded"),
        ("bob@example.com", "auto_reply", "none"),
    ]
    assert planned(mactl) == ["bob@example.com"]
    assert why_left(mactl, "ann@example.com") == "they answered"
    assert suppressed(mactl) == []


def test_what_is_told_again_from_here_or_elsewhere_counts_once(sent: Home, mactl: Mactl) -> None:
    for place in ("inbox/new/1", "inbox/cur/2:2,S", "archive/copy.eml"):
        about(sent, "ann@example.com", SOFT, place)

    for _ in range(2):
        mactl("bounces", "inbox", "archive", "--now", LATER)
    again = mactl("bounces", "archive", "inbox", "--now", LATER, "--format", "json").json["reports"]

    assert {(r["action"], r["reason"]) for r in again} == {("none", "it was told before")}
    assert suppressed(mactl) == []  # two in a row would be enough


def test_a_suppression_that_was_lifted_is_not_made_again_by_an_old_bounce(
    sent: Home, mactl: Mactl
) -> None:
    about(sent, "ann@example.com", HARD)
    mactl("bounces", "inbox", "--now", LATER)
    mactl("suppress", "remove", "ann@example.com")

    mactl("bounces", "inbox", "--now", LATER)

    assert suppressed(mactl) == []


def test_a_dry_run_says_what_a_run_does_and_changes_nothing(sent: Home, mactl: Mactl) -> None:
    about(sent, "ann@example.com", HARD, "inbox/new/1")
    about(sent, "ann@example.com", HARD, "inbox/new/2")
    about(sent, "bob@example.com", REPLY, "inbox/new/3")
    state = sent.folder / ".mactl/state.db"
    before = state.read_bytes()

    dry = mactl("bounces", "inbox", "--dry-run", "--now", LATER, "--format", "json")

    assert state.read_bytes() == before
    assert suppressed(mactl) == []
    assert mactl("bounces", "inbox", "--now", LATER, "--format", "json").out == dry.out
    assert [r["action"] for r in dry.json["reports"]] == ["suppressed", "none", "recorded"]


def test_hearsay_has_no_effect(sent: Home, mactl: Mactl) -> None:
    about(sent, "ann@example.com", FORGED)

    (report,) = mactl("bounces", "inbox", "--now", LATER, "--format", "json").json["reports"]

    assert (report["kind"], report["to"]) == ("hard", "ann@example.com")
    assert (report["send_id"], report["action"], report["reason"]) == (
        None, "none", "no send of ours",
    )  # fmt: skip
    assert suppressed(mactl) == []


def test_text_shows_what_had_an_effect_and_counts_the_rest(sent: Home, mactl: Mactl) -> None:
    about(sent, "ann@example.com", HARD, "inbox/new/1")
    about(sent, "ann@example.com", FORGED, "inbox/new/2")

    first = mactl("bounces", "inbox", "--now", LATER)
    again = mactl("bounces", "inbox", "--now", LATER)

    assert "suppressed" in first.out
    assert "no send of ours" not in first.out
    assert "2 mails: 2 hard\nwhat came of them: 1 suppressed\n" in first.out
    assert "no send of ours" in mactl("bounces", "inbox", "--now", LATER, "-v").out
    assert again.out == "2 mails: 2 hard\nnothing new came of them; --verbose says why\n"
    assert mactl("bounces", "inbox", "--now", LATER, "--quiet").out == ""


def test_what_cannot_be_read_is_found_and_the_rest_is_told(sent: Home, mactl: Mactl) -> None:
    (sent.folder / "inbox/new/0").write_bytes(b"")
    (sent.folder / "inbox/new/2").write_bytes(b"\xff\x00" * 50)
    about(sent, "ann@example.com", HARD)

    ran = mactl("bounces", "inbox", "--now", LATER, "--format", "json")

    assert [r["action"] for r in ran.json["reports"]] == ["none", "suppressed", "none"]
    assert "inbox/new/0: damaged-mail: nothing can be told from it: it is empty" in ran.err
    assert "inbox/new/2: damaged-mail: nothing can be told from it: it is no mail" in ran.err
    assert ran.status == 0


def test_what_may_not_be_read_makes_the_status_1(sent: Home, mactl: Mactl) -> None:
    (sent.folder / "inbox/new/0").symlink_to(
        "/proc/self/mem"
    )  # which nobody can read from its start
    about(sent, "ann@example.com", HARD)

    ran = mactl("bounces", "inbox", "--now", LATER, "--format", "json", "--quiet")

    assert [r["action"] for r in ran.json["reports"]] == ["none", "suppressed"]
    assert "inbox/new/0: unreadable-mail: it cannot be read: Input/output error" in ran.err
    assert ran.status == 1


def test_without_a_project_or_a_mailbox_it_does_not_start(
    sent: Home, mactl: Mactl, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:  # fmt: skip
    nowhere = mactl("bounces", "nowhere")
    assert (nowhere.status, "nowhere: No such file" in nowhere.err) == (2, True)
    both = mactl("bounces", "inbox", "--delete", "--move-to", "done")
    assert (both.status, "not both" in both.err) == (2, True)
    files = mactl("bounces", "inbox", "--delete")
    assert (files.status, "only mails on a server" in files.err) == (2, True)
    lacking = mactl("bounces", "imaps://ann:${NO_SUCH_SECRET}@mail.example.com")
    assert (lacking.status, "NO_SUCH_SECRET" in lacking.err) == (2, True)
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    Path("one.eml").write_bytes(b"From: a\n\n")
    elsewhere = mactl("bounces", "one.eml")
    assert (elsewhere.status, "no mactl.yaml" in elsewhere.err) == (2, True)
    there = mactl(
        "bounces", Path("one.eml").absolute(), "--project", sent.folder, "--format", "json"
    )
    assert [r["action"] for r in there.json["reports"]] == ["none"]


@pytest.mark.debian("dovecot-imapd")
def test_a_mailbox_on_a_server_is_read_and_left_or_cleared_as_told(
    sent: Home, mactl: Mactl, monkeypatch: pytest.MonkeyPatch
) -> None:
    with dovecot() as server:
        monkeypatch.setenv("SSL_CERT_FILE", str(server.certificate))
        url = server.url("imaps", "INBOX", "SECRET").replace(":SECRET@", ":${IMAP_PASSWORD}@")
        monkeypatch.setenv("IMAP_PASSWORD", server.quoted_password)
        server.put(
            filled(sent, "ann@example.com", HARD),
            filled(sent, "bob@example.com", REPLY),
            filled(sent, "bob@example.com", FORGED),
        )
        server.put(folder="Done")
        subjects = server.subjects()

        dry = mactl("bounces", url, "--dry-run", "--delete", "--now", LATER, "--format", "json")
        read = mactl("bounces", url, "--now", LATER, "--format", "json")
        assert server.subjects() == subjects
        moved = mactl("bounces", url, "--move-to", "Done", "--now", LATER, "--format", "json")

        assert dry.json == read.json
        assert [(r["path"], r["action"]) for r in read.json["reports"]] == [
            ("INBOX;UID=1", "suppressed"),
            ("INBOX;UID=2", "recorded"),
            ("INBOX;UID=3", "none"),
        ]
        assert {r["action"] for r in moved.json["reports"]} == {"none"}
        assert server.subjects("Done") == subjects[:1]
        assert server.subjects() == subjects[1:]  # for people to read
        assert PASSWORD not in "".join(ran.out + ran.err for ran in (dry, read, moved))


def test_on_a_terminal_a_bar_shows_how_far_it_is(
    sent: Home, mactl: Mactl, monkeypatch: pytest.MonkeyPatch
) -> None:
    about(sent, "ann@example.com", HARD)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")

    ran = mactl("bounces", "inbox", "--now", LATER, "--format", "json")

    assert "reading" in ran.err
    assert "1/1" in ran.err
    assert ran.json["reports"]
    assert mactl("bounces", "inbox", "--now", LATER, "--quiet").err == ""


def test_in_a_log_a_line_now_and_then_shows_how_far_it_is(
    sent: Home, mactl: Mactl, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        about(sent, "ann@example.com", HARD, f"inbox/new/{number}")
    clock = iter(range(0, 1_000, 3))
    monkeypatch.setattr(time, "monotonic", lambda: float(next(clock)))

    assert "2 of 3 mails read …\n" in mactl("bounces", "inbox", "--now", LATER).err
