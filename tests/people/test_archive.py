"""What was imported stays: told once, whatever becomes of files and processes, and gone when somebody is erased."""

import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow.parquet import read_table

from mactl.columns import AT, CONTACT, EVENT, EVENT_ID, FieldType
from mactl.errors import StateError
from mactl.people.archive import Archive, first_of_each, known_by, prints_of
from mactl.people.event_tables import PRINT, Archived, conformed, joined

ANN, BOB = (str(uuid.uuid5(uuid.NAMESPACE_DNS, name)) for name in ("ann", "bob"))
KEY = bytes(32)


def told(*rows: tuple[str, str, int, str | None], **properties: Any) -> Archived:
    """Rows of (contact, event, at, own id); `path=(FieldType.TEXT, [...])`."""
    contacts, events, at, ids = (list(column) for column in zip(*rows, strict=True))
    known = [pa.array(events), pa.array(at), pa.array(ids, pa.string())]
    table = pa.table(
        {
            CONTACT: pa.array(contacts).dictionary_encode(),
            EVENT: pa.array(events).dictionary_encode(),
            AT: pa.array(at, pa.int64()),
            EVENT_ID: known[2],
            PRINT: prints_of(KEY, known),
            **{n: pa.array(values, type_.arrow) for n, (type_, values) in properties.items()},
        }
    )
    return Archived(table, {name: type_ for name, (type_, _) in properties.items()})


def rows(archived: Archived) -> list[tuple[Any, ...]]:
    names = [CONTACT, EVENT, AT, *archived.properties]
    return [tuple(row[name] for name in names) for row in archived.events.to_pylist()]


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path / "events")


def add(archive: Archive, *parts: Archived) -> None:
    with archive.alone():
        for number, part in enumerate(parts):
            archive.add(part, f"2026-{number:04}")


def test_nothing_was_imported_yet(archive: Archive) -> None:
    assert len(archive.read()) == 0
    assert len(archive.prints({})) == 0


def test_what_is_added_is_read_again_in_order(archive: Archive) -> None:
    add(archive, told((ANN, "login", 1, None)), told((BOB, "login", 2, "x"), (ANN, "out", 3, None)))
    assert rows(archive.read()) == [(ANN, "login", 1), (BOB, "login", 2), (ANN, "out", 3)]


def test_a_property_of_two_types_is_text_and_one_that_is_missing_empty(archive: Archive) -> None:
    add(
        archive,
        told((ANN, "a", 1, None), n=(FieldType.NUMBER, [5.0])),
        told((ANN, "a", 2, None)),
        told((ANN, "a", 3, None), n=(FieldType.TEXT, ["five"])),
    )
    assert archive.read().properties == {"n": FieldType.TEXT}
    assert [row[-1] for row in rows(archive.read())] == ["5", None, "five"]


def test_text_is_read_as_the_type_that_others_have_for_it() -> None:
    archived = told((ANN, "a", 1, None), (ANN, "a", 2, None), n=(FieldType.TEXT, ["2.5", "x"]))
    found = conformed(archived, {"n": FieldType.NUMBER, "other": FieldType.DATE})
    assert [row[-1] for row in rows(found)] == [2.5, None]


def test_the_same_is_known_again_whoever_they_are_today(archive: Archive) -> None:
    add(archive, told((BOB, "login", 1, None), (BOB, "login", 2, "own")))
    again = told((ANN, "login", 1, None), (ANN, "login", 2, "own"), (ANN, "login", 3, None))

    keys = known_by(again.events, {})
    assert list(first_of_each(keys, archive.prints({}))) == [0, 2]  # an own id needs no contact
    assert list(first_of_each(keys, archive.prints({BOB: ANN}))) == [2]


def test_the_same_within_one_import_counts_once() -> None:
    keys = known_by(told((ANN, "a", 1, None), (ANN, "a", 1, None), (BOB, "a", 1, None)).events, {})
    assert list(first_of_each(keys, keys[:0])) == [0, 2]


def test_erasing_takes_somebody_out_of_every_part(archive: Archive, tmp_path: Path) -> None:
    add(
        archive,
        told((ANN, "a", 1, None), (BOB, "a", 2, None)),
        told((BOB, "b", 3, None)),
        told((ANN, "c", 4, None), path=(FieldType.TEXT, ["/secret"])),
    )
    with archive.alone():
        assert archive.erase([ANN]) == 2
        assert archive.erase([ANN]) == 0

    assert rows(archive.read()) == [(BOB, "a", 2), (BOB, "b", 3)]
    files = list((tmp_path / "events").glob("*.parquet"))
    assert [read_table(path).column(CONTACT).to_pylist() for path in sorted(files)] == [
        [BOB],
        [BOB],
    ]


def test_a_process_that_dies_while_it_erases_tells_nothing_twice(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(archive, told((ANN, "a", 1, None), (BOB, "a", 2, None)))

    def die(path: Path, missing_ok: bool = False) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", die)
        with pytest.raises(KeyboardInterrupt):
            archive.erase([ANN])
    assert rows(archive.read()) == [(BOB, "a", 2)]
    with archive.alone():
        assert rows(archive.read()) == [(BOB, "a", 2)]
    assert len(list(archive.parts[0].parent.glob("*.parquet"))) == 1


def test_many_small_parts_become_one(archive: Archive) -> None:
    add(archive, *(told((ANN, "a", n, None)) for n in range(70)))
    assert len(archive.parts) < 10
    assert [row[2] for row in rows(archive.read())] == list(range(70))


def test_a_damaged_file_is_named(archive: Archive) -> None:
    add(archive, told((ANN, "a", 1, None)))
    archive.parts[0].write_bytes(b"PAR1 no more")
    with pytest.raises(StateError, match="imported events that can't be read"):
        archive.read()


def test_the_key_stays_the_same_and_is_for_its_owner_alone(
    archive: Archive, tmp_path: Path
) -> None:
    with archive.alone():
        assert archive.key() == archive.key()
    assert (tmp_path / "events").stat().st_mode & 0o077 == 0


_ROWS = st.tuples(
    st.sampled_from([ANN, BOB]),
    st.sampled_from(["a", "b"]),
    st.integers(0, 3),
    st.none() | st.sampled_from(["1", "2"]),
)


@given(st.lists(st.lists(_ROWS, min_size=1, max_size=6), min_size=1, max_size=4))
@settings(max_examples=60, deadline=None)
def test_whatever_is_imported_how_often_everything_is_there_once(files: Any) -> None:
    def arrive(imports: Any) -> set[int]:
        known: list[int] = []
        for each in imports:
            keys = known_by(told(*each).events, {})
            known += keys[first_of_each(keys, pa.array(known, pa.int64()).to_numpy())].tolist()
        assert len(known) == len(set(known))
        return set(known)

    assert arrive(files) == arrive([*files, *files]) == arrive([*reversed(files)])
    assert arrive(files) == arrive([[row for file in files for row in file]])


def test_joining_nothing_is_nothing() -> None:
    assert joined([]).events.column_names == [CONTACT, EVENT, AT, EVENT_ID, PRINT]


def test_words_are_changed_in_whatever_column_and_part_they_stand(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mactl.people.archive._SMALL", 2)  # looked at so many at a time
    friends = (FieldType.TEXT, ["ann", None, "cas", "ann", "dan"])
    links = (FieldType.LIST, [";ann;", ";x;", None, None, ";ann;"])
    whose = [(BOB, "a", 1, None), (BOB, "b", 2, "ann"), (BOB, "c", 3, None), (ANN, "d", 4, None)]
    first = told(*whose, (BOB, "e", 5, None), friend=friends, link=links)
    add(archive, first, told((BOB, "f", 6, None)))
    prints, before = archive.prints({}), archive.parts

    def words(texts: Sequence[str]) -> dict[str, str]:
        return {text: text.replace("ann", "gone") for text in texts if "ann" in text}

    assert archive.count_words(words, [ANN]) == 3
    with archive.alone():
        archive.change_words(words)
    events = archive.read().events
    assert events.column("friend").to_pylist() == ["gone", None, "cas", "gone", "dan", None]
    assert events.column("link").to_pylist() == [";gone;", ";x;", None, None, ";gone;", None]
    assert events.column(EVENT_ID).to_pylist() == [None, "gone", None, None, None, None]
    assert events.column(CONTACT).to_pylist().count(ANN) == 1
    assert archive.count_words(words, []) == 0
    assert (archive.prints({}) == prints).all()  # told before, and known again
    assert archive.parts[1:] == before[1:]  # what names nobody stays as it is
    assert b"ann" not in archive.parts[0].read_bytes().replace(ANN.encode(), b"")
