"""Whether the proofs of consent would hold, and whether the ledger is whole."""

from pathlib import Path

from mactl.cli.invocation import Invocation
from mactl.cli.output import print_json, print_table, printable, stderr, stdout
from mactl.delivery.channels.cells import csv_line
from mactl.keeping import write_whole
from mactl.workflows.consenting.checking import Checked
from mactl.workflows.consenting.verifying import Verified
from mactl.workflows.rows import plain_rows
from mactl.workflows.suppressing.rows import escaped

_MOST = 20
"""People whom a terminal shows, where there are many more."""


def show_checked(invocation: Invocation, checked: Checked, out: Path | None) -> int:
    """`{"counts": [{"topic", "verdict", "why", "contacts"}], "ask_again": [{"contact", "email", "topic", "verdict",
    "why"}], "unrecorded", "relied_on"}`, or tables; 1 where a live recipe writes by a consent of which the proof would
    not hold for somebody."""
    status = int(bool(checked.relied_on))
    if out is not None:
        _write(invocation, checked, out)
    if invocation.wants_json:
        print_json(
            {
                "counts": [{**row, "why": row["why"] or None} for row in checked.counts],
                "ask_again": plain_rows(checked.again),
                "unrecorded": checked.unrecorded,
                "relied_on": list(checked.relied_on),
            }
        )
        return status
    if not invocation.quiet:
        print_table(
            ["topic", "contacts", "verdict", "why"], checked.counts, "nobody's consent is on record"
        )
    if out is None:
        _show_again(invocation, checked)
    if checked.unrecorded and not invocation.quiet:
        what = f"{checked.unrecorded:,} entries are not in the ledger yet"
        stderr().print(
            f"{what}: mactl consent record --from-sources, or the next send", style="dim"
        )
    for topic in checked.relied_on:
        line = f"live recipes write on {topic} by consent: those above get nothing on that ground"
        stderr().print(printable(line), style="yellow", markup=False)
    return status


def _show_again(invocation: Invocation, checked: Checked) -> None:
    rows = plain_rows(checked.again if invocation.verbose else checked.again.head(_MOST))
    if not rows:
        return
    stdout().print("\nto be asked again:", style="bold")
    print_table(["contact", "email", "topic", "verdict", "why"], rows, "")
    left = len(checked.again) - len(rows)
    if left and not invocation.quiet:
        stderr().print(f"{left:,} more; --verbose shows all, --out FILE writes them", style="dim")


def _write(invocation: Invocation, checked: Checked, out: Path) -> None:
    columns = list(checked.again.columns)
    lines = [csv_line(columns)]
    for row in plain_rows(checked.again):
        lines.append(csv_line(escaped(str(row[name] or "")) for name in columns))
    write_whole(out, lines)
    if not invocation.quiet:
        stderr().print(f"{len(checked.again):,} written to {out}")


def show_verified(invocation: Invocation, verified: Verified) -> int:
    """`{"entries", "erased", "head", "faults": [{"number", "what"}]}`, or lines; 1 where something is wrong."""
    head = str(verified.head) if verified.entries else None
    faults = [{"number": fault.number, "what": fault.what} for fault in verified.faults]
    if invocation.wants_json:
        told = {"entries": verified.entries, "erased": verified.erased, "head": head}
        print_json({**told, "faults": faults, "is_more": verified.is_more})
        return int(bool(faults))
    for fault in verified.faults:
        line = f"entry {fault.number}: {fault.what}"
        stdout().print(printable(line), style="bold red", markup=False)
    if verified.is_more:
        stdout().print("… and more", style="bold red")
    if not invocation.quiet:
        erased = f", {verified.erased:,} of them erased" if verified.erased else ""
        what = "the ledger is not what was entered" if faults else "the ledger is what was entered"
        stdout().print(f"{what}: {verified.entries:,} entries{erased}")
        if head:
            stdout().print(f"head: {head}")
    return int(bool(faults))
