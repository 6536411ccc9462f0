"""The tables of `data:` in mactl.yaml, which templates look things up in; each read when it is first asked for."""

import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from mactl.columns import FieldType
from mactl.content.lookups import Row, key_of
from mactl.errors import ConfigurationError
from mactl.findings import Finding, Severity
from mactl.people.hygiene.inference import Part, infer_type
from mactl.people.sources.headers import field_name
from mactl.people.sources.reading import read_sheet
from mactl.people.sources.sheets import Sheet
from mactl.project import ContactSource
from mactl.project.lookups import LookupTable
from mactl.validation import did_you_mean

_PLAIN_NUMBER = re.compile(r"-?(?:\d+(?:\.\d+)?|\.\d+)", re.ASCII)


class DataTable:
    """One table: rows by their key."""

    def __init__(self, name: str, declared: LookupTable, folder: Path) -> None:
        self._name = name
        self._declared = declared
        self._path = folder / declared.file

    def row(self, key: str) -> Row | None:
        """The row with this key, by column: text, numbers where the whole column is numbers, None where empty.

        Of rows with one key it is the first. Raises UnreadableInput where the file can't be read, ConfigurationError
        where it has no such key column.
        """
        return self._rows.get(key)

    @property
    def findings(self) -> list[Finding]:
        """What is wrong with the file, as reading it found."""
        return self._read[1]

    @property
    def _rows(self) -> Mapping[str, Row]:
        return self._read[0]

    @cached_property
    def _read(self) -> tuple[dict[str, Row], list[Finding]]:
        sheet, findings = read_sheet(
            self._path, ContactSource(file=self._declared.file, layout="none")
        )
        wanted = field_name(self._declared.key)
        if wanted not in sheet.columns:
            raise ConfigurationError(
                f"data: {self._name}: {self._declared.file} has no column {self._declared.key!r}",
                did_you_mean(wanted, sheet.columns) or f"it has {', '.join(sheet.columns)}",
            )
        columns = {name: _values(name, sheet, is_key=name == wanted) for name in sheet.columns}
        rows: dict[str, Row] = {}
        repeated: list[tuple[int, str]] = []
        for number, key in enumerate(columns[wanted]):
            text = key_of(key)
            if text is None:
                continue
            if text in rows:
                repeated.append((number, text))
            else:
                rows[text] = {name: cells[number] for name, cells in columns.items()}
        return rows, [*findings, *self._repeats(sheet, repeated)]

    def _repeats(self, sheet: Sheet, repeated: list[tuple[int, str]]) -> list[Finding]:
        if not repeated:
            return []
        row, key = repeated[0]
        more = f", and {len(repeated) - 1:,} more rows repeat a key" if len(repeated) > 1 else ""
        message = f"the key {key!r} stands in more than one row{more}"
        hint = "templates see the first; take the others out"
        place = sheet.place(row)
        return [Finding("data-duplicate-key", Severity.WARNING, message, place, hint)]


class DataTables:
    """All tables of a project."""

    def __init__(self, declared: Mapping[str, LookupTable], folder: Path) -> None:
        self._tables = {name: DataTable(name, table, folder) for name, table in declared.items()}
        self._asked: set[str] = set()

    def find(self, table: str, key: str) -> Row | None:
        """The row of a table by its key; None where there is no such row, or no such table. Raises as `DataTable`."""
        if table not in self._tables:
            return None
        self._asked.add(table)
        return self._tables[table].row(key)

    def read(self, tables: Iterable[str]) -> None:
        """Ask these tables, whatever rows will be wanted of them. Raises as `DataTable`."""
        self._asked.update(name for name in tables if name in self._tables)

    @property
    def findings(self) -> list[Finding]:
        """What is wrong with the tables that were asked."""
        return [finding for name in sorted(self._asked) for finding in self._tables[name].findings]


def _values(name: str, sheet: Sheet, *, is_key: bool) -> list[Any]:
    texts: list[str | None] = sheet.columns[name].array().to_pylist()
    if is_key or infer_type(name, [Part(sheet.columns[name])]) is not FieldType.NUMBER:
        return list(texts)
    numbers = [None if text is None else _number(text) for text in texts]
    is_all = all(n is not None for n, text in zip(numbers, texts, strict=True) if text is not None)
    return list(numbers) if is_all else list(texts)


def _number(text: str) -> float | int | None:
    if not _PLAIN_NUMBER.fullmatch(text):
        return None
    number = float(text)
    return int(number) if number.is_integer() and abs(number) < 1e15 else number
