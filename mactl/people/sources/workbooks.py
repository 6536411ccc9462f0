"""Workbooks (XLSX, XLSB, XLS, ODS) → grids, by calamine in a process of its own.

A file of a few kilobytes may ask for a table of 2^34 cells, at which a library in Rust ends the process that it runs
in: so that is another one, with limits on memory and time, and what it could not do is told in one line.
"""

import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import ipc

from mactl.errors import ConfigurationError, UnreadableInput
from mactl.findings import Finding, Place, Severity
from mactl.people.sources.csv_text import expect_names, title_note
from mactl.people.sources.faults import quoted
from mactl.people.sources.grids import Grid
from mactl.people.sources.headers import read_header
from mactl.people.sources.workbook_rows import LINE, TOLD
from mactl.project import ContactSource

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LONGEST = 900  # seconds; a sheet as large as Excel allows takes about a minute
_RUN = "import sys; sys.path[:] = {path!r}; from {module} import main; main()"
_SAVE = "save the sheet as CSV"


def is_old_workbook(data: pa.Buffer) -> bool:
    """Whether a file is in the container of Office before 2007, which an encrypted XLSX is in as well."""
    return bool(data[: len(_OLE)].to_pybytes() == _OLE)


def read_workbook(data: pa.Buffer, source: ContactSource, path: str) -> Grid:
    """The rows of the source's `sheet`, else of the first that holds a table.

    Dates are ISO 8601 and numbers have a point, as the cells hold them, not as they look. Raises UnreadableInput for
    what is no workbook, is encrypted, or too large, ConfigurationError where there is no such sheet.
    """
    table = _read(data, source, path)
    told: dict[str, Any] = json.loads(table.schema.metadata[TOLD])
    _expect_rows(told, path)
    place = Place(path, told["header_line"])
    expect_names(told["header"], None, place)
    header, layout, findings = read_header(told["header"], source, place)
    return Grid(
        path=path,
        source=source,
        header=header,
        header_line=place.line,
        columns={str(number): table.column(number) for number in range(len(header.fields))},
        lines=table.column(LINE).to_numpy().astype(np.int64),
        odd=np.ones(table.num_rows, np.bool_),
        has_loose_space=True,
        rejected=0,
        findings=findings + _notes(told, place),
        layout=layout,
        # Its numbers are numbers; text that looks like one is written with the source's own mark.
        decimal=source.decimal or ".",
        serials=True,
    )


def _expect_rows(told: Mapping[str, Any], path: str) -> None:
    if "missing_sheet" in told:
        raise ConfigurationError(
            f"{path}: there is no sheet {told['missing_sheet']!r}",
            f"its sheets: {', '.join(map(quoted, told['sheets']))}",
        )
    if "refused" in told:
        raise UnreadableInput(f"{path}: {told['refused']}", told["hint"])


def _notes(told: Mapping[str, Any], place: Place) -> list[Finding]:
    """What stands above the header, and which other sheets there are."""
    notes = []
    if told["title"] is not None:
        notes.append(title_note(told["title"], place))
    if told["others"]:
        others = ", ".join(quoted(name) for name in told["others"])
        notes.append(
            Finding(
                "source-sheet",
                Severity.NOTE,
                f"sheet {quoted(told['sheet'])} is read; there are others: {others}",
                Place(place.path),
                "name it beside the file in mactl.yaml: sheet: NAME",
            )
        )
    return notes


def _read(data: pa.Buffer, source: ContactSource, path: str) -> pa.Table:
    code = _RUN.format(path=sys.path, module="mactl.people.sources.workbook_rows")
    wanted = {"sheet": source.sheet, "decimal": source.decimal or ".", "known": [*source.columns]}
    try:
        ended = subprocess.run(
            [sys.executable, "-P", "-c", code, json.dumps(wanted)],
            input=memoryview(data),
            capture_output=True,
            timeout=_LONGEST,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise UnreadableInput(f"{path}: the workbook takes too long to read", _SAVE) from None
    if ended.returncode:
        raise UnreadableInput(
            f"{path}: the workbook asks for more memory than one run can take, or is damaged",
            f"a stray cell far below or beside the table may be why; {_SAVE}",
        )
    with ipc.open_stream(pa.py_buffer(ended.stdout)) as stream:
        return stream.read_all()
