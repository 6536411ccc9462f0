"""A function of few distinct values, applied to a whole column.

Calendar arithmetic in many time zones is exact one value at a time; a table of a million people has only
some hundred distinct pairs of day and zone, so each pair is worked out once.
"""

import math
from collections.abc import Callable
from typing import Any

import pandas as pd

_FEW = 1_000
"""Rows up to which plain values are told apart sooner than columns are taken apart."""


def per_distinct(
    function: Callable[..., Any], *columns: "pd.Series[Any]", few: int = _FEW
) -> "pd.Series[Any]":
    """`function` of each row's values, worked out once per distinct row; aligned with the columns, which have one
    index."""
    index = columns[0].index
    if len(index) <= few:
        rows = list(zip(*map(_cells, columns), strict=True))
        known = {row: function(*row) for row in set(rows)}
        return pd.Series([known[row] for row in rows], index=index, dtype="object").infer_objects()
    table = pd.concat([column.rename(str(n)) for n, column in enumerate(columns)], axis=1)
    codes, distinct = pd.MultiIndex.from_frame(table).factorize()
    results = pd.Series([function(*row) for row in distinct], dtype="object")
    taken = results.take(codes) if len(codes) else results
    return pd.Series(taken.to_numpy(), index=index, dtype="object").infer_objects()


def _cells(column: "pd.Series[Any]") -> list[Any]:
    """Its values, missing ones as an index has them."""
    return [math.nan if value is None or value is pd.NA else value for value in column.tolist()]
