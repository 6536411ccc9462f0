"""Somebody named in what is kept of others: the friend who invited them, a note on why, the test of a recipe.

The words that name them are taken out, and the rest stays what it was, the others'. Consents are not touched: they are
others' proof, sealed as it stands.
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Table, select, update

from mactl.privacy.finding import find_rows
from mactl.privacy.holdings import HOLDINGS, OF_RECIPES
from mactl.privacy.needles import Needles
from mactl.privacy.subject import Subject
from mactl.store.snapshots import forget_words, read_snapshots
from mactl.store.syncs import drop_batch
from mactl.store.tables import metadata, sync_batches

ERASED = "erased"
"""What stands where they were named."""
_JOINT = b"\0\n"  # between two values: part of neither
_AT_ONCE = 10_000


class Mentions:
    """What names somebody in words."""

    def __init__(self, needles: Needles) -> None:
        self._needles = needles
        # Any other key may as well be part of a longer one, which is somebody else's or nobody's.
        sure = [text for text in needles.texts if "@" in text]
        self._sure = Needles(sure, needles.ids, needles.lookalikes)
        spelt = {text for one in needles.texts for text in (one, quote(one), quote(one, safe=""))}
        mine, others = (
            "|".join(map(_as_word, sorted(words, key=len, reverse=True)))
            for words in (spelt | {*needles.ids}, needles.lookalikes)
        )
        self._named = re.compile(
            f"({others})|{mine}" if others else f"(?!)()|{mine}", re.IGNORECASE
        )

    def among(self, texts: Sequence[str]) -> dict[str, str]:
        """Those of `texts` that name them → the same without."""
        found: dict[str, str] = {}
        for first in range(0, len(texts), _AT_ONCE):
            some = {
                text: text.encode("utf-8", "surrogatepass")
                for text in texts[first : first + _AT_ONCE]
            }
            if self._needles.are_in(_JOINT.join(some.values())):
                named = (text for text, data in some.items() if self._needles.are_in(data))
                found |= {text: self.taken_out(text) for text in named}
        return {text: left for text, left in found.items() if left != text}

    def taken_out(self, text: str) -> str:
        """`text` without them; JSON stays JSON. A single line with an address in a spelling of its own goes whole."""
        with suppress(ValueError):  # it may only begin like JSON
            if text[:1] in ("{", "["):
                return json.dumps(self._within(json.loads(text)), ensure_ascii=False)
        return self._plain(text)

    def _plain(self, text: str) -> str:
        left = self._named.sub(lambda found: found[1] or ERASED, text)
        is_left = self._sure.are_in(left.encode("utf-8", "surrogatepass"))
        return ERASED if is_left and "\n" not in text else left

    def _within(self, told: Any) -> Any:
        if isinstance(told, str):
            return self._plain(told)
        if isinstance(told, list):
            return [self._within(one) for one in told]
        if isinstance(told, dict):
            return {self._plain(name): self._within(one) for name, one in told.items()}
        return told


def _as_word(text: str) -> str:
    """A pattern for `text`: an address wherever it stands, another key only where it is not part of a longer one."""
    return re.escape(text) if "@" in text else rf"(?<!\w){re.escape(text)}(?!\w)"


def count_mentions(
    connection: Connection, mentions: Mentions, subject: Subject, *, in_recipes: bool
) -> dict[str, int]:
    """Table → how many of its rows are somebody else's and name `subject`; of `snapshots` how many things that are
    followed. Copies of recipes count where `in_recipes`."""
    own = find_rows(connection, subject)
    counts: dict[str, int] = {}
    for table, columns in _with_words(in_recipes):
        keys = [column.name for column in table.primary_key]
        theirs = {tuple(row.get(key) for key in keys) for row in own.get(table.name, ())}
        found = _rows_without(connection, table, columns, mentions)
        counts[table.name] = sum(key not in theirs for key, _ in found)
    mine = {row["id"] for row in own.get("sync_batches", ())}
    counts["sync_batches"] = sum(id not in mine for id in _batches(connection, mentions))
    followed = read_snapshots(connection).words_of_others(subject.ids)
    counts["snapshots"] = sum(bool(mentions.among(words)) for _, words in followed)
    return {name: count for name, count in counts.items() if count}


def take_out_mentions(connection: Connection, mentions: Mentions, *, in_recipes: bool) -> None:
    """Leave nothing in the state that names somebody of whom nothing else is there any more.

    A batch of a sync that names them is dropped: whom it told of is told of anew.
    """
    for table, columns in _with_words(in_recipes):
        keys = list(table.primary_key)
        for key, without in [*_rows_without(connection, table, columns, mentions)]:
            one = update(table).where(*(c == value for c, value in zip(keys, key, strict=True)))
            connection.execute(one.values(without))
    for id in [*_batches(connection, mentions)]:
        drop_batch(connection, id)
    for name, words in [*read_snapshots(connection).words_of_others(())]:
        if gone := mentions.among(words):
            forget_words(connection, name, gone)


def _with_words(in_recipes: bool) -> Iterator[tuple[Table, Sequence[str]]]:
    for holding in HOLDINGS:
        if holding.words and (in_recipes or holding.table not in OF_RECIPES):
            yield metadata.tables[holding.table], holding.words


def _rows_without(
    connection: Connection, table: Table, columns: Collection[str], mentions: Mentions
) -> Iterator[tuple[tuple[Any, ...], Mapping[str, str]]]:
    """The primary key of each row that names them, and those of its columns that do, without."""
    keys = [column.name for column in table.primary_key]
    query = select(*(table.c[name] for name in (*keys, *columns)))
    for rows in connection.execute(query).mappings().partitions(_AT_ONCE):
        found: dict[tuple[Any, ...], dict[str, str]] = {}
        for column in columns:
            changed = mentions.among([*{row[column]: None for row in rows if row[column]}])
            for row in rows if changed else ():
                if row[column] in changed:
                    key = tuple(row[name] for name in keys)
                    found.setdefault(key, {})[column] = changed[row[column]]
        yield from found.items()


def _batches(connection: Connection, mentions: Mentions) -> Iterator[str]:
    columns = sync_batches.c
    for row in connection.execute(select(columns.id, columns.body)):
        if mentions.among([row.body]):
            yield row.id
