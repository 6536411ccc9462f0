"""What is on record of consent: of one person, of everybody, as it was entered, and whether it is whole."""

from collections.abc import Iterable, Mapping
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
    printable,
    stderr,
    stdout,
    told_at,
)
from mactl.delivery.channels.cells import csv_line
from mactl.keeping import write_whole
from mactl.workflows.consenting.checking import Checked
from mactl.workflows.consenting.confirming import Confirmed
from mactl.workflows.consenting.entering import Entered
from mactl.workflows.consenting.filling import Filled
from mactl.workflows.consenting.showing import Listed, Shown, Standing
from mactl.workflows.consenting.verifying import Verified
from mactl.workflows.rows import plain_rows
from mactl.workflows.suppressing.rows import escaped

_MOST = 20
"""People whom a terminal shows, where there are many more."""
_CALLED = {
    "free": "free",
    "specific": "specific",
    "informed": "informed",
    "unambiguous": "unambiguous",
    "at": "when",
    "source": "where",
}
_ALL = "all marketing"


def show_consent(invocation: Invocation, shown: Shown, zone: str) -> None:
    """`{"contact", "topics": {TOPIC: {"state", "at", "source", "wording", "proofs": {…}, …}}, "entries", …}`, or the
    same in words."""
    if invocation.wants_json:
        print_json(_shown_json(shown, zone))
        return
    console, person = stdout(), shown.person
    known = f" ({person.email})" if person.email and person.email != person.key else ""
    console.print(printable(f"{person.key}{known}"), style="bold", markup=False)
    if not shown.topics:
        console.print("nothing is on record of their consent")
    for topic, standing in shown.topics.items():
        for line in _standing_lines(topic, standing, zone):
            console.print(printable(line), markup=False)
    for topic, why in shown.suppressed.items():
        about = f"mail on {topic}" if topic else "all mail"
        console.print(printable(f"suppressed for {about}: {why}"), markup=False)
    if shown.entries and (invocation.verbose or len(shown.entries) > len(shown.topics)):
        console.print()
        print_table(_ENTRY, [_entry_row(entry, zone) for entry in shown.entries], "")


_ENTRY = ["number", "topic", "state", "at", "source", "place", "recorded by"]


def _standing_lines(topic: str, standing: Standing, zone: str) -> Iterable[str]:
    said = standing.state
    when = f" at {told_at(standing.at, zone)}" if standing.at is not None else ""
    verdict = ""
    if said == "granted":
        verdict = "; the proof holds" if standing.holds else "; the proof would not hold"
    why = f": {standing.why}" if standing.why and standing.why != said else ""
    unrecorded = "" if standing.recorded else " (not in the ledger yet)"
    yield f"{topic or _ALL}: {said}{when}{verdict}{why}{unrecorded}"
    if standing.source or standing.place:
        yield f"  source: {' in '.join(filter(None, (standing.source, standing.place)))}"
    if standing.wording:
        shortened = " ".join(standing.wording.split())
        shortened = f"{shortened[:100]}…" if len(shortened) > 100 else shortened
        named = f" ({standing.file})" if standing.file else ""
        yield f"  wording: {shortened}{named}"
    if said == "granted":
        for name, proof in standing.proofs.items():
            yield f"  {name}: {proof or 'nothing proves it'}"


def _shown_json(shown: Shown, zone: str) -> dict[str, Any]:
    return {
        "contact": shown.person.key,
        "email": shown.person.email,
        "topics": {
            topic: {
                "state": one.state,
                "at": None if one.at is None else in_zone(one.at, zone),
                "source": one.source,
                "wording": one.wording,
                "proofs": dict(one.proofs),
                "holds": one.holds,
                "why": one.why or None,
                "place": one.place,
                "wording_file": one.file,
                "channels": list(one.channels),
                "recorded": one.recorded,
            }
            for topic, one in shown.topics.items()
        },
        "suppressed": shown.suppressed,
        "entries": [_entry_json(entry, zone) for entry in shown.entries],
    }


def _entry_json(entry: Mapping[str, Any], zone: str) -> dict[str, Any]:
    names = ("number", "topic", "state", "source", "place", "channels", "corrects", "origin")
    told = {name: entry.get(name) for name in names}
    for name in ("at", "recorded_at"):
        told[name] = None if entry[name] is None else in_zone(entry[name], zone)
    proofs = {name: entry[name] for name in ("free", "specific", "informed", "unambiguous")}
    words = {"wording_hash": entry["wording"], "wording_file": entry["file"]}
    return {**told, "recorded_by": entry["recorded_by"], **words, "proofs": proofs}


def _entry_row(entry: Mapping[str, Any], zone: str) -> dict[str, Any]:
    number = entry["number"]
    return {
        "number": "new" if number is None else str(number),
        "contact": entry["contact"],
        "topic": entry["topic"] or _ALL,
        "state": entry["state"] + (f" {entry['corrects']}" if entry["corrects"] else ""),
        "at": None if entry["at"] is None else told_at(entry["at"], zone),
        "source": entry["source"],
        "place": entry["place"],
        "recorded by": entry["recorded_by"],
    }


def show_listed(invocation: Invocation, listed: Listed, zone: str) -> None:
    """`{"entries": [{"number", "contact", "topic", "state", "at", …}], "count"}`, or a table."""
    if invocation.wants_json:
        entries = [{"contact": e["contact"], **_entry_json(e, zone)} for e in listed.entries]
        print_json({"entries": entries, "count": listed.count})
        return
    rows = [_entry_row(entry, zone) for entry in listed.entries]
    print_table(["contact", *_ENTRY], rows, "the ledger has no such entry")
    if len(rows) < listed.count and not invocation.quiet:
        stderr().print(f"{listed.count - len(rows):,} older ones; --limit 0 shows all", style="dim")


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
        about = entry.topic or _ALL
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
        line = f"{row['topic'] or _ALL}: {row['contacts']:,} {row['state']} {verb}"
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
        what = f"{checked.unrecorded:,} of these the ledger was not told yet"
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
