"""Merges and splits, as they are told."""

from collections.abc import Sequence
from typing import Any

from mactl.cli.invocation import Invocation
from mactl.cli.output import in_zone, print_json, print_table, printable, stdout, told_at
from mactl.store.decisions import Decision, DecisionKind
from mactl.workflows.persons.deciding import Decided


def show_decided(invocation: Invocation, decided: Decided) -> None:
    """`{"decision", "kind", "contact", "other", "undone", "opt_outs", "rows", "keys", "enrollments", "cancelled",
    "joined_by"}`, or what came of it in words."""
    if invocation.wants_json:
        print_json(
            {
                "decision": decided.number,
                "kind": str(decided.kind),
                "contact": decided.contact,
                "other": decided.other,
                "undone": decided.is_undone,
                "opt_outs": decided.opt_outs,
                "rows": list(decided.rows),
                "keys": list(decided.moved),
                "enrollments": decided.begun,
                "cancelled": decided.cancelled,
                "joined_by": decided.joined_by,
            }
        )
        return
    for line in _lines(decided):
        stdout().print(printable(line), markup=False)


def _lines(decided: Decided) -> list[str]:
    number, one, other = decided.number, decided.contact, decided.other
    if decided.is_undone:
        lines = [f"decision {number} is undone"]
        if decided.kind is DecisionKind.MERGE and decided.joined_by is None:
            lines += [f"{one} and {other} are two contacts again"]
        elif decided.kind is DecisionKind.SPLIT:
            lines += [f"{other} is {one} again"]
    elif decided.kind is DecisionKind.MERGE:
        lines = [f"{other} is {one} from now on (decision {number})"]
    else:
        lines = [f"{other} is no longer {one} (decision {number})"]
        lines += [f"with them go {', '.join(decided.moved)}, of {', '.join(decided.rows)}"]
    if decided.joined_by is not None:
        lines += [
            f"they are one contact all the same: both have {decided.joined_by}",
            f"hint: mactl contacts split {one} {other}",
        ]
    told = [
        (decided.begun, "what was begun counts for both: {n} journeys"),
        (decided.cancelled, "messages taken back that waited for an address that leaves: {n}"),
        (decided.opt_outs, "opt-outs hold for every address of theirs: {n} suppressions added"),
    ]
    lines += [text.format(n=count) for count, text in told if count]
    if not decided.is_undone:
        lines += [f"to take it back: mactl contacts {decided.kind} --undo {number}"]
    return lines


def show_decisions(
    invocation: Invocation, decisions: Sequence[tuple[Decision, str, str]], zone: str
) -> None:
    """`{"decisions": [{"decision", "kind", "contact", "other", "keys", "at", "why", "undone_at", "undone_why"}]}`,
    instants in `zone`; or a table."""
    if invocation.wants_json:
        print_json({"decisions": [_row(one, names, zone) for one, *names in decisions]})
        return
    rows = [
        {
            "decision": one.number,
            "at": told_at(one.at, zone),
            "what": f"{other} is {contact}"
            if one.kind is DecisionKind.MERGE
            else f"{other} is not {contact}",
            "why": one.why,
            "undone": told_at(one.undone_at, zone) if one.undone_at is not None else None,
        }
        for one, contact, other in decisions
    ]
    print_table(["decision", "at", "what", "why", "undone"], rows, "nothing was merged or split")


def _row(one: Decision, names: Sequence[str], zone: str) -> dict[str, Any]:
    undone = in_zone(one.undone_at, zone) if one.undone_at is not None else None
    return {
        "decision": one.number,
        "kind": str(one.kind),
        "contact": names[0],
        "other": names[1],
        "keys": sorted(one.moved),
        "at": in_zone(one.at, zone),
        "why": one.why,
        "undone_at": undone,
        "undone_why": one.undone_why,
    }
