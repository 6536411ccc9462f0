"""Nothing that mactl wrote holds somebody who was erased, by a search that shares no code with mactl's own."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from mactl.errors import NotConfirmed, TryAgainLater, UsageError
from mactl.privacy.holdings import HOLDINGS, Becomes
from mactl.project import Project
from mactl.store.tables import enrollments, sends
from mactl.workflows.consenting.verifying import verify_ledger
from mactl.workflows.gathering import Sources, gather
from mactl.workflows.opening import open_state
from mactl.workflows.protecting import erasing
from mactl.workflows.protecting.erasing import Erasure, Manners, erase_person
from mactl.workflows.protecting.readmitting import readmit_person
from mactl.workflows.sending.send import Manners as SendManners
from mactl.workflows.sending.send import send_now
from tests.workflows.protecting.world import (
    ANN,
    OTHER,
    PHONE,
    at,
    rows_of_all,
    suppressed,
    traces,
    write_people,
)

LATER = at("2026-11-24T10:00")


def erase(project: Project, who: str = ANN, **how: Any) -> Erasure:
    return erase_person(project, who, LATER, Manners(**how))


def others(project: Project) -> dict[str, Any]:
    """All that is known of everybody but Ann."""
    with open_state(project) as state:
        gathered = gather(project, Sources(), state, LATER, None)
    facts, frame = gathered.facts, gathered.contacts
    mine = set(frame.index[frame["address"].isin([ANN, OTHER])])
    tables = {"contacts": facts.contacts, "events": facts.events, "passages": facts.passages}
    known = {name: table.to_pylist() for name, table in tables.items()}
    ids = {row["_contact"] for row in known["contacts"]} - mine
    happened = [row for row in known["events"] if row["_contact"] in ids]
    return {
        "contacts": [row for row in known["contacts"] if row["_contact"] in ids],
        "events": [{n: v for n, v in row.items() if v is not None} for row in happened],
        "passages": [row for row in known["passages"] if row["contact"] in ids],
        "consents": [row for row in facts.consents.to_pylist() if row["contact"] in ids],
    }


def test_nothing_is_left_of_her_and_nobody_else_changes(project: Project) -> None:
    before = rows_of_all(project)
    for holding in HOLDINGS:  # what is not there proves nothing
        if holding.becomes is not Becomes.KEPT and holding.table != "sync_batches":
            assert before[holding.table], holding.table
    theirs = others(project)
    assert traces(project, ANN, OTHER, PHONE, "C-ANN-0001")

    erased = erase(project)

    assert erased.is_proven and erased.proof is not None
    assert erased.proof.files > 5
    assert traces(project, ANN, OTHER, PHONE, "C-ANN-0001") == []
    assert others(project) == theirs
    assert not verify_ledger(project, (), 20).faults
    found = Path("people.csv").read_text() + Path("people.jsonl").read_text()
    assert found.count("bob@example.com") == 2
    assert not Path("plan.json").exists()


def test_what_reports_count_stays_and_is_nobodys(project: Project) -> None:
    before, first = rows_of_all(project), rows_of_all(project)["contacts"][0]["id"]
    erase(project)
    after = rows_of_all(project)
    for table in ("sends", "enrollments", "codes"):
        assert len(after[table]) == len(before[table])
    kinds = [row["event"] for row in after["events"]]
    assert kinds.count("email_bounced") == 3
    assert kinds.count("task_created") == 2
    shown = str(after)
    assert first not in shown
    hers = [row for row in after["sends"] if row["address"] is None]
    assert {(row["status"], row["contact_key"], row["merge"]) for row in hers} == {
        ("sent", None, None)
    }
    assert {row["status"] for row in after["enrollments"]} == {"active", "left"}


def test_the_next_runs_write_to_nobody_twice_and_not_to_her(project: Project) -> None:
    erase(project)
    before = len(list(Path("outbox/new").iterdir()))
    sent = send_now(project, [], Sources(), at("2026-11-24T11:00"), SendManners())
    assert sent.counts["sent"] == 0
    assert len(list(Path("outbox/new").iterdir())) == before
    send_now(project, [], Sources(), at("2026-11-26T11:00"), SendManners())
    assert len(list(Path("outbox/new").iterdir())) == before + 2  # the second mail, to Bob and Cas
    assert traces(project, ANN, OTHER, PHONE, "C-ANN-0001") == []


def test_the_sources_that_still_hold_her_are_named_line_by_line(in_file: Project) -> None:
    held = erase(in_file, dry_run=True).held
    places = {str(place) for place in held.sources}
    assert places == {"crm.csv:2", "crm.csv:3", "events.csv:2", "events.csv:3"}
    assert {"sync crm", "file exports/hot.csv"} <= {
        r.replace("export ", "file ") for r in held.recipients
    }


def test_a_look_changes_nothing_and_neither_does_a_no(in_file: Project) -> None:
    before, files = rows_of_all(in_file), sorted(Path().rglob("*"))
    assert erase(in_file, dry_run=True).proof is None
    with pytest.raises(NotConfirmed):
        erase(in_file, confirm=lambda held: False)
    assert rows_of_all(in_file) == before
    # A look may keep what it read.
    kept = [path for path in files if "cache" not in path.parts and ".planner" not in path.name]
    assert [path for path in kept if not path.exists()] == []


def test_her_opt_outs_hold_on_without_her_address(in_file: Project) -> None:
    erase(in_file)
    with open_state(in_file) as state:
        entries = suppressed(state)
        assert all(key.startswith("keyed:") for key, _, _ in entries)
    told = {(topic, reason) for _, topic, reason in entries}
    assert {("news", "opted out"), ("calls", "opted out"), ("", "erased")} <= told


@pytest.mark.parametrize("who", [ANN.upper(), OTHER, "C-ANN-0001"])
def test_she_is_found_by_any_of_her_keys(in_file: Project, who: str) -> None:
    assert erase(in_file, who).is_proven
    assert traces(in_file, ANN, OTHER, PHONE, "C-ANN-0001") == []


def test_nobody_known_is_nobody_to_erase(in_file: Project) -> None:
    with pytest.raises(UsageError, match="nothing is known of"):
        erase(in_file, "dan@example.com")


def test_a_message_in_hand_is_waited_for(in_file: Project) -> None:
    with open_state(in_file, write=True) as state, state.writing() as connection:
        held = {"status": "sending", "lease_until": 2**31}
        connection.execute(update(sends).where(sends.c.address == ANN).values(**held))
    before = rows_of_all(in_file)
    with pytest.raises(TryAgainLater, match="in hand"):
        erase(in_file)
    assert rows_of_all(in_file) == before


def test_what_waits_to_go_is_cancelled_and_what_a_dead_worker_had_is_in_doubt(
    in_file: Project,
) -> None:
    with open_state(in_file, write=True) as state, state.writing() as connection:
        ids = list(connection.execute(select(sends.c.id).where(sends.c.address == ANN)).scalars())
        dead = {"status": "sending", "lease_until": 1}
        connection.execute(update(sends).where(sends.c.id == ids[0]).values(**dead))
        connection.execute(update(enrollments).values(due_at=1))
    erase(in_file)
    [hers] = [row for row in rows_of_all(in_file)["sends"] if row["address"] is None]
    assert (hers["status"], hers["lease_until"]) == ("unknown", None)


@pytest.mark.parametrize("broken", ["erase_from_state", "_clear"])
def test_an_erasure_that_was_broken_off_is_finished_by_the_same_command(
    in_file: Project, broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(*given: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(erasing, broken, dies)
        erase(in_file)
    assert erase(in_file).is_proven
    assert traces(in_file, ANN, OTHER, PHONE, "C-ANN-0001") == []


def test_what_is_left_somewhere_is_told_with_its_place(in_file: Project) -> None:
    copy = Path(".mactl/before-the-holidays.txt")
    copy.write_text(f"to do: call {ANN}")
    erased = erase(in_file)
    assert not erased.is_proven and erased.proof is not None
    assert list(erased.proof.found) == [str(copy)]
    copy.unlink()
    assert erase(in_file).is_proven


def test_an_address_that_ends_like_hers_is_neither_erased_nor_taken_for_hers(
    in_file: Project,
) -> None:
    with Path("crm.csv").open("a") as file:
        file.write(f"C-JO-0004,jo{ANN},Jo,,,,,\n")
    send_now(in_file, [], Sources(), at("2026-11-23T14:00"), SendManners())
    assert erase(in_file).is_proven
    assert any(row["alias"] == f"email:jo{ANN}" for row in rows_of_all(in_file)["aliases"])


def test_who_comes_back_by_themselves_is_let_in_as_a_stranger(in_file: Project) -> None:
    erase(in_file)
    write_people(Path(), "ann", "bob")
    with pytest.raises(UsageError, match="nobody was erased"):
        readmit_person(in_file, "bob@example.com")
    assert readmit_person(in_file, ANN) >= 3
    with open_state(in_file) as state:
        known = gather(in_file, Sources(), state, LATER).contacts
    assert list(known["address"]) == [ANN, "bob@example.com"]
    with open_state(in_file) as state:  # what she had said before she was erased
        assert {topic for _, topic, _ in suppressed(state)} == {"news", "calls"}
