"""A column of telephone numbers: written as E.164, and which are none, or were made up."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mactl.findings import Finding, Place, Severity, counted
from mactl.people.cells import Cells, Mask, Numbers, mask_of
from mactl.people.hygiene.cleaning import Cleaned
from mactl.people.hygiene.country_names import code_of
from mactl.people.hygiene.e164 import looks_like_phones, read_phones
from mactl.people.hygiene.flags import Flag, mark
from mactl.people.hygiene.values import is_nothing
from mactl.people.sources.faults import MOST, line_findings, quoted

_KEPT = "it is kept as it stands; rules can ask for it: {field: data_flags, has: %s}"
_CODE = 2  # letters of a country, which were made of its name before
_HOMELESS = "say where they are: a column `country`, or `country: NL` in mactl.yaml"


def check_phones(
    cleaned: Cleaned, field: str, country: str | None, project: str | None
) -> list[Finding]:
    """Write the numbers in `field` as E.164, by the country in the column `country`, else by the project's.

    What is invalid or made up stays as it is written and is flagged, so that a rule may name it too.
    """
    texts = cleaned.cells[field].array()
    nothing = mask_of(is_nothing(texts))
    if nothing.any():
        texts = pc.if_else(pa.array(nothing), None, texts)
    if not looks_like_phones(texts):
        return []
    regions, names = _regions(cleaned, country, project)
    read = read_phones(texts, regions, names)
    good = mask_of(read.numbers.is_valid()) & ~read.invented
    cleaned.cells[field] = Cells(pc.if_else(pa.array(good), read.numbers, texts))
    kept = mask_of(texts.is_valid()) & ~cleaned.rejected
    invented = read.invented & kept
    homeless = read.homeless & kept & ~invented
    invalid = kept & ~good & ~invented & ~homeless
    findings = []
    for id, flag, rows, what in (
        ("contact-invented-phone", Flag.PHONE_INVENTED, invented, "looks made up"),
        ("contact-bad-phone", Flag.PHONE_INVALID, invalid, "is no telephone number"),
    ):
        if rows.any():
            mark(cleaned.flags, field, flag, rows)
            chosen = np.flatnonzero(rows)
            assumed = [names[at] if at >= 0 else "" for at in regions[chosen[:MOST]].tolist()]
            shown = texts.take(pa.array(chosen[:MOST])).to_pylist()
            called = f"{cleaned.sheet.called(field)}: "
            told = [
                _told(called, text, country, what)
                for text, country in zip(shown, assumed, strict=True)
            ]
            lines = cleaned.sheet.lines[chosen].tolist()
            findings += line_findings(
                id, Severity.WARNING, cleaned.sheet.path, lines, told.__getitem__, _KEPT % flag
            )
    return [*findings, *_tell_homeless(cleaned, field, texts, homeless)]


def _told(called: str, text: str, country: str, what: str) -> str:
    """A number and what is wrong with it; with the country it was read in, unless it names one."""
    names_it = not country or text.lstrip().startswith("+")
    assumed = "" if names_it else f" (country assumed: {country})"
    return f"{called}{quoted(text)} {what}{assumed}"


def _regions(
    cleaned: Cleaned, country: str | None, project: str | None
) -> tuple[Numbers, list[str]]:
    """For each row the number of its country among those that are named, -1 for none."""
    home = code_of(project) if project else None
    names = [home] if home else []
    fallback = 0 if home else -1
    if country is None or country not in cleaned.cells:
        return np.full(len(cleaned.sheet), fallback, np.int64), names
    cells = cleaned.cells[country].encoded()
    # A column of many different words is none of countries; two letters are looked up at once.
    words = cells.values.to_pylist()
    codes = [code_of(word) if word and len(word) == _CODE else None for word in words]
    names += sorted({code for code in codes if code} - {home})
    at = [names.index(code) if code else fallback for code in codes]
    assert cells.index is not None
    return np.array([*at, fallback], np.int64)[cells.index.fill_null(-1).to_numpy()], names


def _tell_homeless(cleaned: Cleaned, field: str, texts: pa.Array, rows: Mask) -> list[Finding]:
    """One warning for a file whose numbers nothing says the country of."""
    if not rows.any():
        return []
    first, count = int(np.argmax(rows)), int(np.count_nonzero(rows))
    are, they_are = (
        ("is", "it is kept as it stands") if count == 1 else ("are", "they are kept as they stand")
    )
    sheet = cleaned.sheet
    return [
        Finding(
            "contact-phone-without-country",
            Severity.WARNING,
            f"{sheet.called(field)}: nothing says in which country {counted(count, 'number')} {are},"
            f" such as {quoted(texts[first].as_py())}; {they_are}",
            Place(sheet.path, int(sheet.lines[first])) if sheet.path else None,
            _HOMELESS,
        )
    ]
