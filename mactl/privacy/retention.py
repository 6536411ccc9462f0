"""What is kept longer than it may be: found and cleared, table by table. Consents and suppressions are never touched.

A message that is too old loses its address, its merge values and the server's answer. That somebody got it stays with
their id as long as they are among the contacts, since else they would get it again; once they are in no source any
more, it is nobody's. What fields and tags were set by recipes is how contacts stand now, and stays.
"""

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from sqlalchemy import (
    ColumnElement,
    Connection,
    Table,
    and_,
    delete,
    false,
    func,
    not_,
    or_,
    select,
    update,
)

from mactl.own_events import (
    CONSENT_ASKED,
    FIELD_CHANGED,
    FIELD_SET,
    TAGGED,
    UNTAGGED,
)
from mactl.privacy.erasing import REASON, is_counted, make_nameless, nameless_properties
from mactl.privacy.holdings import MOVES
from mactl.store.tables import (
    FINAL,
    Standing,
    actions,
    consents,
    contacts,
    enrollments,
    events,
    sends,
)

_STANDING = (TAGGED, UNTAGGED, FIELD_SET, CONSENT_ASKED)
"""Events that say how a contact stands now."""
_HISTORY = (FIELD_CHANGED, *sorted(MOVES))
_OVER = [status for status in Standing if status not in (Standing.ACTIVE, Standing.WAITING)]


@dataclass(frozen=True)
class Terms:
    """From when on things are too old, in epoch seconds; None where they may be kept for ever."""

    sends: Mapping[str, int] = field(default_factory=dict)
    """Recipe, by its original id → its own."""
    other_sends: int | None = None
    """Of every other recipe."""
    events: int | None = None
    history: int | None = None


@dataclass(frozen=True, slots=True)
class Aged:
    """How much is too old."""

    sends: int = 0
    enrollments: int = 0
    actions: int = 0
    events: int = 0
    history: int = 0
    contacts: int = 0

    @property
    def total(self) -> int:
        """Of everything."""
        return sum(getattr(self, name) for name in self.__slots__)

    def __bool__(self) -> bool:
        return self.total > 0


def find_aged(connection: Connection, terms: Terms, present: Collection[str]) -> Aged:
    """How many rows are older than `terms` allow, and hold more than they may; `present` are the ids of all contacts
    that there are now."""
    return Aged(
        sends=_count(connection, sends, _full_sends(terms)),
        enrollments=_count(connection, enrollments, _full_enrollments(terms)),
        actions=_count(connection, actions, _full_actions(terms)),
        events=_count(connection, events, _old_events(terms)),
        history=_count(connection, events, _old_history(terms)),
        contacts=len(find_gone(connection, terms, present)),
    )


def clear_aged(connection: Connection, terms: Terms, present: Collection[str], now: int) -> None:
    """Clear what `find_aged` found, at `now` (epoch seconds)."""
    for contact in find_gone(connection, terms, present):
        make_nameless(connection, [contact], now)
    connection.execute(
        update(sends)
        .where(_full_sends(terms))
        .values(
            contact_key=None, address=None, address_key=None, zone=None, shared=None, merge=None, response=None,
            message_id=None, reason=None, worker=None, boot=None,
        )
    )  # fmt: skip
    connection.execute(
        update(enrollments).where(_full_enrollments(terms)).values(trigger="{}", why=REASON)
    )
    connection.execute(update(actions).where(_full_actions(terms)).values(body="{}", response=None))
    for which in (_old_events(terms), _old_history(terms)):
        _clear_events(connection, which)


def _count(connection: Connection, table: Table, which: ColumnElement[bool]) -> int:
    query = select(func.count()).select_from(table).where(which)
    return int(connection.execute(query).scalar_one())


def _too_old(
    recipe: ColumnElement[str], at: ColumnElement[int], terms: Terms
) -> ColumnElement[bool]:
    own = [and_(recipe == name, at < before) for name, before in terms.sends.items()]
    if terms.other_sends is not None:
        own.append(and_(recipe.not_in(list(terms.sends)), at < terms.other_sends))
    return or_(*own) if own else false()


def _old_sends(terms: Terms) -> ColumnElement[bool]:
    columns = sends.c
    at = func.coalesce(columns.settled_at, columns.latest_at)
    return and_(columns.status.in_(list(FINAL)), _too_old(columns.recipe, at, terms))


def _full_sends(terms: Terms) -> ColumnElement[bool]:
    columns = sends.c
    kept = (
        columns.address,
        columns.address_key,
        columns.contact_key,
        columns.merge,
        columns.response,
    )
    return and_(_old_sends(terms), or_(*(column.is_not(None) for column in kept)))


def _old_enrollments(terms: Terms) -> ColumnElement[bool]:
    columns = enrollments.c
    return and_(columns.status.in_(_OVER), _too_old(columns.recipe, columns.ended_at, terms))


def _full_enrollments(terms: Terms) -> ColumnElement[bool]:
    return and_(_old_enrollments(terms), enrollments.c.trigger != "{}")


def _full_actions(terms: Terms) -> ColumnElement[bool]:
    columns = actions.c
    old = _too_old(columns.recipe, columns.settled_at, terms)
    return and_(columns.status.in_(list(FINAL)), old, columns.body != "{}")


def _old_events(terms: Terms) -> ColumnElement[bool]:
    columns = events.c
    kept = (*_STANDING, *_HISTORY)
    return and_(columns.at < (terms.events or 0), columns.event.not_in(kept), _is_somebodys())


def _old_history(terms: Terms) -> ColumnElement[bool]:
    columns = events.c
    return and_(columns.at < (terms.history or 0), columns.event.in_(_HISTORY), _is_somebodys())


def _is_somebodys() -> ColumnElement[bool]:
    return events.c.source_id.is_not(None)


def _clear_events(connection: Connection, which: ColumnElement[bool]) -> None:
    """What reports count becomes nobody's; the rest goes."""
    columns = events.c
    drawn: dict[str, str] = {}
    query = select(columns.number, columns.contact, columns.event, columns.properties).where(which)
    for row in connection.execute(query).all():
        if is_counted(row.event):
            nobody = drawn.setdefault(row.contact, str(uuid.uuid4()))
            told = {"contact": nobody, "source_id": None}
            told["properties"] = nameless_properties(row.properties)
            connection.execute(update(events).where(columns.number == row.number).values(**told))
    connection.execute(delete(events).where(which))


def find_gone(connection: Connection, terms: Terms, present: Collection[str]) -> list[str]:
    """The contacts that are in no source any more, and of whom all that is kept is too old; whoever ever consented to
    something or took it back is not among them, for the proof must name somebody.

    Nobody where more than half of all contacts are missing: then a source is, and not the people.
    """
    if terms.other_sends is None:
        return []
    everybody = set(connection.execute(select(contacts.c.id)).scalars())
    missing = everybody - set(present)
    if 2 * len(missing) > len(everybody):
        return []
    for table, is_old in ((enrollments, _old_enrollments(terms)), (sends, _old_sends(terms))):
        missing -= set(connection.execute(select(table.c.contact).where(not_(is_old))).scalars())
    for table, at in ((actions, actions.c.due_at), (events, events.c.at)):
        recent = select(table.c.contact).where(at >= terms.other_sends)
        missing -= set(connection.execute(recent).scalars())
    consenting = select(consents.c.contact).where(consents.c.contact.is_not(None)).distinct()
    merged = select(contacts.c.merged_into).where(contacts.c.merged_into.is_not(None)).distinct()
    for query in (consenting, merged):
        missing -= set(connection.execute(query).scalars())
    return sorted(missing)
