"""`mactl sends list|show|resolve|retry`: what became of messages, and what people know of them better."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.conftest import NOW, SETTINGS, Home, Mactl
from tests.delivery.servers import DROP, Server, smtp_server

ANN, BOB = "ann@example.com", "bob@example.com"


@dataclass
class Relay:
    """A server, and whom it refuses."""

    server: Server
    refused: set[str]

    @property
    def recipients(self) -> list[str]:
        return self.server.recipients


@pytest.fixture
def relay(monkeypatch: pytest.MonkeyPatch) -> Iterator[Relay]:
    """A server that refuses Bob, and hangs up at the end of the first message to Ann without having taken it."""
    losses, refused = iter([DROP]), {BOB}

    def behave(stage: str, recipient: str) -> str | None:
        if stage == "RCPT" and recipient in refused:
            return "550 5.7.1 not wanted here"
        return next(losses, None) if stage == "end" and recipient == ANN else None

    with smtp_server(behave) as server:
        monkeypatch.setenv("SMTP_URL", server.url)
        yield Relay(server, refused)


@pytest.fixture
def shop(home: Home, mactl: Mactl, relay: Relay, new_url: str) -> Home:
    """A project whose message to Ann is in doubt, whose message to Bob failed, and whose message to Cas was skipped."""
    home.write("mactl.yaml", f"{SETTINGS}state: {json.dumps(new_url)}\n")
    assert mactl("send", "--yes", "--now", NOW).status == 1
    return home


def sends(mactl: Mactl) -> dict[str, dict[str, object]]:
    """Address → the send to it."""
    told = mactl("sends", "list", "--format", "json").json["sends"]
    return {send["to"]: send for send in told}


def status_of(mactl: Mactl, address: str) -> object:
    return sends(mactl)[address]["status"]


def test_a_list_says_of_each_send_who_what_and_what_became_of_it(shop: Home, mactl: Mactl) -> None:
    found = sends(mactl)

    assert {address: send["status"] for address, send in found.items()} == {
        ANN: "unknown", BOB: "failed", "cas@example.com": "skipped",
    }  # fmt: skip
    assert all(
        set(send) >= {"send_id", "message_id", "to", "status", "recipe", "step", "attempts"}
        for send in found.values()
    )
    assert (found[ANN]["recipe"], found[ANN]["step"], found[ANN]["attempts"]) == (
        "hello", "first", 1,
    )  # fmt: skip
    assert (found[BOB]["code"], found[BOB]["response"]) == ("550", "5.7.1 not wanted here")


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--status", "unknown"], [ANN]),
        (["--to", "BOB@example.com"], [BOB]),
        (["--recipe", "hello", "--status", "failed"], [BOB]),
        (["--recipe", "other"], []),
    ],
)
def test_a_list_can_be_narrowed(
    shop: Home, mactl: Mactl, options: list[str], expected: list[str]
) -> None:
    told = mactl("sends", "list", *options, "--format", "json").json["sends"]

    assert [send["to"] for send in told] == expected


@pytest.mark.parametrize("length", [8, 36])
def test_a_send_is_found_by_the_beginning_of_its_id_and_by_its_message_id(
    shop: Home, mactl: Mactl, length: int
) -> None:
    ann = sends(mactl)[ANN]

    for name in (str(ann["send_id"])[:length], str(ann["message_id"])):
        told = mactl("sends", "show", name, "--format", "json").json["send"]
        assert {key: told[key] for key in ann} == ann
        assert told["merge"]["contact"] == {"first_name": "Ann"}


@pytest.mark.parametrize(("word", "becomes"), [("--sent", "sent"), ("--not-sent", "failed")])
def test_a_doubt_is_ended_by_whoever_looked_it_up(
    shop: Home, mactl: Mactl, relay: Relay, word: str, becomes: str
) -> None:
    ann = sends(mactl)[ANN]

    told = mactl("sends", "resolve", str(ann["message_id"]), word, "--format", "json")
    assert (told.status, told.json) == (0, {"changed": 1, "named": 1, "status": becomes})
    assert status_of(mactl, ANN) == becomes
    assert mactl("send", "--yes", "--now", NOW).status == 0
    assert relay.recipients == []  # nobody is written to for that alone


def test_what_surely_did_not_go_out_can_be_tried_once_more(
    shop: Home, mactl: Mactl, relay: Relay
) -> None:
    ann = str(sends(mactl)[ANN]["send_id"])
    mactl("sends", "resolve", ann[:8], "--not-sent")
    assert mactl("sends", "retry", ann[:8]).out == "1 is queued now\n"

    assert mactl("send", "--resume").status == 0
    assert (relay.recipients, status_of(mactl, ANN)) == ([ANN], "sent")
    assert sends(mactl)[ANN]["attempts"] == 2


def test_all_that_failed_is_tried_once_more_where_that_is_said(
    shop: Home, mactl: Mactl, relay: Relay
) -> None:
    assert mactl("sends", "retry").status == 2
    assert status_of(mactl, BOB) == "failed"

    told = mactl("sends", "retry", "--yes", "--format", "json").json
    assert told == {"changed": 1, "named": 1, "status": "queued"}
    relay.refused.clear()
    assert mactl("worker", "--once", "--format", "json").json["sent"] == 1
    assert (relay.recipients, status_of(mactl, ANN)) == ([BOB], "unknown")


def test_an_address_that_is_suppressed_meanwhile_is_not_tried_again(
    shop: Home, mactl: Mactl, relay: Relay
) -> None:
    relay.refused.clear()
    assert mactl("suppress", "add", BOB, "--reason", "asked by phone").status == 0
    mactl("sends", "retry", "--yes")

    assert mactl("send", "--resume", "--format", "json").json["skipped"] == 1
    assert (relay.recipients, status_of(mactl, BOB)) == ([], "skipped")


@pytest.mark.parametrize(
    ("address", "command", "said"),
    [
        (ANN, ["retry"], "is unknown, not failed\nhint: look it up at the relay"),
        (BOB, ["resolve", "--sent"], "is failed, not unknown\nhint: mactl sends list --status"),
        ("cas@example.com", ["retry"], "is skipped, not failed"),
        ("cas@example.com", ["resolve", "--not-sent"], "is skipped, not unknown"),
    ],
)
def test_what_cannot_be_is_refused_with_the_reason(
    shop: Home, mactl: Mactl, address: str, command: list[str], said: str
) -> None:
    before = sends(mactl)

    ran = mactl("sends", *command, str(before[address]["send_id"]))

    assert (ran.status, ran.out) == (2, "")
    assert said in ran.err
    assert sends(mactl) == before


def test_where_one_name_is_wrong_nothing_is_written(shop: Home, mactl: Mactl) -> None:
    ann = str(sends(mactl)[ANN]["send_id"])

    ran = mactl("sends", "resolve", "--sent", ann, "no-such-send")

    assert (ran.status, ran.out) == (2, "")
    assert "no send begins with 'no-such-send'" in ran.err
    assert status_of(mactl, ANN) == "unknown"


def test_a_beginning_that_several_have_is_refused(shop: Home, mactl: Mactl) -> None:
    ran = mactl("sends", "resolve", "--sent", "")

    assert ran.status == 2
    assert "several sends begin with ''" in ran.err


def test_whether_it_was_sent_must_be_said(shop: Home, mactl: Mactl) -> None:
    ran = mactl("sends", "resolve", "--yes")

    assert (ran.status, ran.out) == (2, "")
    assert "say --sent or --not-sent" in ran.err


def test_a_status_that_there_is_not_is_refused(home: Home, mactl: Mactl, tmp_path: Path) -> None:
    ran = mactl("sends", "list", "--status", "faild")

    assert ran.status == 2
    assert "there is no status 'faild'\nhint: did you mean 'failed'?" in ran.err
