"""Local times → instants: by the zone of each row, a whole column at a time.

Daylight saving is as in `mactl.clock`: a skipped local time moves to the next valid instant, a repeated
one counts the first time.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa

from mactl.clock import resolve_local, to_epoch, zone_named
from mactl.people.cells import Cells, Numbers, mask_of

_DAY = 86_400  # seconds
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_DAY, _LAST_DAY = -719_155, 2_932_890  # farther off, datetime has no days around it


def to_instants(seconds: pa.Array, local: pa.Array, zone: Cells, project: str) -> pa.Array:
    """Instants in UTC of `seconds` of which those that `local` marks are on the wall clock of `zone`,
    the project's where that is empty."""
    rows = np.flatnonzero(mask_of(local))
    if not len(rows):
        return seconds
    codes, _ = zone.codes()
    names = [project, *zone.values.dictionary_encode().dictionary.to_pylist()]
    zones = [zone_named(name) for name in names]
    given = seconds.fill_null(0).to_numpy()
    instants = given.copy()
    instants[rows] = to_utc(given[rows], codes[rows] + 1, zones)
    return pa.array(instants, mask=mask_of(seconds.is_null()))


def to_utc(local: Numbers, zone_of: Numbers, zones: Sequence[ZoneInfo]) -> Numbers:
    """Instants (seconds since 1970, UTC) of wall-clock times (seconds since 1970 as if in UTC).

    `zone_of` tells for each which of `zones` it is in.
    """
    instants = local.copy()
    for number, zone in enumerate(zones):
        rows = slice(None) if len(zones) == 1 else np.flatnonzero(zone_of == number)
        instants[rows] = _in_zone(local[rows], zone)
    return instants


def _in_zone(local: Numbers, zone: ZoneInfo) -> Numbers:
    codes, days = pd.factorize(local // _DAY)
    offsets = np.zeros(len(days), np.int64)
    changing = np.zeros(len(days), np.bool_)
    for number, day in enumerate(days.tolist()):
        offsets[number], changing[number] = _offset_on(day, zone)
    instants = local - offsets[codes]
    rows = np.flatnonzero(changing[codes])
    if len(rows):
        # Only the days on which clocks are changed are looked at time by time.
        which, times = pd.factorize(local[rows])
        resolved = [_resolved(second, zone) for second in times.tolist()]
        instants[rows] = np.array(resolved, np.int64)[which]
    return instants


def _offset_on(day: int, zone: ZoneInfo) -> tuple[int, bool]:
    """The UTC offset in seconds on a calendar day, and whether it changes on the day or next to it."""
    if not _FIRST_DAY < day < _LAST_DAY:
        return 0, False
    noon = _EPOCH + timedelta(days=day, hours=12)
    around = {_offset(noon + timedelta(hours=hours), zone) for hours in range(-36, 37, 12)}
    return _offset(noon, zone), len(around) > 1


def _offset(instant: datetime, zone: ZoneInfo) -> int:
    offset = instant.astimezone(zone).utcoffset()
    assert offset is not None
    return int(offset.total_seconds())


def _resolved(local: int, zone: ZoneInfo) -> int:
    wall = _EPOCH + timedelta(seconds=local)
    return to_epoch(resolve_local(wall.date(), wall.time(), zone))
