"""Tasks for colleagues."""

import pandas as pd

from mactl.cli.invocation import Invocation
from mactl.cli.output import in_zone, print_json, print_table, stdout, told_at
from mactl.workflows.rows import plain_rows

_SHOWN = 8  # characters of an id, which are enough to name it


def show_tasks(invocation: Invocation, tasks: pd.DataFrame, zone: str) -> None:
    """`{"tasks": [{"id", "task", "recipe", "contact", "to", "title", "due", "is"}]}`, or a table."""
    plain = plain_rows(tasks)
    rows = [
        {
            "id": row["id"],
            "task": row["task"],
            "recipe": row["recipe"],
            "contact": row["contact"],
            "to": row["to"],
            "title": row["title"],
            "due": None if row["due_at"] is None else in_zone(row["due_at"], zone),
            "is": row["is"],
        }
        for row in plain
    ]
    if invocation.wants_json:
        print_json({"tasks": rows})
        return
    for row, raw in zip(rows, plain, strict=True):
        row["id"] = str(row["id"])[:_SHOWN]
        row["due"] = None if raw["due_at"] is None else told_at(raw["due_at"], zone)
    columns = ["id", "is", "due", "to", "title", "contact", "recipe"]
    print_table(columns, rows, "nothing is to be done")


def show_done(invocation: Invocation, count: int) -> None:
    """`{"done": 2}`, or `2 done`."""
    if invocation.wants_json:
        print_json({"done": count})
    elif not invocation.quiet:
        stdout().print(f"{count} done")
