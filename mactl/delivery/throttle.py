"""Holding back: how fast the relay and each domain get messages, and how many go out a day.

What all workers together may send is kept in the state (`mactl.store.quotas`); a throttle takes shares of it, a fifth
of a second's worth at a time, and gives them out to letters.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection

from mactl.declaring import Rate
from mactl.errors import MactlError
from mactl.store.quotas import first_day, give_back_of_day, take_of_day, take_share

_SECONDS = {
    "second": 1,
    "minute": 60,
    "hour": 3_600,
    "day": 86_400,
    "week": 604_800,
    "month": 2_592_000,
}
_AT_ONCE = 200  # milliseconds whose messages are taken together
_DAYS_SHARE = 50  # messages of a day's that are taken together
_RELAY, _DOMAIN, _WARM_UP = "relay", "domain:", "warm-up"


class DayIsSpent(MactlError):
    """All that may go out today has gone out; the rest is for tomorrow."""

    exit_code = 0


@dataclass(frozen=True)
class Pace:
    """What limits sending; `daily` tells from the days since the first one how many messages may go out."""

    rate: Rate | None = None
    per_domain: Mapping[str, Rate] = field(default_factory=dict)
    daily: Callable[[int], int] | None = None

    @property
    def is_free(self) -> bool:
        """Whether nothing is held back."""
        return self.rate is None and not self.per_domain and self.daily is None


@dataclass
class Throttle:
    """The shares of one worker, and when it may ask for more.

    `clock` is the present epoch millisecond, `today` the number of the day in the project's zone.
    """

    pace: Pace
    clock: Callable[[], int]
    today: Callable[[], int]
    _purse: dict[str, int] = field(default_factory=dict)
    _again_at: dict[str, int] = field(default_factory=dict)
    _left_today: int = 0
    _day: int = -1

    def take(self, domain: str) -> bool:
        """Whether a message to `domain` may go now; its share is spent then."""
        names = self._names(domain)
        if any(self._purse.get(name, 0) <= 0 for name in names):
            return False
        if self.pace.daily is not None:
            if self._left_today <= 0 or self._day != self.today():
                return False
            self._left_today -= 1
        for name in names:
            self._purse[name] -= 1
        return True

    def refill(self, connection: Connection, domains: Iterable[str]) -> None:
        """Takes shares for messages to `domains`, as far as there are any now. Raises DayIsSpent."""
        if self.pace.daily is not None:
            self._take_of_today(connection)
        for name in dict.fromkeys(name for domain in domains for name in self._names(domain)):
            if self._purse.get(name, 0) <= 0 and self._again_at.get(name, 0) <= self.clock():
                rate = self._rate(name)
                unit = _SECONDS[rate.per] * 1000
                want = max(1, rate.count * _AT_ONCE // unit)
                span = max(1, unit * want // rate.count)
                share = take_share(connection, name, want, span, self.clock())
                self._purse[name], self._again_at[name] = share.count, share.again_at

    @property
    def has_left(self) -> bool:
        """Whether something of today's share was not spent."""
        return self._left_today > 0

    def give_back(self, connection: Connection) -> None:
        """Returns what is left of today's share: nothing more is sent. What a rate gave is not worth it."""
        if self.has_left:
            give_back_of_day(connection, _WARM_UP, self._left_today, self._day)
            self._left_today = 0

    def wait(self, domains: Iterable[str]) -> float:
        """Seconds until one of `domains` may have a share again."""
        until = [
            max((self._again_at.get(n, 0) for n in self._names(d) if self._purse.get(n, 0) <= 0), default=0)
            for d in domains
        ]  # fmt: skip
        return max(0.0, (min(until, default=0) - self.clock()) / 1000)

    def _take_of_today(self, connection: Connection) -> None:
        assert self.pace.daily is not None
        day = self.today()
        if self._left_today > 0 and self._day == day:
            return
        limit = self.pace.daily(day - first_day(connection, _WARM_UP, day))
        self._day = day
        self._left_today = take_of_day(connection, _WARM_UP, limit, _DAYS_SHARE, day)
        if self._left_today <= 0:
            raise DayIsSpent(f"the warm-up lets {limit:,} messages go out today, and they are out")

    def _names(self, domain: str) -> list[str]:
        names = [_RELAY] if self.pace.rate is not None else []
        return [*names, f"{_DOMAIN}{domain}"] if domain in self.pace.per_domain else names

    def _rate(self, name: str) -> Rate:
        if name != _RELAY:
            return self.pace.per_domain[name.removeprefix(_DOMAIN)]
        assert self.pace.rate is not None
        return self.pace.rate
