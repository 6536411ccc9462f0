"""The ledger as a table, and what its words come to for each contact.

The table has a row for each entry: number, contact, topic, state, at, source, wording, file, channels, origin,
corrects, and whether there is proof: free, specific, informed, unambiguous, and complete (of all, with when and where).
"""

import pyarrow as pa
import pyarrow.compute as pc

from mactl.consent.entry import ALL_TOPICS, PROOFS, Origin, Said

SCHEMA = pa.schema(
    [
        ("number", pa.int64()),
        *((name, pa.string()) for name in ("contact", "topic", "state")),
        ("at", pa.int64()),
        *((name, pa.string()) for name in ("source", "wording", "file", "channels", "origin")),
        ("corrects", pa.int64()),
        *((name, pa.bool_()) for name in (*PROOFS, "complete")),
    ]
)


def no_words() -> pa.Table:
    """A ledger in which nothing stands."""
    return SCHEMA.empty_table()


def counting(ledger: pa.Table) -> pa.Table:
    """The entries that count: without those that were corrected, and without the corrections."""
    corrected = ledger.column("corrects").drop_null()
    if not len(corrected):
        return ledger
    out = pc.or_(
        pc.is_in(ledger.column("number"), value_set=corrected.combine_chunks()),
        pc.equal(ledger.column("state"), str(Said.CORRECTED)),
    )
    return ledger.filter(pc.invert(out))


def last_withdrawal(ledger: pa.Table, topic: str) -> pa.Table:
    """contact, at of who withdrew their consent for `topic`, or for all marketing, and when last."""
    ledger = counting(ledger)
    said = pc.equal(ledger.column("state"), str(Said.WITHDRAWN))
    about = pc.is_in(ledger.column("topic"), value_set=pa.array([topic, ALL_TOPICS]))
    return _last(ledger.filter(pc.and_(said, about)))


def last_grant(ledger: pa.Table, topic: str, channel: str | None = None) -> pa.Table:
    """contact, at of who consented to `topic`, and when last (null where that was not told); with `channel` only
    where all four proofs are there, for that channel."""
    ledger = counting(ledger)
    said = _about(ledger, topic, Said.GRANTED)
    if channel is not None:
        listed = pc.binary_join_element_wise(";", ledger.column("channels"), ";", "")
        covers = pc.match_substring(listed, f";{channel};").fill_null(False)
        said = pc.and_(pc.and_(said, ledger.column("complete")), covers)
    return _last(ledger.filter(said))


def last_request(ledger: pa.Table, topic: str) -> pa.Table:
    """contact, at of who was asked for consent to `topic`, and when last."""
    ledger = counting(ledger)
    return _last(ledger.filter(_about(ledger, topic, Said.PENDING)))


def entries_by_columns(ledger: pa.Table, topic: str) -> pa.Table:
    """The entries on `topic` that the columns of the sources made, in their order, corrected ones too."""
    return ledger.filter(
        pc.and_(
            pc.equal(ledger.column("topic"), topic),
            pc.equal(ledger.column("origin"), str(Origin.COLUMNS)),
        )
    )


def gave_by_columns(ledger: pa.Table, topic: str) -> pa.Table:
    """The newest entries that the columns made, of those who consented to `topic` by them."""
    found = entries_by_columns(counting(ledger), topic)
    if pc.count_distinct(found.column("contact")).as_py() < found.num_rows:
        newest = found.group_by("contact").aggregate([("number", "max")]).column("number_max")
        found = found.filter(pc.is_in(found.column("number"), value_set=newest.combine_chunks()))
    return found.filter(pc.equal(found.column("state"), str(Said.GRANTED)))


def _about(ledger: pa.Table, topic: str, said: Said) -> pa.ChunkedArray:
    return pc.and_(
        pc.equal(ledger.column("state"), str(said)), pc.equal(ledger.column("topic"), topic)
    )


def last_from(ledger: pa.Table, said: Said, origin: Origin) -> pa.Table:
    """contact, topic, at of the last entries of a state that came from `origin`, corrected ones too."""
    theirs = pc.and_(
        pc.equal(ledger.column("state"), str(said)),
        pc.equal(ledger.column("origin"), str(origin)),
    )
    found = ledger.filter(theirs).group_by(["contact", "topic"]).aggregate([("at", "max")])
    return found.rename_columns(["contact", "topic", "at"])


def _last(entries: pa.Table) -> pa.Table:
    found = entries.group_by("contact").aggregate([("at", "max")])
    return found.rename_columns(["contact", "at"])
