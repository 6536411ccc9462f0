"""Columns of identity keys: what rows are recognised by, in the form in which two of them are compared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mactl.columns import FieldType
from mactl.people.cells import Cells, Mask, empty_cells, lowered
from mactl.people.hygiene.e164 import read_phones
from mactl.people.hygiene.flags import NO_KEYS, Flags, flagged
from mactl.people.hygiene.values import is_nothing
from mactl.project import Settings
from mactl.project.identity import IdentityKey

EMAIL, PHONE = "email", "phone"
_REACHING = frozenset({EMAIL, PHONE})
"""Fields that people share with others of their household or office, and have several of."""
_BETWEEN = "|"
"""Between the parts of a key of several fields."""


@dataclass(frozen=True, slots=True)
class KeyRule:
    """A key as `identity` declares it, with its defaults filled in."""

    name: str
    fields: tuple[str, ...]
    compare: str
    """exact, text, phone or email."""
    apart: tuple[str, ...]
    """Keys that keep two rows apart where they differ, though this one is the same."""
    limit: int
    """How many different stronger keys may go with one of these."""

    @property
    def told(self) -> str:
        """Its fields in words."""
        return " with ".join(self.fields)


def key_rules(settings: Settings) -> tuple[KeyRule, ...]:
    """The keys that `settings` declare, strongest first, each once.

    Two rows that differ in an id which stands before the address are two people, though they share the address: a
    household or an office has one, and a system that gave out two ids says that they are two. To take them for one
    would write to each of them about the other, which nobody can take back; to keep them apart costs a second card.
    """
    rules: dict[str, KeyRule] = {}
    ids: list[str] = []
    for key in settings.identity:
        if key.name in rules:
            continue
        apart = tuple(ids) if key.unless_differ is None else key.unless_differ
        rules[key.name] = KeyRule(key.name, key.fields, _comparison(key), apart, key.limit)
        if (
            key.field is not None
            and key.field not in _REACHING
            and rules.keys().isdisjoint(_REACHING)
        ):
            ids.append(key.field)
    return tuple(rules.values())


def _comparison(key: IdentityKey) -> str:
    if key.compare is not None:
        return key.compare
    if key.all:
        return "text"
    return str(key.field) if key.field in _REACHING else "exact"


def phone_fields(rules: Sequence[KeyRule]) -> list[str]:
    """The fields that are compared as telephone numbers."""
    return [field for rule in rules if rule.compare == PHONE for field in rule.fields]


def key_cells(
    rules: Sequence[KeyRule],
    cells: Mapping[str, Cells],
    flags: Flags,
    count: int,
    country: str | None,
) -> dict[str, Cells]:
    """Rule → the key in each of `count` rows, null for none; `cells` are the fields, clean and typed.

    `country` is where phone numbers without a prefix are from. A key of several fields is null where one is empty, or
    flagged as something that nobody can be recognised by.
    """
    return {rule.name: _cells_of(rule, cells, flags, count, country) for rule in rules}


def missing_keys(
    rules: Sequence[KeyRule],
    cells: Mapping[str, Cells],
    flags: Flags,
    count: int,
    country: str | None,
) -> Mask:
    """Which of `count` rows have no key at all."""
    missing = np.ones(count, np.bool_)
    for rule in rules:
        if all(field in cells for field in rule.fields):
            is_plain = rule.compare in ("exact", EMAIL) and len(rule.fields) == 1
            found = (
                _unflagged(rule.fields[0], cells, flags)
                if is_plain
                else _cells_of(rule, cells, flags, count, country)
            )
            missing &= ~found.valid()
    return missing


def _cells_of(
    rule: KeyRule, cells: Mapping[str, Cells], flags: Flags, count: int, country: str | None
) -> Cells:
    if any(field not in cells for field in rule.fields):
        return empty_cells(count, pa.string())
    parts = [
        compared(_unflagged(field, cells, flags), rule.compare, country) for field in rule.fields
    ]
    if len(parts) == 1:
        return parts[0]
    return Cells(pc.binary_join_element_wise(*(part.array() for part in parts), _BETWEEN))


def _unflagged(field: str, cells: Mapping[str, Cells], flags: Flags) -> Cells:
    """A column without the cells that nobody can be recognised by."""
    found = cells[field]
    false = flagged(flags, field, NO_KEYS, len(found))
    return found.without(false) if false.any() else found


def alias_of(name: str, keys: pa.Array) -> pa.Array:
    """Keys of one kind as aliases: `C12` → `contact_id:C12`."""
    return pc.binary_join_element_wise(pa.scalar(f"{name}:"), keys, "")


def compared(cells: Cells, how: str, country: str | None = None) -> Cells:
    """The cells in the form in which two of them are compared `how` (see `KeyRule.compare`)."""
    values = cells.values
    if not pa.types.is_string(values.type):
        return cells.replaced(_written(values))
    if how == EMAIL:
        return cells.replaced(lowered(values))
    if how == PHONE:
        return cells.replaced(_phones(values, country))
    if how == "text":
        return cells.replaced(_emptied(folded(values)))
    return cells


def _written(values: pa.Array) -> pa.Array:
    """Values that are no text as ISO 8601 and people write them."""
    if values.type == FieldType.DATE.arrow:
        values = values.cast(pa.date32())
    elif values.type == FieldType.INSTANT.arrow:
        values = values.cast(pa.timestamp("s"))
    return values.cast(pa.string())


def compared_texts(texts: pa.Array, how: str, country: str | None) -> pa.Array:
    """As `compared`, one text for each row."""
    return compared(Cells(texts), how, country).array()


def folded(texts: pa.Array) -> pa.Array:
    """Text regardless of case, accents, blanks and punctuation: letters and digits alone."""
    if pc.all(pc.string_is_ascii(texts)).as_py() is not False:
        return pc.replace_substring_regex(pc.ascii_lower(texts), r"[^a-z0-9]+", "")
    plain = pc.utf8_normalize(pc.utf8_lower(texts), form="NFKD")
    return pc.replace_substring_regex(plain, r"[^\pL\pN]+", "")


def _emptied(texts: pa.Array) -> pa.Array:
    nothing = pc.or_(pc.equal(pc.binary_length(texts), 0), is_nothing(texts))
    return pc.if_else(nothing, None, texts)


def _phones(texts: pa.Array, country: str | None) -> pa.Array:
    """Telephone numbers as E.164; those that no country is known of by their digits. What was made up is none."""
    home = [country] if country is not None else []
    regions = np.full(len(texts), len(home) - 1, np.int64)
    read = read_phones(texts, regions, home)
    if not read.homeless.any() and not read.invented.any():
        return read.numbers
    digits = pc.replace_substring_regex(texts, r"[^0-9]+", "")
    enough = pc.greater_equal(pc.binary_length(digits), _LEAST_DIGITS)
    at_home = pc.if_else(pc.and_(enough, pa.array(read.homeless)), digits, read.numbers)
    return pc.if_else(pa.array(read.invented), None, at_home)


_LEAST_DIGITS = 7
"""What has fewer tells nobody."""
