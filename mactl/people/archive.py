"""The archive: events that were imported by command, kept for good, whatever becomes of the files they came from.

A folder of Parquet files, one for each import, with `_contact` (the internal id), `_event`, `_at` (epoch seconds,
UTC), `_id` (the source's own, or null), `_print` and the properties. A part is never changed: what takes its place,
after an erasure for instance, names it as replaced, so that nothing is told twice or lost wherever a process dies.

What has been told before is known by its print, 64 bits that are keyed with a secret of the archive: of the event and
its own id where it has one, else of what happened, when, and with which properties, to the same contact. One of
10,000,000 events is taken for another with a chance of about 1 in 400,000.
"""

import json
import os
import secrets
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mactl.columns import AT, CONTACT, EVENT_ID, FieldType
from mactl.errors import StateError, TryAgainLater
from mactl.keeping import make_own_folder, write_whole
from mactl.people.cells import Mask, Numbers
from mactl.people.event_tables import PRINT, Archived, joined, with_own_words

_TOLD = b"mactl.told"
_KEY, _KEY_BYTES = "key", 32
_MOST_PARTS = 64  # then the small ones become one
_SMALL = 200_000  # rows
_PATIENCE = 60  # seconds that one import waits for another

Words = Callable[[Sequence[str]], Mapping[str, str]]
"""Texts → those that are to be others, and what they are to be."""
Merges = Mapping[str, str]
"""Contacts that turned out to be another → the one that they are today."""


class Archive:
    """The events that were imported into one project; `folder` is made with the first."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def parts(self) -> list[Path]:
        """The files that count, oldest first; their names tell one content from another.

        Raises StateError for one that is damaged."""
        found = sorted(self._folder.glob("*.parquet"))
        replaced = {name for path in found for name in _told_of(path).get("replaces", ())}
        return [path for path in found if path.name not in replaced]

    def read(self, columns: Sequence[str] | None = None) -> Archived:
        """Everything, or some of the columns. Raises StateError for a file that is damaged."""
        return joined([self._read_part(path, columns) for path in self.parts])

    def prints(self, merges: Merges) -> Numbers:
        """What each event is known by, of the contacts that they are today."""
        parts = (self._read_part(path, (CONTACT, EVENT_ID, PRINT)) for path in self.parts)
        known = [known_by(part.events, merges) for part in parts]
        return np.concatenate([np.zeros(0, np.int64), *known])

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody else adds or erases meanwhile. Raises TryAgainLater where somebody does for a minute."""
        from filelock import FileLock, Timeout

        make_own_folder(self._folder)
        try:
            with FileLock(self._folder / "lock", timeout=_PATIENCE):
                self._drop({path.name for path in self._folder.glob("*.parquet")})
                yield
        except Timeout:
            raise TryAgainLater(
                "another import is writing events; try again when it is done"
            ) from None

    def key(self) -> bytes:
        """The secret of the prints; drawn with the first. Call it alone.

        Raises StateError where it is none: what was imported could not be known again."""
        path = self._folder / _KEY
        try:
            return bytes.fromhex(path.read_text(encoding="ascii"))
        except ValueError:
            raise StateError(f"{path}: this is not the key of the imported events") from None
        except FileNotFoundError:
            key = secrets.token_bytes(_KEY_BYTES)
            write_whole(path, key.hex().encode(), 0o600)
            return key

    def add(self, archived: Archived, name: str) -> None:
        """Add events, whole or not at all, as a part of which `name` is a part of the name. Call it alone."""
        if len(archived):
            self._write(archived, name)
            self._tidy()

    def count(self, contacts: Collection[str]) -> int:
        """How many events there are of these contacts."""
        wanted = pa.array(sorted(contacts), pa.string())
        parts = (self._read_part(path, (CONTACT,)).events for path in self.parts)
        whose = (part.column(CONTACT).cast(pa.string()) for part in parts)
        return sum(pc.sum(pc.is_in(one, value_set=wanted)).as_py() or 0 for one in whose)

    def erase(self, contacts: Collection[str]) -> int:
        """Write every part anew that has events of these contacts, without them; how many there were. Call it alone."""
        gone = pa.array(sorted(contacts), pa.string())
        return self._take_out(
            lambda events: pc.is_in(events.column(CONTACT).cast(pa.string()), value_set=gone)
        )

    def count_before(self, at: int) -> int:
        """How many events happened before `at` (epoch seconds)."""
        parts = (self._read_part(path, (AT,)).events for path in self.parts)
        return sum(pc.sum(pc.less(part.column(AT), at)).as_py() or 0 for part in parts)

    def erase_before(self, at: int) -> int:
        """Write every part anew that has events before `at` (epoch seconds), without them; how many there were. Call
        it alone."""
        return self._take_out(lambda events: pc.less(events.column(AT), at))

    def count_words(self, words: Words, but: Collection[str]) -> int:
        """How many events of anybody but these contacts have a text that is to be another."""
        mine = pa.array(sorted(but), pa.string())
        count = 0
        for path in self.parts:
            events = self._read_part(path).events
            whose = pc.is_in(events.column(CONTACT).cast(pa.string()), value_set=mine)
            _, changed = _with_words(events.filter(pc.invert(whose)), words)
            count += int(changed.sum())
        return count

    def change_words(self, words: Words) -> None:
        """Write every part anew that has a text that is to be another. Call it alone."""
        for path in self.parts:
            part = self._read_part(path)
            events, changed = _with_words(part.events, words)
            if changed.any():
                self._write_in_place(path, Archived(with_own_words(events), part.properties))

    def _take_out(self, which: Callable[[pa.Table], pa.ChunkedArray]) -> int:
        count = 0
        for path in self.parts:
            part = self._read_part(path)
            theirs = which(part.events)
            found = pc.sum(theirs).as_py() or 0
            if not found:
                continue
            kept = with_own_words(part.events.filter(pc.invert(theirs)))
            self._write_in_place(path, Archived(kept, part.properties))
            count += found
        return count

    def _write_in_place(self, path: Path, archived: Archived) -> None:
        self._write(archived, path.stem.rpartition("-")[0], [path])

    def _tidy(self) -> None:
        """Make one part of the small ones, where there are many of them."""
        parts = self.parts
        if len(parts) <= _MOST_PARTS:
            return
        small = [(path, part) for path in parts if len(part := self._read_part(path)) < _SMALL]
        if len(small) > 1:
            name = small[0][0].stem.rpartition("-")[0]
            self._write(joined([part for _, part in small]), name, [path for path, _ in small])

    def _drop(self, names: Collection[str]) -> None:
        """Delete those of the files that others replace."""
        kept = {path.name for path in self.parts}
        for name in names:
            if name not in kept:
                (self._folder / name).unlink(missing_ok=True)

    def _write(self, archived: Archived, name: str, replaces: Sequence[Path] = ()) -> None:
        """Add a part in place of others."""
        import pyarrow.parquet as pq

        names = [path.name for path in replaces]
        told = {_TOLD: json.dumps({"types": dict(archived.properties), "replaces": names}).encode()}
        sink = pa.BufferOutputStream()
        table = archived.events.replace_schema_metadata(told)
        pq.write_table(table, sink, compression="zstd")
        path = self._folder / f"{name}-{secrets.token_hex(8)}.parquet"
        write_whole(path, [sink.getvalue()], 0o600)
        with path.open("rb") as file:
            os.fsync(file.fileno())
        if not len(archived):  # it has done its work once what it replaces is gone
            names.append(path.name)
        for name in names:
            (self._folder / name).unlink(missing_ok=True)

    def _read_part(self, path: Path, columns: Sequence[str] | None = None) -> Archived:
        import pyarrow.parquet as pq

        told = _told_of(path)
        with _damage_told(path):
            there = pq.read_schema(path).names
            wanted = None if columns is None else [name for name in columns if name in there]
            table = pq.read_table(path, columns=wanted)
        properties = {name: FieldType(type_) for name, type_ in told["types"].items()}
        kept = {name: type_ for name, type_ in properties.items() if name in table.column_names}
        return Archived(table.replace_schema_metadata(None), kept)


def _with_words(events: pa.Table, words: Words) -> tuple[pa.Table, Mask]:
    """`events` with other texts where `words` says so, and which of them that changes."""
    starts = range(
        0, max(events.num_rows, 1), _SMALL
    )  # texts of all at once would take their room many times over
    parts = [_part_with_words(events.slice(start, _SMALL), words) for start in starts]
    table = pa.concat_tables(table for table, _ in parts).unify_dictionaries()
    return table, np.concatenate([found for _, found in parts])


def _part_with_words(events: pa.Table, words: Words) -> tuple[pa.Table, Mask]:
    found = np.zeros(events.num_rows, np.bool_)
    for place, name in enumerate(events.column_names):
        column = events.column(name)
        is_coded = pa.types.is_dictionary(column.type)
        texts = column.cast(column.type.value_type) if is_coded else column
        if name == CONTACT or not pa.types.is_string(texts.type):
            continue
        changed = words(texts.unique().drop_null().to_pylist())
        if changed:
            old, new = (pa.array(list(some), pa.string()) for some in (changed, changed.values()))
            places = pc.index_in(texts, value_set=old)
            found |= places.is_valid().to_numpy()
            texts = pc.coalesce(new.take(places.combine_chunks()), texts.combine_chunks())
            told = texts.dictionary_encode().cast(column.type) if is_coded else texts
            events = events.set_column(place, name, told)
    return events, found


def _told_of(path: Path) -> dict[str, Any]:
    """What a part tells of itself: types of its properties, which others it replaces."""
    import pyarrow.parquet as pq

    with _damage_told(path):
        told: dict[str, Any] = json.loads(pq.read_schema(path).metadata[_TOLD])
        return told


@contextmanager
def _damage_told(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, pa.ArrowException, KeyError, TypeError, ValueError) as error:
        raise StateError(
            f"{path}: a file of imported events that can't be read: {error}",
            "put it back from a copy, or delete it and import the exports that it came from once more",
        ) from error


def prints_of(key: bytes, parts: Sequence[pa.Array]) -> Numbers:
    """A number of 64 bits for each row of `parts` (text, null where empty), the same for the same cells."""
    rows = pc.binary_join_element_wise(
        *(part.cast(pa.string()) for part in parts),
        "\x1f",
        null_handling="replace",
        null_replacement="\x1e",
    )
    digests = [blake2b(row.encode(), digest_size=8, key=key).digest() for row in rows.to_pylist()]
    return np.frombuffer(b"".join(digests), np.int64)


def known_by(events: pa.Table, merges: Merges) -> Numbers:
    """What each event is known by: its print, and whose it is unless its source gave it an id."""
    whose = events.column(CONTACT).combine_chunks()
    if not pa.types.is_dictionary(whose.type):
        whose = whose.dictionary_encode()
    names = whose.dictionary.to_pylist()
    marks = _marks([merges.get(name, name) for name in names] if merges else names)
    prints = events.column(PRINT).to_numpy()
    has_id = events.column(EVENT_ID).combine_chunks().is_valid().to_numpy(zero_copy_only=False)
    found: Numbers = np.where(has_id, prints, prints ^ marks[whose.indices.to_numpy()])
    return found


def _marks(contacts: Sequence[str]) -> Numbers:
    """The first half of each id, which is a UUID, as a number."""
    halves = bytes.fromhex("".join(contacts).replace("-", ""))
    marks: Numbers = np.frombuffer(halves, np.int64).reshape(-1, 2)[:, 0]
    return marks


def first_of_each(keys: Numbers, known: Numbers) -> Numbers:
    """The positions of what is not `known`, each once, in order."""
    _, first = np.unique(keys, return_index=True)
    first.sort()
    # Sorting both once is several times as fast as what it does where either may have doubles.
    is_known = np.isin(keys[first], known, assume_unique=True, kind="sort")
    new: Numbers = first[~is_known]
    return new
