"""What a query reads, so many events at a time: to count them then takes as much room as one part does.

An engine that gets all at once keeps what it counts of every contact in one table, looks each event's contact up in it,
and joins the whole to the contacts. In events that stand together, part by part, those tables are small.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from mactl.people.cells import stable_order
from mactl.rules.subjects import PLACE


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Contacts and what happened to them; in each table `_place` (int32) is the row of a contact in the facts."""

    contacts: pa.Table
    """A row for each contact."""
    named: pa.Table
    """The fields of the same contacts that tests of events name; in the same order."""
    events: pa.Table
    """A row for each event, with a `_place` past the last contact's where it is a stranger's."""


def in_parts(whole: Part, size: int) -> Iterator[Part]:
    """The parts of `whole`, which has the contacts of all rows in order, with about `size` events in each.

    All events of a contact are in one part, and those of strangers in none.
    """
    events = whole.events.combine_chunks()
    whose = events.column(PLACE).to_numpy()
    if (whose[1:] < whose[:-1]).any():
        order = stable_order(whose)
        events, whose = events.take(pa.array(order)), whose[order]
    count = whole.contacts.num_rows
    firsts = np.unique(whose[size::size])
    bounds = [0, *firsts[(firsts > 0) & (firsts < count)].tolist(), count]
    begins = np.searchsorted(whose, bounds).tolist()
    for number, first in enumerate(bounds[:-1]):
        length, begin = bounds[number + 1] - first, begins[number]
        yield Part(
            whole.contacts.slice(first, length),
            whole.named.slice(first, length),
            events.slice(begin, begins[number + 1] - begin),
        )
