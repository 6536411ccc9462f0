"""A state in a file and a worker on it, as in production."""

from collections.abc import Iterator

import pytest

from mactl.store.ledger import Ledger
from mactl.store.state import State
from mactl.store.worker import new_worker
from tests.store.conftest import empty_state, state

__all__ = ["empty_state", "ledger", "state"]


@pytest.fixture
def ledger(state: State) -> Iterator[Ledger]:
    with Ledger(state, new_worker()) as opened:
        yield opened
