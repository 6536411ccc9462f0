"""What a contact withdrew, and how it is made to hold for whoever they turn out to be."""

from collections.abc import Collection
from dataclasses import replace

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection

from mactl.columns import EVENT
from mactl.consent.entry import ALL_TOPICS, Entry, Said
from mactl.own_events import OPT_OUTS
from mactl.project import Project
from mactl.recipe.cookbook import Cookbook
from mactl.rules.consent import consent_is
from mactl.rules.evaluate import evaluate
from mactl.rules.questions import Question
from mactl.store.consents import append_consents
from mactl.store.suppressions import Suppression, add_suppressions
from mactl.workflows.consenting.entering import marketing_topics
from mactl.workflows.gathering import Gathered
from mactl.workflows.opting_out import opted_out

_ANY_TOPIC = "*"
"""A topic that nobody writes about: only what holds for all marketing holds for it."""


def withdrawn_topics(project: Project, gathered: Gathered, id: str) -> set[str]:
    """The topics that the contact withdrew from, "" for all marketing, by whatever says so (columns, events, the
    ledger) but the suppression list."""
    consent = project.settings.consent
    said = opted_out(gathered.people, gathered.frame, pd.DataFrame(), b"", consent)
    facts = replace(gathered.facts, opted_out=said).about(id)
    ledger = facts.consents
    mine = ledger.filter(pc.equal(ledger.column("contact"), id))
    topics = {ALL_TOPICS, *consent, *mine.column("topic").to_pylist()}
    if "topic" in facts.properties:
        told = pc.is_in(facts.events.column(EVENT).cast("string"), value_set=pa.array(OPT_OUTS))
        topics.update(facts.events.filter(told).column("topic").cast("string").to_pylist())
    asked = sorted(topic for topic in topics if topic is not None)
    questions = {
        topic: Question(consent_is("withdrawn", topic or _ANY_TOPIC), "") for topic in asked
    }
    answers = evaluate(facts, Cookbook(), questions, engine="pandas")
    return {topic for topic in asked if bool(answers[topic].iloc[0])}


def keep_withdrawn(
    connection: Connection,
    project: Project,
    ids: Collection[str],
    addresses: Collection[str],
    topics: Collection[str],
    told: tuple[str, str],
    at: int,
) -> int:
    """Have contacts (known to the state) and their addresses withdrawn from `topics`; how many suppressions are new.

    The ledger says it of the contacts, whatever address they get, and the suppression list of the addresses, so that
    what is queued stops too. `told` has the reason and the command.
    """
    reason, by = told
    entries = [
        Entry(
            contact=id,
            topic=topic,
            state=str(Said.WITHDRAWN),
            at=at,
            source=reason,
            recorded_at=at,
            recorded_by=by,
        )
        for id in ids
        for topic in sorted(topics)
    ]
    if not entries:
        return 0
    append_consents(connection, entries)
    listed = set(topics) - {ALL_TOPICS}
    if ALL_TOPICS in topics:
        listed |= set(marketing_topics(project))
    kind = by.rpartition(" ")[2]
    return add_suppressions(
        connection,
        [
            Suppression(key, reason, kind, at, topic)
            for key in sorted(addresses)
            for topic in sorted(listed)
        ],
    )
