"""What the state knows of the sends that came back, were answered or complained of, and what comes to it by that."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
from typing import Any

from sqlalchemy import Connection, and_, or_, select

from mactl.feedback.mailboxes.mailbox import Letter
from mactl.feedback.report import Cause, Kind, Report
from mactl.own_events import COMPLAINED, REPLIED, UNSUBSCRIBED, reaction_events
from mactl.refusals import RefusalKind
from mactl.store.suppressions import ALL_MAIL, Suppression, add_suppressions, find_entries
from mactl.store.tables import EMAIL, SendStatus, events, sends
from mactl.store.upsert import insert_into

Judged = tuple[Letter, Report]
_ROW_LOOKED_AT = 200  # sends to an address, the newest ones, among which its bounces are counted
_GIVES_UP = 5 * 86_400
"""Seconds for which a server tries (RFC 5321 4.5.4.1): a message that came to nothing may still come back."""
_TOLD = ("recipe", "step", "template", "variant", "channel", "enrollment")
_BOUNCED = "bounced"
_VERBS = {
    Kind.HARD: _BOUNCED,
    Kind.SOFT: _BOUNCED,
    Kind.COMPLAINT: "complained",
    Kind.UNSUBSCRIBE: "unsubscribed",
    Kind.REPLY: "replied",
}
"""Kind of report → what the source id of its event begins with: one such event for each send."""
_ANSWERS = tuple(verb for verb in _VERBS.values() if verb != _BOUNCED)


class Action(StrEnum):
    """What came of a mail."""

    SUPPRESSED = "suppressed"
    OPTED_OUT = "opted_out"
    COUNTED = "counted"
    """A soft bounce that counts, of which there are not enough yet."""
    RECORDED = "recorded"
    """Told as an event, and nothing else."""
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Heard:
    """One mail, and what came of it."""

    path: str
    """The file, or the IMAP folder and UID."""
    kind: Kind
    to: str | None
    """Whose send it is about: its address; without one whom the mail names."""
    status: str | None
    send: str | None
    """The id of the send that it proves to be about, and that the state knows."""
    action: Action
    reason: str


@dataclass
class FeedbackBooks:
    """What the state knows of the sends that mails are about, and what comes to it by them.

    Whatever comes is seen by the mails after it, written or not: a dry run says what a run would do.
    """

    enough: int
    """So many soft bounces in a row suppress an address."""
    now: int
    told: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Source id → properties of the events that mails made."""
    suppressed: set[tuple[str, str]] = field(default_factory=set)
    """(address key, topic) of those that must not be written to, as far as anybody asked."""
    _events: list[dict[str, Any]] = field(default_factory=list)
    _suppressions: list[Suppression] = field(default_factory=list)

    def enter(self, connection: Connection, some: Sequence[Judged]) -> list[Heard]:
        """What each mail means, in their order; nothing is written."""
        known = _read_sends(connection, {id for _, report in some for id in report.sends})
        self.told |= _read_told(connection, known)
        keys = {row["address_key"] for row in known.values()}
        for key, topics in find_entries(connection, keys).items():
            self.suppressed |= {(key, topic) for topic in topics}
        return [self._enter(connection, *judged, known) for judged in some]

    def write(self, connection: Connection) -> None:
        """Writes what came since the last time."""
        if self._events:
            connection.execute(
                insert_into(connection, events).on_conflict_do_nothing(), self._events
            )
        add_suppressions(connection, self._suppressions)
        self._events, self._suppressions = [], []

    def _enter(
        self,
        connection: Connection,
        letter: Letter,
        report: Report,
        known: Mapping[str, Mapping[str, Any]],
    ) -> Heard:
        row = next((known[id] for id in report.sends if id in known), None)
        if row is None:
            action, why = Action.NONE, None if report.kind is Kind.NONE else "no send of ours"
        else:
            action, why = self._act(connection, report, row)
        return Heard(
            letter.path,
            report.kind,
            report.to if row is None else str(row["address"]),
            report.status,
            None if row is None else str(row["id"]),
            action,
            why or report.reason,
        )

    def _act(
        self, connection: Connection, report: Report, row: Mapping[str, Any]
    ) -> tuple[Action, str | None]:
        """What comes of a report on a send of ours, and why, where the report itself does not say."""
        if report.kind not in _VERBS or report.cause is Cause.DELAY:
            return Action.NONE, None
        source = _source(_VERBS[report.kind], row["id"])
        if source in self.told:
            return Action.NONE, "it was told before"
        self._tell(source, report, row)
        if report.kind is Kind.REPLY:
            return Action.RECORDED, None
        if report.kind is Kind.UNSUBSCRIBE:
            return self._suppress(row, "unsubscribed", "unsubscribe", row["topic"] or ALL_MAIL)
        if report.kind is Kind.COMPLAINT:
            return self._suppress(row, "complaint", "complaint")
        if report.kind is Kind.HARD:
            return self._suppress(row, "hard bounce", "bounce")
        if report.cause is not Cause.MAILBOX:
            return Action.RECORDED, None
        count = self._bounces_in_a_row(connection, row["address_key"])
        if count < self.enough:
            return Action.COUNTED, f"{report.reason}: {count} of {self.enough} in a row"
        return self._suppress(row, f"{count} soft bounces in a row", "bounce")

    def _tell(self, source: str, report: Report, row: Mapping[str, Any]) -> None:
        told = {name: row[name] for name in _TOLD}
        name = {
            Kind.COMPLAINT: COMPLAINED,
            Kind.UNSUBSCRIBE: UNSUBSCRIBED,
            Kind.REPLY: REPLIED,
        }.get(report.kind) or reaction_events(_BOUNCED, [row["channel"]])[0]
        if report.kind is Kind.UNSUBSCRIBE:
            told["topic"] = row["topic"]
        if report.cause is not None:
            told |= {
                "bounce": str(report.kind),
                "bounce_status": report.status,
                "bounce_cause": str(report.cause),
            }
        told = {name: value for name, value in told.items() if value is not None}
        self.told[source] = told
        self._events.append(
            {
                "contact": row["contact"],
                "event": name,
                "at": self._instant(report, row),
                "source_id": source,
                "properties": json.dumps(told, ensure_ascii=False),
            }
        )

    def _instant(self, report: Report, row: Mapping[str, Any]) -> int:
        """When it came, which is not before the send nor after now, whatever a clock elsewhere says."""
        sent = int(row["settled_at"] or row["due_at"])
        return max(sent, min(self.now, self.now if report.at is None else report.at))

    def _suppress(
        self, row: Mapping[str, Any], reason: str, source: str, topic: str = ALL_MAIL
    ) -> tuple[Action, str | None]:
        key = (row["address_key"], topic)
        done = Action.OPTED_OUT if source == "unsubscribe" else Action.SUPPRESSED
        if key in self.suppressed:
            return Action.RECORDED, "it was suppressed before"
        self.suppressed.add(key)
        self._suppressions.append(
            Suppression(row["address"], reason, source, self.now, topic, row["id"])
        )
        return done, reason if source == "bounce" else None

    def _bounces_in_a_row(self, connection: Connection, address_key: str) -> int:
        """How many of the last messages to an address bounced softly, with none delivered in between or since.

        What failed of the sender, or has an unknown fate, tells nothing. Nor does a message that may still come back.
        """
        latest = _read_latest(connection, address_key)
        told = _read_told(connection, [row["id"] for row in latest]) | self.told
        count = 0
        for row in latest:
            bounce = told.get(_source(_BOUNCED, row["id"]))
            has_answer = any(_source(verb, row["id"]) in told for verb in _ANSWERS)
            if row["status"] == SendStatus.FAILED:  # refused at once; no bounce mail comes of that
                count += RefusalKind(row["kind"]).fault == Cause.MAILBOX
            elif bounce is not None:
                count += bounce.get("bounce_cause") == Cause.MAILBOX
            elif has_answer or _has_arrived(row, self.now):
                break
        return count


def _source(verb: str, send: str) -> str:
    """The source id of the one event that mails make of a send by this verb."""
    return f"{verb}:{send}"


def _has_arrived(row: Mapping[str, Any], now: int) -> bool:
    return row["status"] == SendStatus.SENT and int(row["settled_at"]) + _GIVES_UP <= now


def _read_latest(connection: Connection, address_key: str) -> list[dict[str, Any]]:
    """id, status, settled_at, kind of the last messages to an address, the newest first: those that a server took or
    refused, or whose fate is unknown."""
    columns = sends.c
    query = (
        select(columns.id, columns.status, columns.settled_at, columns.kind)
        .where(
            columns.address_key == address_key,
            columns.channel == EMAIL,
            or_(
                columns.status.in_([SendStatus.SENT, SendStatus.UNKNOWN]),
                and_(
                    columns.status == SendStatus.FAILED,
                    columns.code.is_not(None),
                    columns.kind.is_not(None),
                ),
            ),
        )
        .order_by(columns.settled_at.desc(), columns.id)
        .limit(_ROW_LOOKED_AT)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def _read_sends(connection: Connection, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """The sends of `ids` that the state knows, and that went to an address."""
    names = ("id", "contact", *_TOLD, "topic", "address", "address_key", "settled_at", "due_at")
    query = select(*(sends.c[name] for name in names)).where(sends.c.address.is_not(None))
    found = {}
    for some in _in_parts(ids):
        for row in connection.execute(query.where(sends.c.id.in_(some))).mappings():
            found[row["id"]] = dict(row)
    return found


def _read_told(connection: Connection, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Source id → properties of the events that mails made of the sends `ids`, so far as the state has them."""
    query = select(events.c.source_id, events.c.properties)
    source_ids = (_source(verb, id) for id in ids for verb in (_BOUNCED, *_ANSWERS))
    return {
        row.source_id: json.loads(row.properties)
        for some in _in_parts(source_ids)
        for row in connection.execute(query.where(events.c.source_id.in_(some)))
    }


def _in_parts(values: Iterable[str]) -> Iterator[list[str]]:
    """`values` in numbers that a query takes."""
    left = iter(values)
    while some := list(islice(left, 1_000)):
        yield some
