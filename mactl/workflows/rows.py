"""Rows of a table as plain mappings, for what people and programs read."""

from typing import Any

import pandas as pd


def plain_rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Each row of `frame` as column → value; None where a cell is missing."""
    columns: dict[str, list[Any]] = {
        str(name): [None if _is_missing(value) else value for value in frame[name].tolist()]
        for name in frame.columns
    }
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _is_missing(value: Any) -> bool:
    return value is None or value is pd.NA or value is pd.NaT or value != value
