"""Plausible's CSV export: a table for each report, with totals of a day.

https://plausible.io/docs/csv-import has the columns. Plausible knows nobody, so that its export can't: its visits are
counted. Only where a page's address names somebody, which Plausible mostly cuts off, is a visit theirs.
"""

from collections.abc import Collection
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mactl.people.analytics.addresses import named_in
from mactl.people.analytics.hits import PAGE_VIEW, Hits, hits_of
from mactl.people.analytics.moments import to_epochs
from mactl.people.sources.sheets import Sheet

_COUNTED = ("pageviews", "visits", "visitors", "events")
FIELDS = frozenset({"date", "visitors"})


def is_plausible(fields: Collection[str]) -> bool:
    """Whether a table with these columns is one of Plausible's."""
    return set(fields) >= FIELDS and bool({"visits", "pageviews", "events"} & set(fields))


def read_plausible(sheet: Sheet, zone: ZoneInfo, keys: Collection[str]) -> Hits:
    """The visits that name somebody; all others are counted."""
    counted = next((name for name in _COUNTED if name in sheet.columns), None)
    counts = sheet.columns[counted].array() if counted else pa.array(["1"] * len(sheet))
    numbers = pc.cast(
        pc.if_else(pc.match_substring_regex(counts, r"^\d{1,12}$"), counts, "0"), "int64"
    )
    page = sheet.columns["page"].array() if "page" in sheet.columns else None
    named = {} if page is None else {name: named_in(page, name) for name in keys}
    is_named = np.zeros(len(sheet), np.bool_)
    for column in named.values():
        is_named |= column.is_valid().to_numpy(zero_copy_only=False)
    at, read = to_epochs(sheet.columns["date"].array(), zone)
    chosen = pa.array(is_named & read)
    return hits_of(
        at.filter(chosen),
        PAGE_VIEW,
        keys={name: column.filter(chosen) for name, column in named.items()},
        url=None if page is None else page.filter(chosen),
        anonymous=pc.sum(numbers.filter(pc.invert(chosen))).as_py() or 0,
    )
