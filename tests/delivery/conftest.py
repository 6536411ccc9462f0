"""A state and a worker on it, as in production, with a clock that is the test's."""

from collections.abc import Iterator

import pytest

from mactl.store.ledger import Ledger
from mactl.store.state import State
from mactl.store.worker import new_worker
from tests.store.making import NOW


class Time:
    """A clock that stands still unless it is told, and a sleep that takes no time."""

    def __init__(self) -> None:
        self.present = NOW
        self.slept: list[float] = []

    def now(self) -> int:
        return self.present

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def ledger(state: State) -> Iterator[Ledger]:
    with Ledger(state, new_worker()) as opened:
        yield opened
