"""The scorecard of an audit: one line for each requirement, one column for each mailbox provider."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mactl.audit.scorecard.requirements import Result

if TYPE_CHECKING:
    from rich.console import Console

_MARKS = {
    Result.PASS: ("pass", "green"),
    Result.FAIL: ("fail", "bold red"),
    Result.NOT_VISIBLE: ("?", "dim"),
}
_NAMES = {"gmail": "Gmail", "yahoo": "Yahoo", "microsoft": "Microsoft"}


def show_scorecard(console: "Console", scorecard: dict[str, Any], *, verbose: bool) -> None:
    """The scorecard of a report as plain values, `DomainAudit.as_json()["scorecard"]`, as a table.

    What no record shows is one line, unless `verbose`.
    """
    from rich.text import Text

    rows = _rows(scorecard)
    hidden = [id for id, row in rows.items() if not verbose and _invisible(row)]
    width = max(map(len, rows), default=0) + 2
    heading = "".join(f"{_NAMES.get(provider, provider):11}" for provider in scorecard)
    console.print(Text(f"\n  {'bulk senders':{width}}{heading}", style="dim"))
    for id, row in rows.items():
        if id in hidden:
            continue
        text = Text(f"  {id:{width}}")
        for provider in scorecard:
            mark, style = _MARKS[Result(row[provider]["result"])] if provider in row else ("", "")
            text.append(f"{mark:11}", style=style)
        first = next(iter(row.values()))
        text.append(first["why"], style="dim")
        console.print(text)
    if hidden:
        console.print(Text(f"  not visible from DNS: {', '.join(hidden)}", style="dim"))


def worth_showing(report: Mapping[str, Any]) -> bool:
    """Whether the domain seems to send: one that is parked, or not there, need not meet anything."""
    about = [
        line for line in report["scorecard"]["gmail"] if line["requirement"] in ("spf", "dkim")
    ]
    return any(line["result"] == Result.PASS for line in about)


def _rows(scorecard: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The lines by requirement, then by provider."""
    rows: dict[str, dict[str, Any]] = {}
    for provider, lines in scorecard.items():
        for line in lines:
            rows.setdefault(line["requirement"], {})[provider] = line
    return rows


def _invisible(row: dict[str, Any]) -> bool:
    return all(line["result"] == Result.NOT_VISIBLE for line in row.values())
