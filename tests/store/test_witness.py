"""What is noted of a state outside of it."""

from pathlib import Path

import pytest

from mactl.store.ledger import Ledger
from mactl.store.state import State
from mactl.store.witness import Mismatch, Seen, Witness, count_claims
from mactl.store.worker import new_worker
from tests.store.making import NOW, queue

URL = "sqlite:///.mactl/state.db"


@pytest.fixture(autouse=True)
def far(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("far")))


def seen(state: str, run: int, claims: int = 0) -> Seen:
    return Seen(state, run, claims, NOW, "here")


@pytest.mark.parametrize(
    ("found", "mismatch"),
    [
        (seen("a", 7, 30), None),
        (seen("a", 8, 31), None),
        (seen("a", 6, 30), Mismatch.OLDER),
        (seen("a", 7, 29), Mismatch.OLDER),
        (seen("b", 9, 99), Mismatch.OTHER),
        (None, Mismatch.VANISHED),
    ],
)
@pytest.mark.parametrize("lost", ["neither", "near", "far"])
def test_what_differs_from_what_was_seen(
    tmp_path: Path, found: Seen | None, mismatch: Mismatch | None, lost: str
) -> None:
    witness = Witness(URL, tmp_path, "here")
    witness.note("a", run=7, claims=30)
    if lost != "neither":
        (witness.near if lost == "near" else witness.far).unlink()

    assert Witness(URL, tmp_path, "here").compare(found) is mismatch


def test_counts_only_go_up_and_another_state_replaces_nothing(tmp_path: Path) -> None:
    witness = Witness(URL, tmp_path, "here")
    witness.note("a", run=7)
    witness.note("a", claims=30)
    witness.note("a", run=3, claims=3)
    witness.note("b", run=99)
    noted, is_near = witness.last()
    assert noted is not None
    assert (noted.state, noted.run, noted.claims, is_near) == ("a", 7, 30, True)

    witness.note("b", run=1, afresh=True)
    noted, _ = witness.last()
    assert noted is not None
    assert (noted.state, noted.run, noted.claims) == ("b", 1, 0)


def test_what_nothing_ever_came_of_may_vanish(tmp_path: Path) -> None:
    witness = Witness(URL, tmp_path, "here")
    witness.note("a")
    assert witness.compare(None) is None
    assert witness.compare(seen("b", 0)) is None


def test_a_new_place_is_noticed_where_another_was_in_use_and_nothing_has_run_in_it(
    tmp_path: Path,
) -> None:
    Witness(URL, tmp_path, "here").note("a", run=7)
    other = Witness("sqlite:///other.db", tmp_path, "there")
    assert other.compare(None) is Mismatch.ELSEWHERE
    assert other.compare(seen("b", 0)) is Mismatch.ELSEWHERE
    assert other.compare(seen("b", 1)) is None


def test_a_place_is_the_same_whoever_asks_for_it_and_tells_no_password(tmp_path: Path) -> None:
    witness = Witness("postgresql+psycopg://ann:secret@db.test/x", tmp_path, "x")
    witness.note("a", run=7)
    same = Witness("postgresql+psycopg://bob@db.test/x?password=other", tmp_path, "x")
    assert same.compare(seen("a", 6)) is Mismatch.OLDER
    assert "secret" not in witness.near.read_text() + witness.far.read_text()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"x": 1}', '{"x": {"state": "a"}}'])
def test_notes_that_cannot_be_read_accuse_nobody(tmp_path: Path, text: str) -> None:
    witness = Witness(URL, tmp_path, "here")
    for path in (witness.near, witness.far):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert witness.compare(None) is None
    witness.note("a", run=1)
    assert witness.compare(None) is Mismatch.VANISHED


def test_every_run_and_every_claim_is_noted(state: State, tmp_path: Path) -> None:
    queue(state, "ann", "bob")
    with Ledger(state, new_worker()) as ledger:
        assert len(ledger.claim(1, NOW)) == 1
        assert len(ledger.claim(1, NOW)) == 1
        assert ledger.claim(1, NOW) == []
    with state.reading() as connection:
        assert count_claims(connection) == 2
    assert state.witness is not None
    noted, _ = state.witness.last()
    assert noted is not None
    assert (noted.state, noted.run, noted.claims) == (state.id, 1, 2)
