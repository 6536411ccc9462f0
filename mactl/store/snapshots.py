"""How contacts last stood, packed small: what a run compares with to notice who moved.

Three kinds of rows stand in the table, each an Arrow stream, and each is written only when it changes:

- `roster@ROW`: the contacts, 16 bytes each; a contact's row never changes. New ones go into a part of their own, and
  parts are joined as they grow, so that a newcomer does not cost a rewrite of everyone.
- `contacts`: which rows the contacts of the last look have, in their order, so that an idle run need not look them up
- a row for each thing that is followed (`segment shared.customers`, `stage`, `column company`): its value in each row
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import pyarrow as pa
from sqlalchemy import Connection, delete, select, update

from mactl.store.last_seen import LastSeen
from mactl.store.roster import LOOK, ROSTER, Roster
from mactl.store.tables import snapshots
from mactl.store.upsert import insert_into


@dataclass(frozen=True, eq=False)
class Snapshots:
    """All that is kept of how contacts last stood: name → bytes, as in the table."""

    packed: Mapping[str, bytes] = field(default_factory=dict)

    @cached_property
    def roster(self) -> Roster:
        """Who was looked at."""
        return Roster.unpack(self.packed)

    @property
    def followed(self) -> list[str]:
        """The names of what was followed."""
        return [name for name in self.packed if name != LOOK and not name.startswith(ROSTER)]

    def last_seen(self, name: str) -> LastSeen | None:
        """How contacts last stood in what is called `name`; None where it was not followed."""
        data = self.packed.get(name)
        return None if data is None else LastSeen.unpack(data)

    def standing_of(self, contacts: Collection[str]) -> dict[str, object]:
        """How these contacts last stood in each thing that is followed, of those in which they are; values as Arrow
        gives them, a boolean for a segment."""
        rows = self.roster.rows_of(contacts)
        found: dict[str, object] = {}
        for name in self.followed if len(rows) else ():
            last = LastSeen.unpack(self.packed[name])
            values = last.values.take(pa.array(rows[rows < len(last)])).drop_null().to_pylist()
            if values and values[-1] is not False:
                found[name] = values[-1]
        return found

    def words_of_others(self, contacts: Collection[str]) -> Iterator[tuple[str, list[str]]]:
        """What is followed, by name, with each text that it was for anybody but these contacts."""
        rows = self.roster.rows_of(contacts)
        for name in self.followed:
            yield name, LastSeen.unpack(self.packed[name]).words(rows)

    def changed(self, roster: Roster) -> dict[str, bytes]:
        """What is to be written so that `roster` takes the place of the one here; empty bytes drop a row."""
        if roster is self.roster:
            return {}
        packed = roster.pack()
        gone = {n: b"" for n in self.packed if n.startswith(ROSTER) and n not in packed}
        return gone | {n: data for n, data in packed.items() if self.packed.get(n) != data}


def read_snapshots(connection: Connection) -> Snapshots:
    """How contacts last stood, as the last run that noticed something wrote it."""
    rows = connection.execute(select(snapshots.c.name, snapshots.c.data))
    return Snapshots({row.name: row.data for row in rows})


def write_snapshots(connection: Connection, changed: Mapping[str, bytes], at: int) -> None:
    """Write the rows that `changed` names, as seen at `at` (epoch seconds); empty bytes drop one."""
    gone = [name for name, data in changed.items() if not data]
    if gone:
        connection.execute(delete(snapshots).where(snapshots.c.name.in_(gone)))
    kept = [{"name": n, "at": at, "data": data} for n, data in changed.items() if data]
    if kept:
        add = insert_into(connection, snapshots)
        replace = {"at": add.excluded.at, "data": add.excluded.data}
        connection.execute(
            add.on_conflict_do_update(index_elements=[snapshots.c.name], set_=replace), kept
        )


def forget_contacts(connection: Connection, contacts: Collection[str]) -> int:
    """Empty the rows of these contacts in all that is followed, and let nobody be known by them; how many there were.

    The rows stay, so that those of others do; the look of the last run is forgotten, which only costs the next one a
    search.
    """
    before = read_snapshots(connection)
    rows = before.roster.rows_of(contacts)
    if not len(rows):
        return 0
    changed = before.roster.with_strangers(rows).pack()
    for name in before.followed:
        last = LastSeen.unpack(before.packed[name])
        changed[name] = last.without(rows[rows < len(last)]).pack()
    _put(connection, changed)
    return len(rows)


def forget_words(connection: Connection, name: str, words: Collection[str]) -> None:
    """Empty all values of what is followed as `name` that are one of `words`."""
    last = read_snapshots(connection).last_seen(name)
    if last is not None:
        _put(connection, {name: last.without_words(words).pack()})


def _put(connection: Connection, packed: Mapping[str, bytes]) -> None:
    for name, data in packed.items():
        connection.execute(update(snapshots).where(snapshots.c.name == name).values(data=data))
