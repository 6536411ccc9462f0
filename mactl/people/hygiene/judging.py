"""What is odd about the values of contacts: each kind of field is looked at by the module that knows it."""

from collections.abc import Collection
from datetime import date

import pyarrow as pa

from mactl.columns import FieldType
from mactl.findings import Finding
from mactl.people.hygiene.birthdays import check_birthdays
from mactl.people.hygiene.cleaning import Cleaned
from mactl.people.hygiene.countries import check_countries
from mactl.people.hygiene.emails import check_emails
from mactl.people.hygiene.formulas import check_formulas
from mactl.people.hygiene.names import check_names
from mactl.people.hygiene.phones import check_phones
from mactl.people.hygiene.postcodes import check_postcodes
from mactl.people.sources.fields import (
    country_beside,
    is_birthday,
    is_country,
    is_name,
    is_phone,
    is_postcode,
)


def check_values(
    cleaned: Cleaned, email: str, phones: Collection[str], country: str | None, today: date
) -> list[Finding]:
    """Mend and flag the values of `cleaned`, whose types are known; rows whose `email` is no address are left out.

    Rows that stand in no file are those of a test, which has a clock of its own: no day is in their future.
    `phones` are fields that hold telephone numbers whatever they are called; `country` is the project's.
    """
    if cleaned.sheet.path is None:
        today = date.max
    findings = check_emails(cleaned, email)
    texts = [name for name, cells in cleaned.cells.items() if _is_text(cells.values)]
    for name in texts:
        if name != email:
            findings += check_formulas(cleaned, name)
    for name in filter(is_country, texts):
        findings += check_countries(cleaned, name)
    for name in texts:
        beside = country_beside(name, texts)
        if is_phone(name) or name in phones:
            findings += check_phones(cleaned, name, beside, country)
        elif is_name(name):
            findings += check_names(cleaned, name)
        elif is_postcode(name):
            findings += check_postcodes(cleaned, name, beside)
    for name in filter(is_birthday, list(cleaned.cells)):
        findings += check_birthdays(cleaned, name, today)
    return findings


def _is_text(values: pa.Array) -> bool:
    return bool(values.type == FieldType.TEXT.arrow)
