"""Enrollments as what conditions are asked about: a contact, and the instant from which events count."""

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mactl.columns import CONTACT
from mactl.rules.engine import Frame, Session

if TYPE_CHECKING:
    import pandas as pd

PLACE = "_place"
"""In frames: the row of a contact in the facts."""
SUBJECT = "_subject"
"""In frames: the row of a subject in the table of subjects."""
SINCE = "_since"
UNTIL = "_until"


class Subjects:
    """A table of subjects: id, contact, since and perhaps until (epoch seconds, missing for no bound).

    `since` is the instant of the trigger, before which events may not count; `until` the last instant
    whose events count. One contact may be behind several subjects.
    """

    def __init__(self, table: "pd.DataFrame") -> None:
        self._contacts = _column(table, "contact", pa.string())
        self._since = _column(table, "since", pa.int64())
        self._until = _column(table, "until", pa.int64())
        self.is_limited = self._until.null_count < len(self._until)

    @property
    def earliest(self) -> int | None:
        """The first of all triggers; None where there is a subject without one."""
        return None if self._since.null_count else pc.min(self._since).as_py()

    def frame(self, session: Session) -> Frame:
        """`_subject`, `_contact`, `_since` and `_until`."""
        columns = {CONTACT: self._contacts, SINCE: self._since, UNTIL: self._until}
        return session.frame(pa.table({SUBJECT: places(len(self._contacts)), **columns}))


def places(count: int) -> pa.Array:
    """0 to `count` - 1 (int32): the rows of a table."""
    return pa.array(np.arange(count, dtype=np.int32))


def _column(table: "pd.DataFrame", name: str, type_: pa.DataType) -> pa.ChunkedArray:
    if name not in table.columns:
        return pa.chunked_array([pa.nulls(len(table), type_)])
    # A column of integers with gaps may have become one of floats: whole numbers all the same.
    return pa.chunked_array([pa.array(table[name], from_pandas=True).cast(type_)])
