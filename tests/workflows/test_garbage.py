"""How seldom garbage is looked for while a world plays, and that all is as before when it has."""

import gc

import pytest

from mactl.workflows.playing.garbage import seldom_collected


def test_garbage_is_looked_for_seldom_and_not_among_what_is_there_already():
    before = gc.get_threshold()

    with seldom_collected():
        assert gc.get_threshold()[0] > 10 * before[0]
        assert gc.get_freeze_count() > 10_000

    assert gc.get_threshold() == before
    assert gc.get_freeze_count() == 0


def test_a_world_that_breaks_down_leaves_the_collector_as_it_was():
    before = gc.get_threshold()

    with pytest.raises(ZeroDivisionError), seldom_collected():
        1 / 0  # noqa: B018

    assert gc.get_threshold() == before
    assert gc.get_freeze_count() == 0


def test_a_world_within_a_world_disturbs_nothing_of_the_outer_one():
    with seldom_collected():
        wide = gc.get_threshold()
        with seldom_collected():
            pass
        assert gc.get_threshold() == wide
