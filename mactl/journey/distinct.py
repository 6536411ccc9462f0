"""A function of few distinct values, applied to a whole column.

Calendar arithmetic in many time zones is exact one value at a time; a table of a million people has only
some hundred distinct pairs of day and zone, so each pair is worked out once.
"""

from collections.abc import Callable
from typing import Any

import pandas as pd


def per_distinct(function: Callable[..., Any], *columns: "pd.Series[Any]") -> "pd.Series[Any]":
    """`function` of each row's values, worked out once per distinct row; aligned with the columns."""
    table = pd.concat([column.rename(str(n)) for n, column in enumerate(columns)], axis=1)
    codes, rows = pd.MultiIndex.from_frame(table).factorize()
    results = pd.Series([function(*row) for row in rows], dtype="object")
    taken = results.take(codes) if len(codes) else results
    return pd.Series(taken.to_numpy(), index=table.index, dtype="object").infer_objects()
