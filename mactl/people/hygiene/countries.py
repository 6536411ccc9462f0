"""A column of countries: written as ISO 3166-1 alpha-2 codes, and which are none."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mactl.findings import Finding, Place, Severity, counted
from mactl.people.cells import Cells, mask_of
from mactl.people.hygiene.cleaning import Cleaned
from mactl.people.hygiene.country_names import code_of
from mactl.people.hygiene.flagging import flag_cells
from mactl.people.hygiene.flags import Flag
from mactl.people.hygiene.values import is_nothing
from mactl.people.sources.faults import quoted

_MOSTLY = 0.5  # of the filled cells must be countries, or the column holds something else
_MOST = 5_000  # different words, past which a column holds no countries
_EXAMPLES = 3


def check_countries(cleaned: Cleaned, field: str) -> list[Finding]:
    """Write the countries in `field` as ISO 3166-1 alpha-2 codes; what is none stays as it is, and is flagged."""
    given = cleaned.cells[field].encoded()
    if len(given.values) > _MOST:
        return _not_countries(cleaned, field)
    counts = given.counts()
    nothing = mask_of(is_nothing(given.values))
    words = [
        None if none else word
        for word, none in zip(given.values.to_pylist(), nothing.tolist(), strict=True)
    ]
    codes = {word: code_of(word) for word in words if word}
    filled = int(counts[~nothing].sum())
    known = np.array([bool(word and codes[word]) for word in words], np.bool_)
    if int(counts[known].sum()) < _MOSTLY * filled:
        return _not_countries(cleaned, field) if filled else []
    kept = [None if word is None else codes[word] or word for word in words]
    cleaned.cells[field] = given.replaced(pa.array(kept, pa.string()))
    findings = _tell_spellings(cleaned, field, given, codes)
    return findings + flag_cells(
        cleaned,
        field,
        Flag.COUNTRY_UNKNOWN,
        "contact-unknown-country",
        given,
        given.where(np.array([bool(word) for word in words], np.bool_) & ~known),
        lambda text: f"{quoted(text)} is no country",
        "it is kept as it stands; write a code such as NL, or the country's name",
    )


def _not_countries(cleaned: Cleaned, field: str) -> list[Finding]:
    place = Place(cleaned.sheet.path) if cleaned.sheet.path else None
    message = (
        f"{cleaned.sheet.called(field)}: few of its cells are countries, so all stay as they are"
    )
    return [Finding("contact-no-countries", Severity.NOTE, message, place)]


def _tell_spellings(
    cleaned: Cleaned, field: str, given: Cells, codes: Mapping[str, str | None]
) -> list[Finding]:
    """One note for a file, of the words that were made codes."""
    changed = {word: code for word, code in codes.items() if code and code != word}
    if not changed:
        return []
    rows = given.where(mask_of(pc.is_in(given.values, pa.array(list(changed), pa.string()))))
    if not rows.any():
        return []
    shown = ", ".join(f"{quoted(word)} as {code}" for word, code in [*changed.items()][:_EXAMPLES])
    more = ", …" if len(changed) > _EXAMPLES else ""
    told = counted(int(np.count_nonzero(rows)), "row")
    sheet = cleaned.sheet
    return [
        Finding(
            "contact-country-code",
            Severity.NOTE,
            f"{sheet.called(field)}: countries are kept as codes in {told}: {shown}{more}",
            Place(sheet.path, int(sheet.lines[np.argmax(rows)])) if sheet.path else None,
        )
    ]
