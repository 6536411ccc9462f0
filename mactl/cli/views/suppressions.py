"""The suppression list."""

import pandas as pd

from mactl.cli.invocation import Invocation
from mactl.cli.output import in_zone, print_json, print_table, stdout, told_at
from mactl.workflows.rows import plain_rows


def show_suppressions(invocation: Invocation, suppressions: pd.DataFrame, zone: str) -> None:
    """`{"suppressions": [{"address", "topic", "reason", "source", "at"}]}`, or a table."""
    rows = [
        {
            "address": row["address_key"],
            "topic": row["topic"] or None,
            "reason": row["reason"],
            "source": row["source"],
            "at": in_zone(row["at"], zone),
        }
        for row in plain_rows(suppressions)
    ]
    if invocation.wants_json:
        print_json({"suppressions": rows})
        return
    shown = [
        {**row, "at": told_at(raw["at"], zone)}
        for row, raw in zip(rows, plain_rows(suppressions), strict=True)
    ]
    print_table(["address", "topic", "reason", "source", "at"], shown, "nobody is suppressed")


def show_count(invocation: Invocation, what: str, count: int) -> None:
    """`{"suppressed": 2}`, or `2 suppressed`."""
    if invocation.wants_json:
        print_json({what: count})
    elif not invocation.quiet:
        stdout().print(f"{count} {what}")
