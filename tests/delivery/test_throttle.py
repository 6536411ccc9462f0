"""How fast the relay and each domain get messages, over all workers; and how many go out a day."""

import random
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mactl.clock import to_epoch
from mactl.declaring import Rate
from mactl.delivery.throttle import DayIsSpent, Pace, Throttle
from mactl.project import Settings
from mactl.store.ledger import Ledger
from mactl.store.state import State
from mactl.store.worker import new_worker
from mactl.workflows.posting.gear import Gear, throttle_of
from tests.conftest import examples
from tests.delivery.conftest import Time
from tests.delivery.servers import smtp_server
from tests.delivery.test_sender import run
from tests.store.making import NOW, commit, queue, send, statuses

DAY = 20_000


class Ticking(Time):
    """A clock that a sleep moves on, by milliseconds."""

    def __init__(self) -> None:
        super().__init__()
        self.milliseconds = NOW * 1000

    async def sleep(self, seconds: float) -> None:
        await super().sleep(seconds)
        self.milliseconds += max(1, round(seconds * 1000))
        self.present = self.milliseconds // 1000


@pytest.fixture
def time() -> Ticking:
    return Ticking()


def throttle(time: Ticking, day: Callable[[], int] = lambda: DAY, **pace: object) -> Throttle:
    return Throttle(Pace(**pace), lambda: time.milliseconds, day)  # type: ignore[arg-type]


def most_within(instants: list[int], milliseconds: int) -> int:
    """The most of `instants` that lie within so many milliseconds."""
    return max(sum(start <= i < start + milliseconds for i in instants) for start in instants)


def spend(
    state: State, time: Ticking, workers: list[Throttle], until: int, domain: str = "a.test"
) -> list[tuple[int, int]]:
    """(when, which worker) sent a message, where each of `workers` sends as fast as it may."""
    sent = []
    turns, chance = list(enumerate(workers)), random.Random(7)
    while time.milliseconds < until:
        chance.shuffle(turns)  # nobody is always the first to ask
        for number, worker in turns:
            while worker.take(domain):
                sent.append((time.milliseconds, number))
            if worker.wait([domain]) == 0:
                with state.writing() as connection:
                    worker.refill(connection, [domain])
        time.milliseconds += 10
    return sent


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_a_rate_holds_over_all_workers_and_is_made_use_of(
    state: State, time: Ticking, workers: int
) -> None:
    rate = Rate(50, "second")
    sent = spend(
        state, time, [throttle(time, rate=rate) for _ in range(workers)], NOW * 1000 + 10_000
    )
    instants = [at for at, _ in sent]
    assert most_within(instants, 1_000) <= 60  # a fifth of a second's worth goes at once
    assert 450 <= len(sent) <= 510
    assert len({who for _, who in sent}) == workers  # nobody starves


def test_a_worker_that_dies_loses_its_share_and_no_more(state: State, time: Ticking) -> None:
    rate = Rate(50, "second")
    doomed, other = throttle(time, rate=rate), throttle(time, rate=rate)
    with state.writing() as connection:
        doomed.refill(connection, ["a.test"])
    assert doomed.take("a.test")  # of ten; then it is gone

    sent = spend(state, time, [other], NOW * 1000 + 2_000)

    assert 90 <= len(sent) <= 100


@settings(max_examples=examples(25))
@given(st.integers(1, 500), st.sampled_from(["second", "minute", "hour"]), st.integers(1, 3))
def test_no_rate_is_exceeded(number: int, per: str, workers: int) -> None:
    seconds = {"second": 1, "minute": 60, "hour": 3600}[per]
    time = Ticking()
    with State.open("sqlite://", Path(), write=True) as state:
        each = [throttle(time, rate=Rate(number, per)) for _ in range(workers)]  # type: ignore[arg-type]
        sent = spend(state, time, each, NOW * 1000 + 3_000)
    assert len(sent) <= number / seconds * 3.2 + 1
    assert sent


def test_a_domain_that_is_slow_keeps_no_other_waiting(
    state: State, ledger: Ledger, time: Ticking
) -> None:
    slow = [f"slow{number}" for number in range(10)]
    quick = [f"quick{number}" for number in range(10)]
    commit(state, *(send(n, address=f"{n}@Slow.test", address_key=f"{n}@slow.test") for n in slow))
    commit(state, *(send(n) for n in quick))
    held_back = throttle(time, per_domain={"slow.test": Rate(2, "second")})
    taken: list[tuple[int, str]] = []

    def behave(at: str, who: str) -> None:
        if at == "end":
            taken.append((time.milliseconds, who))

    with smtp_server(behave) as server:
        drained = run(ledger, server, time, throttle=held_back)
    assert drained.counts == {"sent": 20}
    assert {at for at, who in taken if who.startswith("quick")} == {NOW * 1000}
    instants = sorted(at for at, who in taken if who.startswith("slow"))
    assert most_within(instants, 1_000) <= 2
    assert instants[-1] - instants[0] <= 6_000


def test_two_senders_share_a_rate(state: State, time: Ticking) -> None:
    """Each as on a machine of its own, in turns; the rate is the relay's."""
    queue(state, *(f"person{number}" for number in range(40)))
    sent: Counter[int] = Counter()
    turns = count()
    with smtp_server() as server:
        while len(server.taken) < 40:
            with Ledger(state, new_worker()) as ledger:
                before, start = len(server.taken), time.milliseconds
                limit = next(turns) % 2 + 3
                run(
                    ledger, server, time, throttle=throttle(time, rate=Rate(10, "second")),
                    stop=lambda b=before, m=limit: len(server.taken) - b >= m,
                )  # fmt: skip
                sent[start] += len(server.taken) - before
    assert set(statuses(state).values()) == {"sent"}
    assert time.milliseconds - NOW * 1000 >= 3_000


def test_a_warm_up_lets_so_many_go_a_day_and_grows(state: State, time: Ticking) -> None:
    days = iter(range(DAY, DAY + 3))
    warm_up = {0: 20, 1: 26, 2: 33}
    queue(state, *(f"person{number:02}" for number in range(70)))
    told = []
    with smtp_server() as server:
        for today in days:
            with Ledger(state, new_worker()) as ledger:
                held_back = throttle(time, lambda day=today: day, daily=warm_up.__getitem__)  # type: ignore[misc]
                told.append(run(ledger, server, time, throttle=held_back))
    assert [drained.counts["sent"] for drained in told] == [20, 26, 24]
    assert told[0].rests == "the warm-up lets 20 messages go out today, and they are out"
    assert told[0].stopped is None
    assert told[2].rests is None


def test_what_a_run_did_not_need_of_the_day_is_there_for_the_next(
    state: State, time: Ticking
) -> None:
    with smtp_server() as server:
        for number in range(10):
            queue(state, *(f"person{number}-{each}" for each in range(3)), occurrence=str(number))
            with Ledger(state, new_worker()) as ledger:
                held_back = throttle(time, daily=lambda day: 100)
                assert run(ledger, server, time, throttle=held_back).counts == {"sent": 3}
    assert len(server.taken) == 30


def test_a_worker_that_dies_takes_fifty_of_the_day_with_it_at_most(
    state: State, time: Ticking
) -> None:
    doomed, other = (throttle(time, daily=lambda day: 80) for _ in range(2))
    with state.writing() as connection:
        doomed.refill(connection, ["a.test"])
        left = 0
        with pytest.raises(DayIsSpent, match="lets 80 messages"):
            while True:
                other.refill(connection, ["a.test"])
                while other.take("a.test"):
                    left += 1
    assert left == 30


@pytest.mark.parametrize(
    ("zone", "before", "after"),
    [
        ("Europe/Amsterdam", "2026-11-22T22:59:59", "2026-11-22T23:00:00"),
        ("UTC", "2026-11-22T23:59:59", "2026-11-23T00:00:00"),
        ("Pacific/Auckland", "2026-11-22T10:59:59", "2026-11-22T11:00:00"),
        (
            "Europe/Amsterdam",
            "2026-10-24T21:59:59",
            "2026-10-24T22:00:00",
        ),  # a day of 25 hours begins
    ],
)
def test_a_day_of_the_warm_up_ends_at_midnight_in_the_projects_zone(
    state: State, zone: str, before: str, after: str
) -> None:
    now = 0

    def clock() -> int:
        return now

    gear = Gear(None, None, Pace(daily=lambda days: 10 * (days + 1)))  # type: ignore[arg-type]
    held_back = throttle_of(gear, Settings(timezone=zone), clock)
    assert held_back is not None

    def spend_all() -> int:
        spent = 0
        with state.writing() as connection:
            try:
                while True:
                    held_back.refill(connection, ["a.test"])
                    while held_back.take("a.test"):
                        spent += 1
            except DayIsSpent:
                return spent

    now = to_epoch(datetime.fromisoformat(before).replace(tzinfo=UTC))
    assert spend_all() == 10
    assert spend_all() == 0
    now = to_epoch(datetime.fromisoformat(after).replace(tzinfo=UTC))
    assert spend_all() == 20
    now += int(timedelta(hours=22).total_seconds())
    assert spend_all() == 0
