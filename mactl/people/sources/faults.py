"""What is wrong with rows, as findings: each with its line, but no more of a kind than anyone reads."""

from collections.abc import Callable, Sequence

import numpy as np

from mactl.findings import Finding, Place, Severity, counted
from mactl.people.cells import Cells, Mask
from mactl.people.sources.sheets import Sheet

MOST = 1000  # findings of one kind for one file and column; the rest is counted
LEFT_OUT = "the row is left out until its source is corrected"


def line_findings(
    id: str,
    severity: Severity,
    path: str | None,
    lines: Sequence[int],
    say: Callable[[int], str],
    hint: str | None,
) -> list[Finding]:
    """A finding for each of `lines` (`say` gets its position in them), those past `MOST` as a count."""
    findings = [
        Finding(id, severity, say(number), Place(path, line) if path is not None else None, hint)
        for number, line in enumerate(lines[:MOST])
    ]
    if len(lines) > MOST:
        place = Place(path) if path is not None else None
        more = f"{counted(len(lines) - MOST, 'more row')} like these"
        findings.append(Finding(id, severity, more, place, hint))
    return findings


def cell_findings(
    id: str,
    severity: Severity,
    sheet: Sheet,
    field: str,
    texts: Cells,
    rows: Mask,
    say: Callable[[str], str],
    hint: str | None = LEFT_OUT,
) -> list[Finding]:
    """A finding for each of `rows` of a sheet about its cell in a column; `say` gets the cell's text."""
    chosen = np.flatnonzero(rows)
    shown = texts.take(chosen[:MOST]).array().to_pylist()
    lines = sheet.lines[chosen].tolist()
    called = sheet.called(field)
    return line_findings(
        id, severity, sheet.path, lines, lambda number: f"{called}: {say(shown[number])}", hint
    )


def quoted(value: object) -> str:
    """A value as it stands in a message: on one line, shortened, odd characters spelt out."""
    text = str(value)
    return repr(text if len(text) <= 40 else text[:39] + "…")
