"""Grids: the cells of one table by the number of their column, whatever kind of file they come from, and the sheet
that they become once each column has its field."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mactl.findings import Finding, Place, Severity, counted
from mactl.people.cells import Cells, Mask, Numbers, cells_of, mask_of
from mactl.people.memory import give_back
from mactl.people.sources.faults import quoted
from mactl.people.sources.fields import is_name
from mactl.people.sources.headers import Header
from mactl.people.sources.layouts.layout import OPT_OUT, SAYS_YES, Layout, bare
from mactl.people.sources.nulls import empty_nulls
from mactl.people.sources.refusals import Refusal
from mactl.people.sources.sheets import Sheet, trimmed
from mactl.people.threads import side_by_side
from mactl.project import ContactSource, EventSource

_EXAMPLES = 3  # of columns and marks, in a note


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """What was read of a table: its `columns` by number, and what is known of each row.

    `layout` is the program whose export it is. `decimal` is the mark of its numbers, None where that shows only in
    its cells; `serials` says that a bare number may be a day of Excel's. `refusals` say why rows were rejected;
    `lists` are the fields known to be lists.
    """

    path: str
    source: ContactSource
    header: Header
    header_line: int
    columns: dict[str, pa.ChunkedArray]
    lines: Numbers
    odd: Mask
    has_loose_space: bool
    rejected: int
    findings: list[Finding]
    layout: Layout | None = None
    decimal: str | None = None
    serials: bool = False
    refusals: Sequence[Refusal] = ()
    lists: frozenset[str] = frozenset()


def sheet_of(grid: Grid) -> tuple[Sheet, list[Finding]]:
    """The rows that have anything in them as a sheet; it takes the columns out of `grid`."""
    header = grid.header
    columns, emptied = read_cells(grid)
    findings = (
        grid.findings + emptied + _nameless(header, columns, Place(grid.path, grid.header_line))
    )
    named = {field: columns[str(number)] for number, field in enumerate(header.fields) if field}
    lists: set[str] = set()
    if grid.layout is not None:
        named, lists = _laid_out(named, header, grid.layout, columns)
    lines, odd = grid.lines, grid.odd
    again = _header_again(header, columns, len(lines))
    if again.any():
        findings.append(_told_again(grid, again))
    kept = np.flatnonzero(_filled(columns, len(lines)) & ~again)
    if len(kept) < len(lines):
        named = {field: cells.take(kept) for field, cells in named.items()}
        lines, odd = lines[kept], odd[kept]
    sheet = Sheet(
        path=grid.path,
        columns=named,
        lines=lines,
        odd=np.flatnonzero(odd),
        rejected=grid.rejected,
        refusals=grid.refusals,
        decimal=grid.decimal,
        headers=header.spelling(),
        names=grid.source.names if isinstance(grid.source, EventSource) else None,
        lists=grid.lists | lists,
        serials=grid.serials,
        layout=grid.layout.name if grid.layout is not None else None,
    )
    return sheet, findings


def read_cells(grid: Grid) -> tuple[dict[str, Cells], list[Finding]]:
    """The cells of each column by its number, without what only surrounds them; it takes the columns out of `grid`."""

    def cells(name: str) -> Cells:
        # Column by column, so that the text is never held twice.
        whole = cells_of(grid.columns.pop(name))
        give_back()
        return _unwrapped(trimmed(whole) if grid.has_loose_space else whole)

    names = list(grid.columns)
    columns = dict(zip(names, side_by_side(cells, names, len(grid.lines)), strict=True))
    return columns, _empty_nulls(grid, columns)


def _empty_nulls(grid: Grid, columns: dict[str, Cells]) -> list[Finding]:
    """Empty what says that there is nothing, and a note of how many cells that was."""
    fields = () if isinstance(grid.source, EventSource) else grid.header.fields
    names = {str(number) for number, field in enumerate(fields) if field and is_name(field)}
    nulls = empty_nulls(columns, names)
    if not nulls.rows:
        return []
    written = [grid.header.written[int(number)] for number in nulls.rows]
    columns_told = ", ".join(quoted(name) for name in written[:_EXAMPLES])
    more = ", …" if len(written) > _EXAMPLES else ""
    is_one = nulls.count == 1
    message = (
        f"{counted(nulls.count, 'cell')} {'says' if is_one else 'say'} {' or '.join(nulls.marks[:_EXAMPLES])}, as"
        f" databases write for nothing, and {'is' if is_one else 'are'} empty: in {columns_told}{more}"
    )
    place = Place(grid.path, int(grid.lines[nulls.first]))
    return [Finding("source-null", Severity.NOTE, message, place)]


_WRAPS = (
    # Keeps a spreadsheet from reckoning with what stands behind it; `'t Hooft` is a name.
    ("'", r"^'([=+\-@＝＋－＠])"),
    # Keeps it from taking the zeros off a number.
    ('="', r'^="([^"]*)"$'),
)


def _unwrapped(cells: Cells) -> Cells:
    """Cells without what exports put around them for a spreadsheet's sake: `'=1+1`, `'+31…`, `="0612345678"`."""
    for start, pattern in _WRAPS:
        if pc.any(pc.starts_with(cells.values, start)).as_py():
            cells = cells.replaced(pc.replace_substring_regex(cells.values, pattern, r"\1"))
    return cells


def _laid_out(
    named: dict[str, Cells], header: Header, layout: Layout, columns: Mapping[str, Cells]
) -> tuple[dict[str, Cells], set[str]]:
    """The columns as the layout's program means them, and which of them are lists."""
    lists = set()
    if layout.has_apostrophes:
        named = {field: cells.replaced(bare(cells.values)) for field, cells in named.items()}
    for field, mark in layout.lists.items():
        if field in named:
            named[field] = layout.as_list(named[field], mark)
            lists.add(field)
    says = [
        rule.applies(columns[str(number)])
        for number, written in enumerate(header.written)
        for rule in layout.opt_outs(written)
    ]
    if says:
        own = named.get(OPT_OUT)
        if own is not None:
            says.append(SAYS_YES.applies(own))
        out = np.logical_or.reduce(says)
        said = Cells(pa.array(["true"]), pa.array(np.zeros(len(out), np.int32), mask=~out))
        # What the file itself says in a column of this name stays: it may say no as well.
        named[OPT_OUT] = said if own is None else Cells(pc.coalesce(said.array(), own.array()))
    return named, lists


def _nameless(header: Header, columns: dict[str, Cells], place: Place) -> list[Finding]:
    return [
        Finding(
            "source-empty-header",
            Severity.WARNING,
            f"column {number + 1} has no name, so it is not read",
            place,
        )
        for number, written in enumerate(header.written)
        if not written and columns[str(number)].valid().any()
    ]


def _header_again(header: Header, columns: Mapping[str, Cells], count: int) -> Mask:
    """The rows that are the header once more, as where files were put one behind another."""
    again = np.ones(count, np.bool_)
    for cells, name in zip(columns.values(), header.written, strict=True):
        again &= cells.where(mask_of(pc.equal(cells.values, name))) if name else ~cells.valid()
        if not again.any():
            break
    return again


def _told_again(grid: Grid, again: Mask) -> Finding:
    rows = int(np.count_nonzero(again))
    return Finding(
        "source-header-again",
        Severity.NOTE,
        f"the header stands again in {counted(rows, 'row')}, which {'is' if rows == 1 else 'are'} passed over",
        Place(grid.path, int(grid.lines[np.argmax(again)])),
    )


def _filled(columns: Mapping[str, Cells], count: int) -> Mask:
    """The rows that have anything in them."""
    filled = np.zeros(count, np.bool_)
    for cells in columns.values():
        filled |= cells.valid()
        if filled.all():
            break
    return filled
