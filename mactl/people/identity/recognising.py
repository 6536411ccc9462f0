"""Which rows are the same person, and the id that a person keeps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha1
from uuid import UUID

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mactl.people.cells import Cells, Numbers
from mactl.people.identity.common import Common, drop_common
from mactl.people.identity.keys import KeyRule, alias_of
from mactl.people.identity.known import Known
from mactl.people.identity.tangles import Shared, untangle_rows
from mactl.people.sources.decoding import Bytes

NAMESPACE = UUID("7a1c2b9e-5d0f-5c83-9b7e-2f4d6c1e8a35")
"""The namespace (RFC 9562 5.5) of contact ids; another one would make everybody someone else."""

_HEX = np.frombuffer(b"".join(b"%02x" % byte for byte in range(256)), np.uint8).reshape(256, 2)
_GROUPS = ((0, 8), (9, 13), (14, 18), (19, 23), (24, 36))  # of digits, between hyphens
_TOGETHER = 20_000  # names: what is made of them stays in the processor's cache


@dataclass(frozen=True, slots=True, eq=False)
class Identities:
    """Who the rows are: `person` numbers them in order of first appearance, `first` is each person's
    first row, `ids` their UUIDs; `aliases` and `holder` (a person) are all keys by which they are known,
    and `merged` pairs a known id with the older one that it turned out to be."""

    person: Numbers
    first: Numbers
    ids: pa.Array
    aliases: pa.Array
    holder: Numbers
    merged: tuple[tuple[str, str], ...]
    shared: tuple[Shared, ...] = ()
    """Keys that several persons have, who are kept apart."""
    common: tuple[Common, ...] = ()
    """Keys that too many share for anybody to be recognised by."""


def identify(keys: Mapping[str, Cells], known: Known, rules: Sequence[KeyRule] = ()) -> Identities:
    """Who the rows with these identity keys are.

    `keys` has a column of keys by the name of its kind, strongest first and at least one; every row must
    have a key. Rows that share one, or whose keys `known` holds for one contact, are one person, and so
    are those that such rows connect, unless `rules` (one for each of `keys`; none where left out) or `known` keep
    them apart. A person keeps the oldest known id; a new one gets the UUIDv5 of the strongest key in their first row.
    """
    keys, codes, common = drop_common(keys, rules)
    places = {name: known.places_of(name, cells) for name, cells in keys.items()}
    owned = [_filled(known.owner_of(found)) for found in places.values() if found is not None]
    links = [*(_links(rows, count) for rows, count in codes.values()), _shared_owners(owned)]
    root = _connect(links, len(next(iter(keys.values()))))
    untangling = untangle_rows(root, owned, keys, codes, places, known, rules)
    if untangling is not None:
        root, owned = untangling.applied(root, owned)
    is_first = root == np.arange(len(root))
    person = (np.cumsum(is_first) - 1)[root]
    first = np.flatnonzero(is_first)
    old, merged = _known_ids(person, len(first), owned, known)
    ids = _ids(keys, first, old, known)
    shared = untangling.shared(person) if untangling is not None else ()
    aliases, holder = _aliases(keys, codes, person)
    if shared:
        holder = _held(aliases, holder, shared)
    if len(known.ids):
        unseen, theirs = _aliases_known_only(aliases, ids, merged, known)
        aliases, holder = pa.concat_arrays([aliases, unseen]), np.concatenate([holder, theirs])
    return Identities(person, first, ids, aliases, holder, merged, shared, common)


Links = tuple[Numbers, Numbers]
"""Pairs of rows that are one person, or of rows and the known contacts that their keys belong to."""


def _links(codes: Numbers, known: int) -> Links:
    """Each row with the first one that has the same key; `codes` number the keys, -1 for none."""
    rows = np.flatnonzero(codes >= 0)
    if len(rows) == known:
        return rows[:0], rows[:0]  # no key comes twice
    return _to_first(rows, codes[rows], known)


def _filled(numbers: Numbers) -> Links:
    """The rows with a number of 0 or more, and that number."""
    rows = np.flatnonzero(numbers >= 0)
    return rows, numbers[rows]


def _shared_owners(owned: Sequence[Links]) -> Links:
    """Rows whose keys the state knows as one contact's, each with the first of them."""
    if not owned:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    rows = np.concatenate([rows for rows, _ in owned])
    codes = np.concatenate([owners for _, owners in owned])
    order = np.argsort(rows, kind="stable")
    return _to_first(rows[order], codes[order], int(codes.max(initial=-1)) + 1)


def _to_first(rows: Numbers, codes: Numbers, known: int) -> Links:
    first = np.zeros(known, np.int64)
    first[codes[::-1]] = rows[::-1]  # the last one written is the first row
    others = first[codes]
    return rows[rows != others], others[rows != others]


def _connect(links: Sequence[Links], count: int) -> Numbers:
    """For each row the first row that links lead to, however many it takes."""
    root = np.arange(count)
    one = np.concatenate([pair[0] for pair in links])
    other = np.concatenate([pair[1] for pair in links])
    while len(one):
        low, high = np.minimum(root[one], root[other]), np.maximum(root[one], root[other])
        apart = low != high
        one, other, low, high = one[apart], other[apart], low[apart], high[apart]
        np.minimum.at(root, high, low)
        while not np.array_equal(shorter := root[root], root):
            root = shorter
    return root


def _known_ids(
    person: Numbers, persons: int, owned: Sequence[Links], known: Known
) -> tuple[Numbers, tuple[tuple[str, str], ...]]:
    """The oldest known contact that each person is, -1 for none; and which newer ones they are as well."""
    none = len(known.ids)
    oldest = np.full(persons, none, np.int64)
    for rows, owners in owned:
        np.minimum.at(oldest, person[rows], owners)
    newer: dict[int, int] = {}
    for rows, owners in owned:
        other = owners != oldest[person[rows]]
        older = oldest[person[rows[other]]]
        newer |= dict(zip(owners[other].tolist(), older.tolist(), strict=True))
    merged = tuple(
        (known.ids[new].as_py(), known.ids[old].as_py()) for new, old in sorted(newer.items())
    )
    return np.where(oldest == none, -1, oldest), merged


def _ids(keys: Mapping[str, Cells], first: Numbers, old: Numbers, known: Known) -> pa.Array:
    """The id of each person: the known one, else that of the strongest key in their first row."""
    fresh = np.flatnonzero(old < 0)
    rows = first[fresh]
    made = make_ids(
        pc.coalesce(*(alias_of(name, cells.take(rows).array()) for name, cells in keys.items()))
    )
    if len(fresh) == len(first):
        return made
    position = old.copy()
    position[fresh] = len(known.ids) + np.arange(len(fresh))
    return pa.concat_arrays([known.ids, made]).take(pa.array(position))


def _aliases(
    keys: Mapping[str, Cells], codes: Mapping[str, tuple[Numbers, int]], person: Numbers
) -> tuple[pa.Array, Numbers]:
    """Every key in the rows once, and the person who has it."""
    aliases, holders = [], []
    for name, cells in keys.items():
        numbers, count = codes[name]
        rows = np.flatnonzero(numbers >= 0)
        if len(rows) > count:
            rows = rows[np.sort(np.unique(numbers[rows], return_index=True)[1])]
        aliases.append(alias_of(name, cells.take(rows).array()))
        holders.append(person[rows])
    return pa.concat_arrays(aliases), np.concatenate(holders)


def _held(aliases: pa.Array, holder: Numbers, shared: Sequence[Shared]) -> Numbers:
    """`holder` with the one of several persons who share a key that holds it."""
    names = [f"{one.key}:{one.value}" for one in shared]
    places = pc.index_in(pa.array(names, pa.string()), value_set=aliases).to_numpy()
    holder = holder.copy()
    holder[places] = [one.persons[0] for one in shared]
    return holder


def _aliases_known_only(
    aliases: pa.Array, ids: pa.Array, merged: Sequence[tuple[str, str]], known: Known
) -> tuple[pa.Array, Numbers]:
    """The known aliases of these persons that no row has any more."""
    now = known.ids
    if merged:
        redirected = dict(merged)
        now = pa.array([redirected.get(id, id) for id in now.to_pylist()], pa.string())
    holder = pc.index_in(now, value_set=ids).take(pa.array(known.owner))
    wanted = pc.and_not(holder.is_valid(), pc.is_in(known.aliases, value_set=aliases))
    return known.aliases.filter(wanted), holder.filter(wanted).to_numpy().astype(np.int64)


def make_ids(names: pa.Array) -> pa.Array:
    """The UUIDv5 of each name in our namespace, as text (RFC 9562 5.5)."""
    written = np.full((len(names), 36), ord("-"), np.uint8)
    for begin in range(0, len(names), _TOGETHER):
        some = names[begin : begin + _TOGETHER].to_pylist()
        _write_ids(some, written[begin : begin + len(some)])
    offsets = np.arange(0, written.size + 1, 36, dtype=np.int32)
    return pa.StringArray.from_buffers(len(names), pa.py_buffer(offsets), pa.py_buffer(written))


def _write_ids(names: Sequence[str], written: Bytes) -> None:
    """Each name's UUIDv5 in a row of `written`, which has the hyphens."""
    start = NAMESPACE.bytes
    digests = b"".join([sha1(start + name.encode()).digest()[:16] for name in names])
    numbers = np.frombuffer(bytearray(digests), np.uint8).reshape(-1, 16)
    numbers[:, 6] = numbers[:, 6] & 0x0F | 0x50  # version 5
    numbers[:, 8] = numbers[:, 8] & 0x3F | 0x80  # the variant of RFC 9562
    digits = _HEX[numbers].reshape(-1, 32)
    for hyphens, (begin, end) in enumerate(_GROUPS):
        written[:, begin:end] = digits[:, begin - hyphens : end - hyphens]
