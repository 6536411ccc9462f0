"""What of a contact tells that another is the same person, as columns that can be compared."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from mactl.people.cells import Numbers, lowered
from mactl.people.identity.keys import EMAIL, PHONE, compared_texts, folded
from mactl.people.sources.fields import is_birthday, is_phone, is_postcode
from mactl.people.sources.synonyms import proposed_field

_WHOLE_NAMES = ("name", "full_name", "naam", "volledige_naam")


def names_in(columns: Sequence[str]) -> dict[str, list[str]]:
    """Which of `columns` hold first names, last names and whole names: first_name, last_name, name."""
    found = {field: _called(field, columns) for field in ("first_name", "last_name")}
    return {**found, "name": [name for name in columns if name in _WHOLE_NAMES]}


def _called(field: str, columns: Sequence[str]) -> list[str]:
    """The columns that are a field by their name, in whatever language."""
    return [name for name in columns if name == field or proposed_field(name) == field]


@dataclass(frozen=True, slots=True, eq=False)
class Trait:
    """A column of texts, null where there is none; `codes` number the texts (-1 for none), `counts` say how many have
    each."""

    texts: pa.Array
    codes: Numbers
    counts: Numbers

    @classmethod
    def of(cls, texts: pa.Array) -> "Trait":
        """The trait with these texts; an empty one is none."""
        texts = pc.if_else(pc.equal(pc.binary_length(texts), 0), None, texts)
        encoded = texts.dictionary_encode()
        codes: Numbers = encoded.indices.fill_null(-1).to_numpy().astype(np.int64)
        counts = np.bincount(codes[codes >= 0], minlength=len(encoded.dictionary))
        return cls(texts, codes, counts)

    def beginning(self, letters: int) -> "Trait":
        """The first letters of each."""
        return Trait.of(pc.utf8_slice_codeunits(self.texts, 0, letters))

    def with_(self, other: "Trait") -> Numbers:
        """Codes of both together, -1 where either is missing."""
        both = self.codes * (len(other.counts) + 1) + other.codes
        both = np.where((self.codes < 0) | (other.codes < 0), -1, both)
        codes, _ = pd.factorize(both)
        return np.where(both < 0, -1, codes)

    def both(self, other: "Trait") -> "Trait":
        """Both together as one trait, whose texts are these."""
        codes = self.with_(other)
        return Trait(self.texts, codes, np.bincount(codes[codes >= 0]))


@dataclass(frozen=True, slots=True, eq=False)
class Traits:
    """The traits of all contacts; those that no source has are empty."""

    count: int
    first: Trait
    last: Trait
    phone: Trait
    postcode: Trait
    birthday: Trait
    company: Trait
    email: Trait
    local: Trait
    """What stands before the @, without dots and what follows on a +."""
    domain: Trait


def traits_of(contacts: pa.Table, country: str | None) -> Traits:
    """The traits of `contacts` (see `People`); `country` is where phone numbers without a prefix are from."""
    columns, count = contacts.column_names, contacts.num_rows

    def text(names: Sequence[str]) -> pa.Array:
        known = [contacts.column(name).combine_chunks() for name in names if name in columns]
        found = [column.cast(pa.string()) for column in known]
        return pc.coalesce(*found) if found else pa.nulls(count, pa.string())

    def about(is_it: Callable[[str], bool]) -> pa.Array:
        return text([name for name in columns if is_it(name)])

    first, last, whole = (text(names) for names in names_in(columns).values())
    # Of a whole name the last word is the last name, so far as that can be told.
    first = pc.coalesce(first, pc.replace_substring_regex(whole, r"\s*\S+$", ""))
    last = pc.coalesce(last, pc.replace_substring_regex(whole, r"^.*\s", ""))
    email = lowered(text((EMAIL,)))
    local = pc.replace_substring_regex(email, r"(\+.*)?@.*$", "")
    return Traits(
        count,
        Trait.of(folded(first)),
        Trait.of(folded(last)),
        Trait.of(compared_texts(about(is_phone), PHONE, country)),
        Trait.of(folded(about(is_postcode))),
        Trait.of(about(is_birthday)),
        Trait.of(folded(text(_called("company", columns)))),
        Trait.of(email),
        Trait.of(pc.replace_substring_regex(local, r"[._-]+", "")),
        Trait.of(pc.replace_substring_regex(email, r"^.*@", "")),
    )
