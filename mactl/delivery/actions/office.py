"""The teams of mactl.yaml: who is told where, and when they are there."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mactl.clock import from_epoch, to_epoch, zone_named
from mactl.delivery.transport import is_mailbox
from mactl.durations import add_duration
from mactl.journey.legal import WEEKDAYS, LegalTime, Window
from mactl.project import Settings
from mactl.project.teams import Team
from mactl.recipe.steps import TaskStep
from mactl.working_days import PublicHolidays

_WORKING_DAYS = WEEKDAYS[:5]


class Office:
    """The teams of mactl.yaml: who is reached where, and when they are there."""

    def __init__(self, settings: Settings) -> None:
        self._teams: Mapping[str, Team] = settings.teams
        self._zone = zone_named(settings.timezone)
        self._holidays = PublicHolidays(settings.country)

    def fields_asked(self, name: str) -> frozenset[str]:
        """The fields of the contact that say who is meant by the team called `name`."""
        return frozenset(f"contact.{team.field}" for team in self._chain(name) if team.field)

    def reach(self, name: str, contact: Mapping[str, Any], at: int) -> tuple[str | None, int]:
        """The address of the team called `name` for this contact, if there is one, and when they are there next."""
        for team in self._chain(name):
            address = team.email or (contact.get(team.field) if team.field else None)
            if isinstance(address, str) and is_mailbox(address.strip()):
                return address.strip(), self._there(team, at)
        return None, at

    def deadline(self, step: TaskStep, at: int) -> datetime | None:
        """When the task is due, in the project's zone; None where it says nothing."""
        if step.task.due is None:
            return None
        due = add_duration(from_epoch(at), step.task.due, self._zone, self._holidays)
        return due.astimezone(self._zone)

    def _chain(self, name: str) -> list[Team]:
        """The team called `name`, then who is asked instead, and so on."""
        found: dict[str, Team] = {}
        following: str | None = name
        while following is not None and following in self._teams and following not in found:
            found[following] = self._teams[following]
            following = found[following].else_
        return list(found.values())

    def _there(self, team: Team, at: int) -> int:
        if team.hours is None:
            return at
        window = Window(_WORKING_DAYS, team.hours.from_, team.hours.to, self._holidays)
        return to_epoch(LegalTime(window=window).next_legal(from_epoch(at), self._zone))
