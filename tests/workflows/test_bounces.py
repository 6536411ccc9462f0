"""What reports do to the state: in which order and how often they come, each send is told of once."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from mactl.clock import from_epoch
from mactl.project import Project, load_project
from mactl.store.state import State
from mactl.store.suppressions import read_suppressions
from mactl.store.tables import events, sends
from mactl.store.tokens import Tokens
from mactl.workflows.bounces import Feedback, Hearing, hear
from mactl.workflows.feedback_books import Action, Heard
from tests.conftest import examples
from tests.feedback.mails import (
    COMPLAINT,
    HARD,
    REPLY,
    SOFT,
    UNSUBSCRIBE,
    filled,
    mail_named,
)
from tests.store.making import DAY, NOW, commit, send

URL = "sqlite:///.mactl/state.db"

REFUSED = mail_named("notifications: Exchange, refused by a rule of theirs")
LATE = mail_named("notifications: Postfix, late but still trying")
ARRIVED = mail_named("notifications: a notice of success is no bounce")


class Office:
    """A project with a state and an inbox of files."""

    def __init__(self, folder: Path, state: State) -> None:
        self.folder, self.state = folder, state
        self.inbox = folder / "inbox"
        self.inbox.mkdir()
        (folder / "mactl.yaml").write_text("limits: {soft_bounces: 3}\n")
        self.project: Project = load_project(folder)[0]
        self.written = 0

    def sent(self, *at: int, name: str = "ann", **other: Any) -> list[str]:
        """Messages that went to `name` at these instants; their ids."""
        rows = [send(name, step=f"step-{moment}", **other) for moment in at]
        commit(self.state, *rows)
        with self.state.writing() as connection:
            for row, moment in zip(rows, at, strict=True):
                change = {"status": "sent", "settled_at": moment}
                connection.execute(update(sends).where(sends.c.id == row["id"]).values(change))
        return [row["id"] for row in rows]

    def put(self, text: str, send: str) -> None:
        self.written += 1
        file = self.inbox / f"{self.written:06}.eml"
        file.write_bytes(filled(text, Tokens(self.state.secret), send))

    def hear(self, now: int = NOW + 30 * DAY, **how: Any) -> list[Heard]:
        return list(self.all(now, **how).heard)

    def all(self, now: int = NOW + 30 * DAY, **how: Any) -> Feedback:
        return hear(self.project, [str(self.inbox)], from_epoch(now), Hearing(**how))

    def told(self) -> list[dict[str, Any]]:
        with self.state.reading() as connection:
            rows = connection.execute(select(events).order_by(events.c.number)).mappings()
            return [{**row, "properties": json.loads(row["properties"])} for row in rows]

    def suppressed(self) -> dict[tuple[str, str], str]:
        with self.state.reading() as connection:
            found = read_suppressions(connection)
        return dict(
            zip(
                zip(found["address_key"], found["topic"], strict=True), found["reason"], strict=True
            )
        )


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A state that every test takes a copy of: to make one takes ten times as long."""
    folder = tmp_path_factory.mktemp("empty")
    with State.open("sqlite:///state.db", folder, write=True):
        pass
    return (folder / "state.db").read_bytes()


@contextmanager
def office_in(folder: Path, empty: bytes) -> Iterator[Office]:
    (folder / ".mactl").mkdir()
    (folder / ".mactl/state.db").write_bytes(empty)
    with State.open(URL, folder, write=True) as state:
        yield Office(folder, state)


@pytest.fixture
def office(tmp_path: Path, empty: bytes) -> Iterator[Office]:
    with office_in(tmp_path, empty) as opened:
        yield opened


ANN = ("ann@example.com", "")


def test_a_bounce_becomes_an_event_of_the_send_with_its_reason(office: Office) -> None:
    (id,) = office.sent(NOW)
    office.put(HARD, id)

    (heard,) = office.hear()

    assert (heard.send, heard.action) == (id, Action.SUPPRESSED)
    (event,) = office.told()
    assert (event["contact"], event["event"], event["source_id"]) == (
        "contact-ann", "email_bounced", f"bounced:{id}",
    )  # fmt: skip
    assert event["properties"] == {
        "recipe": "welcome", "step": f"step-{NOW}", "template": "hello", "channel": "email",
        "enrollment": send("ann")["enrollment"],
        "bounce": "hard", "bounce_status": "5.1.1", "bounce_cause": "address",
    }  # fmt: skip


@pytest.mark.parametrize("text", [LATE, ARRIVED], ids=["late", "arrived"])
def test_what_is_late_or_arrived_is_no_bounce(office: Office, text: str) -> None:
    office.put(text, office.sent(NOW)[0])

    assert [heard.action for heard in office.hear()] == [Action.NONE]
    assert office.told() == []


def test_soft_bounces_in_a_row_suppress_the_address(office: Office) -> None:
    ids = office.sent(NOW, NOW + DAY, NOW + 2 * DAY)
    for id in ids[:2]:
        office.put(SOFT, id)
    assert [heard.action for heard in office.hear()] == [Action.COUNTED] * 2
    assert office.suppressed() == {}
    office.put(SOFT, ids[2])

    last = office.hear()[-1]

    assert (last.action, last.reason) == (Action.SUPPRESSED, "3 soft bounces in a row")
    assert office.suppressed() == {ANN: "3 soft bounces in a row"}


def test_a_delivery_in_between_begins_the_count_anew(office: Office) -> None:
    before, _, *after = office.sent(*(NOW + n * DAY for n in range(4)))
    for id in (before, *after):
        office.put(SOFT, id)
    assert office.hear()[-1].reason.endswith("2 of 3 in a row")
    (last,) = office.sent(NOW + 4 * DAY)
    office.put(SOFT, last)

    assert office.hear()[-1].action is Action.SUPPRESSED
    assert office.suppressed() == {ANN: "3 soft bounces in a row"}


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_the_order_of_the_reports_does_not_matter(office: Office, order: tuple[int, ...]) -> None:
    ids = office.sent(*(NOW + n * DAY for n in range(3)))
    for number in order:
        office.put(SOFT, ids[number])

    assert office.hear()[-1].action is Action.SUPPRESSED


def test_what_may_still_come_back_is_no_delivery_yet(office: Office) -> None:
    """Servers try for days: of daily messages the reports come when five more have gone out."""
    ids = office.sent(*(NOW + n * DAY for n in range(8)))
    for id in ids[:3]:
        office.put(SOFT, id)

    assert office.hear(NOW + 7 * DAY)[-1].action is Action.SUPPRESSED


def test_an_answer_is_a_delivery(office: Office) -> None:
    ids = office.sent(*(NOW + n * DAY for n in range(4)))
    office.put(REPLY, ids[3])
    for id in ids[:3]:
        office.put(SOFT, id)

    assert office.hear(NOW + 4 * DAY)[-1].action is Action.COUNTED
    assert office.suppressed() == {}


def test_what_was_refused_for_the_sender_s_sake_never_suppresses(office: Office) -> None:
    for id in office.sent(*(NOW + n * DAY for n in range(6))):
        office.put(REFUSED, id)

    assert {heard.action for heard in office.hear()} == {Action.RECORDED}
    assert len(office.told()) == 6
    assert office.suppressed() == {}


def test_others_bounces_do_not_count(office: Office) -> None:
    for name in ("ann", "bob", "cas"):
        office.put(SOFT, office.sent(NOW, name=name)[0])

    assert {heard.action for heard in office.hear()} == {Action.COUNTED}
    assert office.suppressed() == {}


def test_the_address_that_was_written_to_is_suppressed_whatever_the_report_names(
    office: Office,
) -> None:
    (id,) = office.sent(NOW, address="Team@Example.org", address_key="team@example.org")
    office.put(HARD, id)

    (heard,) = office.hear()

    assert heard.to == "Team@Example.org"
    assert office.suppressed() == {("team@example.org", ""): "hard bounce"}


def test_an_unsubscription_holds_for_its_topic_or_for_all_mail(office: Office) -> None:
    office.put(UNSUBSCRIBE, office.sent(NOW, topic="news")[0])
    office.put(UNSUBSCRIBE, office.sent(NOW, name="bob", topic=None)[0])

    assert [heard.action for heard in office.hear()] == [Action.OPTED_OUT] * 2
    assert office.suppressed() == {
        ("ann@example.com", "news"): "unsubscribed",
        ("bob@example.com", ""): "unsubscribed",
    }
    assert [event["properties"].get("topic") for event in office.told()] == ["news", None]


def test_a_complaint_has_no_topic(office: Office) -> None:
    office.put(COMPLAINT, office.sent(NOW, topic="news")[0])
    office.hear()

    (event,) = office.told()
    assert (event["event"], "topic" in event["properties"]) == ("complained", False)
    assert office.suppressed() == {ANN: "complaint"}


def test_it_came_when_our_server_took_it_but_not_before_the_send_nor_after_now(
    office: Office,
) -> None:
    stamped = "Received: by mx.acme.example; {date}\n" + REPLY
    came = {"before": NOW - DAY, "between": NOW + 2 * DAY, "after": NOW + 99 * DAY}
    for name, moment in came.items():
        date = datetime.fromtimestamp(moment, UTC).strftime("%a, %d %b %Y %H:%M:%S +0000")
        office.put(stamped.replace("{date}", date), office.sent(NOW, name=name)[0])
    office.put(stamped.replace("{date}", "some day"), office.sent(NOW + 10 * DAY, name="later")[0])

    office.hear(NOW + 3 * DAY)

    assert {event["contact"]: event["at"] for event in office.told()} == {
        "contact-before": NOW,
        "contact-between": NOW + 2 * DAY,
        "contact-after": NOW + 3 * DAY,
        "contact-later": NOW + 10 * DAY,
    }


def test_a_send_that_this_state_does_not_know_is_not_ours(office: Office) -> None:
    office.put(HARD, send("nobody")["id"])

    (heard,) = office.hear()

    assert (heard.send, heard.action, heard.reason) == (None, Action.NONE, "no send of ours")
    assert office.told() == []


def test_thousands_of_mails_are_told_in_parts_and_the_progress_is_heard(office: Office) -> None:
    names = [f"name{n}" for n in range(1_200)]
    for name in names:
        office.put(HARD, send(name, step="step")["id"])
    commit(office.state, *(send(name, step="step") for name in names))
    progress: list[tuple[int, int | None]] = []

    heard = office.hear(progress=lambda done, count: progress.append((done, count)))

    assert [one.action for one in heard] == [Action.SUPPRESSED] * 1_200
    assert len(office.told()) == len(office.suppressed()) == 1_200
    assert (progress[0], progress[-1]) == ((1, 1_200), (1_200, 1_200))


TEXTS = [HARD, SOFT, REFUSED, LATE, COMPLAINT, UNSUBSCRIBE, REPLY]


@settings(max_examples=examples(25), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(TEXTS), st.integers(0, 3)), max_size=10), st.data())
def test_however_often_mails_are_read_each_send_is_told_once_and_nobody_escapes(
    tmp_path_factory: pytest.TempPathFactory,
    empty: bytes,
    mails: list[tuple[str, int]],
    data: st.DataObject,
) -> None:
    with office_in(tmp_path_factory.mktemp("office"), empty) as office:
        ids = office.sent(*(NOW + n * DAY for n in range(4)))
        for text, number in mails:
            office.put(text, ids[number])
            if data.draw(st.booleans()):
                office.hear()
        dry = office.hear(dry_run=True)
        assert office.hear() == dry
        told, suppressed = office.told(), office.suppressed()

        assert {heard.action for heard in office.hear()} <= {Action.NONE}
        assert (office.told(), office.suppressed()) == (told, suppressed)
        assert len({event["source_id"] for event in told}) == len(told)
        if any(text == COMPLAINT for text, _ in mails):
            assert ANN in suppressed
        if any(text == UNSUBSCRIBE for text, _ in mails):
            assert ("ann@example.com", "news") in suppressed
