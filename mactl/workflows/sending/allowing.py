"""Whether a run may be at all, at which `now`."""

from datetime import UTC, datetime

from mactl.clock import from_epoch, to_epoch, zone_named
from mactl.errors import UsageError
from mactl.project import Project
from mactl.store.logbook import last_now
from mactl.store.state import State


def check_now(state: State, now: datetime, project: Project) -> None:
    """A run lies neither before the last one, nor in the future where its mail would really go out.

    Raises UsageError.
    """
    zone = zone_named(project.settings.timezone)
    with state.reading() as connection:
        last = last_now(connection)
    shown = now.astimezone(zone).isoformat()
    if last is not None and to_epoch(now) < last:
        raise UsageError(
            f"--now {shown} is before the last run, which was at {from_epoch(last).astimezone(zone).isoformat()}",
            "a plan may look back, a send may not",
        )
    if now > datetime.now(UTC) and not _stays_here(project):
        raise UsageError(
            f"--now {shown} is in the future, and what it sends would go out now",
            "send to maildir:PATH, to files or to servers on this machine to try a later day",
        )


def _stays_here(project: Project) -> bool:
    from mactl.delivery.channels.opening import leads_out  # a run that is now needs neither
    from mactl.delivery.opening import stays_here
    from mactl.workflows.posting.gear import smtp_url

    return stays_here(smtp_url(project)) and not leads_out(project)
