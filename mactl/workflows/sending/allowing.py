"""Whether a run may be at all, at which `now`."""

from datetime import UTC, datetime, timedelta

from mactl.clock import from_epoch, to_epoch, zone_named
from mactl.errors import UsageError
from mactl.project import Project
from mactl.store.logbook import last_now
from mactl.store.state import State

_SETBACK = timedelta(hours=1)
"""A clock that was put back by less is waited for: runs stand still at the time of the last one."""


def allow_now(state: State, now: datetime, project: Project) -> datetime:
    """The `now` that a run may have: neither before the last one, nor in the future where its mail would really go out.

    It is the last run's where `now` is the clock's, and that was put back by an hour or less since. Raises UsageError.
    """
    zone = zone_named(project.settings.timezone)
    with state.reading() as connection:
        last = last_now(connection)
    shown, clock = now.astimezone(zone).isoformat(), datetime.now(UTC)
    if last is not None and to_epoch(now) < last:
        before = from_epoch(last)
        if max(before - now, abs(clock - now)) <= _SETBACK:
            return before
        raise UsageError(
            f"--now {shown} is before the last run, which was at {before.astimezone(zone).isoformat()}",
            "a plan may look back, a send may not"
            if before <= clock
            else "was the clock wrong then? mactl state accept --as-is has that run count as of now",
        )
    if now > clock and not _stays_here(project):
        raise UsageError(
            f"--now {shown} is in the future, and what it sends would go out now",
            "send to maildir:PATH, to files or to servers on this machine to try a later day",
        )
    return now


def _stays_here(project: Project) -> bool:
    from mactl.delivery.channels.opening import leads_out  # a run that is now needs neither
    from mactl.delivery.opening import stays_here
    from mactl.workflows.posting.gear import smtp_url

    return stays_here(smtp_url(project)) and not leads_out(project)
