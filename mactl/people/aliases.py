"""What people are known by, apart from their fields: all their keys, those that they share, former addresses, and the
keys of who came before them."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from mactl.columns import CONTACT
from mactl.people.cells import lowered, mask_of
from mactl.people.identity.keys import EMAIL
from mactl.people.identity.known import Known
from mactl.people.identity.recognising import Identities
from mactl.people.origins import ids_of


def aliases_of(identities: Identities) -> pa.Table:
    """`alias`, `_contact` of every key; one that several people have is that of the one who holds it."""
    return pa.table({"alias": identities.aliases, CONTACT: ids_of(identities, identities.holder)})


def shared_of(identities: Identities) -> pa.Table:
    """`alias`, `_contact` of all who have a key that several people have, who are kept apart."""
    pairs = [(f"{one.key}:{one.value}", n) for one in identities.shared for n in one.persons]
    holders = pa.array([person for _, person in pairs], pa.int64())
    aliases = pa.array([alias for alias, _ in pairs], pa.string())
    return pa.table({"alias": aliases, CONTACT: identities.ids.take(holders)})


def heirs_of(identities: Identities, known: Known) -> pa.Table:
    """`alias`, `gone`, `_contact`: all keys of known contacts (`gone`) whom no source has any more, with everybody who
    has one of these today: the same customer under a new number, or who has their address after them."""
    merged = pa.array([newer for newer, _ in identities.merged], pa.string())
    now = pa.concat_arrays([identities.ids, merged])
    is_gone = mask_of(_places(known.ids, now).is_null())
    mine = np.flatnonzero(is_gone[known.owner])
    places = _places(known.aliases.take(pa.array(mine)), identities.aliases)
    held = mask_of(places.is_valid())
    holders = identities.holder[places.drop_null().to_numpy()]
    heirs = pd.DataFrame({"gone": known.owner[mine][held], "heir": holders}).drop_duplicates()
    found = pd.DataFrame({"alias": mine, "gone": known.owner[mine]}).merge(heirs, on="gone")
    return pa.table(
        {
            "alias": known.aliases.take(pa.array(found["alias"], pa.int64())),
            "gone": known.ids.take(pa.array(found["gone"], pa.int64())),
            CONTACT: ids_of(identities, found["heir"].to_numpy()),
        }
    )


def _places(values: pa.Array, keys: pa.Array) -> pa.Array:
    """Where in `keys` each of `values` stands; for none of them Arrow would look at a million keys all the same."""
    return pc.index_in(values, value_set=keys if len(values) else keys[:0])


def former_of(identities: Identities, contacts: pa.Table) -> pa.Table:
    """`email`, `_contact` of the addresses that somebody is known by beside the one in `contacts`."""
    mine = pc.starts_with(identities.aliases, f"{EMAIL}:")
    known = EMAIL in contacts.column_names
    current = contacts.column(EMAIL) if known else pa.nulls(contacts.num_rows, pa.string())
    emails, holders = pa.array([], pa.string()), np.zeros(0, np.int64)
    # Each has one, mostly, and it is the one that they are known by.
    if pc.sum(mine).as_py() != len(current) - current.null_count or identities.shared:
        emails = pc.utf8_slice_codeunits(identities.aliases.filter(mine), len(EMAIL) + 1)
        holders = identities.holder[mask_of(mine)]
        now = lowered(current.combine_chunks() if known else current).take(pa.array(holders))
        others = pc.invert(pc.equal(emails, now).fill_null(False))
        emails = emails.filter(others)
        holders = holders[mask_of(others)]
    return pa.table({EMAIL: emails, CONTACT: identities.ids.take(pa.array(holders))})
