"""Merge values ↔ JSON: what a queued send carries for its template, without losing a type.

Text, booleans, None, lists and mappings are themselves. What JSON lacks is a mapping with one `$` key:
`{"$date": "2026-12-01"}`, `{"$instant": "2026-12-01T09:00:00+01:00", "zone": "Europe/Amsterdam"}`,
`{"$decimal": "1.10"}`, `{"$number": "nan"}`; a mapping of yours that has such a key stands in `{"$fields": …}`.
"""

import json
import math
from collections.abc import Mapping
from datetime import UTC, date, datetime, timezone
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from mactl.clock import zone_named


def values_to_json(values: Mapping[str, Any]) -> str:
    """`values` as JSON text, ASCII only, keys in order: equal values make equal text.

    Raises TypeError for what isn't a plain value, an instant without a zone included.
    """
    return json.dumps(
        {name: _encode(value) for name, value in values.items()},
        sort_keys=True,
        separators=(",", ":"),
        allow_nan=False,
    )


def values_from_json(text: str) -> dict[str, Any]:
    """What `values_to_json` was given; tuples come back as lists."""
    return {name: _decode(value) for name, value in json.loads(text).items()}


def _encode(value: Any) -> Any:
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else {"$number": str(value)}
    if isinstance(value, Decimal):
        return {"$decimal": str(value)}
    if isinstance(value, datetime):  # before date, which it is too
        return _encode_instant(value)
    if isinstance(value, date):
        return {"$date": value.isoformat()}
    if isinstance(value, (list, tuple)):
        return [_encode(item) for item in value]
    if isinstance(value, Mapping):
        return _encode_fields(value)
    raise TypeError(f"{type(value).__name__} is not a plain value: {value!r}")


def _encode_instant(instant: datetime) -> dict[str, str]:
    if instant.utcoffset() is None:
        raise TypeError(f"an instant needs a time zone: {instant!r}")
    encoded = {"$instant": instant.isoformat()}
    if isinstance(instant.tzinfo, ZoneInfo) and instant.tzinfo.key:
        encoded["zone"] = instant.tzinfo.key
    elif not isinstance(instant.tzinfo, timezone):
        raise TypeError(f"only IANA zones and fixed offsets are kept: {instant!r}")
    return encoded


def _encode_fields(fields: Mapping[Any, Any]) -> dict[str, Any]:
    if not all(isinstance(name, str) for name in fields):
        raise TypeError(f"names are text: {list(fields)!r}")
    encoded = {name: _encode(value) for name, value in fields.items()}
    return {"$fields": encoded} if any(name.startswith("$") for name in fields) else encoded


def _decode(value: Any) -> Any:
    if isinstance(value, list):
        return [_decode(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "$fields" in value:
        return {name: _decode(inner) for name, inner in value["$fields"].items()}
    if "$date" in value:
        return date.fromisoformat(value["$date"])
    if "$instant" in value:
        return _decode_instant(value["$instant"], value.get("zone"))
    if "$decimal" in value:
        return Decimal(value["$decimal"])
    if "$number" in value:
        return float(value["$number"])
    return {name: _decode(inner) for name, inner in value.items()}


def _decode_instant(text: str, zone: str | None) -> datetime:
    instant = datetime.fromisoformat(text)
    # By way of UTC: the offset in the text says which of two repeated times is meant.
    return instant.astimezone(UTC).astimezone(zone_named(zone)) if zone else instant
