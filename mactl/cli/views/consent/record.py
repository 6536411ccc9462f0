"""What is on record of consent: of one person, and entry by entry."""

from collections.abc import Iterable, Mapping
from typing import Any

from mactl.cli.invocation import Invocation
from mactl.cli.output import in_zone, print_json, print_table, printable, stderr, stdout, told_at
from mactl.workflows.consenting.showing import Listed, Shown, Standing

ALL = "all marketing"
"""What a withdrawal without a topic is from."""


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
    yield f"{topic or ALL}: {said}{when}{verdict}{why}{unrecorded}"
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
        "topic": entry["topic"] or ALL,
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
