"""What one contact withdrew that holds for another too: an opt-out is of an address as well as of a person.

Two customers who are kept apart may share an address, and a customer may get a new number: then who said no stands in
the state alone, or under another key. So what somebody withdrew, by an event or in the ledger, counts for everybody who
shares an e-mail address with them, or has one of their keys today where no source has them any more. It counts from
its instant: a consent that they gave after that, with all its proofs, lifts it as it would lift their own.
"""

from collections.abc import Collection
from dataclasses import replace

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from mactl.clock import to_epoch
from mactl.columns import AT, CONTACT, EVENT, FieldType
from mactl.consent.entry import ALL_TOPICS, Origin, Said
from mactl.consent.ledger import SCHEMA, counting
from mactl.facts.facts import Facts
from mactl.own_events import OPT_OUTS
from mactl.people.people import People

_WORDS = ("contact", "topic", "at")


def with_echoes(facts: Facts, people: People) -> Facts:
    """`facts` whose ledger says of everybody, too, what others withdrew by an event or in the ledger."""
    if not (people.shared.num_rows or people.heirs.num_rows):
        return facts
    said = pa.concat_tables([own_withdrawals(facts.consents), _of_events(facts)])
    more = echoes(people, facts.consents, said)
    count = more.num_rows
    fixed = {"state": str(Said.WITHDRAWN), "origin": str(Origin.ECHO)}
    columns = []
    for column in SCHEMA:
        if column.name in more.column_names:
            columns.append(more.column(column.name))
        elif pa.types.is_boolean(column.type):
            columns.append(pa.repeat(pa.scalar(False), count))
        else:
            columns.append(pa.repeat(pa.scalar(fixed.get(column.name), column.type), count))
    consents = pa.concat_tables([facts.consents, pa.table(columns, schema=SCHEMA)])
    return replace(facts, consents=consents) if count else facts


def echoes(people: People, ledger: pa.Table, said: pa.Table) -> pa.Table:
    """contact, topic, at: what `said` (the same of who withdrew) comes to for others, of each topic the last, where
    nothing in `ledger` says it of them that is as new."""
    withdrawn = said.to_pandas()
    pairs = whom_it_holds_for(people, withdrawn["contact"].unique())
    found = withdrawn.rename(columns={"contact": "who"}).merge(pairs, on="who")
    found = pd.concat([found[list(_WORDS)].assign(known=False), _known(ledger).assign(known=True)])
    order = found.sort_values(["at", "known"], kind="stable")
    last = order.drop_duplicates(["contact", "topic"], keep="last")
    fresh = last[~last["known"]].sort_values(["at", "contact", "topic"])
    schema = pa.schema([SCHEMA.field(name) for name in _WORDS])
    return pa.Table.from_pandas(fresh[list(_WORDS)], schema, preserve_index=False)


def whom_it_holds_for(people: People, who: Collection[str]) -> pd.DataFrame:
    """who, contact: for each of `who` the others for whom an opt-out of theirs holds."""
    if not len(who):
        return pd.DataFrame({"who": [], "contact": []}, dtype="str")
    wanted = pa.array(list(who), pa.string())
    emails = pc.starts_with(people.shared.column("alias"), "email:")
    shared = people.shared.filter(emails).to_pandas().rename(columns={CONTACT: "contact"})
    mine = shared[shared["contact"].isin(list(who))].rename(columns={"contact": "who"})
    heirs = people.heirs.filter(pc.is_in(people.heirs.column("gone"), value_set=wanted))
    after = heirs.select(["gone", CONTACT]).rename_columns(["who", "contact"]).to_pandas()
    sharing = mine.merge(shared, on="alias")[["who", "contact"]]
    pairs = pd.concat([sharing.astype("str"), after.astype("str")], ignore_index=True)
    others: pd.DataFrame = pairs[pairs["who"] != pairs["contact"]]
    return others.drop_duplicates(ignore_index=True)


def _known(ledger: pa.Table) -> pd.DataFrame:
    """What the ledger has of withdrawals, corrected or not: a correction stands though others say it."""
    withdrawn = pc.equal(ledger.column("state"), str(Said.WITHDRAWN))
    found: pd.DataFrame = ledger.filter(withdrawn).select(list(_WORDS)).to_pandas()
    return found


def own_withdrawals(ledger: pa.Table) -> pa.Table:
    """contact, topic, at of what people withdrew themselves; an echo goes no further."""
    ledger = counting(ledger)
    own = pc.and_(
        pc.equal(ledger.column("state"), str(Said.WITHDRAWN)),
        pc.not_equal(ledger.column("origin"), str(Origin.ECHO)),
    )
    return ledger.filter(own).select(list(_WORDS))


def _of_events(facts: Facts) -> pa.Table:
    """What people withdrew by events until now."""
    events = facts.events
    said_no = pc.and_(
        _says_no(events.column(EVENT)), pc.less_equal(events.column(AT), to_epoch(facts.now))
    )
    told = events.filter(said_no)
    topics = pa.nulls(told.num_rows, pa.string())
    if facts.properties.get("topic") is FieldType.TEXT and "topic" in told.column_names:
        topics = told.column("topic").cast(pa.string())
    cells = [told.column(CONTACT).cast(pa.string()), pc.fill_null(topics, ALL_TOPICS)]
    return pa.table([*cells, told.column(AT)], names=list(_WORDS))


def _says_no(names: pa.ChunkedArray) -> pa.ChunkedArray:
    wanted = pa.array(OPT_OUTS)
    chunks = [
        pc.is_in(chunk.dictionary, value_set=wanted).take(chunk.indices)
        if pa.types.is_dictionary(chunk.type)
        else pc.is_in(chunk, value_set=wanted)
        for chunk in names.chunks
    ]
    return pa.chunked_array(chunks, pa.bool_())
