"""What people do with what they get, as what happens in a world."""

import json
from collections.abc import Mapping
from typing import Any

from mactl.own_events import REPLIED, UNSUBSCRIBED
from mactl.store.suppressions import ALL_MAIL, Suppression
from mactl.workflows.playing.world import Happening

REACTIONS = ("opened", "clicked", "replied", "bounced", "unsubscribed")


def reaction_to(row: Mapping[str, Any], kind: str, at: int, url: str | None = None) -> Happening:
    """What comes of it when the recipient of a send (a row of its table) does `kind` at `at`, or it happens to it.

    A bounce suppresses the address, an unsubscription its topic.
    """
    told = {
        name: row[name]
        for name in ("recipe", "step", "template", "variant", "channel", "enrollment")
    }
    told["url"] = url
    event = {"replied": REPLIED, "unsubscribed": UNSUBSCRIBED}.get(kind, f"{row['channel']}_{kind}")
    suppression = None
    if kind == "bounced":
        suppression = Suppression(row["address"], "hard bounce", "bounce", at, send=row["id"])
    elif kind == "unsubscribed":
        told["topic"] = row["topic"]
        topic = row["topic"] or ALL_MAIL
        suppression = Suppression(
            row["address"], "unsubscribed", "unsubscribe", at, topic, row["id"]
        )
    properties = json.dumps({name: value for name, value in told.items() if value is not None})
    return Happening(at, row["contact"], event, properties, f"{kind}:{row['id']}", suppression)
