"""How the state stands."""

from collections.abc import Mapping
from typing import Any

from mactl.cli.invocation import Invocation
from mactl.cli.output import in_zone, print_json, printable, stdout, told_at
from mactl.store.account import Account
from mactl.store.tables import REVISION
from mactl.workflows.standing import Accepted, Stood

_UNITS = ("bytes", "KB", "MB", "GB", "TB")


def show_state(invocation: Invocation, stood: Stood, zone: str) -> int:
    """`{"place", "id", "size", "tables", "runs", "claims", "last_run", "sends", "actions", "people", "planner",
    "workers", "in_doubt_until", "seen", "mismatch", "faults"}`, or text; 1 where something is wrong with it."""
    if invocation.wants_json:
        print_json(_as_json(stood, zone))
    elif not invocation.quiet or stood.mismatch or stood.faults:
        _tell(stood, zone)
    return int(bool(stood.mismatch or stood.faults))


def show_accepted(invocation: Invocation, accepted: Accepted) -> None:
    """`{"mismatch", "id", "in_doubt"}`, or a line."""
    if invocation.wants_json:
        mismatch = accepted.mismatch and accepted.mismatch.value
        print_json({"mismatch": mismatch, "id": accepted.state, "in_doubt": accepted.in_doubt})
    elif not invocation.quiet:
        console = stdout()
        if accepted.mismatch is None and not accepted.in_doubt:
            console.print("This is the state that was last seen; there was nothing to accept.")
            return
        console.print("This state holds from now on; mactl plan shows what the next run would do.")
        if accepted.in_doubt:
            console.print(
                f"{accepted.in_doubt:,} messages and actions that waited in it are unknown now; "
                "mactl sends resolve says what became of them."
            )


def _as_json(stood: Stood, zone: str) -> dict[str, Any]:
    account, seen = stood.account, stood.seen
    return {
        "place": stood.place,
        **(_account_json(account, zone) if account is not None else _NOTHING),
        "size": stood.size,
        "tables": REVISION,
        "seen": None
        if seen is None
        else {"id": seen.state, "runs": seen.run, "claims": seen.claims, "at": in_zone(seen.at, zone)},
        "mismatch": stood.mismatch and stood.mismatch.value,
        "faults": list(stood.faults),
    }  # fmt: skip


_NOTHING: Mapping[str, Any] = {
    "id": None, "runs": 0, "claims": 0, "last_run": None, "sends": {}, "actions": {}, "people": 0,
    "planner": None, "workers": [], "in_doubt_until": None,
}  # fmt: skip


def _account_json(account: Account, zone: str) -> dict[str, Any]:
    run, planner, restored = account.last_run, account.planner, account.restored
    return {
        "id": account.id,
        "runs": account.runs,
        "claims": account.claims,
        "last_run": run and {
            "run": run.number,
            "command": run.begun.command,
            "now": in_zone(run.begun.now, zone),
            "finished_at": None if run.finished_at is None else in_zone(run.finished_at, zone),
            "mactl": run.begun.mactl,
        },
        "sends": dict(account.sends),
        "actions": dict(account.actions),
        "people": account.people,
        "planner": planner and {
            "command": planner.command,
            "pid": planner.pid,
            "host": planner.host,
            "since": in_zone(planner.since, zone),
        },
        "workers": [
            {
                "worker": worker.name,
                "claims": worker.claims,
                "lease_until": in_zone(worker.lease_until, zone),
                "is_dead": worker.is_dead,
            }
            for worker in account.workers
        ],
        "in_doubt_until": restored and in_zone(restored.until, zone),
    }  # fmt: skip


def _tell(stood: Stood, zone: str) -> None:
    from rich.text import Text

    console, account = stdout(), stood.account
    lines = [("state", stood.place)]
    if account is None:
        lines.append(("", "there is none yet; mactl send makes it"))
    else:
        lines += _lines(account, stood.size, zone)
    for name, told in lines:
        console.print(Text.assemble((f"{name:<12}", "bold"), printable(told)))
    for fault in stood.faults:
        console.print(Text(f"damaged: {printable(fault)}", style="bold red"))
    if stood.mismatch is not None:
        from mactl.cli.output import print_error
        from mactl.workflows.missing_state import mismatched

        print_error(
            mismatched(stood.mismatch, stood.seen, stood.account.runs if stood.account else None)
        )


def _lines(account: Account, size: int, zone: str) -> list[tuple[str, str]]:
    run = account.last_run
    lines = [("id", account.id), ("size", f"{_told_size(size)}, tables at {REVISION}")]
    if run is not None:
        end = (
            "it has not ended"
            if run.finished_at is None
            else f"ended {told_at(run.finished_at, zone)}"
        )
        lines.append(
            (
                "last run",
                f"{run.number}, at {told_at(run.begun.now, zone)}, {end}, mactl {run.begun.mactl}",
            )
        )
    lines.append(("messages", _told_counts(account.sends)))
    if account.actions:
        lines.append(("actions", _told_counts(account.actions)))
    lines.append(("people", f"{account.people:,} on their way"))
    if account.planner is not None:
        planner = account.planner
        lines.append(("planning", f"`{planner.command}`, process {planner.pid} on {planner.host}"))
    for worker in account.workers:
        held = (
            "dead; the next run takes over"
            if worker.is_dead
            else f"until {told_at(worker.lease_until, zone)}"
        )
        lines.append(("worker", f"{worker.name} holds {worker.claims:,}, {held}"))
    if account.restored is not None:
        lines.append(("in doubt", f"what was due by {told_at(account.restored.until, zone)}"))
    return lines


def _told_counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {status}" for status, count in counts.items()) or "none"


def _told_size(size: float) -> str:
    for unit in _UNITS[:-1]:
        if size < 1000:
            return f"{size:,.0f} {unit}"
        size /= 1000
    return f"{size:,.0f} {_UNITS[-1]}"
