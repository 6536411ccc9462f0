"""What planning reads: whole columns, with all and only what it asked for."""

import pandas as pd
import pytest

from mactl.store.commit import Changes, commit_run
from mactl.store.journeys import (
    read_ended_enrollments,
    read_enrollments,
    read_gone_templates,
    read_marketing_since,
    read_sends_of_active,
    read_waiting,
)
from mactl.store.state import State
from mactl.store.tables import Standing, enrollments, sends
from tests.store.making import EVERY_STATUS, NOW, begun, commit, enrollment, send, stand


@pytest.fixture
def people(state: State) -> State:
    """ann is active, ben has left, cas is active in another recipe; each has a send."""
    enrolled = [
        enrollment("ann"),
        enrollment("ben", status="left", ended_at=NOW, why="the goal is met"),
        enrollment("cas", recipe="other"),
    ]
    planned = [send("ann"), send("ben"), send("cas", recipe="other")]
    changes = Changes(enrollments=pd.DataFrame(enrolled), sends=pd.DataFrame(planned))
    commit_run(state, begun(), changes)
    return state


def contacts(frame: pd.DataFrame) -> list[str]:
    return sorted(contact.removeprefix("contact-") for contact in frame["contact"])


def test_enrollments_are_read_by_recipe_and_status(people: State) -> None:
    with people.reading() as connection:
        assert contacts(read_enrollments(connection)) == ["ann", "cas"]
        assert contacts(read_enrollments(connection, ["welcome"])) == ["ann"]
        assert contacts(read_enrollments(connection, None, list(Standing))) == ["ann", "ben", "cas"]
        assert contacts(read_enrollments(connection, ["welcome"], [Standing.LEFT])) == ["ben"]
        assert contacts(read_enrollments(connection, [])) == []
        frame = read_enrollments(connection)
    assert list(frame.columns) == [column.name for column in enrollments.columns]


def test_ended_enrollments_are_read_with_their_end(people: State) -> None:
    with people.reading() as connection:
        (row,) = read_ended_enrollments(connection, ["welcome"]).to_dict("records")
    assert (row["contact"], row["ended_at"], row["status"]) == ("contact-ben", NOW, "left")


def test_only_sends_of_active_enrollments_are_read(people: State) -> None:
    with people.reading() as connection:
        frame = read_sends_of_active(connection, ["welcome"])
    assert frame["enrollment"].to_list() == [enrollment("ann")["id"]]


@pytest.mark.parametrize("status", EVERY_STATUS)
def test_whatever_may_have_gone_out_counts_as_gone(state: State, status: str) -> None:
    """queued, claimed, sending, deferred, sent and unknown all count: rule 1."""
    commit(state, send(), send("cas", recipe="other"))
    stand(state, "ann", status=status)
    with state.reading() as connection:
        templates = read_gone_templates(connection, ["welcome"])
        marketing = read_marketing_since(connection, NOW)
    is_gone = status in {"queued", "claimed", "sending", "deferred", "sent", "unknown"}
    assert contacts(templates) == ["ann"] * is_gone
    assert contacts(marketing) == ["ann"] * is_gone + ["cas"]


def test_marketing_is_read_from_an_instant_on_and_service_mail_is_not(state: State) -> None:
    commit(
        state,
        send("ann", released_at=NOW - 1),
        send("ben", released_at=NOW),
        send("cas", released_at=NOW + 1),
        send("dan", released_at=NOW, marketing=False),
        send("eva", status="held", released_at=None),
    )
    with state.reading() as connection:
        frame = read_marketing_since(connection, NOW)
        assert contacts(read_marketing_since(connection, NOW + 2)) == []
    assert contacts(frame) == ["ben", "cas"]
    assert str(frame["released_at"].dtype) == "int64"


def test_waiting_is_what_leaving_cancels(state: State) -> None:
    commit(state, *(send(status) for status in EVERY_STATUS))
    for status in EVERY_STATUS:
        stand(state, status, status=status)
    with state.reading() as connection:
        frame = read_waiting(connection, ["welcome"])
        assert len(read_waiting(connection, ["other"])) == 0
    assert contacts(frame) == ["deferred", "held", "queued"]
    assert list(frame.columns) == [column.name for column in sends.columns]


def test_an_empty_state_has_columns_still(state: State) -> None:
    with state.reading() as connection:
        frames = [
            read_enrollments(connection),
            read_ended_enrollments(connection, ["welcome"]),
            read_sends_of_active(connection, ["welcome"]),
            read_gone_templates(connection, ["welcome"]),
            read_marketing_since(connection, 0),
            read_waiting(connection),
        ]
    assert all(len(frame) == 0 and len(frame.columns) for frame in frames)
