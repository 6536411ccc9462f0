"""Whether a run may be at all, at which `now`."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from mactl.clock import from_epoch, to_epoch, whole_minute, zone_named
from mactl.errors import UsageError
from mactl.project import Project
from mactl.store.logbook import last_now
from mactl.store.state import State

_SETBACK = timedelta(hours=1)
"""A clock that was put back by less is waited for: runs stand still at the time of the last one."""


def allow_now(state: State, now: datetime, project: Project, clock: Callable[[], int]) -> datetime:
    """The `now` that a run may have that was asked for at `now`, which `clock` has gone on from since (epoch seconds):
    neither before the last one, nor in the future where its mail would really go out.

    It is as much later as the run has waited for another planner, and the last run's where `now` is the machine's, and
    that was put back by an hour or less since. Raises UsageError.
    """
    now = _after_waiting(now, clock)
    zone = zone_named(project.settings.timezone)
    with state.reading() as connection:
        last = last_now(connection)
    shown, present = now.astimezone(zone).isoformat(), datetime.now(UTC)
    if last is not None and to_epoch(now) < last:
        before = from_epoch(last)
        if max(before - now, abs(present - now)) <= _SETBACK:
            return before
        raise UsageError(
            f"--now {shown} is before the last run, which was at {before.astimezone(zone).isoformat()}",
            "a plan may look back, a send may not"
            if before <= present
            else "was the clock wrong then? mactl state accept --as-is has that run count as of now",
        )
    if now > present and not _stays_here(project):
        raise UsageError(
            f"--now {shown} is in the future, and what it sends would go out now",
            "send to maildir:PATH, to files or to servers on this machine to try a later day",
        )
    return now


def _after_waiting(now: datetime, clock: Callable[[], int]) -> datetime:
    """`now` as it is by `clock`: whoever went first may have run at a later one."""
    # The machine's own may have been put back meanwhile, and a day that is tried out has not come yet.
    latest = min(from_epoch(clock()), datetime.now(UTC))
    return max(now, whole_minute(latest))


def _stays_here(project: Project) -> bool:
    from mactl.delivery.channels.opening import leads_out  # a run that is now needs neither
    from mactl.delivery.opening import stays_here
    from mactl.workflows.posting.gear import smtp_url

    return stays_here(smtp_url(project)) and not leads_out(project)
