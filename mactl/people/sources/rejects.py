"""The file of rows that were left out: how its cells are written, so that it is opened safely and read in again."""

import re
from dataclasses import replace

import pyarrow.compute as pc

from mactl.people.cells import Cells
from mactl.people.sources.sheets import Sheet

REMARKS = ("rejected_file", "rejected_line", "rejected_because", "rejected_text")
"""The columns that say where a row comes from and why it was left out: they are no fields when it is read again.
The last has rows that no cells could be read of, as they stand in their file."""

# What spreadsheets take for a formula (OWASP, CSV injection), however many apostrophes are before it already.
_SIGNS = "[=+\\-@\t\n\uff1d\uff0b\uff0d\uff20]"
_FORMULA = re.compile(f"'*{_SIGNS}")
_ESCAPED = f"^'('*{_SIGNS})"


def escaped(text: str) -> str:
    """`text` such that no spreadsheet runs it; reading the file gives it back."""
    return f"'{text}" if _FORMULA.match(text) else text


def without_remarks(sheet: Sheet) -> Sheet:
    """`sheet` as it was before its rows were left out, where it is a file of such rows, mended or not."""
    if not set(REMARKS) <= sheet.columns.keys():
        return sheet
    columns = {name: _unescaped(c) for name, c in sheet.columns.items() if name not in REMARKS}
    return replace(sheet, columns=columns)


def _unescaped(cells: Cells) -> Cells:
    if not pc.any(pc.starts_with(cells.values, "'")).as_py():
        return cells
    return cells.replaced(pc.replace_substring_regex(cells.values, _ESCAPED, r"\1"))
