"""What mactl noticed and did, as events that segments and journeys can ask about."""

import json

import pandas as pd
from sqlalchemy import Connection, select

from mactl.store.actions import read_action_events
from mactl.store.frames import read_frame
from mactl.store.tables import SendStatus, events, sends

_TOLD = ["recipe", "step", "template", "variant", "channel"]


def read_events(connection: Connection) -> pd.DataFrame:
    """contact, event, at, source_id, properties (JSON) of mactl's own events, `email_sent` included, and enrollment:
    of a message, whose it is.

    What was told to colleagues and other systems is among them. A message sent on another channel is `sms_sent` and
    so on; its source id is `send:` and the send's id.
    """
    columns = events.c
    noticed = read_frame(
        connection,
        select(columns.contact, columns.event, columns.at, columns.source_id, columns.properties),
    )
    told = [noticed, read_sent_events(connection), read_action_events(connection)]
    return pd.concat(told, ignore_index=True).astype({"enrollment": "str"})


def read_sent_events(connection: Connection) -> pd.DataFrame:
    """The events that `sends` itself tells: what was sent, to whom and when."""
    columns = sends.c
    query = select(
        columns.contact,
        columns.id,
        columns.enrollment,
        columns.settled_at,
        columns.recipe,
        columns.step,
        columns.template,
        columns.variant,
        columns.channel,
    ).where(columns.status == SendStatus.SENT)
    sent = read_frame(connection, query)
    # Few messages are different in these, so each text is made once.
    told = list(zip(*(sent[name].tolist() for name in _TOLD), strict=True))
    texts = {row: _properties(row) for row in set(told)}
    return pd.DataFrame(
        {
            "contact": sent["contact"],
            "event": sent["channel"] + "_sent",
            "at": sent["settled_at"].astype("int64"),
            "source_id": "send:" + sent["id"],
            "properties": pd.array([texts[row] for row in told], dtype="str"),
            "enrollment": sent["enrollment"],
        }
    )


def _properties(row: tuple[object, ...]) -> str:
    told = {
        name: value for name, value in zip(_TOLD, row, strict=True) if isinstance(value, str)
    }  # a missing variant is no property
    return json.dumps(told, ensure_ascii=False)
