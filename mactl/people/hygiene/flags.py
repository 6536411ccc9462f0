"""What is odd about a contact's data, as one field that rules can ask: `{field: data_flags, has: phone_invented}`.

A flag is set on a cell while its row is cleaned. A contact has the flags of the cells that its values come from,
and of those that were emptied where it has no other value for them.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import StrEnum

import numpy as np
import pyarrow as pa

from mactl.columns import FieldType
from mactl.people.cells import Cells, Mask, Numbers

DATA_FLAGS = "data_flags"
"""The field, a list, that every contact has."""


class Flag(StrEnum):
    """What may be odd about a cell."""

    EMAIL_TYPO = "email_typo"
    EMAIL_ROLE = "email_role"
    EMAIL_DISPOSABLE = "email_disposable"
    EMAIL_SMTPUTF8 = "email_smtputf8"
    PHONE_INVENTED = "phone_invented"
    PHONE_INVALID = "phone_invalid"
    NAME_PLACEHOLDER = "name_placeholder"
    NAME_SUSPECT = "name_suspect"
    BIRTHDAY_IMPOSSIBLE = "birthday_impossible"
    BIRTHDAY_FILLER = "birthday_filler"
    COUNTRY_UNKNOWN = "country_unknown"
    POSTCODE_INVALID = "postcode_invalid"
    FORMULA = "formula"


NO_KEYS = frozenset([Flag.PHONE_INVENTED, Flag.PHONE_INVALID])
"""What nobody can be recognised by: all who made up the same number would be one person."""
MEANINGS: Mapping[Flag, str] = {
    Flag.EMAIL_TYPO: "the domain looks like a misspelt one, such as gmial.com",
    Flag.EMAIL_ROLE: "the mailbox is a function's, not a person's: info@, sales@, postmaster@",
    Flag.EMAIL_DISPOSABLE: "the domain is one of mailboxes to throw away",
    Flag.EMAIL_SMTPUTF8: "letters beyond ASCII before the @: relays without SMTPUTF8 refuse it",
    Flag.PHONE_INVENTED: "the number is made up: 0612345678, 0600000000",
    Flag.PHONE_INVALID: "the number is none in its country",
    Flag.NAME_PLACEHOLDER: "what stood there is no name, such as test or n/a; it is left empty",
    Flag.NAME_SUSPECT: "the name holds a web or mail address",
    Flag.BIRTHDAY_IMPOSSIBLE: "a birthday in the future or before 1900; it is left empty",
    Flag.BIRTHDAY_FILLER: "1900-01-01 or 1970-01-01, which systems fill in; it is left empty",
    Flag.COUNTRY_UNKNOWN: "the country is none that ISO 3166 knows",
    Flag.POSTCODE_INVALID: "the postcode cannot be one of its country",
    Flag.FORMULA: "a cell begins like a formula of a spreadsheet",
}
"""What each flag says."""

Flags = dict[str, dict[Flag, Mask]]
"""Field → flag → the rows whose cell has it."""


def mark(flags: Flags, field: str, flag: Flag, rows: Mask) -> None:
    """Set `flag` on the cells of `field` in `rows`."""
    marked = flags.setdefault(field, {})
    marked[flag] = marked[flag] | rows if flag in marked else rows


def flagged(flags: Flags, field: str, chosen: Collection[Flag], count: int) -> Mask:
    """Which of `count` rows have one of the `chosen` flags on their cell of `field`."""
    found = np.zeros(count, np.bool_)
    for flag, rows in flags.get(field, {}).items():
        if flag in chosen:
            found |= rows
    return found


def stack_flags(parts: Sequence[tuple[Flags, int]]) -> Flags:
    """The flags of several tables, each with its number of rows, one after another."""
    stacked: Flags = {}
    for field, flag in sorted(
        {(f, flag) for flags, _ in parts for f in flags for flag in flags[f]}
    ):
        masks = [
            flags.get(field, {}).get(flag, np.zeros(count, np.bool_)) for flags, count in parts
        ]
        stacked.setdefault(field, {})[flag] = np.concatenate(masks)
    return stacked


def take_flags(flags: Flags, rows: Numbers) -> Flags:
    """The flags of `rows`, in that order."""
    return {field: {flag: m[rows] for flag, m in marked.items()} for field, marked in flags.items()}


def flags_of_persons(
    flags: Flags,
    person: Numbers,
    chosen: Mapping[str, Numbers],
    columns: Mapping[str, Cells],
    count: int,
) -> pa.Array:
    """The flags of each of `count` persons, as `mactl.columns` keeps lists; null where there is none.

    `person` is whose each row is, `chosen` the row that each person's value of a field comes from, and
    `columns` has those values.
    """
    found: dict[Flag, Mask] = {}
    for field, marked in flags.items():
        empty = ~columns[field].valid()
        for flag, rows in marked.items():
            has = rows[chosen[field]]
            holders = person[rows]
            has[holders[empty[holders]]] = True
            found[flag] = found[flag] | has if flag in found else has
    return _as_lists(sorted(found.items()), count)


def _as_lists(marked: Iterable[tuple[Flag, Mask]], count: int) -> pa.Array:
    pairs = list(marked)
    codes = np.zeros(count, np.int64)
    for bit, (_, mask) in enumerate(pairs):
        codes |= mask.astype(np.int64) << bit
    distinct, index = np.unique(codes, return_inverse=True)
    texts = [_as_list(pairs, int(code)) for code in distinct]
    return pa.array(texts, FieldType.LIST.arrow).take(pa.array(index))


def _as_list(pairs: Sequence[tuple[Flag, Mask]], code: int) -> str | None:
    words = [str(flag) for bit, (flag, _) in enumerate(pairs) if code >> bit & 1]
    return f";{';'.join(words)};" if words else None
