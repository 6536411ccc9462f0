"""Events of nobody who is known: left out, and told."""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow.compute as pc

from mactl.findings import Finding, Place, Severity
from mactl.people.cells import Cells, Mask, Numbers
from mactl.people.hygiene.cleaning import Rows
from mactl.people.sources.faults import quoted
from mactl.people.sources.sheets import Sheet

_EXAMPLES = 3  # in a finding


def tell_strangers(
    rows: Rows, unknown: Mask, who: Mapping[str, Cells], sheets: Sequence[Sheet]
) -> list[Finding]:
    """A warning for each file with events of nobody known, with the first few of them."""
    findings = []
    chosen = np.flatnonzero(unknown)
    for number in np.unique(rows.sheet[chosen]).tolist():
        theirs = chosen[rows.sheet[chosen] == number]
        named = np.zeros(len(theirs), np.bool_)
        for cells in who.values():
            named |= cells.take(theirs).valid()
        sheet = sheets[number]
        for id, some, what in (
            ("event-unknown-contact", theirs[named], "nobody in the contacts is meant by"),
            ("event-without-contact", theirs[~named], "no contact is named by"),
        ):
            if len(some):
                examples = _examples(rows, some[:_EXAMPLES], who)
                message = f"{what} {len(some):,} of {len(sheet):,} rows: {examples}"
                place = Place(sheet.path, int(rows.line[some[0]])) if sheet.path else None
                hint = "they are left out until a source of contacts has these people"
                findings.append(Finding(id, Severity.WARNING, message, place, hint))
    return findings


def _examples(rows: Rows, some: Numbers, who: Mapping[str, Cells]) -> str:
    texts = pc.coalesce(*(cells.take(some).array() for cells in who.values())).to_pylist()
    lines = [f"line {line}" if line else "" for line in rows.line[some].tolist()]
    told = [
        " in ".join(part for part in (quoted(text) if text else "", line) if part)
        for text, line in zip(texts, lines, strict=True)
    ]
    return ", ".join(part for part in told if part) or "no place is known"
