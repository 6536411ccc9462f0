"""What came of imported events."""

from collections.abc import Sequence
from typing import Any

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
from mactl.workflows.importing.events import Arrived

_MOST = 6  # names of events that a line tells


def show_arrived(
    invocation: Invocation, arrived: Sequence[Arrived], zone: str, *, dry_run: bool
) -> int:
    """`{"files": [{"path", "format", "new", "known", "anonymous", "robots", "others", "faulty", "contacts", "events",
    "first", "last"}], "dry_run", "findings"}`, or a few lines a file; the exit status, which is 1 where something could
    not be read."""
    findings = [finding for each in arrived for finding in each.findings]
    status = findings_status(findings)
    if invocation.wants_json:
        told = [finding_json(finding) for finding in findings]
        files = [_json(each, zone) for each in arrived]
        print_json({"files": files, "dry_run": dry_run, "findings": told})
        return status
    if not invocation.quiet:
        for each in arrived:
            for line in _lines(each, zone, dry_run):
                stdout().print(printable(line), markup=False)
    if not invocation.quiet or status:
        print_findings(findings, stderr())
    return status


def _json(arrived: Arrived, zone: str) -> dict[str, Any]:
    first, last = arrived.span or (None, None)
    return {
        "path": arrived.path,
        "format": str(arrived.format),
        "new": arrived.new,
        "known": arrived.known,
        "anonymous": arrived.anonymous,
        "robots": arrived.robots,
        "others": arrived.others,
        "faulty": arrived.faulty,
        "contacts": arrived.contacts,
        "events": dict(arrived.events),
        "first": None if first is None else in_zone(first, zone),
        "last": None if last is None else in_zone(last, zone),
    }


def _lines(arrived: Arrived, zone: str, dry_run: bool) -> list[str]:
    would = "would be " if dry_run else ""
    events = "event" if arrived.new == 1 else "events"
    people = "contact" if arrived.contacts == 1 else "contacts"
    told = [f"{arrived.new:,} {events} {would}new of {arrived.contacts:,} known {people}"]
    told += [f"{arrived.known:,} imported before"] if arrived.known else []
    left = {
        "of visitors nobody knows": arrived.anonymous,
        "of robots": arrived.robots,
        "that no visitor made": arrived.others,
        "that can't be read": arrived.faulty,
    }
    lines = [f"{arrived.path} ({arrived.format}): {', '.join(told)}"]
    some = list(arrived.events.items())
    if arrived.span:
        names = ", ".join(f"{count:,} {name}" for name, count in some[:_MOST])
        more = f" and {len(some) - _MOST} kinds more" if len(some) > _MOST else ""
        first, last = (told_at(at, zone) for at in arrived.span)
        lines.append(f"  {names}{more}; from {first} to {last}")
    passed = ", ".join(f"{count:,} {why}" for why, count in left.items() if count)
    return [*lines, f"  left out: {passed}"] if passed else lines
