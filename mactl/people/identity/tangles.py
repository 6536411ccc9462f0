"""Connected rows in which somebody may have to be kept apart: found in whole columns, made anew one by one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mactl.people.cells import Cells, Mask, Numbers
from mactl.people.identity.apart import Tangle, Untangled, untangle_pieces
from mactl.people.identity.keys import KeyRule
from mactl.people.identity.known import Known

Links = tuple[Numbers, Numbers]


@dataclass(frozen=True, slots=True)
class Shared:
    """A key that several persons have, who are kept apart: `persons`, of whom the first one holds it."""

    key: str
    value: str
    persons: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Untangling:
    """What became of the rows in tangles: `firsts` has the first row of each of their persons."""

    rows: Numbers
    untangled: Untangled
    firsts: Numbers
    keys: Sequence[str]
    values: Sequence[Sequence[str]]
    """For each key its values by rank."""

    def applied(self, root: Numbers, owned: Sequence[Links]) -> tuple[Numbers, list[Links]]:
        """For each row of all the first one of its person, and which known contacts rows belong to."""
        root = root.copy()
        root[self.rows] = self.firsts[self.untangled.person]
        inside = np.zeros(len(root), np.bool_)
        inside[self.rows] = True
        others = [(rows[~inside[rows]], owners[~inside[rows]]) for rows, owners in owned]
        pairs = [
            (int(self.firsts[person]), contact)
            for person, known in enumerate(self.untangled.known)
            for contact in known
        ]
        here = np.array(pairs, np.int64).reshape(-1, 2)
        return root, [*others, (here[:, 0], here[:, 1])]

    def shared(self, person: Numbers) -> tuple[Shared, ...]:
        """The keys that persons share; `person` numbers those of all rows."""
        of_all = person[self.firsts]
        return tuple(
            Shared(self.keys[key], self.values[key][rank], tuple(of_all[list(persons)].tolist()))
            for key, rank, persons in self.untangled.shared
        )


def untangle_rows(
    root: Numbers,
    owned: Sequence[Links],
    keys: Mapping[str, Cells],
    codes: Mapping[str, tuple[Numbers, int]],
    places: Mapping[str, Numbers | None],
    known: Known,
    rules: Sequence[KeyRule],
) -> Untangling | None:
    """Who the rows are that `root` connects and that something keeps apart; None where nothing does.

    `root` has the first row that each is connected to, `owned` the known contacts of rows, `places` those of their
    aliases in `known`.
    """
    names = dict.fromkeys(name for rule in rules for name in rule.apart)
    is_asked = bool(names) or bool(known.parted)
    rows = _tangled(root, [codes[name][0] for name in names], owned if is_asked else ())
    if not len(rows):
        return None
    ranks, values = [], []
    owners, decided = [], []
    for name, cells in keys.items():
        numbers, texts = _ranked(codes[name][0][rows], cells, rows)
        ranks.append(numbers)
        values.append(texts)
        found = places[name]
        at = np.full(len(rows), -1, np.int64) if found is None else found[rows]
        owners.append(known.owner_of(at) if found is not None else at)
        decided.append(_decided(at, known))
    contacts = np.unique(np.concatenate(owners))
    holding = {name: _holding(name, contacts[contacts >= 0], known) for name in names}
    tangle = Tangle(rules, ranks, owners, decided, known.parted, holding)
    found_out = untangle_pieces(tangle, root[rows])
    firsts = np.full(len(found_out.known), len(root), np.int64)
    np.minimum.at(firsts, found_out.person, rows)
    return Untangling(rows, found_out, firsts, list(keys), values)


def _tangled(root: Numbers, apart: Sequence[Numbers], owned: Sequence[Links]) -> Numbers:
    """The rows of pieces in which two keys differ that keep people apart, or which several known contacts share."""
    tangled = np.zeros(len(root), np.bool_)
    others = np.flatnonzero(root != np.arange(len(root)))
    if len(others):
        is_piece = np.zeros(len(root), np.bool_)
        is_piece[root[others]] = True
        rows = np.flatnonzero(is_piece[root])
        for codes in apart:
            filled = rows[codes[rows] >= 0]
            _mark_mixed(tangled, root[filled], codes[filled])
    if len(owned):
        pieces = np.concatenate([root[rows] for rows, _ in owned])
        _mark_mixed(tangled, pieces, np.concatenate([owners for _, owners in owned]))
    return np.flatnonzero(tangled[root]) if tangled.any() else others[:0]


def _mark_mixed(tangled: Mask, pieces: Numbers, numbers: Numbers) -> None:
    """Mark the pieces that have several numbers."""
    one = np.full(len(tangled), -1, np.int64)
    one[pieces] = numbers  # any of them: who differs from it shows that there are several
    tangled[pieces[one[pieces] != numbers]] = True


def _ranked(codes: Numbers, cells: Cells, rows: Numbers) -> tuple[Numbers, list[str]]:
    """The place of each row's value among all of these by length and alphabet, -1 for none; and the values."""
    filled = np.flatnonzero(codes >= 0)
    used, firsts, index = np.unique(codes[filled], return_index=True, return_inverse=True)
    texts = cells.take(rows[filled[firsts]]).array()
    by_length = pa.table({"length": pc.binary_length(texts), "text": texts})
    order = pc.sort_indices(
        by_length, sort_keys=[("length", "ascending"), ("text", "ascending")]
    ).to_numpy()
    rank_of = np.empty(len(used), np.int64)
    rank_of[order] = np.arange(len(used))
    ranks = np.full(len(codes), -1, np.int64)
    ranks[filled] = rank_of[index.reshape(-1)]
    return ranks, texts.take(pa.array(order)).to_pylist()


def _decided(places: Numbers, known: Known) -> Mask:
    if known.decided is None:
        return np.zeros(len(places), np.bool_)
    return np.where(places >= 0, known.decided[places], False)


def _holding(name: str, contacts: Numbers, known: Known) -> frozenset[int]:
    """Which of the known `contacts` ever had a key of this kind."""
    if not len(contacts):
        return frozenset()
    theirs = np.flatnonzero(np.isin(known.owner, contacts))
    mine = pc.starts_with(known.aliases.take(pa.array(theirs)), f"{name}:")
    return frozenset(known.owner[theirs[mine.to_numpy(zero_copy_only=False)]].tolist())
