"""`matches` is not a regular expression.

Expressions are RE2's: no backreferences and no lookaround, so that none can take for ever on a hostile value.
Special characters that are meant as they are want a backslash, and single quotes, so that YAML leaves it alone.

    - {event: page_view, where: {path: {matches: '^/docs/.*\\.html$'}}}
"""

from collections.abc import Iterator

from mactl.checks.scope import Scope
from mactl.findings import Finding
from mactl.rules.faults import find_bad_patterns

IDS = ("bad-pattern",)


def check(scope: Scope) -> Iterator[Finding]:
    """One finding for each expression that RE2 refuses."""
    yield from scope.only(find_bad_patterns(scope.cookbook))
