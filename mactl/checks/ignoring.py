"""`# mactl: ignore[ID] reason` on a line, or alone on the line above it, silences one finding there.

The reason is required: whoever comes later must know why the rule does not hold here.
"""

import re
from collections.abc import Callable, Iterable, Iterator

from mactl.findings import Finding, Place, Severity

_COMMENT = re.compile(r"#\s*mactl:\s*ignore\[([a-z0-9-]+)\]\s*(.*?)\s*$")

Lines = Callable[[str], list[str]]
"""Path → the lines of that file; empty where it is not known."""


def without_ignored(findings: Iterable[Finding], lines: Lines) -> Iterator[Finding]:
    """`findings` but for those that a comment silences, and a finding for each such comment without a reason."""
    unexplained: dict[Place, None] = {}
    for finding in findings:
        comment = _comment_on(finding, lines)
        if comment is None:
            yield finding
            continue
        place, reason = comment
        if not reason and place not in unexplained:
            unexplained[place] = None
            yield Finding(
                "ignore-without-reason", Severity.WARNING, f"{finding.id} is ignored here, but not why",
                place, f"write # mactl: ignore[{finding.id}] REASON",
            )  # fmt: skip


def _comment_on(finding: Finding, lines: Lines) -> tuple[Place, str] | None:
    """Where a comment silences `finding`, and its reason; None where none does."""
    place = finding.place
    if place is None or not place.line:
        return None
    written = lines(place.path)
    for number in (place.line, place.line - 1):
        text = written[number - 1] if 0 < number <= len(written) else ""
        alone = text.lstrip().startswith("#")
        found = _COMMENT.search(text)
        if found and found[1] == finding.id and (alone or number == place.line):
            return Place(place.path, number, found.start() + 1), found[2]
    return None
