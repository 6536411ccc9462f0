"""A crowd: the people and events of all sources as they were read once, for many ticks of a clock."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from mactl.columns import AT, CONTACT, EVENT, FieldType
from mactl.people.events import Events
from mactl.people.people import People
from mactl.rules.prepared import local_days

Places = npt.NDArray[np.int64]
"""Whole numbers: rows of a table, or instants in epoch seconds."""

_NO_ALIASES = pa.table({"alias": pa.array([], pa.string()), CONTACT: pa.array([], pa.string())})


@dataclass(frozen=True, eq=False)
class Crowd:
    """`people` and what they did, with what is needed to find the few that matter among many."""

    people: People
    events: Events

    @cached_property
    def ids(self) -> "pd.Index[Any]":
        """The contacts' ids, in the order of their table."""
        ids: pd.Index[Any] = pd.Index(
            self.people.contacts.column(CONTACT).to_pandas(), name="contact"
        )
        return ids

    @cached_property
    def _who(self) -> Places:
        """Whose each event is, as a place in `ids`."""
        column = self.events.events.column(CONTACT).combine_chunks()
        if isinstance(column, pa.DictionaryArray):
            known: Places = self.ids.get_indexer(column.dictionary.to_pandas()).astype(np.int64)
            who: Places = known[column.indices.to_numpy(zero_copy_only=False)]
            return who
        return self.ids.get_indexer(column.to_pandas()).astype(np.int64)

    @cached_property
    def at(self) -> Places:
        """When each event was, in epoch seconds."""
        at: Places = self.events.events.column(AT).to_numpy()
        return at

    @cached_property
    def _rows_by_name(self) -> Mapping[str, Places]:
        """Event → its rows, oldest first."""
        codes, names = pd.factorize(self.events.events.column(EVENT).to_pandas())
        rows = np.lexsort((self.at, codes))
        begins = np.searchsorted(codes[rows], np.arange(len(names) + 1))
        return {str(name): rows[begins[n] : begins[n + 1]] for n, name in enumerate(names) if name}

    @cached_property
    def _rows_by_contact(self) -> tuple[Places, Places]:
        """The rows of events contact by contact, and where each contact's begin (one more at the end)."""
        rows = np.argsort(self._who, kind="stable")
        begins = np.searchsorted(self._who[rows], np.arange(len(self.ids) + 1))
        return rows, begins

    def instants_of(self, names: Iterable[str]) -> Places:
        """The instants of the events called `names`, in order, each once."""
        rows = [self._rows_by_name[name] for name in names if name in self._rows_by_name]
        return np.unique(self.at[np.concatenate(rows)]) if rows else np.empty(0, np.int64)

    def who_did(self, names: Iterable[str], first: int, last: int) -> set[str]:
        """Who did one of `names` from `first` to `last`, both ends in."""
        found: set[str] = set()
        for name in names:
            rows = self._rows_by_name.get(name)
            if rows is not None:
                at = self.at[rows]
                some = rows[np.searchsorted(at, first) : np.searchsorted(at, last, "right")]
                found.update(self.ids[np.unique(self._who[some])])
        return found

    def dates(self, field: str) -> tuple[npt.NDArray[np.float64], FieldType] | None:
        """A field's days or seconds by contact (nan where empty), and which of both; None for other fields."""
        type_ = self.people.fields.get(field)
        if type_ not in (FieldType.DATE, FieldType.INSTANT):
            return None
        values = self.people.contacts.column(field).cast(pa.float64())
        return values.to_numpy(zero_copy_only=False), type_

    def dates_as_days(self, field: str, zone: ZoneInfo) -> "pd.Series[Any]":
        """A field's days since 1970 by contact, missing where it holds no date; days of instants are `zone`'s."""
        type_ = self.people.fields.get(field)
        days: pd.Series[Any] = pd.Series(pd.NA, index=range(len(self.ids)), dtype="object")
        if type_ is FieldType.INSTANT:
            days = local_days(self.people.contacts.column(field), zone).to_pandas()
        elif type_ is FieldType.DATE:
            days = self.people.contacts.column(field).to_pandas()
        return days

    def among(self, contacts: Iterable[str]) -> "Crowd":
        """These contacts alone, in the order of all, and their events."""
        places = np.sort(self.ids.get_indexer(pd.Index(list(contacts), dtype="str")))
        places = places[places >= 0]
        rows, begins = self._rows_by_contact
        mine = [rows[begins[place] : begins[place + 1]] for place in places]
        events = np.sort(np.concatenate(mine)) if mine else np.empty(0, np.int64)
        table = self.events.events.take(pa.array(events))
        # A dictionary over everyone would make few people cost as much as all.
        plain = table.column(CONTACT).cast(pa.string())
        table = table.set_column(table.schema.get_field_index(CONTACT), CONTACT, plain)
        return Crowd(
            replace(
                self.people,
                contacts=self.people.contacts.take(pa.array(places)),
                aliases=_NO_ALIASES,
                merged=(),
            ),
            replace(self.events, events=table),
        )
