"""What is known of all contacts at one `now`: the one snapshot that every rule of a run reads."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from mactl.columns import CONTACT, FieldType
from mactl.consent.ledger import no_words
from mactl.project import ConsentColumns


def _no_passages() -> pa.Table:
    return pa.table(
        {name: pa.array([], pa.string()) for name in ("contact", "recipe", "status", "enrollment")}
    )


def no_opt_outs() -> pa.Table:
    """Nobody who must not be written to: contact, topic."""
    return pa.table({name: pa.array([], pa.string()) for name in ("contact", "topic")})


@dataclass(frozen=True, eq=False)
class Facts:
    """Contacts and events as they stand at `now`; the encodings are those of `mactl.columns`."""

    now: datetime
    """The instant of the run: UTC, a whole minute."""
    zone: ZoneInfo
    """The project's time zone, in which calendar days begin and end."""
    contacts: pa.Table
    """One row per contact: `_contact` (unique), `_key`, `_zone` and the fields."""
    fields: Mapping[str, FieldType]
    """What each field holds."""
    events: pa.Table
    """One row per event: `_contact`, `_event`, `_at`, `_id` and the properties, in any order.

    It may hold events after `now`: they have not happened yet, and rules do not count them. They stay in
    the table so that a simulation can move on to a later `now` with the same tables.
    """
    properties: Mapping[str, FieldType]
    """What each property holds."""
    passages: pa.Table = field(default_factory=_no_passages)
    """Who went through which journey: contact, recipe (its original id), status (`Standing`), enrollment."""
    opted_out: pa.Table = field(default_factory=no_opt_outs)
    """Who must not be written to by the state: contact, topic ("" for all mail)."""
    consents: pa.Table = field(default_factory=no_words)
    """What the ledger of consents says, of everybody: see `mactl.consent.ledger`."""
    consent: Mapping[str, ConsentColumns] = field(default_factory=dict)
    """Topic → the columns that prove consent for it."""
    channels: tuple[str, ...] = ("email",)
    """The channels that messages go out on."""

    def about(self, contact: str) -> "Facts":
        """The facts of one contact (its `_contact`) alone."""
        mine = pc.equal(self.contacts.column(CONTACT), contact)
        theirs = pc.equal(self.events.column(CONTACT), contact)
        return replace(self, contacts=self.contacts.filter(mine), events=self.events.filter(theirs))

    def at(self, now: datetime) -> "Facts":
        """The same tables as they stand at another `now`."""
        return replace(self, now=now)
