"""Sends, as a list and one by one."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from mactl.cli.invocation import Invocation
from mactl.cli.output import in_zone, print_json, print_table, printable, stdout, told_at
from mactl.workflows.listing import Filter
from mactl.workflows.rows import plain_rows

if TYPE_CHECKING:
    from mactl.workflows.settling import Settled

_INSTANTS = ("due_at", "latest_at", "hold_until", "released_at", "settled_at")


def show_sends(invocation: Invocation, sends: pd.DataFrame, wanted: Filter, zone: str) -> None:
    """`{"sends": [{"send_id", "message_id", "to", "status", "recipe", "step", "attempts", …}]}`, or a table."""
    plain = plain_rows(sends)
    rows = [_listed(row, zone) for row in plain]
    if invocation.wants_json:
        print_json({"sends": rows})
        return
    for row, raw in zip(rows, plain, strict=True):
        row["send"] = row["send_id"][:8]
        row["due"] = told_at(raw["due_at"], zone)
    columns = ["send", "status", "due", "to", "recipe", "step", "reason"]
    if_none = "no sends yet; mactl plan shows what is due"
    if wanted != Filter():
        if_none = "no send is like that; without options, mactl sends list shows them all"
    print_table(columns, rows, if_none)


def _listed(row: Mapping[str, Any], zone: str) -> dict[str, Any]:
    return {
        "send_id": row["id"],
        "message_id": row["message_id"],
        "to": row["address"],
        "contact": row["contact_key"],
        "status": row["status"],
        "gate": row["gate"],
        "reason": row["reason"],
        "kind": row["kind"],
        "recipe": row["recipe"],
        "step": row["step"],
        "template": row["template"],
        "channel": row["channel"],
        "attempts": row["attempts"],
        "code": row["code"],
        "response": row["response"],
        **{name: None if row[name] is None else in_zone(row[name], zone) for name in _INSTANTS},
    }


def show_one(invocation: Invocation, send: Mapping[str, Any], zone: str) -> None:
    """`{"send": {…}}`, with the merge values, or a line each."""
    told = {**_listed(send, zone), "ground": send["ground"], "enrollment": send["enrollment"]}
    told["merge"] = json.loads(send["merge"]) if send["merge"] else None
    if invocation.wants_json:
        print_json({"send": told})
        return
    console = stdout()
    for name, value in told.items():
        if value is not None:
            shown = json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)
            console.print(f"{name:12} {printable(shown)}")


def show_settled(invocation: Invocation, settled: "Settled", status: str) -> None:
    """`{"changed", "named", "status"}`, or a line."""
    if invocation.wants_json:
        print_json({"changed": settled.changed, "named": settled.named, "status": status})
    elif not invocation.quiet:
        stdout().print(f"{settled.changed} {'is' if settled.changed == 1 else 'are'} {status} now")
