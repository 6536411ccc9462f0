"""The logbook tells of every run, also of those that were cut short."""

from mactl.store.logbook import begin_run, finish_run, last_now, last_number, read_runs
from mactl.store.state import State
from tests.store.making import NOW, begun


def test_an_empty_logbook_has_no_last_now(state: State) -> None:
    with state.reading() as connection:
        assert last_now(connection) is None
        assert last_number(connection) == 0
        assert read_runs(connection) == []


def test_a_run_is_read_as_it_was_written(state: State) -> None:
    about = begun(git_commit="abc123", recipes={"välkommen": {"version": 2, "hash": "00ff"}})
    with state.writing() as connection:
        number = begin_run(connection, about)
        finish_run(connection, number, NOW + 5, {"sent": 3, "skipped": {"consent": 1}})
        (run,) = read_runs(connection)
    assert (run.number, run.begun, run.finished_at) == (1, about, NOW + 5)
    assert run.counts == {"sent": 3, "skipped": {"consent": 1}}


def test_a_run_that_was_killed_has_no_end(state: State) -> None:
    with state.writing() as connection:
        begin_run(connection, begun())
        (run,) = read_runs(connection)
    assert (run.finished_at, run.counts) == (None, None)


def test_runs_are_counted_from_one_and_the_last_comes_first(state: State) -> None:
    with state.writing() as connection:
        assert [begin_run(connection, begun(NOW + day)) for day in (0, 2, 1)] == [1, 2, 3]
        assert [run.number for run in read_runs(connection)] == [3, 2, 1]
        assert [run.number for run in read_runs(connection, limit=2)] == [3, 2]
        assert last_now(connection) == NOW + 2  # the latest, whichever run had it
        assert last_number(connection) == 3
