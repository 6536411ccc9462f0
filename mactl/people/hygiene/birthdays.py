"""Birthdays that nobody has, and those that systems fill in where they know none."""

from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from mactl.clock import to_day
from mactl.columns import FieldType
from mactl.findings import Finding
from mactl.people.cells import Cells, mask_of
from mactl.people.hygiene.cleaning import Cleaned
from mactl.people.hygiene.flagging import flag_cells
from mactl.people.hygiene.flags import Flag

_FIRST = to_day(date(1900, 1, 1))
_EPOCH = to_day(date(1970, 1, 1))
_OFTEN = (
    1 / 5000
)  # of the birthdays, which is more than any real day has: then this one was filled in


def check_birthdays(cleaned: Cleaned, field: str, today: date) -> list[Finding]:
    """Leave empty the days in `field` that are in the future or before 1900, and those that are mere fillers."""
    given = cleaned.cells[field]
    days = given.values
    if days.type != FieldType.DATE.arrow:
        return []
    filler = mask_of(pc.equal(days, _FIRST))
    epoch = mask_of(pc.equal(days, _EPOCH))
    counts = given.counts()
    if int(counts[epoch].sum()) > _OFTEN * int(counts.sum()):
        filler |= epoch
    future = mask_of(pc.greater(days, to_day(today)))
    early = mask_of(pc.less(days, _FIRST))
    findings: list[Finding] = []
    for id, flag, chosen, what in (
        ("contact-impossible-birthday", Flag.BIRTHDAY_IMPOSSIBLE, future, "is in the future"),
        ("contact-impossible-birthday", Flag.BIRTHDAY_IMPOSSIBLE, early, "is before 1900"),
        (
            "contact-birthday-filler",
            Flag.BIRTHDAY_FILLER,
            filler,
            "is what systems write where they know no birthday",
        ),
    ):
        if chosen.any():
            findings += flag_cells(
                cleaned,
                field,
                flag,
                id,
                _written(given),
                given.where(chosen),
                lambda text, what=what: f"{text} {what}",  # type: ignore[misc]
                "it is left empty; the row is kept",
            )
    wrong = filler | future | early
    if wrong.any():
        cleaned.cells[field] = given.replaced(pc.if_else(pa.array(wrong), None, days))
    return findings


def _written(days: Cells) -> Cells:
    """The days as ISO 8601 writes them."""
    return days.replaced(days.values.cast(pa.date32()).cast(pa.string()))
