"""The first signal asks, the second one insists."""

import signal
from collections.abc import Iterator

import pytest

from mactl.delivery.stopping import stopping_on_signals


@pytest.fixture(autouse=True)
def interruptible() -> Iterator[None]:
    """As in a terminal: what a shell starts in the background ignores an interrupt."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_is_told_and_does_nothing_else(number: signal.Signals) -> None:
    with stopping_on_signals() as stop:
        assert not stop()
        signal.raise_signal(number)
        assert stop()


def test_a_second_signal_does_what_it_always_does() -> None:
    with pytest.raises(KeyboardInterrupt), stopping_on_signals() as stop:
        signal.raise_signal(signal.SIGINT)
        assert stop()
        signal.raise_signal(signal.SIGINT)


def test_afterwards_signals_are_as_they_were() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with stopping_on_signals():
        assert signal.getsignal(signal.SIGINT) not in before
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before
