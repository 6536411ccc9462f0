"""What mactl noticed and did, as events that segments and journeys can ask about."""

import json
from collections.abc import Collection

import pandas as pd
from sqlalchemy import Column, ColumnElement, Connection, Select, and_, exists, literal, or_, select

from mactl.refusals import RefusalKind, find_status
from mactl.store.actions import read_action_events
from mactl.store.frames import read_frame
from mactl.store.tables import EMAIL, SendStatus, events, sends

_TOLD = ["recipe", "step", "template", "variant", "channel"]
KEPT_CHANGE = "was"
"""How the source ids of changes begin that are only kept: `was:FIELD:…`. A run that does not ask never reads them."""
_NOTHING = pd.DataFrame(
    {
        name: pd.Series(dtype="int64" if name == "at" else "str")
        for name in ("contact", "event", "at", "source_id", "properties", "enrollment")
    }
)


def read_events(connection: Connection, changed: Collection[str] | None = ()) -> pd.DataFrame:
    """contact, event, at, source_id, properties (JSON) of mactl's own events, `email_sent` included, and enrollment:
    of a message, whose it is.

    What was told to colleagues and other systems is among them. A message sent on another channel is `sms_sent` and
    so on; its source id is `send:` and the send's id. An e-mail that a server refused is `email_bounced`, as one that
    came back is. Of the changes that nobody asked for when they were noticed, those of the fields `changed` are
    among them; None: of all.
    """
    columns = events.c
    query = select(
        columns.contact, columns.event, columns.at, columns.source_id, columns.properties
    )
    if changed is not None:
        query = query.where(_is_asked(changed))
    noticed = read_frame(connection, query)
    told = [
        read_sent_events(connection),
        read_refused_events(connection),
        read_action_events(connection),
    ]
    if not any(map(len, told)):
        return noticed.assign(enrollment=pd.Series(index=noticed.index, dtype="str"))
    return pd.concat([noticed, *told], ignore_index=True).astype({"enrollment": "str"})


def _is_asked(changed: Collection[str]) -> ColumnElement[bool]:
    source = events.c.source_id
    asked = [begins(source, f"{KEPT_CHANGE}:{field}:") for field in changed]
    return or_(source.is_(None), ~begins(source, f"{KEPT_CHANGE}:"), *asked)


def begins(column: Column[str], prefix: str) -> ColumnElement[bool]:
    """Whether `column` begins with `prefix`, which ends in a colon: by an index, as LIKE would not."""
    return and_(column >= prefix, column < prefix[:-1] + ";")


def read_sent_events(connection: Connection) -> pd.DataFrame:
    """The events that `sends` itself tells: what was sent, to whom and when."""
    sent = read_frame(connection, _messages().where(sends.c.status == SendStatus.SENT))
    return _told(sent, "sent", "send:", _TOLD)


def read_refused_events(connection: Connection) -> pd.DataFrame:
    """`email_bounced` of what servers refused for good, or until it was too late; one that came back, too, is told
    once."""
    columns = sends.c
    bounced = literal("bounced:") + columns.id
    query = _messages(columns.kind, columns.code, columns.response).where(
        columns.status == SendStatus.FAILED,
        columns.channel == EMAIL,
        columns.kind.is_not(None),
        or_(columns.code.startswith("4"), columns.code.startswith("5")),  # else no server saw it
        ~exists().where(events.c.source_id == bounced),
    )
    refused = read_frame(connection, query)
    if refused.empty:
        return _NOTHING.copy()
    kinds = [RefusalKind(kind) for kind in refused["kind"]]
    refused["bounce"] = ["hard" if kind is RefusalKind.ADDRESS else "soft" for kind in kinds]
    refused["bounce_cause"] = [kind.fault for kind in kinds]
    refused["bounce_status"] = [
        find_status(response if isinstance(response, str) else "") or code[0]
        for response, code in zip(refused["response"], refused["code"], strict=True)
    ]
    names = [*_TOLD, "bounce", "bounce_status", "bounce_cause"]
    return _told(refused, "bounced", "bounced:", names)


def _messages(*more: Column[str]) -> Select[tuple[object, ...]]:
    columns = sends.c
    return select(
        columns.contact,
        columns.id,
        columns.enrollment,
        columns.settled_at,
        columns.recipe,
        columns.step,
        columns.template,
        columns.variant,
        columns.channel,
        *more,
    )


def _told(messages: pd.DataFrame, what: str, source: str, names: list[str]) -> pd.DataFrame:
    """What became of messages, as events with the properties `names`."""
    if messages.empty:
        return _NOTHING.copy()
    # Few messages are different in these, so each text is made once.
    told = list(zip(*(messages[name].tolist() for name in names), strict=True))
    texts = {row: _properties(names, row) for row in set(told)}
    return pd.DataFrame(
        {
            "contact": messages["contact"],
            "event": messages["channel"] + f"_{what}",
            "at": messages["settled_at"].astype("int64"),
            "source_id": source + messages["id"],
            "properties": pd.array([texts[row] for row in told], dtype="str"),
            "enrollment": messages["enrollment"],
        }
    )


def _properties(names: list[str], row: tuple[object, ...]) -> str:
    told = {
        name: value for name, value in zip(names, row, strict=True) if isinstance(value, str)
    }  # a missing variant is no property
    return json.dumps(told, ensure_ascii=False)
