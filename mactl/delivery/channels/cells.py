"""Cells of the CSV files that others open: plain text, and nothing that a spreadsheet would work out."""

import csv
import io
import re
from collections.abc import Iterable
from datetime import date
from typing import Any

# https://owasp.org/www-community/attacks/CSV_Injection, with the wide forms that spreadsheets take for the same.
_FORMULA = re.compile(r"[=+\-@\t\n＝＋－＠]")
_PHONE_NUMBER = re.compile(r"\+[1-9](?: ?[0-9]){5,14}")  # E.164: at most fifteen digits
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def cell(value: Any) -> str:
    """A plain value as text: dates in ISO 8601, lists joined by `;`, nothing as nothing.

    Text that a spreadsheet would take for a formula gets an apostrophe before it; a plain phone number stays.
    Numbers are numbers, the negative ones too.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return cell(";".join(cell(item) for item in value))
    if not isinstance(value, str):
        return str(value)
    text = _CONTROLS.sub("", value.replace("\r\n", "\n").replace("\r", "\n"))
    is_formula = _FORMULA.match(text) and not _PHONE_NUMBER.fullmatch(text)
    return f"'{text}" if is_formula else text


def csv_line(values: Iterable[Any]) -> bytes:
    """One row of a CSV file in UTF-8 (RFC 4180)."""
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerow([cell(value) for value in values])
    return buffer.getvalue().encode("utf-8", "replace")


def read_line(data: bytes) -> list[str]:
    """The cells of the first row in `data`, a byte order mark left out; [] where it can't be read."""
    try:
        text = data.decode("utf-8-sig", "replace")
        return next(csv.reader(io.StringIO(text, newline=""), strict=True), [])
    except csv.Error:
        return []
