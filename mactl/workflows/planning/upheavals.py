"""Columns that change for most people at once: their sources did that, and nobody changed.

A source that fails for a day, a join that breaks, a field that is exported in another way: whoever took each of those
for a change would tell as many as there are people, and start their journeys.
"""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from mactl.findings import Finding, Severity

_FEWEST_LOST = 20
"""People; below that, a few who gave up a field together are as likely as a gap."""
_FEWEST_REWRITTEN = 100
_MOST = 0.5
"""The share of those who had something from which on it was the source."""


def lost(was: pa.Array, values: pa.Array, seen: NDArray[np.bool_]) -> NDArray[np.bool_] | None:
    """Where a value is gone, if so many lost theirs that the source must have a gap; else None."""
    had = _flags(was.is_valid()) & seen
    gone = had & _flags(values.is_null())
    count = int(np.count_nonzero(gone))
    if count < _FEWEST_LOST or count <= _MOST * np.count_nonzero(had):
        return None
    return gone


def is_rewritten(changed: int, everybody: int) -> bool:
    """Whether a field is another for so many that it was written anew rather than changed."""
    return changed >= _FEWEST_REWRITTEN and changed > _MOST * everybody


def gap_finding(field: str, count: int) -> Finding:
    """That `count` people lost a field at once."""
    return Finding(
        "history-gap",
        Severity.WARNING,
        f"{count:,} people, most of those who had one, have no {field} any more; it is taken for a gap in a source, and"
        " for no change of theirs",
        hint=f"see whether a source is incomplete; where {field} is given up, leave its column out of the sources",
    )


def rewritten_finding(field: str, count: int, everybody: int) -> Finding:
    """That a field is another for `count` people at once."""
    return Finding(
        "history-rewritten",
        Severity.NOTE,
        f"{field} is another for {count:,} of {everybody:,} people at once; that is kept as no change of theirs",
        hint=f"to keep such changes too, name the fields to follow in mactl.yaml: history: [{field}, …]",
    )


def _flags(column: pa.Array) -> NDArray[np.bool_]:
    flags: NDArray[np.bool_] = column.to_numpy(zero_copy_only=False).astype(np.bool_, copy=False)
    return flags
