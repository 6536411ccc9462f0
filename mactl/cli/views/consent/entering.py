"""What was entered into the ledger of consents, and what came of it."""

from mactl.cli.invocation import Invocation
from mactl.cli.output import (
    finding_json,
    findings_status,
    in_zone,
    print_findings,
    print_json,
    printable,
    stderr,
    stdout,
    told_at,
)
from mactl.cli.views.consent.record import ALL
from mactl.workflows.consenting.confirming import Confirmed
from mactl.workflows.consenting.entering import Entered
from mactl.workflows.consenting.filling import Filled

_CALLED = {
    "free": "free",
    "specific": "specific",
    "informed": "informed",
    "unambiguous": "unambiguous",
    "at": "when",
    "source": "where",
}


def show_entered(invocation: Invocation, entered: Entered, zone: str) -> None:
    """`{"contact", "topic", "state", "at", "lacking", "suppressed", "lifted", "still_suppressed"}`, or a line each."""
    entry = entered.entry
    if invocation.wants_json:
        left = [{"topic": topic or None, "reason": reason} for topic, reason in entered.standing]
        print_json(
            {
                "contact": entered.person.key,
                "topic": entry.topic or None,
                "state": entry.state,
                "at": None if entry.at is None else in_zone(entry.at, zone),
                "lacking": list(entered.lacking),
                "suppressed": entered.suppressed,
                "lifted": entered.lifted,
                "still_suppressed": left,
                "withdrawn_at": None
                if entered.beaten_at is None
                else in_zone(entered.beaten_at, zone),
                "column_says_withdrawn": entered.told_otherwise,
            }
        )
        return
    if not invocation.quiet:
        about = entry.topic or ALL
        when = f" at {told_at(entry.at, zone)}" if entry.at is not None else ""
        line = f"{entered.person.key}: {about} {entry.state}{when}"
        stdout().print(printable(line), markup=False)
        if entered.suppressed:
            stdout().print(f"{entered.suppressed} put on the suppression list")
        if entered.lifted:
            stdout().print(f"{entered.lifted} taken off the suppression list")
    _warn(entered, zone)


def _warn(entered: Entered, zone: str) -> None:
    if entered.lacking:
        lacking = ", ".join(_CALLED[name] for name in entered.lacking)
        stderr().print(f"the proof would not hold: nothing shows {lacking}", style="yellow")
    for topic, reason in entered.standing:
        about = f"mail on {topic}" if topic else "all mail"
        line = f"still suppressed for {about}: {reason}"
        stderr().print(printable(line), style="yellow", markup=False)
    if entered.beaten_at is not None:
        when = told_at(entered.beaten_at, zone)
        stderr().print(
            f"they withdrew at {when}: only a consent given after that lifts it", style="yellow"
        )
    if entered.told_otherwise:
        column = entered.told_otherwise
        line = f"the column {column!r} says that they withdrew, which beats this while it does"
        stderr().print(printable(line), style="yellow", markup=False)


def show_filled(invocation: Invocation, filled: Filled, *, dry_run: bool) -> None:
    """`{"recorded": [{"topic", "state", "contacts"}], "dry_run"}`, or a line each."""
    rows = [
        {"topic": topic or None, "state": state, "contacts": count}
        for (topic, state), count in filled.counts.items()
    ]
    if invocation.wants_json:
        print_json({"recorded": rows, "dry_run": dry_run})
        return
    if invocation.quiet:
        return
    verb = "would be recorded" if dry_run else "recorded"
    for row in rows:
        line = f"{row['topic'] or ALL}: {row['contacts']:,} {row['state']} {verb}"
        stdout().print(printable(line), markup=False)
    if not rows:
        stdout().print("the ledger knows all of it already")


def show_confirmed(invocation: Invocation, confirmed: Confirmed) -> int:
    """`{"confirmed", "known", "findings"}`, or a line; 1 where a row could not be taken."""
    status = findings_status(confirmed.findings)
    if invocation.wants_json:
        findings = [finding_json(finding) for finding in confirmed.findings]
        told = {"confirmed": confirmed.confirmed, "known": confirmed.known}
        print_json({**told, "findings": findings})
        return status
    if not invocation.quiet:
        known = f", {confirmed.known:,} confirmed before" if confirmed.known else ""
        stdout().print(f"{confirmed.confirmed:,} confirmed{known}")
    print_findings(confirmed.findings, stderr())
    return status
