"""What becomes of each column of a file of contacts, and why: `mactl contacts map`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from mactl.columns import FieldType
from mactl.findings import Finding
from mactl.people.cells import Cells
from mactl.people.hygiene.cleaning import find_kinds
from mactl.people.hygiene.notations import note_notations
from mactl.people.hygiene.values import Kind
from mactl.people.sources.files import STDIN, declared_source, find_files, shown_path
from mactl.people.sources.grids import Grid, read_cells, sheet_of
from mactl.people.sources.headers import field_name
from mactl.people.sources.layouts.layout import OPT_OUT
from mactl.people.sources.likely import holds_addresses, some_texts
from mactl.people.sources.reading import read_grid
from mactl.people.sources.sheets import Sheet
from mactl.people.sources.synonyms import proposed_field
from mactl.project import ContactSource, Project

_EXAMPLES = 3
_LONGEST = 40
_EMAIL = "email"


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """One column: `name` in the file (empty where it has none), how many of its cells are filled, some of them, the
    `field` that it becomes (None: it is not read) and its type, and `why`: declared, layout, name, or proposed.

    `lost` says what would not come along.
    """

    name: str
    filled: int
    examples: tuple[str, ...]
    field: str | None
    type: FieldType | None
    why: str
    lost: str | None = None


@dataclass(frozen=True, slots=True)
class FileMap:
    """One file: whose export it is, its columns and rows, who opted out by it, what is wrong, and the entry under
    `contacts:` of mactl.yaml that reads it so."""

    path: str
    layout: str | None
    rows: int
    rejected: int
    opted_out: int
    columns: tuple[ColumnMap, ...]
    findings: tuple[Finding, ...]
    entry: Mapping[str, Any]


def map_contacts(project: Project, files: Sequence[str]) -> list[FileMap]:
    """What becomes of the columns of `files` (patterns as well), as mactl.yaml declares them where it does.

    Raises as `read_people` does.
    """
    found = [path for pattern in files for path in find_files(Path(), pattern)]
    return [_map_file(project, path) for path in found]


def _map_file(project: Project, path: Path) -> FileMap:
    declared = declared_source(path, project.folder, project.settings.contacts)
    source = declared or ContactSource(file=_file_name(project, path))
    grid = read_grid(path, source)
    cells = list(read_cells(replace(grid, columns=dict(grid.columns)))[0].values())
    proposed = _proposals(grid, cells)
    sheet, found = sheet_of(grid)
    typed, doubts = _types(project, sheet)
    columns = [
        _map_column(grid, number, column, proposed, typed) for number, column in enumerate(cells)
    ]
    out = sheet.columns.get(OPT_OUT)
    return FileMap(
        path=shown_path(path),
        layout=sheet.layout,
        rows=len(sheet) + sheet.rejected,
        rejected=sheet.rejected,
        opted_out=int(np.count_nonzero(out.valid())) if out is not None and grid.layout else 0,
        columns=tuple(columns),
        findings=(*found, *doubts),
        entry=_entry(source, grid, proposed, found),
    )


def _file_name(project: Project, path: Path) -> str:
    """The file as mactl.yaml names it: relative to its folder where it lies below that."""
    if path == STDIN:
        return str(path)
    try:
        return str(path.resolve().relative_to(project.folder.resolve()))
    except ValueError:
        return str(path.resolve())


def _proposals(grid: Grid, columns: Sequence[Cells]) -> dict[int, str]:
    """The fields that columns probably are, by the number of the column, where mactl reads them under other names."""
    taken = {field for field in grid.header.fields if field}
    proposed: dict[int, str] = {}
    for number, name in enumerate(grid.header.written):
        field = proposed_field(field_name(name))
        is_free = grid.header.fields[number] == field_name(name)
        if field is not None and is_free and field not in taken:
            taken.add(field)
            proposed[number] = field
    if _EMAIL not in taken:
        holding = (number for number, cells in enumerate(columns) if holds_addresses(cells))
        proposed |= {number: _EMAIL for number in islice(holding, 1) if grid.header.written[number]}
    return proposed


def _types(project: Project, sheet: Sheet) -> tuple[Mapping[str, Kind], list[Finding]]:
    fixed = dict.fromkeys((*project.settings.identity_fields, _EMAIL), Kind(FieldType.TEXT))
    sheets, doubts = note_notations(project.settings, [sheet], fixed)
    return find_kinds(project.settings, sheets, fixed, {OPT_OUT}), doubts


def _map_column(
    grid: Grid, number: int, cells: Cells, proposed: Mapping[int, str], typed: Mapping[str, Kind]
) -> ColumnMap:
    name, field = grid.header.written[number], grid.header.fields[number]
    filled = int(np.count_nonzero(cells.valid()))
    kind = typed.get(field or "")
    return ColumnMap(
        name=name,
        filled=filled,
        examples=tuple(
            text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
            for text in some_texts(cells, _EXAMPLES)
        ),
        field=proposed.get(number, field),
        type=kind.type if kind is not None else None,
        why=_why(grid, number, proposed),
        lost=_lost(grid, number) if filled else None,
    )


def _why(grid: Grid, number: int, proposed: Mapping[int, str]) -> str:
    name, field = grid.header.written[number], grid.header.fields[number]
    declared = {key.strip().casefold() for key in grid.source.columns}
    if number in proposed:
        return "proposed"
    if name.casefold() in declared:
        return "declared"
    laid_out = grid.layout.mapping(grid.header.written) if grid.layout is not None else {}
    if field is not None and laid_out.get(name) == field:
        return "layout"
    return "name"


def _lost(grid: Grid, number: int) -> str | None:
    name, field = grid.header.written[number], grid.header.fields[number]
    if field is not None:
        return None
    if not field_name(name):
        return "its cells: the column has no name"
    return "its cells: another column is called so"


def _entry(
    source: ContactSource, grid: Grid, proposed: Mapping[int, str], found: Sequence[Finding]
) -> dict[str, Any]:
    """What stands under `contacts:` for the file, with what was found out and what is proposed."""
    entry: dict[str, Any] = {"file": source.file}
    told = {finding.id for finding in found}
    if grid.layout is not None or source.layout is not None:
        entry["layout"] = source.layout or (grid.layout.name if grid.layout else None)
    encoding = source.encoding or ("cp1252" if "source-encoding-assumed" in told else None)
    settled = {
        "encoding": encoding,
        "delimiter": source.delimiter,
        "decimal": source.decimal,
        "sheet": source.sheet,
    }
    entry |= {key: value for key, value in settled.items() if value is not None}
    names = {grid.header.written[number]: field for number, field in proposed.items()}
    if source.columns or names:
        entry["columns"] = {**source.columns, **names}
    return entry
