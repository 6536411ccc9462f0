"""What changed since an earlier audit, for people: what is new first, then what is mended, then the facts."""

from typing import TYPE_CHECKING, Any

from mactl.audit.changes import Changes
from mactl.cli.views.audit.finding import print_finding, print_within

if TYPE_CHECKING:
    from rich.console import Console


def show_changes(console: "Console", changes: Changes) -> None:
    """The changes of one domain."""
    from rich.text import Text

    if not changes:
        print_within(console, 2, Text("nothing has changed", style="dim"))
        return
    for finding in changes.new:
        print_finding(console, finding, sign="new ")
    for finding in changes.gone:
        told = f"{finding['id']}: {finding['message']}"
        print_within(console, 2, Text.assemble(("mended ", "bold green"), told))
    for change in changes.facts:
        told = f"{change.what}: {_quoted(change.before)} → {_quoted(change.after)}"
        print_within(console, 2, Text.assemble(("changed ", "bold yellow"), told))


def _quoted(value: Any) -> str:
    return f"'{value}'" if isinstance(value, str) else told_value(value)


def told_value(value: Any) -> str:
    """A value of a report, in words where Python would speak."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return "nothing"
    return str(value)
