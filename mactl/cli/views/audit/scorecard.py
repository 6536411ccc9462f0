"""The scorecard of an audit: one line for each requirement, one column for each mailbox provider."""

from collections.abc import Iterable, Mapping
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


def scorecard_gist(scorecard: Mapping[str, Any]) -> tuple[str, str]:
    """`pass` or `fail`, and what it comes to in half a line; what DNS can't show is said so."""
    rows = _rows(scorecard)
    failed = [id for id, row in rows.items() if _comes_to(row, Result.FAIL)]
    hidden = sum(_comes_to(row, Result.NOT_VISIBLE) for row in rows.values())
    if not failed:
        unseen = f"; DNS can't show {hidden} more" if hidden else ""
        return "pass", f"as {_listed(scorecard)} ask{unseen}"
    asks = [
        provider
        for provider, lines in scorecard.items()
        if any(line["result"] == Result.FAIL for line in lines)
    ]
    return "fail", f"{_listed(asks)} ask more: {', '.join(failed)}"


def show_scorecard(console: "Console", scorecard: Mapping[str, Any]) -> None:
    """The scorecard of a report as plain values, `DomainAudit.as_json()["scorecard"]`, as a table."""
    from rich.text import Text

    rows = _rows(scorecard)
    width = max(map(len, rows), default=0) + 2
    heading = "".join(f"{_NAMES.get(provider, provider):11}" for provider in scorecard)
    console.print(Text(f"\n  {'bulk mail':{width}}{heading}".rstrip(), style="dim"))
    for id, row in rows.items():
        text = Text(f"  {id:{width}}")
        for provider in scorecard:
            mark, style = _MARKS[Result(row[provider]["result"])] if provider in row else ("", "")
            text.append(f"{mark:11}", style=style)
        first = next(iter(row.values()))
        text.append(first["why"], style="dim")
        console.print(text)


def worth_showing(report: Mapping[str, Any]) -> bool:
    """Whether the domain seems to send: one that is parked, or not there, need not meet anything."""
    about = [
        line for line in report["scorecard"]["gmail"] if line["requirement"] in ("spf", "dkim")
    ]
    keys = report["dkim"]["selectors"].values()
    return any(line["result"] == Result.PASS for line in about) or any(k["testing"] for k in keys)


def _rows(scorecard: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The lines by requirement, then by provider."""
    rows: dict[str, dict[str, Any]] = {}
    for provider, lines in scorecard.items():
        for line in lines:
            rows.setdefault(line["requirement"], {})[provider] = line
    return rows


def _comes_to(row: Mapping[str, Any], result: Result) -> bool:
    """Whether a requirement has this result, which is the same wherever it is asked."""
    return all(line["result"] == result for line in row.values())


def _listed(providers: Iterable[str]) -> str:
    return ", ".join(_NAMES.get(provider, provider) for provider in providers)
