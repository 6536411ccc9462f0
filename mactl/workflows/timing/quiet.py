"""Until when nothing but the passing of time can't make a run do anything, after one that did nothing.

A run is made of the sources, the recipes, the settings, the state and its `now`. Where all but `now` stay as they were
for a run that did nothing, a later one does nothing either before the first instant at which something flips, falls
due or happens. An instant that is told here may be too early, never too late; where that is not certain, none is.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, exists, select

from mactl.clock import from_epoch, to_epoch, zone_named
from mactl.columns import AT
from mactl.facts.facts import Facts
from mactl.people.events import Events, EventSummary
from mactl.recipe.enter import EnterByDate, EnterBySlot
from mactl.recipe.recipe import Recipe
from mactl.store.state import State
from mactl.store.tables import FINAL, SendStatus, Standing, actions, enrollments, sends
from mactl.workflows.planning.plan import Plan
from mactl.workflows.timing.chronicle import FactsChronicle, instants_of
from mactl.workflows.timing.crowd import Crowd
from mactl.workflows.timing.flips import MINUTE, flips, whole_minute_from
from mactl.workflows.timing.instants import Triggers, next_due, returns
from mactl.workflows.timing.stirring import TimeTests
from mactl.working_days import PublicHolidays

_AT_MOST = timedelta(days=1)


def quiet_until(plan: Plan, state: State) -> datetime | None:
    """The first whole minute at which a run may do something after the one of `plan`, which did nothing.

    A day later at the latest, so that everybody is looked at now and then. None where nothing can be said.
    """
    now, limit = plan.now, plan.now + _AT_MOST
    recipes = [recipe for recipe in plan.cookbook if recipe.file.journey is not None]
    facts = plan.gathered.facts
    tests = TimeTests.of(plan.cookbook, recipes, facts.channels, plan.settings.limits.never)
    if tests.anybody or tests.wide or plan.settings.limits.budget:
        return None
    if _fades(tests, facts, now):
        return None
    zone, holidays = zone_named(plan.settings.timezone), PublicHolidays(plan.settings.country)
    with state.reading() as connection:
        if _is_at_work(connection, to_epoch(now)):
            return None
        back = returns(connection, recipes, zone, now, limit, holidays)
        found = [limit, *(from_epoch(at) for _, at in back)]
        due = next_due(connection, to_epoch(now))
    found += [] if due is None else [from_epoch(due)]
    found += _comes(facts, now)
    found += _triggers(plan, recipes, zone, limit)
    found += flips(tests, FactsChronicle(facts), now, limit, zone, holidays)
    return max(whole_minute_from(min(found)), now + MINUTE)


def _fades(tests: TimeTests, facts: Facts, now: datetime) -> bool:
    """Whether there are events whose worth changes all the time."""
    happened = instants_of(facts, tests.fading) if tests.fading else None
    return happened is not None and _any(pc.less_equal(happened, to_epoch(now)))


def _is_at_work(connection: Connection, now: int) -> bool:
    """Whether something is on its way, or was due already and did not pass."""
    kept = [*FINAL, SendStatus.HELD]
    there = [
        exists().where(sends.c.status.not_in(kept)),
        exists().where(actions.c.status.not_in(list(FINAL))),
        exists().where(
            enrollments.c.status.in_([Standing.ACTIVE, Standing.WAITING]),
            enrollments.c.due_at <= now,
        ),
        exists().where(sends.c.status == SendStatus.HELD, sends.c.hold_until <= now),
        exists().where(sends.c.status == SendStatus.HELD, sends.c.latest_at < now),
    ]
    return any(connection.execute(select(one)).scalar() for one in there)


def _triggers(
    plan: Plan, recipes: list[Recipe], zone: ZoneInfo, limit: datetime
) -> Iterator[datetime]:
    """The first instant at which a date or a slot lets somebody in."""
    timed = [r for r in recipes if isinstance(r.journey.enter, (EnterByDate, EnterBySlot))]
    if not timed:
        return
    nothing = Events(plan.gathered.facts.events, {}, (), EventSummary(0, 0, 0, 0, 0))
    crowd = Crowd(plan.gathered.people, nothing)
    holidays = PublicHolidays(plan.settings.country)
    instants = Triggers(crowd, timed, zone, plan.now, limit, holidays).instants
    if len(instants):
        yield from_epoch(int(instants[0]))


def _comes(facts: Facts, now: datetime) -> Iterator[datetime]:
    """The first event that is still to happen."""
    at = facts.events.column(AT)
    first = pc.min(at.filter(pc.greater(at, to_epoch(now)))).as_py()
    if first is not None:
        yield from_epoch(first)


def _any(mask: pa.ChunkedArray) -> bool:
    return bool(pc.any(mask).as_py())
