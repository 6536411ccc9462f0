"""What becomes of the columns of files."""

from collections.abc import Sequence
from typing import Any

from mactl.cli.invocation import Invocation
from mactl.cli.output import (
    finding_json,
    print_findings,
    print_json,
    print_table,
    printable,
    stdout,
)
from mactl.findings import counted
from mactl.workflows.mapping import ColumnMap, FileMap
from mactl.workflows.source_entries import entry_yaml

_WHY = {
    "declared": "mactl.yaml says so",
    "layout": "the layout",
    "name": "its name",
    "proposed": "proposed",
}


def show_maps(invocation: Invocation, maps: Sequence[FileMap], *, written: bool) -> None:
    """Each column with what it becomes, then the entry for mactl.yaml; in JSON `{"files": […], "written"}`."""
    if invocation.wants_json:
        print_json({"files": [_file_json(found) for found in maps], "written": written})
        return
    for found in maps:
        _show_map(found, is_written=written)


def _show_map(found: FileMap, *, is_written: bool) -> None:
    from rich.text import Text

    console = stdout()
    print_findings(found.findings, console)
    told = f"{found.path}: {counted(found.rows, 'row')}, {counted(len(found.columns), 'column')}"
    if found.rejected:
        told += f", {counted(found.rejected, 'row')} can't be read"
    if found.opted_out:
        told += f", {found.opted_out:,} opted out (email_opt_out)"
    console.print(Text(printable(told), style="bold"))
    print_table(
        ["column", "becomes", "why", "type", "filled", "examples", "lost"],
        [_row(column, found.rows) for column in found.columns],
        "there are no columns",
    )
    if not is_written:
        console.print(Text(printable("\ncontacts:\n" + entry_yaml(found.entry))))


def _row(column: ColumnMap, rows: int) -> dict[str, Any]:
    return {
        "column": column.name or "(no name)",
        "becomes": column.field,
        "why": _WHY[column.why] if column.field else None,
        "type": column.type.value if column.type is not None else None,
        "filled": f"{100 * column.filled / rows:.0f}%" if rows else "–",
        "examples": " · ".join(column.examples),
        "lost": column.lost,
    }


def _file_json(found: FileMap) -> dict[str, Any]:
    return {
        "path": found.path,
        "layout": found.layout,
        "rows": found.rows,
        "rejected": found.rejected,
        "opted_out": found.opted_out,
        "columns": [
            {
                "column": column.name or None,
                "field": column.field,
                "why": column.why if column.field else None,
                "type": column.type.value if column.type is not None else None,
                "filled": column.filled,
                "examples": list(column.examples),
                "lost": column.lost,
            }
            for column in found.columns
        ],
        "findings": [finding_json(finding) for finding in found.findings],
        "entry": dict(found.entry),
        "yaml": "contacts:\n" + entry_yaml(found.entry),
    }
