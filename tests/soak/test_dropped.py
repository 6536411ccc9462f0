"""A server that hangs up wherever it can, and says no now and then: nobody is written to twice, and what is in doubt is
no more than what it left in doubt."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.soak.counting import IN_DOUBT, STAGES, Manners, counting_server
from tests.soak.town import HURRIED, Town, address, check_books

PEOPLE = 600
_RUNS = 40


def drain(town: Town) -> None:
    """Runs an hour apart until nothing is left: what is refused for the time being is tried again for days."""
    for _ in range(_RUNS):
        town.send(later=timedelta(hours=1))
        if not {"queued", "deferred", "claimed"} & set(town.statuses().values()):
            return
    raise AssertionError("the queue is never empty")


@pytest.mark.parametrize("stage", STAGES)
def test_a_server_that_hangs_up_leaves_no_more_in_doubt_than_it_must(
    tmp_path: Path, stage: str
) -> None:
    manners = Manners(drop={stage: 0.4 if stage in ("connect", "banner", "EHLO") else 0.02})
    with counting_server(tmp_path, manners) as server:
        town = Town(tmp_path / "town", PEOPLE, server.url, program=HURRIED).build()
        drain(town)
        dropped = server.count.dropped[stage]
        standing = check_books(town, server.count, in_doubt=dropped if stage in IN_DOUBT else 0)

    assert dropped
    assert standing["unknown"] == (dropped if stage in IN_DOUBT else 0)
    assert standing["sent"] + standing["unknown"] == PEOPLE


def test_a_server_in_every_bad_mood_at_once(tmp_path: Path) -> None:
    """Hanging up at any stage, temporary refusals, final ones, and 421s."""
    manners = Manners(drop=dict.fromkeys(STAGES, 0.01), refuse=0.03)
    with counting_server(tmp_path, manners) as server:
        town = Town(tmp_path / "town", PEOPLE, server.url, program=HURRIED).build()
        drain(town)
        doubtful = sum(server.count.dropped[stage] for stage in IN_DOUBT)
        standing = check_books(town, server.count, in_doubt=doubtful)
        refused = [line for line in server.count.lines() if line.startswith("refused ")]

    assert standing.keys() <= {"sent", "failed", "unknown"}
    assert sum(standing.values()) == PEOPLE
    # A refusal may be lost on its way, by what came after it; then it is tried again.
    assert 0 < standing["failed"] <= sum(line.split()[2].startswith("5") for line in refused)
    found = town.statuses()
    lost = {address(n) for n in range(PEOPLE)} - server.count.taken.keys()
    assert {found[who] for who in lost} <= {"failed", "unknown"}
