"""Exported people, to a file or as the answer; and who was left out of them."""

import sys
from pathlib import Path

from mactl.cli.invocation import Invocation
from mactl.cli.output import stderr
from mactl.errors import UsageError
from mactl.keeping import write_whole
from mactl.workflows.handing_out.exporting import Exported
from mactl.workflows.handing_out.files import csv_lines, json_lines, workbook


def show_export(invocation: Invocation, exported: Exported, format: str, out: Path | None) -> None:
    """The file, whole or not at all and for its owner alone; on stderr what is not in it."""
    if format == "xlsx":
        if out is None and sys.stdout.isatty():
            raise UsageError(
                "a workbook is nothing for a terminal", "name a file: --out people.xlsx"
            )
        parts = [workbook(exported)]
    else:
        parts = list(csv_lines(exported) if format == "csv" else json_lines(exported))
    if out is None:
        for part in parts:
            sys.stdout.buffer.write(part)
        sys.stdout.buffer.flush()
    else:
        write_whole(out, parts, 0o600)
    if not invocation.quiet:
        _tell(exported, out)


def _tell(exported: Exported, out: Path | None) -> None:
    console = stderr()
    if out is not None:
        console.print(f"{exported.count:,} written to {out}", markup=False)
    reasons = {
        "must not be contacted": exported.left_alone,
        "have not agreed to it, or not in a way that is proven": exported.no_consent,
        "have no address that could be matched": exported.nameless,
    }
    for reason, count in reasons.items():
        if count:
            console.print(f"{count:,} left out: they {reason}", style="yellow")
    if exported.missing:
        columns = ", ".join(exported.missing)
        console.print(f"empty, for no field fills them: {columns}", style="yellow")
