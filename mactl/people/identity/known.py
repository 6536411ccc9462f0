"""What the state knows of people already: their identity keys, and whose they are."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mactl.columns import CONTACT
from mactl.people.cells import Cells, Mask, Numbers
from mactl.people.identity.keys import alias_of


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """What the state knows already: identity keys (`contact_id:C12`) and whose they are.

    `owner` is the position in `ids` of the contact of each alias; `ids` are in order of age, oldest first. `decided`
    marks the aliases that a split named, None where there are none; `parted` are pairs of positions in `ids` that
    a split made two persons of.
    """

    aliases: pa.Array
    owner: Numbers
    ids: pa.Array
    decided: Mask | None = None
    parted: frozenset[tuple[int, int]] = frozenset()

    def owner_of(self, places: Numbers) -> Numbers:
        """The contacts of the aliases at `places`, -1 for none."""
        return np.where(places >= 0, self.owner[places], -1)

    def places_of(self, name: str, cells: Cells) -> Numbers | None:
        """For each row where the alias of its key stands, -1 for none; None where nothing is known at all."""
        if not len(self.aliases):
            return None
        found = pc.index_in(alias_of(name, cells.values), value_set=self.aliases)
        if cells.index is not None:
            found = found.take(cells.index)
        places: Numbers = found.fill_null(-1).to_numpy()
        return places


def known_from(known: pa.Table | Mapping[str, str] | None) -> Known:
    """The known aliases of a mapping alias → id, oldest first, or of an Arrow table.

    The table has `alias`, `_contact` and perhaps `age`, the lower the older; without that it is in order. Where
    people were split it has `decided` (whether the split named this alias) and `parted_from` (the contact that the
    alias's was split from, else null) as well.
    """
    if known is None or isinstance(known, Mapping):
        pairs = dict(known or {})
        aliases = pa.array(list(pairs), pa.string())
        contacts = pa.array(list(pairs.values()), pa.string())
        encoded = contacts.dictionary_encode()  # in order of first appearance: of age
        return Known(aliases, encoded.indices.to_numpy().astype(np.int64), encoded.dictionary)
    table: pa.Table = known
    if "age" in table.column_names:
        table = table.sort_by("age")
    aliases = table.column("alias").cast(pa.string()).combine_chunks()
    encoded = table.column(CONTACT).cast(pa.string()).combine_chunks().dictionary_encode()
    owner = encoded.indices.to_numpy().astype(np.int64)
    if "parted_from" not in table.column_names:
        return Known(aliases, owner, encoded.dictionary)
    decided: Mask = table.column("decided").to_numpy().astype(np.bool_)
    before = pc.index_in(table.column("parted_from").cast(pa.string()), encoded.dictionary)
    split = np.flatnonzero(before.is_valid().to_numpy())
    pairs_of = zip(owner[split].tolist(), before.take(pa.array(split)).to_pylist(), strict=True)
    return Known(aliases, owner, encoded.dictionary, decided, frozenset(pairs_of))
