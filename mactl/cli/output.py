"""Where answers go: results to stdout, everything else to stderr."""

import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mactl.errors import MactlError
from mactl.findings import Finding, Severity

if TYPE_CHECKING:
    from rich.console import Console

SEVERITY_STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.NOTE: "blue"}


def print_json(value: Mapping[str, Any]) -> None:
    """`value` to stdout, whole and alone; in ASCII where stdout can't take every letter."""
    takes_all = (sys.stdout.encoding or "").lower().startswith("utf")
    sys.stdout.write(json.dumps(value, ensure_ascii=not takes_all, indent=2) + "\n")


_WIDTH_OF_A_FILE = 240  # columns, where nobody's terminal says


def stdout() -> "Console":
    """The console for what was asked for."""
    return _console(sys.stdout.isatty())


def stderr() -> "Console":
    """The console for progress, prompts and errors."""
    return _console(sys.stderr.isatty(), stderr=True)


def _console(is_terminal: bool, *, stderr: bool = False) -> "Console":
    from rich.console import Console

    width = None if is_terminal else _WIDTH_OF_A_FILE
    return Console(stderr=stderr, highlight=False, soft_wrap=True, width=width)


def print_error(error: MactlError) -> None:
    """Why the command could not go on, and what to do next."""
    from rich.text import Text

    console = stderr()
    print_findings(getattr(error, "findings", ()), console)
    console.print(Text.assemble(("mactl: ", "bold red"), error.message))
    if error.hint:
        console.print(Text.assemble(("hint: ", "bold"), error.hint))


def finding_lines(finding: Finding) -> Iterable[tuple[str, str]]:
    """`path:line:column: id: message`, then `hint:`; each with its style."""
    where = f"{finding.place}: " if finding.place else ""
    yield f"{where}{finding.id}: {printable(finding.message)}", SEVERITY_STYLES[finding.severity]
    if finding.hint:
        yield f"  hint: {printable(finding.hint)}", "dim"


def print_findings(findings: Iterable[Finding], console: "Console") -> None:
    """Findings as text, in the order given."""
    from rich.text import Text

    for finding in findings:
        (first, style), *rest = finding_lines(finding)
        place, found, message = first.partition(f" {finding.id}: ")
        if found:
            console.print(Text.assemble(place, " ", (finding.id, style), ": ", message))
        else:
            console.print(Text(first, style=style))
        for line, dim in rest:
            console.print(Text(line, style=dim))


def finding_json(finding: Finding) -> dict[str, Any]:
    """A finding as other programs read it."""
    place = finding.place
    return {
        "id": finding.id,
        "severity": finding.severity.value,
        "path": place.path if place else None,
        "line": (place.line or None) if place else None,
        "column": (place.column or None) if place else None,
        "message": finding.message,
        "hint": finding.hint,
        "reference": finding.reference,
    }


def printable(text: str) -> str:
    """`text` with control characters shown, not obeyed: data may come from anyone."""
    return "".join(c if c.isprintable() or c == "\n" else f"\\x{ord(c):02x}" for c in text)


_ADDRESS = re.compile(r"[^\s@<>(),;:\"]+@[^\s<>(),;\"]+")


def redacted(text: str) -> str:
    """`text` with addresses as `a***@example.com`."""
    return _ADDRESS.sub(lambda match: f"{match[0][0]}***@{match[0].rpartition('@')[2]}", text)


def in_zone(seconds: int, zone: str) -> str:
    """Epoch seconds as a local ISO 8601 instant with its offset: `2026-12-01T09:00:00+01:00`."""
    from mactl.clock import from_epoch, zone_named

    return from_epoch(seconds).astimezone(zone_named(zone)).isoformat()


def told_at(seconds: int, zone: str) -> str:
    """Epoch seconds on the local wall clock, for people: `2026-12-01 09:00`."""
    return in_zone(seconds, zone)[:16].replace("T", " ")


def findings_status(findings: Iterable[Finding], fail_on: str = "error") -> int:
    """The exit status that findings lead to: 1 where one is at least as grave as `fail_on`.

    Raises UsageError where `fail_on` is no severity.
    """
    from mactl.errors import UsageError

    try:
        gravest = Severity(fail_on)
    except ValueError:
        choices = ", ".join(severity.value for severity in Severity)
        raise UsageError(f"--fail-on {fail_on}: choose one of {choices}") from None
    return int(any(finding.severity.rank >= gravest.rank for finding in findings))


def print_table(columns: Sequence[str], rows: Sequence[Mapping[str, Any]], if_none: str) -> None:
    """`rows` under `columns`, empty cells as –; `if_none` where there are no rows."""
    from rich.table import Table
    from rich.text import Text

    console = stdout()
    if not rows:
        console.print(if_none)
        return
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    cells = []
    for column in columns:
        values = [row[column] for row in rows]
        known = [value for value in values if value is not None and value != ""]
        is_number = all(isinstance(value, (int, float)) for value in known) and bool(known)
        table.add_column(column, justify="right" if is_number else "left", overflow="fold")
        decimals = max((_decimals(value) for value in known), default=0)
        cells.append([Text(printable(_cell(value, decimals))) for value in values])
    for line in zip(*cells, strict=True):
        table.add_row(*line)
    console.print(table)


def _decimals(value: Any) -> int:
    """How many decimals a number needs to be told, two at most."""
    return len(number(value).partition(".")[2]) if isinstance(value, float) else 0


def number(value: float) -> str:
    """A number for people, with two decimals at most: `1,234.5`."""
    return f"{value:,.2f}".rstrip("0").rstrip(".")


def _cell(value: Any, decimals: int) -> str:
    if value is None or value == "":
        return "–"
    return f"{value:,.{decimals}f}" if isinstance(value, float) else str(value)
