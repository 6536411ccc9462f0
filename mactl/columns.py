"""How fields and event properties stand in the tables, so that every engine compares them alike.

Instants are whole seconds and dates whole days since 1970 (UTC): plain integers, which DuckDB, pandas and
every other engine order, subtract and compare in the same way. An empty cell is null, never "".
"""

from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from mactl.clock import from_day, from_epoch

if TYPE_CHECKING:
    import pyarrow as pa


class FieldType(StrEnum):
    """What a column holds."""

    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    """A calendar day without a time: int32 days since 1970-01-01."""
    INSTANT = "instant"
    """A moment: int64 seconds since 1970-01-01T00:00Z."""
    LIST = "list"
    """Several words in a cell (`a;b;c`), kept as `;a;b;c;` so that `;b;` is found in it."""

    @property
    def arrow(self) -> "pa.DataType":
        """The type of the column in an Arrow table."""
        return _arrow_types()[self]


@cache
def _arrow_types() -> "dict[FieldType, pa.DataType]":
    import pyarrow as pa  # what checks recipes alone needs the names, and no tables

    return {
        FieldType.TEXT: pa.string(),
        FieldType.NUMBER: pa.float64(),
        FieldType.BOOLEAN: pa.bool_(),
        FieldType.DATE: pa.int32(),
        FieldType.INSTANT: pa.int64(),
        FieldType.LIST: pa.string(),
    }


# Columns of our own begin with an underscore, which no field's name does.
CONTACT = "_contact"
"""The internal id of the contact (a UUID as text)."""
KEY = "_key"
"""The contact as people know it: the source's id, else the normalised address."""
ZONE = "_zone"
"""The contact's IANA time zone, or null for the project's."""
EVENT = "_event"
"""The event's name."""
AT = "_at"
"""The instant of the event, int64 seconds since 1970-01-01T00:00Z."""
EVENT_ID = "_id"
"""The event's own id in its source, or null."""


def plain_value(value: Any, type_: FieldType, zone: ZoneInfo) -> Any:
    """A cell of a table as Python has it: dates, instants in `zone`, lists of words, whole numbers as int."""
    if value is None:
        return None
    if type_ is FieldType.DATE:
        return from_day(value)
    if type_ is FieldType.INSTANT:
        return from_epoch(value).astimezone(zone)
    if type_ is FieldType.LIST:
        return [word for word in value.split(";") if word]
    if type_ is FieldType.NUMBER and float(value).is_integer():
        return int(value)
    return value
