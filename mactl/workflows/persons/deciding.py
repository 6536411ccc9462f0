"""`mactl contacts merge` and `split`: who is one person and who is two, because somebody says so."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from mactl.clock import to_epoch
from mactl.columns import CONTACT
from mactl.errors import UsageError
from mactl.people.identity.recognising import make_ids
from mactl.people.identity.splitting import Split, split_rows
from mactl.project import Project
from mactl.store.decisions import (
    Decision,
    DecisionKind,
    add_merge,
    add_split,
    cancel_waiting,
    know_contact,
    next_number,
    part_history,
    read_decisions,
    undo,
)
from mactl.store.identities import read_contacts, read_merges
from mactl.store.lock import planner_lock
from mactl.store.state import State
from mactl.workflows.gathering import read_known
from mactl.workflows.opening import GO_THERE, need_file, open_state
from mactl.workflows.persons.finding import find_person
from mactl.workflows.persons.joining import Joining
from mactl.workflows.persons.parting import Parting, id_of, key_of
from mactl.workflows.persons.reading import Reading, read_all, told_place
from mactl.workflows.persons.sides import Side, find_side, side_at


@dataclass(frozen=True)
class Decided:
    """What was decided, and what came of it; contacts by their keys."""

    number: int
    kind: DecisionKind
    contact: str
    other: str
    opt_outs: int = 0
    """Suppressions that were added so that an opt-out of one holds for the other."""
    rows: tuple[str, ...] = ()
    """Where the rows stand that leave."""
    moved: tuple[str, ...] = ()
    """The keys that leave."""
    begun: int = 0
    """Enrollments that count for both."""
    cancelled: int = 0
    """Messages that were taken back."""
    is_undone: bool = False
    joined_by: str | None = None
    """Undone: what makes them one person all the same."""


def merge(project: Project, one: str, other: str, why: str | None, now: datetime) -> Decided:
    """Have `one` and `other` be one person from now on, whatever imports say; the older of them stays. Either may be
    somebody whom only the state knows any more.

    Raises UsageError where they are one already, or where there is no such contact; ConfigurationError without a
    project, TryAgainLater where a planner is at work.
    """
    with _deciding(project, DecisionKind.MERGE) as state:
        reading = read_all(project, (), state)
        with state.reading() as connection:
            sides = [find_side(connection, reading, project, who) for who in (one, other)]
        if sides[0].id == sides[1].id:
            raise UsageError(
                f"{one!r} and {other!r} are one contact already", "mactl contacts show says why"
            )
        older, newer = _by_age(sides, state)
        at = to_epoch(now)
        joining = Joining(project, (older, newer), state, at)
        with state.writing() as connection:
            for side in (older, newer):
                side.know(connection, reading.people)
            number = add_merge(connection, older.id, newer.id, at, why)
            shared = joining.keep_opt_outs(connection, DecisionKind.MERGE)
    return Decided(number, DecisionKind.MERGE, older.key, newer.key, shared)


def split(
    project: Project, who: str, what: Sequence[str], why: str | None, now: datetime
) -> Decided:
    """Have the rows of `who` that have one of `what` (identity keys, or FILE:LINE) be another person from now on.

    See `mactl.store.decisions` for what becomes of what was sent to them and begun. Raises as `merge`, and UsageError
    where one of `what` is not theirs or where nobody would be left.
    """
    with _deciding(project, DecisionKind.SPLIT) as state:
        reading = read_all(project, (), state)
        people = reading.people
        with state.reading() as connection:
            place = find_person(people, who, project, connection)
        rows = reading.rows_of(place)
        parted = _part(reading, rows, who, what)
        leaving = [int(rows[number]) for number in parted.leaving]
        told = tuple(told_place(*reading.place_of(row)) for row in leaving)
        key = min(parted.named).partition(":")[2]
        apart = Parting(project, reading, place, state, to_epoch(now))
        staying_keys = apart.address_keys(set(rows.tolist()) - set(leaving))
        with state.writing() as connection:
            side_at(reading, project, place).know(connection, people)
            number = next_number(connection)
            id = id_of(people, place)
            other = make_ids(pa.array([f"split {number} of {id}"]))[0].as_py()
            know_contact(connection, other, key, ())
            add_split(connection, id, other, parted.named, parted.moved, apart.at, why)
            gone = apart.address_keys(leaving) - staying_keys
            cancelled = cancel_waiting(connection, apart.all_ids, gone, apart.at)
            begun = part_history(connection, apart.all_ids, other, apart.at)
            shared = apart.keep_opt_outs(connection, other, DecisionKind.SPLIT, number)
    return Decided(
        number, DecisionKind.SPLIT, key_of(people, place), key, shared, told, tuple(sorted(parted.moved)),
        begun, cancelled,
    )  # fmt: skip


def undo_decision(
    project: Project, kind: DecisionKind, number: int, why: str | None, now: datetime
) -> Decided:
    """Have a merge or a split stand no more; opt-outs said meanwhile stay with both.

    Raises UsageError where there is no such decision, or it was undone before.
    """
    with _deciding(project, kind) as state:
        with state.reading() as connection:
            decision = _decision(read_decisions(connection), kind, number)
            names = read_contacts(connection).set_index("id")["key"]
        contact, other = str(names[decision.contact]), str(names[decision.other])
        at = to_epoch(now)
        begin = _part_again if kind is DecisionKind.MERGE else _join_again
        begun, shared = begin(project, decision, state, at)
        with state.writing() as connection:
            undo(connection, decision, at, why)
        joined = _joined_all_the_same(project, decision, state)
    return Decided(
        number, kind, contact, other, shared, begun=begun, is_undone=True, joined_by=joined
    )


@contextmanager
def _deciding(project: Project, kind: DecisionKind) -> Iterator[State]:
    """The state, while no run plans what to send: it would not know of the decision.

    Raises ConfigurationError without a project, TryAgainLater where a planner is at work.
    """
    need_file(project, "decisions are a project's", GO_THERE)
    started = to_epoch(datetime.now(UTC))
    with (
        open_state(project, write=True) as state,
        planner_lock(state, f"mactl contacts {kind}", started),
    ):
        yield state


def _part_again(project: Project, decision: Decision, state: State, at: int) -> tuple[int, int]:
    """What was begun since a merge counts for both, and so does what was withdrawn: how many of each."""
    reading = read_all(project, (), state)
    place = _place_today(reading, state, decision.contact)
    if place is None:
        return 0, 0
    parting = Parting(project, reading, place, state, at)
    stays = parting.all_ids - {decision.other}
    with state.writing() as connection:
        begun = part_history(connection, stays, decision.other, at, decision.at)
        shared = parting.keep_opt_outs(
            connection, decision.other, DecisionKind.MERGE, decision.number
        )
    return begun, shared


def _join_again(project: Project, decision: Decision, state: State, at: int) -> tuple[int, int]:
    """What either withdrew since a split holds for the one that they are again: how many opt-outs are new."""
    reading = read_all(project, (), state)
    stays = _place_today(reading, state, decision.contact)
    left = _place_today(reading, state, decision.other)
    if stays is None or left is None or stays == left:
        return 0, 0
    sides = side_at(reading, project, stays), side_at(reading, project, left)
    joining = Joining(project, sides, state, at)
    with state.writing() as connection:
        return 0, joining.keep_opt_outs(connection, DecisionKind.SPLIT)


def _place_today(reading: Reading, state: State, id: str) -> int | None:
    """The place of who a contact is today; None where no source has them any more."""
    with state.reading() as connection:
        today = read_merges(connection).get(id, id)
    ids = reading.people.contacts.column(CONTACT).to_pylist()
    return ids.index(today) if today in ids else None


def list_decisions(project: Project, who: str | None = None) -> list[tuple[Decision, str, str]]:
    """Every decision with the keys of both contacts, the first one first; of one contact where `who` is named."""
    with open_state(project) as state:
        with state.reading() as connection:
            decisions = read_decisions(connection)
            names = read_contacts(connection).set_index("id")["key"].to_dict()
            merges = read_merges(connection)
        if who is not None:
            with state.reading() as connection:
                id = find_side(connection, read_all(project, (), state), project, who).id
            decisions = [
                one
                for one in decisions
                if id in (one.contact, one.other)
                or id in (merges.get(one.contact), merges.get(one.other))
            ]
    return [
        (one, names.get(one.contact, one.contact), names.get(one.other, one.other))
        for one in decisions
    ]


def _decision(decisions: Iterable[Decision], kind: DecisionKind, number: int) -> Decision:
    found = next((one for one in decisions if one.number == number), None)
    if found is None:
        raise UsageError(f"there is no decision {number}", "mactl contacts decisions lists them")
    if found.kind is not kind:
        raise UsageError(
            f"decision {number} is a {found.kind}", f"mactl contacts {found.kind} --undo {number}"
        )
    if not found.stands:
        raise UsageError(f"decision {number} was undone before")
    return found


def _joined_all_the_same(project: Project, decision: Decision, state: State) -> str | None:
    """Whether the data make them one person again though a merge was undone; then a key that both have."""
    if decision.kind is not DecisionKind.MERGE:
        return None
    reading = read_all(project, (), state)
    if (decision.other, decision.contact) not in reading.people.merged:
        return None
    place = reading.people.contacts.column(CONTACT).to_pylist().index(decision.contact)
    keys = reading.keys_of(reading.rows_of(place))
    counted = [f"{kind} {value!r}" for row in keys for kind, value in row.items()]
    return max(counted, key=counted.count)


def _by_age(sides: Sequence[Side], state: State) -> tuple[Side, Side]:
    """The older and the newer of two contacts: whom the state knew first, else who comes first in the sources."""
    order = {id: age for age, id in enumerate(read_known(state)["contact"].drop_duplicates())}
    older, newer = sorted(
        sides, key=lambda side: (order.get(side.id, len(order)), side.place or 0, side.id)
    )
    return older, newer


def _part(reading: Reading, rows: Any, who: str, what: Sequence[str]) -> Split:
    """How the rows of a person part."""
    keys = reading.keys_of(rows)
    known = {f"{kind}:{value}" for row in keys for kind, value in row.items()}
    places = {told_place(*reading.place_of(int(row))): number for number, row in enumerate(rows)}
    wanted, chosen = set(), set()
    for one in what:
        mine = [a for a in known if one in (a, a.partition(":")[2])]
        mine = mine or [a for a in known if a.partition(":")[2].casefold() == one.casefold()]
        if one in places:
            chosen.add(places[one])
        elif len(mine) == 1:
            wanted.add(mine[0])
        else:
            theirs = ", ".join([*sorted(known), *places])
            raise UsageError(f"{one!r} is no key or row of {who!r}", f"they have {theirs}")
    try:
        return split_rows(keys, wanted, chosen)
    except ValueError as impossible:
        raise UsageError(
            f"{who!r} can't be split by {', '.join(map(repr, what))}: {impossible}",
            "mactl contacts show lists their rows and keys",
        ) from None
