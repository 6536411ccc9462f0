"""Instants as analytics write them: `20261123`, `2026112309`, `202611230905`, ISO 8601, a count of (micro)seconds."""

from contextlib import suppress
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from mactl.clock import parse_instant, resolve_local, to_epoch
from mactl.people.cells import Mask

_DIGITS = {8: "%Y%m%d", 10: "%Y%m%d%H", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}
_LATEST = (
    1 << 34
)  # epoch seconds, in the year 2514: what is greater counts milliseconds or microseconds


def to_epochs(texts: pa.Array, zone: ZoneInfo) -> tuple[pa.Array, Mask]:
    """Epoch seconds (UTC) of each text, 0 where it can't be read, and which could be; wall-clock times are of `zone`.

    Each distinct text is read once.
    """
    distinct = texts.dictionary_encode()
    read = [_read(text, zone) for text in distinct.dictionary.to_pylist()]
    index = distinct.indices.fill_null(-1).to_numpy()
    found = np.array([-1 if at is None else at for at in [*read, None]], np.int64)[index]
    known: Mask = found >= 0
    return pa.array(np.where(known, found, 0)), known


def _read(text: str | None, zone: ZoneInfo) -> int | None:
    if text is None:
        return None
    digits = text.strip()
    try:
        return (
            _written_together(digits, zone)
            or _counted(digits)
            or to_epoch(parse_instant(digits, zone))
        )
    except (ValueError, OverflowError):
        return None


def _written_together(digits: str, zone: ZoneInfo) -> int | None:
    """A day and a time without anything between them."""
    if len(digits) not in _DIGITS or not digits.isascii() or digits[:2] not in ("19", "20"):
        return None
    with suppress(ValueError):
        local = datetime.strptime(digits, _DIGITS[len(digits)])
        return to_epoch(resolve_local(local.date(), local.time(), zone))
    return None


def _counted(digits: str) -> int | None:
    """Seconds since 1970, or thousandths or millionths of them."""
    if not digits.isascii() or not digits.replace(".", "", 1).isdigit():
        return None
    number = float(digits)
    while number >= _LATEST:
        number /= 1000
    return int(number)
