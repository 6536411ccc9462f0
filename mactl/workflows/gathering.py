"""The facts of a run: sources → people and events, with what the state knows laid over them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pandas as pd
import pyarrow as pa

from mactl.clock import zone_named
from mactl.columns import CONTACT, KEY, ZONE
from mactl.errors import UsageError
from mactl.facts.facts import Facts
from mactl.facts.layers import layer_events
from mactl.findings import Finding
from mactl.people.events import Events, read_events
from mactl.people.people import People, read_people
from mactl.project import ContactSource, EventSource, Project
from mactl.store.events import read_events as read_own_events
from mactl.store.identities import read_aliases
from mactl.store.state import State
from mactl.store.suppressions import address_key


@dataclass(frozen=True)
class Sources:
    """Which files people and events come from: the project's, or others named on the command line."""

    contacts: Sequence[Path] = ()
    events: Sequence[Path] = ()


@dataclass(frozen=True)
class Gathered:
    """People and what they did, as they stand at one `now`."""

    people: People
    facts: Facts
    contacts: pd.DataFrame
    """Indexed by contact id: key, address, address_key, zone (null for the project's)."""
    known: pd.DataFrame
    """alias, contact: the identity keys that the state knew before."""
    findings: tuple[Finding, ...]


def read_known(state: State) -> pd.DataFrame:
    """alias, contact of every identity key that the state knows, oldest first."""
    with state.reading() as connection:
        return read_aliases(connection)


def gather_people(project: Project, sources: Sources, known: pd.DataFrame) -> People:
    """The people in the project's sources, or in `sources.contacts` where they are named; `known` are the
    aliases in the state.

    Raises UsageError where there are no sources at all.
    """
    aliases = pa.Table.from_pandas(known.rename(columns={"contact": CONTACT}), preserve_index=False)
    settings = project.settings
    if sources.contacts:
        files = [ContactSource(file=str(path)) for path in sources.contacts]
        return read_people(settings, Path(), files, aliases)
    if not settings.contacts:
        raise UsageError(
            "there are no contacts",
            "name a file with --contacts, or under `contacts` in mactl.yaml",
        )
    return read_people(settings, project.folder, settings.contacts, aliases)


def gather_events(project: Project, sources: Sources, people: People) -> Events:
    """The events in the project's sources, or in `sources.events` where they are named."""
    if sources.events:
        files = [EventSource(file=str(path)) for path in sources.events]
        return read_events(project.settings, Path(), files, people)
    # Contacts from elsewhere have not done what the project's events say.
    declared = () if sources.contacts else project.settings.events
    return read_events(project.settings, project.folder, declared, people)


def gather(project: Project, sources: Sources, state: State, now: datetime) -> Gathered:
    """All that a run needs to know of people and events at `now`."""
    known = read_known(state)
    people = gather_people(project, sources, known)
    events = gather_events(project, sources, people)
    facts = Facts(
        now, zone_named(project.settings.timezone), people.contacts, people.fields,
        events.events, events.properties,
    )  # fmt: skip
    with state.reading() as connection:
        own = read_own_events(connection)
    facts = (
        layer_events(facts, pa.Table.from_pandas(own, preserve_index=False)) if len(own) else facts
    )
    findings = (*people.findings, *events.findings)
    return Gathered(people, facts, contact_frame(people), known, findings)


def contact_frame(people: People) -> pd.DataFrame:
    """Indexed by contact id: key, address, address_key, zone (null for the project's)."""
    table = people.contacts
    address = (
        table.column("email")
        if "email" in table.column_names
        else pa.nulls(table.num_rows, pa.string())
    )
    frame = pd.DataFrame(
        {
            "key": table.column(KEY).to_pandas(),
            "address": address.to_pandas(),
            "zone": table.column(ZONE).to_pandas(),
        }
    ).set_index(pd.Index(table.column(CONTACT).to_pandas(), name="contact"))
    return frame.assign(address_key=_address_keys(frame["address"]))


def _address_keys(addresses: "pd.Series[str]") -> "pd.Series[str]":
    """`address_key` of each: what is plain ASCII is folded as a column, the rest one by one."""
    text = addresses.astype("str")
    keys = text.str.lower()
    odd = addresses.notna() & ~(
        text.str.fullmatch(r"[\x21-\x7e]+") & ~keys.str.contains("xn--", regex=False)
    )
    keys[odd] = text[odd].map(address_key)
    return keys.where(addresses.notna())
