"""Cells that are odd: flagged, and told."""

from collections.abc import Callable

from mactl.findings import Finding, Severity
from mactl.people.cells import Cells, Mask
from mactl.people.hygiene.cleaning import Cleaned
from mactl.people.hygiene.flags import Flag, mark
from mactl.people.sources.faults import cell_findings


def flag_cells(
    cleaned: Cleaned,
    field: str,
    flag: Flag,
    id: str,
    texts: Cells,
    rows: Mask,
    say: Callable[[str], str],
    hint: str,
    severity: Severity = Severity.WARNING,
) -> list[Finding]:
    """Set `flag` on the cells of `field` in `rows`, but those left out, and a finding for each; `say` words it from
    its text in `texts`."""
    rows = rows & ~cleaned.rejected
    if not rows.any():
        return []
    mark(cleaned.flags, field, flag, rows)
    return cell_findings(id, severity, cleaned.sheet, field, texts, rows, say, hint)
