"""What the sources and the state say of consent that the ledger was not told yet.

The suppression list is the truth of which addresses must not be written to; the ledger is the truth of what people
said. It follows: an opt-out that stands on the list by command or import, an unsubscription and a complaint each become
a withdrawal of whoever has the address, and stay one when the list lets go of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from mactl.clock import from_day, resolve_local, to_epoch
from mactl.columns import AT, CONTACT, EVENT, FieldType
from mactl.consent.columns import Columns, Words, entries_of_columns
from mactl.consent.entry import ALL_TOPICS, CONTENT, LONGEST, Origin, Said, wording_hash
from mactl.consent.ledger import last_from
from mactl.facts.facts import Facts
from mactl.own_events import COMPLAINED, CONSENT_ASKED, UNSUBSCRIBED
from mactl.people.people import People
from mactl.project import Project
from mactl.store.consents import NewConsents
from mactl.workflows.echoing import echoes, own_withdrawals
from mactl.workflows.gathering import Gathered

_SAID = {
    UNSUBSCRIBED: Said.WITHDRAWN,
    COMPLAINED: Said.WITHDRAWN,
    CONSENT_ASKED: Said.PENDING,
}
_NOT_THEIR_WORD = ("bounce", "send", "unsubscribe", "complaint", "consent")
"""Sources of the suppression list that are no opt-outs, or that events or the ledger tell as well."""
_TYPES = {"at": pa.int64(), "corrects": pa.int64(), "recorded_at": pa.int64()}
_ECHOED = "withdrawn by who shares their address, or had it before"
_MIDNIGHT = time()
_LARGEST = 1 << 20  # bytes of a file with a wording


def find_unrecorded(
    project: Project, gathered: Gathered, suppressed: pd.DataFrame, by: str
) -> NewConsents:
    """The entries that the ledger lacks, as of the facts' `now`; `by` is the command that enters them.

    `suppressed` are the entries of the suppression list.
    """
    facts = replace(gathered.facts, consents=gathered.ledger)
    now = to_epoch(facts.now)
    files = Wordings(project.folder)
    columns = Columns(facts.contacts, facts.fields, lambda days: _midnights(days, facts))
    places = _Places(gathered.people, project.folder)
    found = []
    for topic, declared in sorted(facts.consent.items()):
        words = files.read(columns.text(declared.wording))
        new = entries_of_columns(topic, declared, columns, words, facts.consents, now)
        if new.num_rows:
            at = new.column("row").combine_chunks()
            new = new.drop_columns(["row"]).append_column("place", places.of(at))
            found.append(new)
    found += [_of_events(facts), _of_list(suppressed, gathered, facts)]
    found.append(_of_echoes(gathered, [table for table in found if table.num_rows]))
    told = {"recorded_at": pa.scalar(now), "recorded_by": pa.scalar(by)}
    entries = pa.concat_tables(
        [_whole(table, told) for table in found if table.num_rows] or [_none()]
    )
    return NewConsents(entries, files.texts)


class Wordings:
    """The words that cells of a wording column stand for: their own, or those of the file that they name."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.texts: dict[str, str] = {}
        """Hash → words, of all that were read."""

    def read(self, cells: pa.ChunkedArray) -> Words:
        """The words of each distinct cell."""
        hashes, files = {}, {}
        for cell in pc.unique(cells).to_pylist():
            if cell is None:
                continue
            text = self.file(cell)
            if text is not None:
                files[cell] = cell
            hashes[cell] = self.add(cell if text is None else text)
        return Words(hashes, files)

    def add(self, text: str) -> str:
        """The hash of words, which are kept."""
        clean = text.replace("\x00", "\N{REPLACEMENT CHARACTER}")
        hash = wording_hash(clean)
        self.texts[hash] = clean
        return hash

    def file(self, name: str) -> str | None:
        """What a file of the project says; None where `name` is none in its folder."""
        if len(name) > 255 or "\n" in name or "." not in name:
            return None
        try:
            path = (self._folder / name).resolve()
            is_ours = path.is_relative_to(self._folder.resolve()) and path.is_file()
            if not is_ours or path.stat().st_size > _LARGEST:
                return None
            return path.read_text(encoding="utf-8-sig")
        except (OSError, ValueError):
            return None


class _Places:
    """Where contacts were read: the file and line of the first row of each, and how many more there are."""

    def __init__(self, people: People, folder: Path) -> None:
        self._people, self._folder = people, folder.resolve()

    def of(self, contacts: pa.Array) -> pa.ChunkedArray:
        """The place of each contact, told by its number among the people."""
        rows = self._people.rows
        holder = rows.column(CONTACT).combine_chunks()
        codes = holder.indices.to_numpy(zero_copy_only=False)
        count = self._people.contacts.num_rows
        first = np.full(count, -1, np.int64)
        first[codes[::-1]] = np.arange(len(codes))[::-1]
        more = np.bincount(codes, minlength=count) - 1
        chosen = contacts.to_numpy(zero_copy_only=False)
        at = pa.array(first[chosen], mask=first[chosen] < 0)
        written = (
            rows.column("path").combine_chunks().cast(pa.string()).take(at).dictionary_encode()
        )
        paths = pa.array(map(self._seen, written.dictionary.to_pylist()), pa.string())
        paths = paths.take(written.indices)
        lines = rows.column("line").combine_chunks().take(at).cast(pa.string())
        place = pc.binary_join_element_wise(paths, lines, ":")
        others = pa.array(more[chosen])
        told = pc.binary_join_element_wise(place, " and ", others.cast(pa.string()), " more", "")
        return pa.chunked_array([pc.if_else(pc.greater(others, 0), told, place)])

    def _seen(self, path: str) -> str:
        """A path as seen from the project, wherever the command runs: entries stay for years."""
        whole = Path(path).resolve()
        is_within = whole.is_relative_to(self._folder)
        return whole.relative_to(self._folder).as_posix() if is_within else path


def _of_events(facts: Facts) -> pa.Table:
    """The last unsubscription, complaint and request of each contact for each topic, newer than the ledger's."""
    events = facts.events
    names = events.column(EVENT).cast(pa.string())
    meant = pc.and_(
        pc.is_in(names, value_set=pa.array(list(_SAID))),
        pc.less_equal(events.column(AT), to_epoch(facts.now)),
    )
    told = events.filter(meant)
    if not told.num_rows:
        return _none()
    frame = pd.DataFrame(
        {
            "contact": told.column(CONTACT).cast(pa.string()).to_pandas(),
            "event": told.column(EVENT).cast(pa.string()).to_pandas(),
            "at": told.column(AT).to_pandas().astype("int64"),
            **{
                name: _property(told, name, facts)
                for name in ("topic", "recipe", "step", "wording")
            },
        }
    )
    frame["topic"] = frame["topic"].fillna(ALL_TOPICS)
    frame["state"] = frame["event"].map(_SAID).astype("str")
    # Consent is to one topic; a request for all of them asks for none.
    frame = frame[(frame["state"] == Said.WITHDRAWN) | (frame["topic"] != ALL_TOPICS)]
    frame["source"] = frame["event"]
    frame["place"] = (frame["recipe"] + "." + frame["step"]).where(frame["recipe"].notna())
    frame["file"] = frame["wording"]
    return _newest(frame, Origin.EVENT, facts)


def _property(told: pa.Table, name: str, facts: Facts) -> "pd.Series[str]":
    if name not in told.column_names or facts.properties.get(name) is not FieldType.TEXT:
        return pd.Series([None] * told.num_rows, dtype="object")
    return pd.Series(told.column(name).cast(pa.string()).to_pandas())


def _of_list(suppressed: pd.DataFrame, gathered: Gathered, facts: Facts) -> pa.Table:
    """The opt-outs on the suppression list, of the contacts whose addresses they name."""
    sources = suppressed["source"]
    theirs = ~(sources.isin(_NOT_THEIR_WORD) | sources.str.startswith("recipe "))
    listed = suppressed[theirs]
    if listed.empty:
        return _none()
    holders = gathered.contacts["address_key"].dropna()
    named = holders[holders.isin(listed["address_key"])]
    frame = named.rename("address_key").reset_index().merge(listed, on="address_key")
    frame = frame.assign(
        state=str(Said.WITHDRAWN),
        source="suppression list: " + frame["reason"],
        place=frame["source"],
    )
    return _newest(frame, Origin.LIST, facts)


def _of_echoes(gathered: Gathered, new: Sequence[pa.Table]) -> pa.Table:
    """What others withdrew, by the ledger and by what is `new` in it, that holds for somebody."""
    names, ledger = ("contact", "topic", "at"), own_withdrawals(gathered.ledger)
    found = [
        table.filter(pc.equal(table.column("state"), str(Said.WITHDRAWN))).select(names)
        for table in new
    ]
    said = pa.concat_tables([ledger, *(table.cast(ledger.schema) for table in found)])
    more = echoes(gathered.people, gathered.ledger, said)
    fixed = {"state": str(Said.WITHDRAWN), "origin": str(Origin.ECHO), "source": _ECHOED}
    for name, value in fixed.items():
        more = more.append_column(name, pa.repeat(pa.scalar(value), more.num_rows))
    return more


def _newest(frame: pd.DataFrame, origin: Origin, facts: Facts) -> pa.Table:
    """The last row of each contact, topic and state that is newer than what the ledger has from `origin`."""
    key = ["contact", "topic", "state"]
    frame = frame.sort_values("at", kind="stable").drop_duplicates(key, keep="last")
    known = [
        last_from(facts.consents, said, origin).to_pandas().assign(state=str(said))
        for said in (Said.WITHDRAWN, Said.PENDING)
    ]
    before = frame[key].merge(pd.concat(known), on=key, how="left")["at"]
    fresh = frame[(before.isna() | (before.to_numpy() < frame["at"].to_numpy())).to_numpy()]
    fresh = fresh.assign(origin=str(origin)).sort_values(["at", "contact"], kind="stable")
    columns = [name for name in CONTENT if name in fresh]
    return pa.Table.from_pandas(fresh[columns], preserve_index=False)


def _midnights(days: pa.ChunkedArray, facts: Facts) -> pa.ChunkedArray:
    def midnight(day: int | None) -> int | None:
        if day is None:
            return None
        date = from_day(day)
        return to_epoch(resolve_local(date, _MIDNIGHT, facts.zone))

    distinct = pc.unique(days)
    instants = pa.array([midnight(day) for day in distinct.to_pylist()], pa.int64())
    places = pc.index_in(days, value_set=distinct)
    return pa.chunked_array([instants.take(chunk) for chunk in places.chunks], pa.int64())


def _none() -> pa.Table:
    return pa.table({name: pa.array([], _TYPES.get(name, pa.string())) for name in CONTENT})


def _whole(table: pa.Table, more: Mapping[str, pa.Scalar]) -> pa.Table:
    """`table` with all columns of entries, of which no text is too long or has a letter that a database can't hold."""
    count = table.num_rows
    columns = {}
    for name in CONTENT:
        type_ = _TYPES.get(name, pa.string())
        if name in more:
            columns[name] = pa.repeat(more[name], count)
        elif name in table.column_names:
            column = table.column(name).cast(type_)
            columns[name] = column if type_ == pa.int64() else _writable(column)
        else:
            columns[name] = pa.nulls(count, type_)
    return pa.table(columns)


def _writable(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    # Ordinary texts are neither copied nor counted letter by letter.
    if pc.any(pc.match_substring(texts, "\x00")).as_py():
        texts = pc.replace_substring(texts, "\x00", "\N{REPLACEMENT CHARACTER}")
    if (pc.max(pc.binary_length(texts)).as_py() or 0) > LONGEST:
        texts = pc.utf8_slice_codeunits(texts, 0, LONGEST)
    return texts
