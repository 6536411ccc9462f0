"""Messages beside e-mail: drained by the same ledger, with the same promises."""

import csv
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from mactl.content.values import values_to_json
from mactl.delivery.channels.opening import leads_out
from mactl.delivery.opening import open_transport
from mactl.delivery.retry import FIRST_GAP
from mactl.delivery.sender import Drained
from mactl.delivery.throttle import Pace
from mactl.project import Project, load_project
from mactl.store.ledger import Ledger
from mactl.store.state import State
from mactl.store.suppressions import Suppression, add_suppressions
from mactl.store.tables import sends
from mactl.store.worker import new_worker
from mactl.workflows.opening import open_state
from mactl.workflows.posting.draining import Round
from mactl.workflows.posting.gear import Gear
from tests.content.making import template_of
from tests.delivery.webs import HANG_UP, web_server
from tests.store.making import DAY, NOW, commit, row_of, send, stand, statuses

SETTINGS = """\
timezone: Europe/Amsterdam
sender: {from: Acme <news@acme.example>, address: Acme, unsubscribe: "https://acme.example/u/{token}"}
smtp: {url: "maildir:outbox"}
channels:
  sms: {webhook: "${SMS_GATEWAY_URL}", columns: [first_name, contract_end]}
  post: {file: exports/post.csv, columns: [first_name]}
  ads: {file: exports/audience.csv, columns: [email, country]}
"""
RECIPE = """\
recipe: welcome
templates:
  hello:
    subject: Hello
    body: Hello
    sms: "Hi {{ contact.first_name }}: {{ vars.link }}"
    post: "Dear {{ contact.first_name }},\\nwelcome."
vars: {link: "https://acme.example/x"}
"""
TEMPLATE = template_of(RECIPE, "hello")
PHONES = {"ann": "+31612345678", "bob": "+32470123456", "cas": "+31687654321"}


@dataclass
class House:
    """A project with a state, and the clock of its runs."""

    project: Project
    state: State
    now: int = NOW

    def drain(self) -> Drained:
        folder = self.project.folder
        return Round(
            self.state, self.project, Gear(open_transport("maildir:outbox", folder), None, Pace()),
            now=lambda: self.now, stop=lambda: False, progress=lambda drained: None,
        ).drain_all()  # fmt: skip

    def queue(self, channel: str, *names: str, **other: Any) -> None:
        commit(
            self.state,
            *(queued(name, channel, **other) for name in names),
            contents={TEMPLATE.hash: TEMPLATE.to_json()},
        )

    def rows(self, name: str) -> list[dict[str, str]]:
        path = self.project.folder / "exports" / name
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file, strict=True))


def queued(name: str, channel: str, **other: Any) -> dict[str, Any]:
    contact = {
        "first_name": name.title(),
        "email": f" {name.title()}@Example.com",
        "country": "NL",
        "contract_end": date(2027, 1, 15),
    }
    values = {"contact": contact, "unsubscribe_url": "https://acme.example/u/x"}
    address = PHONES.get(name, f"{name}@example.com")
    return send(name) | {
        "channel": channel,
        "address": address,
        "address_key": address,
        "content": TEMPLATE.hash,
        "merge": values_to_json(values),
        "marketing": False,
        **other,
    }


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    (tmp_path / "mactl.yaml").write_text(SETTINGS)
    monkeypatch.setenv("SMS_GATEWAY_URL", "http://127.0.0.1:1/none")
    project, findings = load_project(tmp_path)
    assert not findings
    with open_state(project, write=True) as state:
        yield House(project, state)


def test_a_gateway_gets_each_message_once_with_its_key(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.queue("sms", "ann", "bob")
    with web_server() as web:
        monkeypatch.setenv("SMS_GATEWAY_URL", web.url)
        assert house.drain().counts == {"sent": 2}
        assert house.drain().counts == {}
    assert {request.key for request in web.requests} == {send("ann")["id"], send("bob")["id"]}
    (told,) = [request.json for request in web.requests if request.key == send("ann")["id"]]
    assert told == {
        "send_id": send("ann")["id"],
        "channel": "sms",
        "to": "+31612345678",
        "text": "Hi Ann: https://acme.example/x",
        "recipe": "welcome",
        "step": "hello",
        "contact": "ann@example.com",
        "first_name": "Ann",
        "contract_end": "2027-01-15",
    }
    assert row_of(house.state, "ann")["code"] == "200"


def test_a_file_gets_a_row_for_each_message(house: House) -> None:
    house.queue("post", "ann", "bob")
    assert house.drain().counts == {"sent": 2}
    assert house.rows("post.csv") == [
        {
            "send_id": send(name)["id"],
            "channel": "post",
            "to": PHONES[name],
            "text": f"Dear {name.title()},\nwelcome.",
            "recipe": "welcome",
            "step": "hello",
            "contact": f"{name}@example.com",
            "first_name": name.title(),
        }
        for name in sorted(("ann", "bob"), key=lambda name: send(name)["id"])
    ]


def test_an_audience_gets_no_text_and_no_address(house: House) -> None:
    house.queue("ads", "ann")
    assert house.drain().counts == {"sent": 1}
    (row,) = house.rows("audience.csv")
    assert row == {
        "send_id": send("ann")["id"],
        "email_sha256": sha256(b"ann@example.com").hexdigest(),
        "country": "NL",
    }


@pytest.mark.parametrize("status", [429, 500, 503, 401, 530])
def test_what_is_refused_for_now_is_tried_again_with_growing_gaps_until_it_is_too_late(
    house: House, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    house.queue("sms", "ann", latest_at=NOW + DAY)
    tries = []
    with web_server(lambda number: status) as web:
        monkeypatch.setenv("SMS_GATEWAY_URL", web.url)
        while statuses(house.state) != {"ann": "failed"}:
            tries.append(house.now)
            house.drain()
            row = row_of(house.state)
            house.now = row["hold_until"] or house.now
            assert len(tries) < 50
    assert len(web.requests) == len(tries)
    assert {request.key for request in web.requests} == {send("ann")["id"]}
    gaps = [after - before for before, after in pairwise(tries)]
    assert gaps[0] == pytest.approx(FIRST_GAP, rel=0.21)
    assert gaps[3] > 2 * gaps[1] > 2 * gaps[0]
    assert tries[-1] <= NOW + DAY
    assert f"HTTP {status}" in row["reason"]


def test_what_is_refused_for_good_fails_and_is_not_tried_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.queue("sms", "ann")
    with web_server(lambda number: (400, {}, b"no such number")) as web:
        monkeypatch.setenv("SMS_GATEWAY_URL", web.url)
        assert house.drain().counts == {"failed": 1}
        house.now += 10 * DAY
        assert house.drain().counts == {}
    assert len(web.requests) == 1
    assert row_of(house.state)["response"] == "no such number"


def test_a_gateway_that_hangs_up_after_it_was_told_leaves_it_unknown(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.queue("sms", "ann")
    with web_server(lambda number: HANG_UP) as web:
        monkeypatch.setenv("SMS_GATEWAY_URL", web.url)
        assert house.drain().counts == {"unknown": 1}
        house.now += DAY
        assert house.drain().counts == {}
    assert len(web.requests) == 1


def test_a_gateway_that_will_not_listen_is_left_in_peace_and_nothing_is_lost(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"person{number}" for number in range(20)]
    house.queue("sms", *names)
    with web_server(lambda number: 429) as web:
        monkeypatch.setenv("SMS_GATEWAY_URL", web.url)
        drained = house.drain()
    assert drained.stopped is not None and drained.stopped.exit_code == 75
    assert "429" in drained.stopped.message
    assert len(web.requests) == 3
    assert Counter(statuses(house.state).values()) == {"deferred": 3, "queued": 17}


def test_nobody_there_leaves_the_queue_as_it_was_and_the_other_ways_go_on(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mactl.delivery.relay.PAUSES_BEFORE", 0)
    house.queue("sms", "ann")
    house.queue("post", "bob")
    drained = house.drain()
    assert drained.counts == {"sent": 1}
    assert drained.stopped is not None and drained.stopped.exit_code == 75
    assert statuses(house.state) == {"ann": "queued", "bob": "sent"}


@pytest.mark.parametrize(
    ("channels", "told"),
    [
        ("{}", "mactl.yaml has no channels.post"),
        ("{post: {file: ../post.csv}}", "leads out of exports/"),
        ("{post: {file: exports/post.csv, columns: [text]}}", "'text' is told already"),
        ('{post: {webhook: "${NO_SUCH_NAME}"}}', "the environment has no NO_SUCH_NAME"),
        ("{post: {webhook: nonsense}}", "is not the address of a web server"),
    ],
)
def test_a_channel_that_cannot_be_is_told_and_loses_nothing(
    house: House, channels: str, told: str
) -> None:
    house.queue("post", "ann")
    file = house.project.folder / "mactl.yaml"
    file.write_text(SETTINGS.partition("channels:")[0] + f"channels: {channels}\n")
    house.project, findings = load_project(house.project.folder)
    assert not findings
    drained = house.drain()
    assert drained.stopped is not None and drained.stopped.exit_code == 2
    assert told in drained.stopped.message
    assert statuses(house.state) == {"ann": "queued"}


def test_a_text_or_column_that_cannot_be_written_holds_the_message(house: House) -> None:
    merge = values_to_json({"contact": {"first_name": None}})
    house.queue("post", "ann", merge=merge)
    house.queue("ads", "bob", merge=merge)
    assert house.drain().counts == {"held": 2}
    assert "contact.first_name is empty" in row_of(house.state, "ann")["reason"]
    assert row_of(house.state, "bob")["reason"] == (
        "contacts have no country, email, which channels.ads.columns names"
    )


def test_gates_hold_on_every_channel(house: House) -> None:
    house.queue("post", "ann", "bob")
    house.queue("post", "cas", latest_at=NOW - 1)
    with house.state.writing() as connection:
        add_suppressions(connection, [Suppression(PHONES["ann"], "asked us to stop", "test", NOW)])
    assert house.drain().counts == {"sent": 1, "skipped": 2}
    assert statuses(house.state) == {"ann": "skipped", "bob": "sent", "cas": "skipped"}


SENDER = """
import os, signal, sys
from pathlib import Path
from mactl.delivery.channels.opening import leads_out
from mactl.delivery.opening import open_transport
from mactl.delivery.throttle import Pace
from mactl.project import load_project
from mactl.store.ledger import Ledger
from mactl.workflows.posting.draining import Round
from mactl.workflows.posting.gear import Gear
from mactl.workflows.opening import open_state

folder, now, dies_before = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
write, settled = Ledger.write, 0

def write_or_die(self, became, begin, now):
    global settled
    settled += len(became)
    if became and settled == dies_before:
        os.kill(os.getpid(), signal.SIGKILL)
    return write(self, became, begin, now)

Ledger.write = write_or_die
project, _ = load_project(folder)
print("ready", flush=True)
with open_state(project, write=True) as state:
    Round(
        state, project, Gear(open_transport("maildir:outbox", folder), None, Pace()),
        now=lambda: now, stop=lambda: False, progress=lambda drained: None,
    ).drain_all()
"""

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(house: House) -> Iterator[Start]:
    """Starts a drain in a process of its own, which kills itself before it settles so many messages."""
    started: list[subprocess.Popen[str]] = []

    def start(dies_before: int = 0) -> "subprocess.Popen[str]":
        command = [
            sys.executable,
            "-c",
            SENDER,
            str(house.project.folder),
            str(house.now),
            str(dies_before),
        ]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def test_a_row_written_by_a_process_that_was_killed_is_found_and_not_written_again(
    house: House, start: Start
) -> None:
    house.queue("post", "ann", "bob", "cas")
    assert start(dies_before=2).wait() == -signal.SIGKILL
    assert Counter(statuses(house.state).values()) == {"sent": 1, "sending": 1, "claimed": 1}
    assert len(house.rows("post.csv")) == 2

    drained = house.drain()

    assert drained.counts == {"sent": 1}  # the one that had not been begun
    assert set(statuses(house.state).values()) == {"sent"}
    ids = [row["send_id"] for row in house.rows("post.csv")]
    assert sorted(ids) == sorted(send(name)["id"] for name in ("ann", "bob", "cas"))


def test_a_row_that_was_fetched_away_meanwhile_stays_in_doubt(house: House, start: Start) -> None:
    house.queue("post", "ann")
    start(dies_before=1).wait()
    (house.project.folder / "exports/post.csv").rename(house.project.folder / "exports/gone.csv")
    assert house.drain().counts == {"unknown": 1}
    assert statuses(house.state) == {"ann": "unknown"}
    (house.project.folder / "exports/gone.csv").rename(house.project.folder / "exports/post.csv")
    assert house.drain().counts == {}
    assert statuses(house.state) == {"ann": "sent"}


def test_a_message_to_a_gateway_from_a_process_that_was_killed_is_unknown(
    house: House, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.queue("sms", "ann", "bob")
    with web_server() as web:
        monkeypatch.setenv("SMS_GATEWAY_URL", web.url)
        start(dies_before=1).wait()
        assert house.drain().counts == {"unknown": 1, "sent": 1}
    assert len({request.key for request in web.requests}) == len(web.requests) == 2


def test_drains_killed_at_any_moment_repeat_no_row_and_forget_nobody(
    house: House, start: Start
) -> None:
    names = [f"person{number}" for number in range(150)]
    house.queue("post", *names)
    chance = random.Random(20261122)
    for _ in range(4):
        processes = [start() for _ in range(2)]
        for process in processes:
            assert process.stdout is not None
            process.stdout.readline()
        time.sleep(0.05 + chance.random() / 10)
        for process in processes:
            os.kill(process.pid, signal.SIGKILL)
        for process in processes:
            process.wait()
    house.drain()

    found = statuses(house.state)
    ids = Counter(row["send_id"] for row in house.rows("post.csv"))
    assert set(ids.values()) == {1}
    assert found.keys() == set(names) and set(found.values()) <= {"sent", "unknown"}
    in_file = {name for name in names if send(name)["id"] in ids}
    assert in_file == {name for name, status in found.items() if status == "sent"}
    assert len(names) - len(in_file) <= 8  # one for each process that was killed


def test_two_drains_at_once_send_each_message_once(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"person{number}" for number in range(60)]
    house.queue("post", *names)
    commit(
        house.state, *(queued(name, "sms", id=f"sms-{name}", message_id=f"<sms-{name}@x>") for name in names)
    )  # fmt: skip
    with web_server() as web:
        monkeypatch.setenv("SMS_GATEWAY_URL", web.url)
        threads = [threading.Thread(target=house.drain) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert Counter(request.key for request in web.requests) == {f"sms-{name}": 1 for name in names}
    assert Counter(row["send_id"] for row in house.rows("post.csv")) == {
        send(name)["id"]: 1 for name in names
    }
    with house.state.reading() as connection:
        assert set(connection.execute(select(sends.c.status)).scalars()) == {"sent"}


def test_doubt_on_one_channel_is_none_of_the_others_business(house: House) -> None:
    house.queue("post", "ann")
    house.queue("sms", "bob")
    for name in ("ann", "bob"):
        stand(house.state, name, status="unknown")
    with Ledger(house.state, new_worker()) as ledger:
        assert ledger.in_doubt("post") == [send("ann")["id"]]
        assert ledger.prove_sent([send("ann")["id"]], "seen", NOW) == 1
        assert ledger.prove_sent([send("ann")["id"]], "seen", NOW) == 0
    assert statuses(house.state) == {"ann": "sent", "bob": "unknown"}


@pytest.mark.parametrize(
    ("more", "out"),
    [
        ("channels: {sms: {file: exports/sms.csv}}", False),
        ("channels: {sms: {webhook: 'http://127.0.0.1:8080/sms'}}", False),
        ("channels: {sms: {webhook: 'https://sms.example.com/'}}", True),
        ("webhooks: {crm: {url: 'https://localhost/x'}}", False),
        ("webhooks: {crm: {url: 'https://localhost/x'}, erp: {url: '${ERP_URL}'}}", True),
        ("webhooks: {crm: {url: '${NOT_SET}'}}", False),
    ],
)
def test_a_later_day_is_tried_only_where_nothing_leaves_this_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: str, out: bool
) -> None:
    monkeypatch.setenv("ERP_URL", "https://erp.example.com/")
    (tmp_path / "mactl.yaml").write_text(f"{more}\n")
    project, findings = load_project(tmp_path)
    assert not findings
    assert leads_out(project) is out
