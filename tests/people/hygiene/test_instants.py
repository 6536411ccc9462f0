"""Local times of whole columns, against the clock's one by one."""

from datetime import UTC, datetime

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mactl.clock import resolve_local, to_epoch, zone_named
from mactl.people.hygiene.instants import to_utc

ZONES = [
    zone_named(name)
    for name in (
        "Europe/Amsterdam",
        "America/New_York",
        "Australia/Lord_Howe",
        "Pacific/Apia",
        "Africa/Casablanca",
        "Asia/Kathmandu",
        "UTC",
    )
]
WALL_CLOCKS = st.datetimes(datetime(1920, 1, 1), datetime(2090, 1, 1)) | st.sampled_from(
    [
        datetime(2026, 3, 29, 2, 30),  # skipped in Amsterdam
        datetime(2026, 10, 25, 2, 30),  # comes twice there
        datetime(2011, 12, 30, 12, 0),  # a day that Apia never had
        datetime(2026, 4, 5, 1, 45),  # Lord Howe's half hour
        datetime(2026, 3, 29, 0, 0),
        datetime(2026, 3, 30, 0, 0),
    ]
)


@given(st.lists(st.tuples(WALL_CLOCKS, st.integers(0, len(ZONES) - 1)), max_size=20))
def test_a_column_of_local_times_is_what_the_clock_says_of_each(
    moments: list[tuple[datetime, int]],
) -> None:
    moments = [(moment.replace(microsecond=0, fold=0), zone) for moment, zone in moments]
    local = np.array([to_epoch(moment.replace(tzinfo=UTC)) for moment, _ in moments], np.int64)
    zone_of = np.array([zone for _, zone in moments], np.int64)

    assert to_utc(local, zone_of, ZONES).tolist() == [
        to_epoch(resolve_local(moment.date(), moment.time(), ZONES[zone]))
        for moment, zone in moments
    ]


def test_times_at_the_ends_of_the_calendar_do_no_harm() -> None:
    ends = np.array([-719_161 * 86_400, 2_932_895 * 86_400], np.int64)

    assert len(to_utc(ends, np.zeros(2, np.int64), ZONES[:1])) == 2
