"""Cells that a spreadsheet would run as a formula: they stay text, and are told."""

import pyarrow as pa
import pyarrow.compute as pc

from mactl.findings import Finding
from mactl.people.cells import mask_of
from mactl.people.hygiene.cleaning import Cleaned
from mactl.people.hygiene.flagging import flag_cells
from mactl.people.hygiene.flags import Flag
from mactl.people.sources.faults import quoted

# An equals sign, or another sign that begins a formula with a call or a command behind it (OWASP, CSV injection);
# +31 6, -5 and @ann are ordinary.
_FORMULA = r"^(?:=|[+@-][A-Za-z][\w.]*[(|!])"


def check_formulas(cleaned: Cleaned, field: str) -> list[Finding]:
    """Flag the cells of `field` that begin like a formula."""
    given = cleaned.cells[field]
    if not pa.types.is_string(given.values.type):
        return []
    rows = given.where(mask_of(pc.match_substring_regex(given.values, _FORMULA)))
    return flag_cells(
        cleaned,
        field,
        Flag.FORMULA,
        "contact-formula",
        given,
        rows,
        lambda text: f"{quoted(text)} begins like a formula",
        "it is kept as text, and exports keep spreadsheets from running it",
    )
