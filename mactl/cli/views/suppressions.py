"""The suppression list, what came of a change to it, and the files that it is written to."""

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from mactl.cli.invocation import Invocation
from mactl.cli.output import (
    finding_json,
    findings_status,
    in_zone,
    print_findings,
    print_json,
    print_table,
    stderr,
    stdout,
    told_at,
)
from mactl.keeping import write_whole
from mactl.workflows.rows import plain_rows
from mactl.workflows.suppressing.changing import Lifted
from mactl.workflows.suppressing.exporting import export_csv, export_hashes, told_entries
from mactl.workflows.suppressing.importing import Imported
from mactl.workflows.suppressing.listing import Hashed, Listed, Wanted

_MOST = 100  # entries that a terminal shows, where nobody says how many
_COLUMNS = ["address", "topic", "reason", "source", "at"]


def most_shown(invocation: Invocation, limit: int | None) -> int | None:
    """How many entries to list, None for all of them: `limit`, where 0 stands for all."""
    if limit is None:
        return None if invocation.wants_json else _MOST
    return limit or None


def show_suppressions(
    invocation: Invocation, listed: Listed, wanted: Wanted, offset: int, zone: str
) -> None:
    """`{"suppressions": [{"address", "kind", "topic", "reason", "source", "at"}], "count"}`, or a table."""
    if invocation.wants_json:
        print_json(_entries_json(listed, zone))
        return
    rows = [{**row, "at": told_at(row["at"], zone)} for row in told_entries(listed.entries)]
    if_none = "nobody is suppressed" if wanted == Wanted() else "nobody like that is suppressed"
    print_table(_COLUMNS, rows, "no more entries" if offset and listed.count else if_none)
    shown = offset + len(rows)
    if rows and shown < listed.count and not invocation.quiet:
        more = f"{listed.count - shown:,} more; --limit 0 shows all, --offset {shown} the next"
        stderr().print(more, style="dim")


def _entries_json(listed: Listed, zone: str) -> dict[str, Any]:
    rows = [{**row, "at": in_zone(row["at"], zone)} for row in told_entries(listed.entries)]
    return {"suppressions": rows, "count": listed.count}


def show_count(invocation: Invocation, what: str, count: int) -> None:
    """`{"suppressed": 2}`, or `2 suppressed`."""
    if invocation.wants_json:
        print_json({what: count})
    elif not invocation.quiet:
        stdout().print(f"{count} {what}")


def show_lifted(invocation: Invocation, lifted: Lifted) -> None:
    """`{"lifted": 1, "still_suppressed": [{"address", "topic", "reason"}]}`, or a line each."""
    if invocation.wants_json:
        left = [
            {"address": one.address, "topic": one.topic or None, "reason": one.reason}
            for one in lifted.remaining
        ]
        print_json({"lifted": lifted.count, "still_suppressed": left})
        return
    show_count(invocation, "lifted", lifted.count)
    for one in lifted.remaining:
        about = f"mail on {one.topic}" if one.topic else "all mail"
        stderr().print(f"{one.address} is still suppressed for {about}: {one.reason}")


def show_imported(invocation: Invocation, imported: Imported, *, dry_run: bool) -> int:
    """`{"rows", "suppressed", "known", "faulty", "passed_over", "dry_run", "findings"}`, or a line; the exit status,
    which is 1 where a row could not be taken."""
    counts = {
        "rows": imported.rows,
        "suppressed": imported.suppressed,
        "known": imported.known,
        "faulty": imported.faulty,
        "passed_over": imported.passed_over,
    }
    status = findings_status(imported.findings)
    if invocation.wants_json:
        findings = [finding_json(finding) for finding in imported.findings]
        print_json({**counts, "dry_run": dry_run, "findings": findings})
        return status
    if not invocation.quiet:
        stdout().print(_told(imported, dry_run))
    if not invocation.quiet or status:
        print_findings(imported.findings, stderr())
    return status


def _told(imported: Imported, dry_run: bool) -> str:
    would = "would be " if dry_run else ""
    told = [
        f"{imported.suppressed:,} {would}newly suppressed",
        f"{imported.known:,} suppressed before or named twice",
    ]
    if imported.faulty:
        told.append(f"{imported.faulty:,} left out")
    if imported.passed_over:
        told.append(f"{imported.passed_over:,} passed over, as they did not opt out")
    return f"{imported.rows:,} rows: {', '.join(told)}"


def show_exported(invocation: Invocation, listed: Listed, file: Path | None, zone: str) -> None:
    """The entries as CSV, or as `show_suppressions` has them in JSON, to `file` or as the answer."""
    if invocation.wants_json:
        _put_json(_entries_json(listed, zone), file)
    else:
        _put(export_csv(listed.entries), file)
    _tell_file(invocation, len(listed.entries), file)


def show_hashes(invocation: Invocation, hashed: Hashed, file: Path | None) -> None:
    """The hashes as CSV, or `{"suppressions": [{"sha256", "topic"}], "left_out"}`, to `file` or as the answer."""
    if invocation.wants_json:
        rows = [{**row, "topic": row["topic"] or None} for row in plain_rows(hashed.entries)]
        _put_json({"suppressions": rows, "left_out": hashed.left_out}, file)
    else:
        _put(export_hashes(hashed.entries), file)
    _tell_file(invocation, len(hashed.entries), file)
    if hashed.left_out and not invocation.quiet:
        why = "domains, keyed hashes, MD5s and phone numbers have no SHA-256 of an address"
        stderr().print(f"{hashed.left_out:,} left out: {why}", style="yellow")


def _put_json(value: dict[str, Any], file: Path | None) -> None:
    if file is None:
        print_json(value)
    else:
        text = json.dumps(value, ensure_ascii=False, indent=2)
        _put([text.encode(), b"\n"], file)


def _put(parts: Iterable[bytes], file: Path | None) -> None:
    """Write to `file`, whole or not at all, or to stdout."""
    if file is None:
        for part in parts:
            sys.stdout.buffer.write(part)
        sys.stdout.buffer.flush()
        return
    write_whole(file, parts)


def _tell_file(invocation: Invocation, count: int, file: Path | None) -> None:
    if file is not None and not invocation.quiet:
        stderr().print(f"{count:,} written to {file}")
