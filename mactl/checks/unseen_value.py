"""A field or property is compared with a value that the data never have.

Found with `--data`. Where a column has few different values, one that is not among them is likely to be misspelt:
`country: nl` is found regardless of case, `country: Netherlands` is not where the data say NL. Where another value
looks like it this is a warning, else a note.

    - {field: country, in: [NL, BE]}
"""

from collections.abc import Iterator

from mactl.checks.data import Data
from mactl.checks.scope import Look
from mactl.checks.unseen_event import events_named
from mactl.document import Route
from mactl.findings import Finding, Severity
from mactl.recipe.conditions import FieldCondition
from mactl.recipe.operators import ValueTest, operand
from mactl.validation import did_you_mean

IDS = ("unseen-value",)

_EXACT = ("eq", "ne", "in", "not_in", "has", "has_any", "has_all")
_MOST_NAMED = 8


def check(data: Data) -> Iterator[Finding]:
    """One finding for each value that is not in its column."""
    for look in data.scope:
        for route, condition in look.each(FieldCondition):
            yield from _unseen(
                look, route, condition.field, condition, data.choices(condition.field)
            )
        for route, part in events_named(look):
            for name, test in part.where.items():
                choices = data.choices(name, of_events=True)
                yield from _unseen(look, (*route, "where", name), name, test, choices)


def _unseen(
    look: Look, route: Route, name: str, test: ValueTest, choices: frozenset[str] | None
) -> Iterator[Finding]:
    if not choices:
        return
    known = {choice.casefold(): choice for choice in sorted(choices)}
    for operator in test.operators:
        if operator not in _EXACT:
            continue
        wanted = operand(test, operator)
        for value in wanted if isinstance(wanted, tuple) else (wanted,):
            if isinstance(value, str) and value.strip().casefold() not in known:
                guess = did_you_mean(value.casefold(), known)
                shown = ", ".join([*known.values()][:_MOST_NAMED])
                more = ", …" if len(known) > _MOST_NAMED else ""
                yield Finding(
                    "unseen-value",
                    Severity.WARNING if guess else Severity.NOTE,
                    f"{name} is never {value!r} in the data: it has {shown}{more}",
                    look.place((*route, operator)),
                    guess,
                )
