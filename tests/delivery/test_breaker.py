"""A run that is refused too often stops."""

from collections import Counter

import pytest

from mactl.delivery.breaker import Breaker
from mactl.delivery.drained import Drained
from mactl.workflows.posting.watching import Watch


def drained(sent: int, failed: int = 0, **other: int) -> Drained:
    return Drained(Counter({"sent": sent, "failed": failed, **other}))


@pytest.mark.parametrize(
    ("found", "breaks"),
    [
        (drained(190, 10), True),
        (drained(191, 9), False),
        (drained(189, 10), False),  # too few to tell
        (drained(0, 199), False),
        (drained(0, 200), True),
        (drained(150, 10, deferred=40), True),  # what was deferred was tried, too
        (drained(150, 10, skipped=1_000, held=1_000), False),
        (drained(900, 49, unknown=40), False),
        (drained(900, 50, unknown=50), True),
    ],
)
def test_it_breaks_where_the_share_is_reached_of_enough(found: Drained, breaks: bool) -> None:
    why = Breaker(0.05, 200).why(found)

    assert (why is not None) is breaks
    if why is not None:
        assert why.exit_code == 1
        assert "stop_if" in why.message


def test_what_other_processes_were_refused_counts_as_well() -> None:
    """None of them alone has tried enough."""
    others = [drained(90, 6), drained(40, 2)]
    told: list[Drained] = []
    watch = Watch(Breaker(0.05, 200), lambda: False, told.append, lambda: others)

    watch.see(drained(50, 3))
    assert not watch.is_over()
    watch.see(drained(60, 3))

    assert watch.is_over()
    assert [each.counts["failed"] for each in told] == [11, 11]
    whole = watch.conclude(drained(190, 11))
    assert whole.stopped is not None
    assert "11 of 201 messages were refused for good" in whole.stopped.message
