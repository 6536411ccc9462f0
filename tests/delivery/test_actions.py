"""What is told to colleagues and other systems goes out once, whatever the other side does."""

import email
import email.policy
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from mactl.delivery.actions.exports import Exports
from mactl.delivery.actions.notices import Notices
from mactl.delivery.actions.performing import Doer, perform
from mactl.delivery.actions.webhooks import Webhooks
from mactl.delivery.opening import open_transport
from mactl.delivery.retry import FIRST_GAP
from mactl.delivery.sender import Drained
from mactl.project import Project, Sender, load_project
from mactl.store.actions import ActionLedger
from mactl.store.ids import send_id
from mactl.store.state import State
from mactl.store.tokens import Tokens
from mactl.store.worker import new_worker
from mactl.workflows.posting.acting import take_over_actions
from tests.delivery.servers import DROP, smtp_server
from tests.delivery.webs import HANG_UP, HANG_UP_EARLY, web_server
from tests.store.making import DAY, NOW
from tests.store.test_actions import action, add, stand, standing

SETTINGS = """\
sender: {from: Acme <news@acme.example>, address: Acme, unsubscribe: "https://acme.example/u/{token}"}
webhooks:
  crm: {url: "${CRM_URL}", headers: {Authorization: "Bearer ${CRM_TOKEN}"}}
  erp: {url: "${ERP_URL}"}
"""


def notice(name: str = "a", **other: Any) -> dict[str, Any]:
    body = {
        "address": "sales@acme.example",
        "subject": "Renewals: Zoë is hot",
        "text": "Zoë is hot\nCall her",
        "latest_at": NOW + 2 * DAY,
        **other,
    }
    return action(name, kind="notify", target="sales", body=json.dumps(body))


def call(name: str = "a", target: str = "crm", **other: Any) -> dict[str, Any]:
    body = {"json": {"email": "ann@example.com"}, "latest_at": NOW + 2 * DAY, **other}
    return action(name, target=target, body=json.dumps(body))


def export(name: str = "a", **columns: Any) -> dict[str, Any]:
    body = {"columns": columns or {"email": "ann@example.com"}, "latest_at": NOW + 2 * DAY}
    return action(name, kind="export", target="exports/hot.csv", body=json.dumps(body))


@dataclass
class Shop:
    """A project with a state, and a clock."""

    project: Project
    state: State
    now: int = NOW

    @property
    def sender(self) -> Sender:
        assert self.project.settings.sender is not None
        return self.project.settings.sender

    def notices(self, url: str) -> Notices:
        transport = open_transport(url, self.project.folder)
        return Notices(transport, self.sender, Tokens(self.state.secret), lambda: self.now)

    def do(self, doer: Doer) -> Drained:
        with ActionLedger(self.state, new_worker()) as ledger:
            return perform(ledger, doer, now=lambda: self.now)


@pytest.fixture
def shop(state: State, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    (tmp_path / "mactl.yaml").write_text(SETTINGS)
    monkeypatch.setenv("CRM_URL", "http://127.0.0.1:1/crm")
    monkeypatch.setenv("CRM_TOKEN", "s3cret")
    project, findings = load_project(tmp_path)
    assert not findings
    yield Shop(project, state)


def test_a_notice_is_a_plain_letter_that_no_holiday_answers(shop: Shop) -> None:
    add(shop.state, notice())
    with smtp_server() as server:
        assert shop.do(shop.notices(server.url)).counts == {"sent": 1}
        assert shop.do(shop.notices(server.url)).counts == {}
    (taken,) = server.taken
    message = email.message_from_bytes(taken.message, policy=email.policy.default)
    assert isinstance(message, EmailMessage) and not message.defects
    assert (taken.return_path, taken.recipient) == ("news@acme.example", "sales@acme.example")
    assert message["From"] == "Acme <news@acme.example>"
    assert message["To"] == "sales@acme.example"
    assert message["Subject"] == "Renewals: Zoë is hot"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content_type() == "text/plain"
    assert message.get_content().splitlines() == ["Zoë is hot", "Call her"]
    assert max(map(len, taken.message.split(b"\r\n"))) <= 78


@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "end"])
def test_a_notice_refused_for_now_is_tried_again_for_two_days_and_one_refused_for_good_is_not(
    shop: Shop, stage: str
) -> None:
    for name, reply, then in (
        ("a", "451 4.3.0 later", "deferred"),
        ("b", "550 5.1.1 no", "failed"),
    ):
        add(shop.state, notice(name))
        with smtp_server(lambda at, to, reply=reply: reply if at == stage else None) as server:  # type: ignore[misc]
            assert shop.do(shop.notices(server.url)).counts == {then: 1}
    assert standing(shop.state) == {"a": "deferred", "b": "failed"}
    with smtp_server() as server:
        shop.now += FIRST_GAP // 2
        assert shop.do(shop.notices(server.url)).counts == {}
        shop.now += FIRST_GAP
        assert shop.do(shop.notices(server.url)).counts == {"sent": 1}


def test_a_server_that_stays_away_for_two_days_fails_the_notice(shop: Shop) -> None:
    add(shop.state, notice())
    tries = 0
    while standing(shop.state)["a"] in ("queued", "deferred"):
        drained = shop.do(shop.notices("smtp://127.0.0.1:1"))
        if drained.counts:
            tries += 1
            assert drained.stopped is not None and drained.stopped.exit_code == 75
        shop.now += 1800
        assert shop.now <= NOW + 2 * DAY + 1800
    assert standing(shop.state) == {"a": "failed"}
    assert tries > 10


def test_one_try_is_enough_to_know_that_a_server_is_away(shop: Shop) -> None:
    add(shop.state, *(notice(name) for name in "abcdef"))
    assert shop.do(shop.notices("smtp://127.0.0.1:1")).counts == {"deferred": 6}
    with ActionLedger(shop.state, new_worker()) as ledger:
        claimed = ledger.claim(9, NOW + 2 * FIRST_GAP, shop.notices("smtp://x").kinds)
    assert {one.attempts for one in claimed} == {1}


def test_a_notice_whose_server_hung_up_after_it_was_told_is_unknown(shop: Shop) -> None:
    add(shop.state, notice())
    with smtp_server(lambda stage, to: DROP if stage == "after" else None) as server:
        assert shop.do(shop.notices(server.url)).counts == {"unknown": 1}
        shop.now += DAY
        assert shop.do(shop.notices(server.url)).counts == {}
    assert len(server.taken) == 1


@pytest.mark.parametrize("address", ["sales@acme.example\r\nBcc: all@acme.example", "no address"])
def test_an_address_that_no_message_can_carry_fails(shop: Shop, address: str) -> None:
    add(shop.state, notice(address=address))
    with smtp_server() as server:
        assert shop.do(shop.notices(server.url)).counts == {"failed": 1}
    assert server.taken == []


def test_what_could_not_be_written_when_it_was_planned_fails_with_that_reason(shop: Shop) -> None:
    add(shop.state, notice(fault="it can't be written: contact.first_name is empty"))
    with smtp_server() as server:
        drained = shop.do(shop.notices(server.url))
    assert drained.reasons == {
        ("failed", "notify sales: it can't be written: contact.first_name is empty"): 1
    }
    assert server.connections == 0


def test_a_webhook_gets_the_body_its_headers_and_the_key(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(shop.state, call())
    with web_server() as web:
        monkeypatch.setenv("CRM_URL", web.url)
        assert shop.do(Webhooks(shop.project)).counts == {"sent": 1}
        assert shop.do(Webhooks(shop.project)).counts == {}
    (request,) = web.requests
    assert request.json == {"email": "ann@example.com"}
    assert request.headers["Authorization"] == "Bearer s3cret"
    assert request.key == send_id("enrollment", "a")


@pytest.mark.parametrize("trouble", [HANG_UP, HANG_UP_EARLY, 500, 429])
def test_a_webhook_whose_fate_nobody_knows_is_repeated_with_the_same_key(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, trouble: str | int
) -> None:
    add(shop.state, call())
    with web_server(lambda number: trouble if number < 3 else 200) as web:
        monkeypatch.setenv("CRM_URL", web.url)
        for _ in range(5):
            shop.do(Webhooks(shop.project))
            shop.now += 4 * 3600
    assert standing(shop.state) == {"a": "sent"}
    assert {request.key for request in web.requests} == {send_id("enrollment", "a")}


def test_a_webhook_that_says_no_is_not_asked_again(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(shop.state, call())
    with web_server(lambda number: (422, {}, b"unknown field")) as web:
        monkeypatch.setenv("CRM_URL", web.url)
        drained = shop.do(Webhooks(shop.project))
        shop.now += DAY
        shop.do(Webhooks(shop.project))
    assert len(web.requests) == 1
    ((status, reason),) = drained.reasons
    assert status == "failed" and reason.startswith("webhook crm: HTTP 422 Unprocessable")
    assert reason.endswith(": unknown field")


def test_one_system_that_is_away_does_not_stop_the_others_and_no_secret_is_told(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(shop.state, call("a"), call("b", "erp"), call("c"), call("d", "nobody"))
    with web_server() as web:
        monkeypatch.setenv("ERP_URL", web.url)
        drained = shop.do(Webhooks(shop.project))
    assert drained.counts == {"deferred": 3, "sent": 1}
    assert standing(shop.state) == {"a": "deferred", "b": "sent", "c": "deferred", "d": "deferred"}
    assert "s3cret" not in str(drained.reasons)
    assert any("mactl.yaml has no webhook 'nobody'" in reason for _, reason in drained.reasons)


def test_an_export_is_a_row_and_its_header_is_written_once(shop: Shop) -> None:
    add(shop.state, export("a"), export("b", email="=cmd()"))
    assert shop.do(Exports(shop.project.folder)).counts == {"sent": 2}
    lines = (shop.project.folder / "exports/hot.csv").read_text().splitlines()
    ids = [send_id("enrollment", name) for name in "ab"]
    assert lines[0] == "action_id,email"
    assert sorted(lines[1:]) == sorted([f"{ids[0]},ann@example.com", f"{ids[1]},'=cmd()"])


def test_a_file_with_another_header_is_told_and_the_row_waits_until_it_is_moved_away(
    shop: Shop,
) -> None:
    path = shop.project.folder / "exports/hot.csv"
    path.parent.mkdir()
    path.write_text("name\nAnn\n")
    add(shop.state, export())
    drained = shop.do(Exports(shop.project.folder))
    assert drained.counts == {"deferred": 1}
    ((_, reason),) = drained.reasons
    assert "exports/hot.csv has the columns name, not action_id, email" in reason
    path.unlink()
    shop.now += FIRST_GAP * 2
    assert shop.do(Exports(shop.project.folder)).counts == {"sent": 1}


def test_stopping_leaves_the_rest_queued(shop: Shop) -> None:
    add(shop.state, *(export(name) for name in "abc"))
    done: list[Drained] = []
    with ActionLedger(shop.state, new_worker()) as ledger:
        drained = perform(
            ledger, Exports(shop.project.folder), now=lambda: NOW, stop=lambda: len(done) >= 1,
            progress=done.append,
        )  # fmt: skip
    assert drained.is_interrupted and drained.counts == {"sent": 1}
    assert sorted(standing(shop.state).values()) == ["queued", "queued", "sent"]


DOER = """
import os, signal, sys
from pathlib import Path
from mactl.delivery.actions.exports import Exports
from mactl.delivery.actions.notices import Notices
from mactl.delivery.actions.performing import perform
from mactl.delivery.actions.webhooks import Webhooks
from mactl.delivery.opening import open_transport
from mactl.project import load_project
from mactl.store.actions import ActionLedger
from mactl.store.state import State
from mactl.store.tokens import Tokens
from mactl.store.worker import new_worker

folder, now, what, kept, url = Path(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:6]
ActionLedger.settle = lambda *settling: os.kill(os.getpid(), signal.SIGKILL)
project, _ = load_project(folder)
with State.open(kept, folder, write=True) as state:
    doer = {
        "export": lambda: Exports(folder),
        "webhook": lambda: Webhooks(project),
        "notice": lambda: Notices(
            open_transport(url, folder), project.settings.sender, Tokens(state.secret), lambda: now
        ),
    }[what]()
    with ActionLedger(state, new_worker()) as ledger:
        perform(ledger, doer, now=lambda: now)
"""

Killed = Callable[..., None]


@pytest.fixture
def killed(shop: Shop, url: str) -> Killed:
    """Does one action in a process that is killed when it was done, before it is written down."""

    def killed(what: str, way: str = "") -> None:
        command = [sys.executable, "-c", DOER, str(shop.project.folder), str(NOW), what, url, way]
        ran = subprocess.run(command, env=dict(os.environ), capture_output=True, check=False)
        assert ran.returncode == -signal.SIGKILL, ran.stderr.decode()

    return killed


def test_a_row_exported_by_a_process_that_was_killed_is_found_and_not_written_again(
    shop: Shop, killed: Killed
) -> None:
    add(shop.state, export("a"), export("b"))
    killed("export")
    assert sorted(standing(shop.state).values()) == ["claimed", "sending"]
    assert take_over_actions(shop.state, shop.project, NOW) == 0
    assert shop.do(Exports(shop.project.folder)).counts == {"sent": 1}
    assert set(standing(shop.state).values()) == {"sent"}
    lines = (shop.project.folder / "exports/hot.csv").read_text().splitlines()
    assert len(lines) == len(set(lines)) == 3


def test_an_export_that_is_not_in_its_file_is_in_doubt(shop: Shop, killed: Killed) -> None:
    add(shop.state, export("a"))
    killed("export")
    (shop.project.folder / "exports/hot.csv").unlink()
    assert take_over_actions(shop.state, shop.project, NOW) == 1
    assert standing(shop.state) == {"a": "unknown"}
    assert shop.do(Exports(shop.project.folder)).counts == {}


def test_a_webhook_called_by_a_process_that_was_killed_is_called_again_with_the_same_key(
    shop: Shop, killed: Killed, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(shop.state, call())
    with web_server() as web:
        monkeypatch.setenv("CRM_URL", web.url)
        killed("webhook")
        assert take_over_actions(shop.state, shop.project, NOW) == 0
        assert shop.do(Webhooks(shop.project)).counts == {"sent": 1}
    assert [request.key for request in web.requests] == [send_id("enrollment", "a")] * 2


def test_a_notice_sent_by_a_process_that_was_killed_is_unknown_and_not_sent_again(
    shop: Shop, killed: Killed
) -> None:
    add(shop.state, notice())
    with smtp_server() as server:
        killed("notice", server.url)
        assert take_over_actions(shop.state, shop.project, NOW) == 1
        assert shop.do(shop.notices(server.url)).counts == {}
    assert len(server.taken) == 1
    assert standing(shop.state) == {"a": "unknown"}


def test_two_at_once_do_each_thing_once(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"n{number}" for number in range(60)]
    add(shop.state, *(call(name) for name in names))
    with web_server() as web:
        monkeypatch.setenv("CRM_URL", web.url)
        threads = [
            threading.Thread(target=lambda: shop.do(Webhooks(shop.project))) for _ in range(3)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(request.key for request in web.requests) == sorted(
        send_id("enrollment", name) for name in names
    )


def test_a_lease_that_ran_out_keeps_a_slow_worker_from_doing_what_another_does(shop: Shop) -> None:
    add(shop.state, export())

    class Slow(Exports):
        def open(self, action: Any) -> None:
            super().open(action)
            stand(shop.state, "a", worker="another")

    assert shop.do(Slow(shop.project.folder)).counts == {}
    assert not (shop.project.folder / "exports/hot.csv").exists()
