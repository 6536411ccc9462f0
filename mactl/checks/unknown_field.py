"""A recipe names a field that the data do not have.

Found with `--data`. Contacts have the columns of their sources, as mactl.yaml renames them, and what recipes `set`. A
misspelt field is empty for everyone, so that every comparison with it is false. Correct the name, or say in mactl.yaml
which column of the file it is.

    contacts: [{file: crm.csv, columns: {Voornaam: first_name}}]     # in mactl.yaml
"""

from collections.abc import Iterator

from mactl.checks.data import Data
from mactl.checks.scope import Look
from mactl.clock import parse_local
from mactl.document import Route
from mactl.findings import Finding, Severity
from mactl.recipe.enter import EnterByDate
from mactl.recipe.steps import Export, UntilDate
from mactl.rules.names import field_named
from mactl.validation import did_you_mean

IDS = ("unknown-field",)


def check(data: Data) -> Iterator[Finding]:
    """One finding for each field that is neither a column nor made by a recipe."""
    for look in data.scope:
        for route, name in _named(look):
            if not data.is_field(name, look):
                yield Finding(
                    "unknown-field",
                    Severity.ERROR,
                    f"contacts have no field {name!r}",
                    look.place(route),
                    did_you_mean(name, data.fields) or "mactl contacts check lists the columns",
                )


def _named(look: Look) -> Iterator[tuple[Route, str]]:
    for parts in look.parts.values():
        if not parts or field_named(parts[0][1]) is None:
            continue
        for route, part in parts:
            name = field_named(part)
            if name is not None:
                yield (*route, "anyone" if hasattr(part, "anyone") else "field"), name
    for route, enter in look.each(EnterByDate):
        yield (*route, "date"), enter.date
    for route, until in look.each(UntilDate):
        if isinstance(until.date, str) and not _is_date(until.date):
            yield (*route, "date"), until.date
    for route, export in look.each(Export):
        yield from (((*route, "columns", n), name) for n, name in enumerate(export.columns))
    for name, formula in look.recipe.file.fields.items():
        yield from ((("fields", name), part.name) for part in formula.names)


def _is_date(text: str) -> bool:
    try:
        parse_local(text)
    except ValueError:
        return False
    return True
