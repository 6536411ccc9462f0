"""A state and a worker on it, as in production."""

from collections.abc import Iterator

import pytest

from mactl.store.ledger import Ledger
from mactl.store.state import State
from mactl.store.worker import new_worker


@pytest.fixture
def ledger(state: State) -> Iterator[Ledger]:
    with Ledger(state, new_worker()) as opened:
        yield opened
