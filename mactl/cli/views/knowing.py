"""Segments and scores."""

from typing import Any

import pandas as pd

from mactl.cli.invocation import Invocation
from mactl.cli.output import print_json, print_table, stdout
from mactl.workflows.knowing import Membership, Standings

_MOST = 40


def show_segments(invocation: Invocation, found: Membership) -> None:
    """`{"segments": [{"name", "recipe", "count"}]}`, with `"contacts"` where one was named; or a table."""
    rows = []
    for full, count in found.counts.items():
        recipe, _, name = full.partition(".")
        rows.append({"name": name, "recipe": recipe, "count": count})
    members = None
    if found.members is not None:
        members = [
            {"contact": contact, "email": None if pd.isna(email) else email}
            for contact, email in zip(found.members["contact"], found.members["email"], strict=True)
        ]
    if invocation.wants_json:
        print_json({"segments": rows} | ({} if members is None else {"contacts": members}))
    elif members is not None:
        print_table(["contact", "email"], members, "nobody is in it")
    else:
        total = found.gathered.people.contacts.num_rows
        shares = [
            f"{100 * count / total:.0f} %" if total else "–" for count in found.counts.values()
        ]
        shown = [{**row, "share": share} for row, share in zip(rows, shares, strict=True)]
        print_table(["recipe", "name", "count", "share"], shown, "the recipes define no segments")


def show_scores(invocation: Invocation, found: Standings) -> None:
    """`{"contacts": [{"contact", "email", "scores", "stage", "labels"}]}`, or a table of the highest."""
    table, contacts = found.table, found.gathered.contacts.loc[found.table.index]

    def plain(value: Any) -> Any:
        return None if pd.isna(value) else value

    columns = {name: [plain(value) for value in table[name]] for name in table.columns}
    rows = [
        {
            "contact": contact,
            "email": plain(email),
            "scores": {short: columns[name][n] for name, short in found.scores.items()},
            "stage": columns["stage"][n] if "stage" in columns else None,
            "labels": {short: columns[name][n] for name, short in found.labels.items()},
        }
        for n, (contact, email) in enumerate(zip(contacts["key"], contacts["address"], strict=True))
    ]
    if invocation.wants_json:
        print_json({"contacts": rows})
        return
    rows.sort(key=lambda row: -sum(row["scores"].values()))
    shown = rows if invocation.verbose else rows[:_MOST]
    flat = [{**row, **row["scores"], **row["labels"]} for row in shown]
    names = ["contact", "email", *found.scores.values(), "stage", *found.labels.values()]
    print_table(names, flat, "there are no contacts")
    if len(shown) < len(rows):
        stdout().print(f"… and {len(rows) - len(shown)} more; --verbose shows all", style="dim")
