"""`mactl consent verify`: whether the ledger is what was entered."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from mactl.consent.chain import Fault, Head
from mactl.errors import UsageError
from mactl.project import Project
from mactl.store.consents import verify_consents
from mactl.workflows.opening import open_state

_HEAD = re.compile(r"([0-9]{1,15}):([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Verified:
    """What a look along the chain found: its head, how many entries are erased, and the first of what is wrong."""

    head: Head
    entries: int
    erased: int
    faults: Sequence[Fault]
    is_more: bool
    """Whether there are more faults than these."""


def verify_ledger(project: Project, heads: Sequence[str], most: int) -> Verified:
    """Look along the whole ledger; `heads` (`NUMBER:LINK`) were printed before and must lie on it. At most so many
    faults are told.

    Raises UsageError where one of `heads` is none.
    """
    seen = [_read(head) for head in heads]
    with open_state(project) as state, state.reading() as connection:
        look, faults = verify_consents(connection, seen)
        found = list(islice(faults, most))
        is_more = next(faults, None) is not None
        for _ in faults:  # to the end, for the head
            pass
    return Verified(look.head, look.count, look.erased, found, is_more)


def _read(head: str) -> Head:
    match = _HEAD.fullmatch(head.strip())
    if match is None:
        raise UsageError(
            f"--head {head}: write it as `mactl consent verify` prints it: NUMBER:LINK"
        )
    return Head(int(match[1]), match[2])
