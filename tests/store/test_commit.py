"""A run is written whole or not at all, and nothing that happened since is overwritten."""

from typing import Any

import pandas as pd
import pytest
from sqlalchemy import func, select

from mactl.store import commit as commit_module
from mactl.store.commit import Changes, Standoff, commit_run
from mactl.store.journeys import read_enrollments
from mactl.store.ledger import read_contents
from mactl.store.logbook import read_runs
from mactl.store.state import State
from mactl.store.tables import SendStatus, enrollments, events, meta, metadata, sends
from tests.store.making import (
    EVERY_STATUS,
    NOW,
    begun,
    commit,
    enrollment,
    row_of,
    send,
    stand,
    statuses,
)


def enroll(state: State, *rows: dict[str, Any], **changes: pd.DataFrame) -> list[Standoff]:
    found = commit_run(state, begun(), Changes(enrollments=pd.DataFrame(rows), **changes))
    return list(found.standoffs)


def cancel(state: State, *names: str, now: int = NOW) -> list[Standoff]:
    rows = [{"id": send(name)["id"], "reason": "the goal is met"} for name in names]
    cancelled = pd.DataFrame(rows)
    return list(commit_run(state, begun(now), Changes(cancelled=cancelled)).standoffs)


def counts(state: State) -> dict[str, int]:
    with state.reading() as connection:
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in metadata.sorted_tables
            if table is not meta  # which also says that something was written
        }


def everything(name: str = "ann") -> Changes:
    contact = enrollment(name)["contact"]
    return Changes(
        contacts=pd.DataFrame([{"id": contact, "key": f"{name}@example.com", "merged_into": None}]),
        aliases=pd.DataFrame([{"alias": f"email:{name}@example.com", "contact": contact}]),
        enrollments=pd.DataFrame([enrollment(name)]),
        sends=pd.DataFrame([send(name)]),
        contents={"hash": '{"subject": "Hello"}'},
        events=pd.DataFrame(
            [
                {
                    "contact": contact,
                    "event": "stage_changed",
                    "at": NOW,
                    "source_id": f"stage:{name}",
                    "properties": "{}",
                }
            ]
        ),
    )


def test_a_run_is_written_with_all_it_decided(state: State) -> None:
    committed = commit_run(state, begun(), everything())
    assert (committed.run, list(committed.standoffs)) == (1, [])
    assert {name: count for name, count in counts(state).items() if count} == {
        "aliases": 1,
        "contacts": 1,
        "contents": 1,
        "enrollments": 1,
        "events": 1,
        "runs": 1,
        "sends": 1,
    }
    assert row_of(state) == {
        **send(),
        "run": 1,
        "attempts": 0,
        **dict.fromkeys(["worker", "lease_until", "boot", "kind", "code", "response"]),
        **dict.fromkeys(["shared", "legal_until"]),
    }
    with state.reading() as connection:
        assert read_contents(connection, ["hash", "absent"]) == {"hash": '{"subject": "Hello"}'}


def test_the_same_run_committed_again_adds_nothing_but_a_line_in_the_logbook(state: State) -> None:
    commit_run(state, begun(), everything())
    before = counts(state)
    again = commit_run(state, begun(), everything())
    assert (again.run, list(again.standoffs)) == (2, [])
    assert counts(state) == before | {"runs": 2}
    assert row_of(state)["run"] == 1


def test_a_run_that_decided_nothing_is_still_in_the_logbook(state: State) -> None:
    assert commit_run(state, begun(), Changes()).run == 1
    with state.reading() as connection:
        assert [run.begun for run in read_runs(connection)] == [begun()]


@pytest.mark.parametrize("nth", range(1, 8))
def test_a_run_that_is_interrupted_is_not_written_at_all(
    state: State, monkeypatch: pytest.MonkeyPatch, nth: int
) -> None:
    """Whichever of its writes is the one that fails."""
    before = counts(state)
    done = 0

    def write_cells(*arguments: Any) -> int:
        nonlocal done
        done += 1
        if done == nth:
            raise KeyboardInterrupt
        return real(*arguments)

    real = commit_module.write_cells
    monkeypatch.setattr(commit_module, "write_cells", write_cells)
    if nth > 6:
        commit_run(state, begun(), everything())
        assert done == 6  # so the others did fail somewhere
        return
    with pytest.raises(KeyboardInterrupt):
        commit_run(state, begun(), everything())
    assert counts(state) == before


@pytest.fixture
def standing(state: State) -> dict[str, dict[str, Any]]:
    """A send in every status, named for it: its row."""
    commit(state, *(send(status, reason="as it was") for status in EVERY_STATUS))
    for status in EVERY_STATUS:
        stand(state, status, status=status)
    return {status: row_of(state, status) for status in EVERY_STATUS}


@pytest.mark.parametrize("wanted", ["queued", "held", "skipped"])
def test_only_a_held_send_is_planned_again(
    state: State, standing: dict[str, dict[str, Any]], wanted: str
) -> None:
    again = {"status": wanted, "reason": "again", "merge": '{"new": 1}', "hold_until": NOW + 60}
    standoffs = commit(state, *(send(found, **again) for found in EVERY_STATUS)).standoffs

    for found, before in standing.items():
        changed = again | {"run": 2} if found == SendStatus.HELD else {}
        assert row_of(state, found) == before | changed
    expected = {found for found in EVERY_STATUS if found not in ("held", wanted)}
    assert {standoff.found for standoff in standoffs} == expected
    assert all(s == Standoff("sends", send(s.found)["id"], wanted, s.found) for s in standoffs)


def test_what_is_out_of_hand_cannot_be_cancelled(
    state: State, standing: dict[str, dict[str, Any]]
) -> None:
    standoffs = cancel(state, *EVERY_STATUS, now=NOW + 60)

    cancelled = {"status": "cancelled", "reason": "the goal is met", "settled_at": NOW + 60}
    for found, before in standing.items():
        changed = cancelled if found in ("held", "queued", "deferred") else {}
        assert row_of(state, found) == before | changed
    expected = {"claimed", "sending", "sent", "failed", "unknown", "skipped"}
    assert {standoff.found for standoff in standoffs} == expected


def test_what_is_decided_again_keeps_its_ids_and_its_attempts(state: State) -> None:
    commit(state, send())
    stand(state, "ann", status="held", attempts=2)
    commit(state, send(message_id="<other@example.com>", occurrence="2", enrollment="other"))
    row = row_of(state)
    assert row["status"] == "queued"
    assert row["attempts"] == 2
    assert [row[name] for name in ("message_id", "occurrence", "enrollment")] == [
        send()[name] for name in ("message_id", "occurrence", "enrollment")
    ]


@pytest.mark.parametrize(
    "status", ["claimed", "sending", "sent", "failed", "unknown", "deferred", "cancelled", "lost"]
)
def test_a_status_that_no_plan_gives_is_a_mistake(state: State, status: str) -> None:
    with pytest.raises(ValueError, match=status):
        commit(state, send(status=status))
    assert counts(state)["runs"] == 0


@pytest.mark.parametrize("missing", ["address", "address_key", "contact_key", "released_at"])
def test_only_what_is_skipped_may_lack_an_address(state: State, missing: str) -> None:
    with pytest.raises(ValueError, match=missing):
        commit(state, send(**{missing: None}))
    commit(state, send(**{missing: None}, status="skipped"))


def test_an_enrollment_moves_on(state: State) -> None:
    enroll(state, enrollment())
    moved = {"step": "reminder", "arrived_at": NOW, "due_at": NOW + 60}
    assert enroll(state, enrollment(**moved)) == []
    with state.reading() as connection:
        (row,) = read_enrollments(connection).to_dict("records")
    assert {name: row[name] for name in moved} == moved


def test_what_an_enrollment_began_with_is_never_rewritten(state: State) -> None:
    enroll(state, enrollment())
    enroll(state, enrollment(trigger='{"other": 1}', trigger_at=1, contact="other"))
    with state.reading() as connection:
        (row,) = read_enrollments(connection).to_dict("records")
    began = ("trigger", "trigger_at", "contact")
    assert [row[name] for name in began] == [enrollment()[name] for name in began]


@pytest.mark.parametrize("ended", ["completed", "left", "merged"])
@pytest.mark.parametrize("wanted", ["active", "completed", "left", "merged"])
def test_an_enrollment_that_ended_stays_ended(state: State, ended: str, wanted: str) -> None:
    enroll(state, enrollment(status=ended, ended_at=NOW, why="as it was"))
    standoffs = enroll(state, enrollment(status=wanted, ended_at=NOW + 60, why="again"))
    with state.reading() as connection:
        row = connection.execute(select(enrollments)).mappings().one()
    assert (row["status"], row["ended_at"], row["why"]) == (ended, NOW, "as it was")
    expected = [Standoff("enrollments", enrollment()["id"], wanted, ended)]
    assert standoffs == ([] if wanted == ended else expected)


def test_the_first_time_outside_counts_and_only_after_the_end(state: State) -> None:
    def outside(name: str, at: int) -> pd.DataFrame:
        return pd.DataFrame([{"id": enrollment(name)["id"], "outside_at": at}])

    enroll(state, enrollment("ann"), enrollment("ben", status="left", ended_at=NOW))
    for name, at in (("ann", NOW), ("ben", NOW), ("ben", NOW + 60)):
        enroll(state, outside=outside(name, at))
    with state.reading() as connection:
        found = connection.execute(select(enrollments.c.contact, enrollments.c.outside_at))
        assert {row.contact: row.outside_at for row in found} == {
            "contact-ann": None,
            "contact-ben": NOW,
        }


def test_an_event_with_a_source_id_is_told_once_and_others_each_time(state: State) -> None:
    event = {"contact": "ann", "event": "scored", "at": NOW, "properties": "{}"}
    told = pd.DataFrame([event | {"source_id": "one"}, event | {"source_id": None}])
    for _ in range(2):
        commit_run(state, begun(), Changes(events=told))
    with state.reading() as connection:
        ids = connection.execute(select(events.c.source_id)).scalars().all()
    assert sorted(map(str, ids)) == ["None", "None", "one"]


def test_a_template_is_never_rewritten(state: State) -> None:
    commit_run(state, begun(), Changes(contents={"hash": "first"}))
    commit_run(state, begun(), Changes(contents={"hash": "second", "other": "o"}))
    with state.reading() as connection:
        assert read_contents(connection, ["hash", "other"]) == {"hash": "first", "other": "o"}


def test_standoffs_are_found_among_thousands(state: State) -> None:
    names = [f"person{number}" for number in range(2_500)]
    planned = [send(name) for name in names]
    commit(state, *planned)
    for name in (names[0], names[1_500], names[-1]):
        stand(state, name, status="sent")
    again = [row | {"status": "held"} for row in planned]
    overtaken = {standoff.id: standoff.found for standoff in commit(state, *again).standoffs}
    assert len(overtaken) == 2_500  # all of them are queued or sent, none is held
    assert list(overtaken.values()).count("sent") == 3
    assert set(statuses(state).values()) == {"queued", "sent"}


def test_a_second_row_for_one_id_in_one_plan_changes_nothing(state: State) -> None:
    commit(state, send(), send(status="skipped"))
    assert row_of(state)["status"] == "queued"
    with state.reading() as connection:
        assert connection.execute(select(func.count()).select_from(sends)).scalar() == 1
