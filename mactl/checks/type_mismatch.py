"""A field or property is compared with something that it can never equal.

Found with `--data`. A column of numbers is never `NL`, a text is never more than 5: such a test never holds, or
always. Compare with what the column holds, or declare another type under `columns` in mactl.yaml.

    columns: {clv: number, contract_end: {date: "%d-%m-%Y"}}     # in mactl.yaml
"""

from collections.abc import Iterator

from mactl.checks.data import Data
from mactl.findings import Finding
from mactl.rules.mismatches import find_type_mismatches

IDS = ("type-mismatch",)


def check(data: Data) -> Iterator[Finding]:
    """One finding for each comparison of what never compares."""
    scope, facts = data.scope, data.facts
    yield from scope.only(find_type_mismatches(scope.cookbook, facts.fields, facts.properties))
