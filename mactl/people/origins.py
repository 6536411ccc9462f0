"""The rows that people were made of, and the table of contacts that comes of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from mactl.columns import CONTACT, KEY, ZONE, FieldType
from mactl.errors import ConfigurationError
from mactl.people.cells import Cells, Numbers, empty_cells
from mactl.people.demands import TIMEZONE
from mactl.people.hygiene.cleaning import Rows
from mactl.people.hygiene.flags import DATA_FLAGS, flags_of_persons
from mactl.people.hygiene.instants import to_instants
from mactl.people.identity.keys import KeyRule
from mactl.people.identity.merging import choose_rows
from mactl.people.identity.naming import names_of
from mactl.people.identity.persons import Persons
from mactl.people.identity.recognising import Identities
from mactl.people.identity.surviving import Surviving
from mactl.people.sources.files import changed_at
from mactl.people.sources.layouts.layout import OPT_OUT
from mactl.people.threads import side_by_side
from mactl.project import ConsentColumns, Settings

_OPTED_OUT = ConsentColumns(state="", withdrawn=OPT_OUT)
"""An opt-out of all marketing: whichever of somebody's rows says so."""


@dataclass(frozen=True, slots=True, eq=False)
class Origins:
    """The rows that people were made of, and how: what is asked of one contact, or of the values that lost.

    `rows.sheet` has places in `paths`; `chosen` has for each field the row that each person's value is from.
    """

    rows: Rows
    paths: tuple[str | None, ...]
    rules: tuple[KeyRule, ...]
    keys: Mapping[str, Cells]
    identities: Identities
    persons: Persons
    surviving: Surviving
    chosen: Mapping[str, Numbers]

    def place_of(self, row: int) -> tuple[str | None, int]:
        """The file and line of a row; no file for one that was read from none."""
        return self.paths[int(self.rows.sheet[row])], int(self.rows.line[row])


def origins_of(
    settings: Settings,
    rows: Rows,
    paths: Sequence[str | None],
    rules: tuple[KeyRule, ...],
    keys: Mapping[str, Cells],
    identities: Identities,
) -> Origins:
    """Which of `rows` gives each person which field; `paths` are the files of the sheets that `rows` name.

    Raises ConfigurationError where `survivorship` asks a column for instants that has none.
    """
    rule = settings.survivorship
    at = rows.cells.get(rule.at) if rule.at is not None else None
    if at is not None and not pa.types.is_integer(at.values.type):
        raise ConfigurationError(
            f"mactl.yaml: survivorship: {rule.at} is no column of days or instants",
            f'say how it is written: columns: {{{rule.at}: {{date: "%d-%m-%Y"}}}}',
        )
    surviving = Surviving(rule, paths, [changed_at(path) for path in paths], rows.sheet, at)
    persons = Persons.of(identities)
    consent = (*settings.consent.values(), _OPTED_OUT)
    chosen = choose_rows(persons, rows.cells, consent, surviving)
    return Origins(rows, tuple(paths), rules, keys, identities, persons, surviving, chosen)


def contacts_of(settings: Settings, origins: Origins, fields: Mapping[str, FieldType]) -> pa.Table:
    """The table of contacts with the columns `fields`; see `People`."""
    rows, identities, chosen = origins.rows, origins.identities, origins.chosen
    everyone = len(identities.first) == len(rows)

    def of_persons(cells: Cells, name: str) -> Cells:
        return cells if everyone else cells.take(chosen[name])

    columns = {name: of_persons(cells, name) for name, cells in rows.cells.items()}
    count = len(identities.first)
    zone = columns.get(TIMEZONE, empty_cells(count, pa.string()))
    for name, marks in rows.local.items():
        seconds, local = columns[name].array(), of_persons(marks, name).array()
        columns[name] = Cells(to_instants(seconds, local, zone, settings.timezone))
    if DATA_FLAGS in fields:
        flags = flags_of_persons(rows.flags, identities.person, chosen, columns, count)
        columns[DATA_FLAGS] = Cells(flags)
    arrays = side_by_side(Cells.array, columns.values(), count)
    values = dict(zip(columns, arrays, strict=True))
    return pa.table(
        {
            CONTACT: identities.ids,
            KEY: names_of(identities, origins.rules, values, origins.keys),
            ZONE: zone.array(),
            **{name: values[name] for name in fields},
        }
    )


def ids_of(identities: Identities, persons: Numbers) -> pa.Array:
    """The ids of `persons`, as a dictionary over all of them."""
    return pa.DictionaryArray.from_arrays(pa.array(persons.astype(np.int32)), identities.ids)


def rows_of(origins: Origins) -> pa.Table:
    """`_contact`, `path`, `line` of every row."""
    rows, paths = origins.rows, pa.array(origins.paths, pa.string())
    return pa.table(
        {
            CONTACT: ids_of(origins.identities, origins.identities.person),
            "path": pa.DictionaryArray.from_arrays(pa.array(rows.sheet.astype(np.int32)), paths),
            "line": rows.line,
        }
    )
