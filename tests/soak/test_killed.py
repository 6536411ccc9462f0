"""`mactl send` is killed at any instant, as often as you like: nobody is written to twice, nobody is forgotten.

`SOAK=200 pytest tests/soak`, or `make soak`, kills it 200 times.
"""

import os
import random
import time
from pathlib import Path

from tests.soak.counting import Manners, counting_server
from tests.soak.town import (
    ALONE,
    CONNECTIONS,
    CREWED,
    Town,
    address,
    check_books,
    kill,
    wait_until,
)

KILLS = int(os.environ.get("SOAK", "10"))
THINKING = Manners(think=0.01)
PATIENCE = 30  # seconds
IN_HAND = {"claimed", "sending"}
_NOW_AND_THEN = (
    40,
    40,
    40,
    250,
)  # messages before a kill, at most: with 250 the whole crew is at work


def test_a_sender_that_is_killed_at_any_instant_repeats_nobody_and_forgets_nobody(
    tmp_path: Path, new_url: str, kept_in: str
) -> None:
    """Alone and as a crew of two; sometimes the crew outlives it and ends by itself."""
    kills = KILLS if kept_in == "sqlite" else max(3, KILLS // 4)
    chance = random.Random(kills)
    people = 200 + kills * 80
    with counting_server(tmp_path, THINKING) as server:
        town = Town(tmp_path / "town", people, server.url, new_url).build()
        for killed in range(1, kills + 1):
            process = town.start(program=CREWED if killed % 2 else ALONE)
            before = server.count.total
            if killed % 5 == 0:  # while it starts, reads, plans, commits
                time.sleep(chance.random() * 3)
            else:
                wait_until(
                    before + chance.randrange(1, chance.choice(_NOW_AND_THEN)),
                    server.count,
                    process,
                )
                time.sleep(chance.random() / 100)
            kill(process, whole=chance.random() < 0.7)
            check_books(town, server.count, in_doubt=killed * CONNECTIONS)
        assert server.count.total < people  # else some were killed for nothing
        town.send()
        # A crew that outlived the last one that was killed ends by itself, and lets go of what it had in hand.
        patience = time.monotonic() + PATIENCE
        while IN_HAND & set(town.statuses().values()) and time.monotonic() < patience:
            time.sleep(0.1)
        status, said = town.send()
        standing = check_books(town, server.count, in_doubt=kills * CONNECTIONS)

        assert standing.keys() <= {"sent", "unknown"}, (standing, status, said)
        assert sum(standing.values()) == people
        found = town.statuses()
        unknown = {who for who, status in found.items() if status == "unknown"}
        assert server.count.taken.keys() | unknown == {address(n) for n in range(people)}
        status, said = town.send()
        assert (status, server.count.total) == (0, len(server.count.taken)), said
