"""`lookup('products', event.sku)`: rows travel with a message's merge values, so that a worker needs no table."""

from collections.abc import Callable, Mapping
from typing import Any

from jinja2 import Undefined

from mactl.content.fields import Unknown, as_fields

Row = Mapping[str, Any]
"""A row of a table, by column."""
Rows = Mapping[str, Mapping[str, Row | None]]
"""Table → key → the row; None where the table has no such row."""

_LONGEST_SHOWN = 40


def key_of(value: Any) -> str | None:
    """`value` as keys are written: text without blanks around it, whole numbers without a point; None for nothing."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if value is None or isinstance(value, (Undefined, dict, list)):
        return None
    return str(value).strip() or None


def lookup_in(rows: Rows) -> Callable[[str, Any], Any]:
    """The function `lookup` of a template whose values hold `rows`.

    What isn't there is unknown, and says so when it is printed; `default` rescues it.
    """

    def lookup(table: str, key: Any) -> Any:
        wanted = key_of(key)
        if wanted is None:
            return (
                key
                if isinstance(key, Undefined)
                else Unknown(hint=f"{table} is looked up by no key")
            )
        row = rows.get(table, {}).get(wanted)
        if row is None:
            return Unknown(hint=f"{table} has no row {_shown(wanted)}")
        return as_fields(dict(row), table)

    return lookup


def _shown(key: str) -> str:
    # Reasons are kept and printed: nobody's address belongs there.
    is_plain = len(key) <= _LONGEST_SHOWN and key.isprintable() and "@" not in key
    return key if is_plain else "with this key"
