"""What was last seen of a state, kept outside of it: how a state that vanished, or came back from a copy, is noticed.

Runs and claims are counted in the state, and never down. What the counts last were is also noted in two other places:
in the project's `.mactl` folder, and in the user's own folder for such things (XDG_STATE_HOME), for whoever loses the
first with the state in it. A state that has counted less than was noted is older than what the project last saw.
"""

import hashlib
import json
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path

from platformdirs import user_state_path
from sqlalchemy import URL, Connection, make_url

from mactl.keeping import FOLDER, keep_whole
from mactl.store.logbook import last_number
from mactl.store.meta import read_value

CLAIMS = "claims"
"""The row of `meta` that counts claims."""
_WHO = {"user", "password", "passfile", "application_name"}
"""Options of a URL that say nothing about which database it is."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A state as it was seen at `at` (epoch seconds): its id, its last run, and how often something was claimed."""

    state: str
    run: int
    claims: int
    at: int
    place: str
    """What messages call the place."""


class Mismatch(StrEnum):
    """How the state that is there differs from the one that was seen."""

    VANISHED = "vanished"
    """There is none any more."""
    OTHER = "other"
    """It is another one."""
    OLDER = "older"
    """It is the same one, as it was before."""
    ELSEWHERE = "elsewhere"
    """It has never run, and the project's state was in another place."""


class Witness:
    """What was seen of the states of one project, above all of the one at `url`."""

    def __init__(self, url: str, folder: Path, place: str) -> None:
        self._key, self._place = _key(make_url(url)), place
        home = hashlib.sha256(str(folder.absolute()).encode()).hexdigest()[:32]
        self.near = folder / FOLDER / "seen.json"
        self.far = user_state_path("mactl", appauthor=False) / "seen" / f"{home}.json"

    def last(self) -> tuple[Seen | None, bool]:
        """What was last seen in this place, and whether it was noted near: where the project is."""
        near, far = (_read(path).get(self._key) for path in (self.near, self.far))
        if near is None or far is None:
            return near or far, near is not None
        if near.state != far.state:
            return max(near, far, key=lambda seen: seen.at), True
        return _later(near, far), True

    def elsewhere(self) -> Seen | None:
        """What was last seen in another place, where something had run; None where nothing was."""
        others = [
            seen
            for path in (self.near, self.far)
            for key, seen in _read(path).items()
            if key != self._key and seen.run
        ]
        return max(others, key=lambda seen: seen.at, default=None)

    def note(self, state: str, *, run: int = 0, claims: int = 0, afresh: bool = False) -> None:
        """Writes down what is seen now. Counts only go up, and another state replaces the one that was seen only
        `afresh`."""
        now = Seen(state, run, claims, int(time.time()), self._place)
        for path in (self.near, self.far):
            seen = _read(path)
            before = seen.get(self._key)
            if not afresh and before is not None:
                if before.state != state:
                    continue
                now = replace(_later(before, now), at=now.at)
            with suppress(OSError):  # then it notices less
                _write(path, {**seen, self._key: now})

    def compare(self, found: Seen | None) -> Mismatch | None:
        """How `found`, the state that is there, if any, differs from what was seen."""
        before, _ = self.last()
        if before is None or not (before.run or before.claims):  # nothing came of it
            is_fresh = found is None or not found.run
            return Mismatch.ELSEWHERE if is_fresh and self.elsewhere() is not None else None
        if found is None:
            return Mismatch.VANISHED
        if found.state != before.state:
            return Mismatch.OTHER
        is_older = found.run < before.run or found.claims < before.claims
        return Mismatch.OLDER if is_older else None


def seen_now(connection: Connection, state: str, place: str) -> Seen:
    """The state `state` as `connection` sees it."""
    return Seen(state, last_number(connection), count_claims(connection), int(time.time()), place)


def count_claims(connection: Connection) -> int:
    """How often something was claimed from the state."""
    return int(read_value(connection, CLAIMS) or 0)


def _key(url: URL) -> str:
    """Tells one place from another, and tells nobody a password."""
    query = {name: value for name, value in url.query.items() if name not in _WHO}
    bare = URL.create(
        url.drivername, host=url.host, port=url.port, database=url.database, query=query
    )
    return hashlib.sha256(bare.render_as_string().encode()).hexdigest()[:32]


def _later(one: Seen, other: Seen) -> Seen:
    return replace(
        max(one, other, key=lambda seen: seen.at),
        run=max(one.run, other.run),
        claims=max(one.claims, other.claims),
    )


def _read(path: Path) -> dict[str, Seen]:
    """Place → what was seen there; nothing where it can't be read."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return {str(key): Seen(**seen) for key, seen in found.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def _write(path: Path, seen: Mapping[str, Seen]) -> None:
    keep_whole(path, json.dumps({key: asdict(one) for key, one in seen.items()}).encode())
