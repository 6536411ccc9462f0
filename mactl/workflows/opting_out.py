"""Who must not be written to, whichever of their addresses they said it of.

What a person said holds for the person: an address that was suppressed because its owner wished so counts for them
under every other address too, and a withdrawal in the data counts for everybody who has the address. What only tells
of a mailbox, such as a bounce, or of a whole domain stays with the addresses that it covers.
"""

from collections.abc import Callable, Mapping

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from mactl.columns import CONTACT, FieldType
from mactl.facts.facts import no_opt_outs
from mactl.people.people import People
from mactl.people.sources.layouts.layout import OPT_OUT
from mactl.project import ConsentColumns
from mactl.store.covered import cover
from mactl.store.decisions import NOT_SAID_BY_PEOPLE
from mactl.store.suppressions import ALL_MAIL, address_key
from mactl.workflows.echoing import whom_it_holds_for

Frame = pd.DataFrame
_COLUMNS = ["contact", "topic"]


def opted_out(
    people: People,
    contacts: Callable[[], Frame],
    suppressed: Frame,
    secret: bytes,
    consent: Mapping[str, ConsentColumns],
) -> pa.Table:
    """contact, topic ("" for all mail) of those who opted out, some of them more than once; `contacts` makes
    those of `Gathered`."""
    withdrawing = {topic: columns.withdrawn for topic, columns in consent.items()}
    found = [_by_shared_address(people, {ALL_MAIL: OPT_OUT, **withdrawing})]
    if len(suppressed):
        holders = contacts()["address_key"].dropna().reset_index()
        found.append(_holders(holders, suppressed, secret))
        former = _by_former_address(people, suppressed, secret)
        pairs = whom_it_holds_for(people, former["contact"].unique())
        others = former.rename(columns={"contact": "who"}).merge(pairs, on="who")
        found += [former, others[_COLUMNS]]
    tables = [
        pa.table(
            {name: pa.array(list(frame[name].astype("str")), pa.string()) for name in _COLUMNS}
        )
        for frame in found
        if len(frame)
    ]
    return pa.concat_tables([no_opt_outs(), _said_so(people), *tables])


def _said_so(people: People) -> pa.Table:
    """Those who opted out of all marketing by what a source says of them."""
    if people.fields.get(OPT_OUT) is not FieldType.BOOLEAN:
        return no_opt_outs()
    out = people.contacts.filter(pc.equal(people.contacts.column(OPT_OUT), True))
    contacts = out.column(CONTACT).cast(pa.string())
    return pa.table({"contact": contacts, "topic": pa.repeat(ALL_MAIL, len(contacts))})


def _holders(holders: Frame, suppressed: Frame, secret: bytes) -> Frame:
    """contact, topic of those of `holders` (contact, address_key) whose address is suppressed."""
    covered = cover(suppressed, [holders["address_key"]], secret)
    if covered.empty:
        return pd.DataFrame(columns=_COLUMNS)
    return holders.merge(covered[["address_key", "topic"]], on="address_key")[_COLUMNS]


def _by_former_address(people: People, suppressed: Frame, secret: bytes) -> Frame:
    heirs = people.heirs.filter(pc.starts_with(people.heirs.column("alias"), "email:"))
    if not (people.former.num_rows or heirs.num_rows):
        return pd.DataFrame(columns=_COLUMNS)
    is_domain = suppressed["address_key"].str.startswith("@")
    said = suppressed[~is_domain & ~suppressed["source"].isin(NOT_SAID_BY_PEOPLE)]
    if said.empty:
        return pd.DataFrame(columns=_COLUMNS)
    theirs = heirs.column("alias").cast(pa.string())
    before = pa.table(
        [pc.utf8_slice_codeunits(theirs, len("email:")), heirs.column(CONTACT).cast(pa.string())],
        names=["address_key", "contact"],
    )
    mine = people.former.rename_columns(["address_key", "contact"]).cast(before.schema)
    former = pa.concat_tables([mine, before]).to_pandas()
    odd = ~former["address_key"].str.fullmatch(r"[\x21-\x7e]+")
    former.loc[odd, "address_key"] = former.loc[odd, "address_key"].map(address_key)
    return _holders(former, said, secret)


def _by_shared_address(people: People, withdrawing: Mapping[str, str | None]) -> Frame:
    """Those who share an address with somebody whose column says that they withdrew; topic → its column."""
    shared = people.shared.filter(pc.starts_with(people.shared.column("alias"), "email:"))
    found = [pd.DataFrame(columns=_COLUMNS)]
    if not shared.num_rows:
        return found[0]
    sharing = shared.to_pandas().rename(columns={CONTACT: "contact"})
    for topic, column in withdrawing.items():
        if column is None or people.fields.get(column) is not FieldType.BOOLEAN:
            continue
        told = people.contacts.column(column).fill_null(False)
        gone = people.contacts.column(CONTACT).filter(told).to_pandas()
        aliases = sharing.loc[sharing["contact"].isin(gone), "alias"]
        theirs = sharing.loc[sharing["alias"].isin(aliases), ["contact"]]
        found.append(theirs.assign(topic=topic))
    return pd.concat(found, ignore_index=True)
