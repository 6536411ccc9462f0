"""What is read once need not be read again, and is never out of date."""

import os
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from mactl.people.cache import Cache, Entry, key_of
from mactl.people.kept import Kept, kept_events, kept_people
from mactl.people.people import People as Read
from mactl.people.people import read_people
from mactl.project import ContactSource, EventSource, Settings

from .conftest import Write

LONG_AGO = 1_700_000_000
TEXT = """contact_id,email,nps,birthday,interests
C1,ann@example.com,4,1990-02-03,a;b
C2,bob@example.com,7,,
C3,nobody,1,,
"""


@pytest.fixture
def contacts(write: Write) -> Callable[[str], Path]:
    """Write contacts as they were long ago."""

    def put(text: str = TEXT, at: int = LONG_AGO) -> Path:
        path = Path(write(text))
        os.utime(path, (at, at))
        return path

    return put


NOBODY = pa.table({"alias": pa.array([], pa.string()), "_contact": pa.array([], pa.string())})


def fetch(
    folder: Path = Path("cache"),
    settings: Settings | None = None,
    mark: object = 0,
    known: pa.Table = NOBODY,
) -> tuple[Kept, bool]:
    """The people, and whether what the state knows was read for it."""
    was_read = []

    def read_known() -> pa.Table:
        was_read.append(True)
        return known

    found = kept_people(
        Cache(folder), settings or Settings(), Path(), [ContactSource(file="contacts.csv")],
        read_known, mark,
    )  # fmt: skip
    return found, bool(was_read)


def same(one: Read, other: Read) -> bool:
    return (
        one.contacts.equals(other.contacts)
        and one.rows.to_pylist() == other.rows.to_pylist()
        and one.aliases.to_pylist() == other.aliases.to_pylist()
        and (one.fields, one.merged, one.findings, one.summary)
        == (other.fields, other.merged, other.findings, other.summary)
    )


def test_what_is_fetched_is_what_was_read(contacts: Callable[..., Path]) -> None:
    contacts()
    fresh = read_people(Settings(), Path(), [ContactSource(file="contacts.csv")])

    first, first_read = fetch()
    second, second_read = fetch()

    assert (first_read, second_read) == (True, False)
    assert fresh.findings
    assert same(first.people, fresh)
    assert same(second.people, fresh)


@pytest.mark.parametrize("change", ["text", "time", "settings"])
def test_whatever_changes_is_read_anew(contacts: Callable[..., Path], change: str) -> None:
    contacts()
    fetch()
    if change == "text":
        contacts(TEXT.replace("C1", "C10"))
    elif change == "time":
        contacts(at=LONG_AGO + 1)
    settings = Settings.model_validate({"columns": {"nps": "text"}} if change == "settings" else {})

    assert fetch(settings=settings)[1]


def test_a_file_that_changed_just_now_is_not_kept(write: Write) -> None:
    write(TEXT)

    assert key_of(Settings(), Path(), [ContactSource(file="contacts.csv")]) is None
    assert fetch()[1]
    assert fetch()[1]
    assert not Path("cache").exists()


@pytest.mark.parametrize("harm", ["cut", "empty", "gone", "not json"])
def test_a_damaged_entry_is_read_anew_and_mended(contacts: Callable[..., Path], harm: str) -> None:
    contacts()
    fetch()
    (entry,) = Path("cache").glob("people-*")
    table, told = entry / "contacts.arrow", entry / "told.json"
    if harm == "cut":
        table.write_bytes(table.read_bytes()[:100])
    elif harm == "empty":
        table.write_bytes(b"")
    elif harm == "gone":
        table.unlink()
    else:
        told.write_text("{")

    assert fetch()[1]
    assert not fetch()[1]


def test_only_the_newest_entry_is_left_and_nobody_else_may_look(
    contacts: Callable[..., Path],
) -> None:
    contacts()
    fetch()
    contacts(TEXT.replace("C1", "C10"))
    fetch()

    assert len(list(Path("cache").iterdir())) == 1
    assert Path("cache").stat().st_mode & 0o077 == 0


def test_what_was_kept_is_handed_back_from_where_it_is_kept(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache")
    entry = Entry({"some": pa.table({"a": list(range(10_000))})}, {"said": [1]})

    before = pa.total_allocated_bytes()
    kept = cache.store("people", "key", entry)

    assert kept.tables["some"].equals(entry.tables["some"])
    assert kept.told == entry.told
    assert pa.total_allocated_bytes() == before  # mapped, not held


def test_where_nothing_can_be_kept_the_files_are_read_each_time(
    contacts: Callable[..., Path],
) -> None:
    contacts()
    Path("cache").write_text("a file where the folder would be")

    assert fetch()[1]
    assert fetch()[1]


def test_events_are_kept_beside_their_people(contacts: Callable[..., Path], write: Write) -> None:
    contacts()
    path = Path(
        write("email,event,at,value\nann@example.com,purchase,2026-01-02,3\n", "events.csv")
    )
    os.utime(path, (LONG_AGO, LONG_AGO))

    def events() -> list[dict[str, object]]:
        kept, _ = fetch()
        found = kept_events(
            Cache(Path("cache")), Settings(), Path(), [EventSource(file="events.csv")], kept
        )
        rows: list[dict[str, object]] = found.events.to_pylist()
        return rows

    first = events()
    assert [row["value"] for row in first] == [3.0]
    assert events() == first
    assert len(list(Path("cache").glob("events-*"))) == 1
    contacts(at=LONG_AGO + 1)
    assert events() == first

    [entry] = Path("cache").glob("events-*")
    cache, key = Cache(Path("cache")), entry.name.removeprefix("events-")
    kept = cache.load("events", key)
    assert kept is not None
    nobodys = kept.tables["events"].set_column(0, "_contact", pa.array([99], pa.int32()))
    cache.store("events", key, Entry({"events": nobodys}, kept.told))
    assert events() == first


def aliases(kept: Kept) -> pa.Table:
    return pa.table(
        {name: kept.people.aliases.column(name).cast(pa.string()) for name in ("alias", "_contact")}
    )


def test_once_the_state_knows_everyone_the_cache_does_and_files_are_not_read_for_it(
    contacts: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    contacts()
    first, _ = fetch()
    monkeypatch.setattr("mactl.people.kept.read_people", lambda *_: pytest.fail("files were read"))

    second, _ = fetch(mark=1, known=aliases(first))
    third, was_read = fetch(mark=1, known=aliases(first))

    assert (first.is_known, second.is_known, third.is_known) == (False, True, True)
    assert not was_read


def test_whom_the_state_knows_as_somebody_else_is_read_anew(contacts: Callable[..., Path]) -> None:
    contacts()
    first, _ = fetch()
    other = pa.table({"alias": ["email:ann@example.com"], "_contact": ["older-id"]})

    second, _ = fetch(mark=1, known=other)

    assert second.people.contacts.column("_contact").to_pylist()[0] == "older-id"
    assert second.token != first.token
    assert not second.is_known
    assert not fetch(mark=1, known=other)[1]
