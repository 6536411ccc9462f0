"""Whose a visit is: by what names the visitor, or by a link that only one person got."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import select

from mactl.columns import CONTACT
from mactl.errors import ConfigurationError
from mactl.people.analytics.addresses import tokens_in
from mactl.people.analytics.hits import Hits
from mactl.people.cells import Cells, Mask, Numbers, lowered
from mactl.people.identity.keys import EMAIL
from mactl.people.people import People
from mactl.people.whose import WHO, find_contacts
from mactl.project import Settings
from mactl.store.state import State
from mactl.store.tables import sends
from mactl.store.tokens import Tokens
from mactl.validation import did_you_mean

_USER = "user_id"
_FIELDS = {
    "client_id": ("client_id", "ga_client_id"),
    "visitor_id": ("visitor_id", "matomo_visitor_id"),
}
"""What names a visitor → the fields that hold the same, where mactl.yaml names none."""
_GA_COOKIE = r"^GA\d\.\d\."  # before the client's id
_BATCH = 500  # ids asked for at a time


@dataclass(frozen=True, eq=False)
class Whose:
    """For each hit the place of its contact among the people, -1 where nobody is known; and which lead out."""

    contact: Numbers
    is_way_out: Mask
    """Visits of an unsubscribe address: they tell of no interest."""


class Visitors:
    """Who can be told among the visitors of a site."""

    def __init__(
        self, settings: Settings, people: People, state: State, merges: Mapping[str, str]
    ) -> None:
        """Raises ConfigurationError where mactl.yaml names a field that nobody has."""
        self._people, self._state, self._merges = people, state, merges
        self._settings = settings
        self._identity = (WHO, *settings.identity_fields)
        self._fields = {
            name: tuple(field for field in fields if field in people.fields)
            for name, fields in _FIELDS.items()
        } | {_USER: ()}
        for name, field in settings.visitors.items():
            if field not in people.fields and field != WHO:
                raise ConfigurationError(
                    f"mactl.yaml: visitors: {name} is no contact's {field!r}: there is no such field",
                    did_you_mean(field, people.fields),
                )
            self._fields[name] = (field,)
        self._ids = people.contacts.column(CONTACT).combine_chunks()

    @property
    def keys(self) -> list[str]:
        """The parameters and cookies that may name a visitor."""
        return list(dict.fromkeys([*self._fields, *self._identity[1:]]))

    def whose(self, hits: Hits) -> Whose:
        """Whose each hit is: a name counts before a link, for links are passed on."""
        found = np.full(len(hits), -1, np.int64)
        for name, texts in hits.keys.items():
            if texts.null_count < len(texts):
                found = np.where(found >= 0, found, self._named(name, texts))
        linked, is_way_out = self._linked(hits.columns["url"])
        return Whose(np.where(found >= 0, found, linked), is_way_out)

    def _named(self, name: str, texts: pa.Array) -> Numbers:
        if name == "_ga":
            texts = pc.replace_substring_regex(texts, _GA_COOKIE, "")
        fields = self._fields.get(name, (name,) if name in self._identity else ())
        cells = Cells(texts).encoded()
        if name == _USER and not fields:
            return find_contacts(dict.fromkeys(self._identity, cells), self._people, self._settings)
        found = np.full(len(texts), -1, np.int64)
        for field in fields:
            if field in self._identity:
                more = find_contacts({field: cells}, self._people, self._settings)
            else:
                more = self._by_value(field, cells)
            found = np.where(found >= 0, found, more)
        return found

    def _by_value(self, field: str, cells: Cells) -> Numbers:
        """The contact with this value in a field; nobody where several have it."""
        values = self._people.contacts.column(field).combine_chunks()
        texts = _as_written(values)
        counts = texts.value_counts()
        shared = pc.struct_field(
            counts.filter(pc.greater(pc.struct_field(counts, "counts"), 1)), "values"
        )
        own = pc.if_else(pc.is_in(texts, value_set=shared), None, texts)
        wanted = cells
        if field == EMAIL:
            own, wanted = lowered(own), cells.replaced(lowered(cells.values))
        places = pc.index_in(wanted.values, value_set=own, skip_nulls=True).cast(pa.int64())
        found: Numbers = wanted.replaced(places).array().fill_null(-1).to_numpy()
        return found

    def _linked(self, urls: pa.Array) -> tuple[Numbers, Mask]:
        """The contact to whom a link was sent that is visited, and which links are for unsubscribing."""
        nobody = np.full(len(urls), -1, np.int64), np.zeros(len(urls), np.bool_)
        tokens = tokens_in(urls).dictionary_encode()
        if not len(tokens.dictionary):
            return nobody
        ours = Tokens(self._state.secret)
        opened = [_open(ours, token) for token in tokens.dictionary.to_pylist()]
        contacts = self._recipients([send for send, _ in opened if send])
        whose = pa.array([contacts.get(send or "") for send, _ in opened], pa.string())
        places = pc.index_in(whose, value_set=self._ids, skip_nulls=True).cast(pa.int64())
        index = tokens.indices
        is_out = pa.array([is_out for _, is_out in opened]).take(index).fill_null(False)
        return (
            places.take(index).fill_null(-1).to_numpy(),
            is_out.to_numpy(zero_copy_only=False),
        )

    def _recipients(self, ids: Sequence[str]) -> dict[str, str]:
        """The contact of each send, as the one that they are today."""
        found: dict[str, str] = {}
        with self._state.reading() as connection:
            for first in range(0, len(ids), _BATCH):
                some = ids[first : first + _BATCH]
                query = select(sends.c.id, sends.c.contact).where(sends.c.id.in_(some))
                rows = connection.execute(query)
                found |= {row.id: self._merges.get(row.contact, row.contact) for row in rows}
        return found


def _open(tokens: Tokens, token: str) -> tuple[str | None, bool]:
    """The send that a token belongs to, and whether it is for unsubscribing."""
    out = tokens.read_unsubscribe(token)
    return out or tokens.read_view(token) or tokens.read_confirm(token), out is not None


def _as_written(values: pa.Array) -> pa.Array:
    """Values as text; whole numbers without decimals, as an id is written."""
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    if not pa.types.is_floating(values.type):
        return values.cast(pa.string())
    whole = pc.equal(values, pc.floor(values))
    as_whole = pc.if_else(whole, values, None).cast(pa.int64(), safe=False).cast(pa.string())
    return pc.if_else(whole, as_whole, values.cast(pa.string()))
