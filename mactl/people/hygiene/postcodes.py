"""Postcodes that cannot be one of their country: only what is surely wrong is told."""

import numpy as np
import pyarrow.compute as pc

from mactl.findings import Finding
from mactl.people.cells import mask_of
from mactl.people.hygiene.cleaning import Cleaned
from mactl.people.hygiene.flagging import flag_cells
from mactl.people.hygiene.flags import Flag
from mactl.people.hygiene.values import is_nothing
from mactl.people.sources.faults import quoted

# As wide as people write them: in any case, with or without blanks, behind the country's letter (B-1000).
_SHAPES = {
    "NL": (r"(?i)^(?:NL[- ]?)?[1-9][0-9]{3}(?:\s*[A-Z]{2})?$", "1015 CJ"),
    "BE": (r"(?i)^(?:BE?[- ]?)?[1-9][0-9]{3}$", "1000"),
    "DE": (r"(?i)^(?:DE?[- ]?)?[0-9]{5}$", "01067"),
    "DK": (r"(?i)^(?:DK[- ]?)?[0-9]{4}$", "2100"),
    "US": (r"^[0-9]{5}(?:[- ]?[0-9]{4})?$", "02139"),
    "GB": (r"(?i)^(?:GIR\s*0AA|[A-Z]{1,2}[0-9][A-Z0-9]?(?:\s*[0-9][A-Z]{2})?|BFPO\s*[0-9]{1,4})$", "SW1A 1AA"),
}  # fmt: skip
_LEADING_ZERO = (
    "spreadsheets drop a leading zero: format the column as text there; it is kept as it stands"
)


def check_postcodes(cleaned: Cleaned, field: str, country: str | None) -> list[Finding]:
    """Flag the postcodes in `field` that their country, which the column `country` names, cannot have."""
    if country is None or country not in cleaned.cells:
        return []
    given, countries = cleaned.cells[field], cleaned.cells[country]
    if not pc.any(given.values.is_valid()).as_py():
        return []
    findings: list[Finding] = []
    nothing = mask_of(is_nothing(given.values))
    for code, (shape, example) in _SHAPES.items():
        there = countries.where(mask_of(pc.equal(countries.values, code)))
        if not there.any():
            continue
        misshapen = ~mask_of(pc.match_substring_regex(given.values, shape)) & ~nothing
        rows = given.where(misshapen) & given.valid() & there & ~cleaned.rejected
        if rows.any():
            short = code in ("DE", "US") and _is_short(cleaned, field, rows)
            findings += flag_cells(
                cleaned,
                field,
                Flag.POSTCODE_INVALID,
                "contact-bad-postcode",
                given,
                rows,
                lambda text, code=code, example=example: (  # type: ignore[misc]
                    f"{quoted(text)} is no postcode of {code}, such as {example}"
                ),
                _LEADING_ZERO if short else "it is kept as it stands",
            )
    return findings


def _is_short(cleaned: Cleaned, field: str, rows: np.ndarray) -> bool:
    """Whether what is wrong is four digits where there should be five."""
    texts = cleaned.cells[field].take(np.flatnonzero(rows)).array()
    return bool(pc.any(pc.match_substring_regex(texts, r"^[0-9]{4}$")).as_py())
