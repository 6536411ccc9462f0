"""What is held of somebody, what became of it, and what the search afterwards came to."""

from itertools import groupby
from typing import TYPE_CHECKING, Any

from mactl.cli.invocation import Invocation
from mactl.cli.output import print_json, printable, stderr, stdout
from mactl.clock import from_epoch
from mactl.findings import Place
from mactl.people.sources.files import shown_path
from mactl.privacy.holdings import BY_TABLE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mactl.workflows.protecting.erasing import Erasure, Holding
    from mactl.workflows.protecting.outputs import Output

_ON_SERVER = "what the server itself keeps, its log (WAL), its backups and its copies, only those who run it can clear"


def show_erased(invocation: Invocation, erased: "Erasure", *, dry_run: bool, is_shown: bool) -> int:
    """`{"contact", "dry_run", "tables": {TABLE: rows}, "events", "mentions": {TABLE: rows}, "files": [{"path", "rows",
    "erased"}], "unclear": [{"path", "rows"}], "sources": [{"path", "line"}], "recipes": [{"path", "line"}],
    "recipients", "shared", "unsearchable", "proof": {"files", "bytes", "found", "unread"}}`, or lines; 1 where
    something is left."""
    held, proof = erased.held, erased.proof
    status = int(proof is not None and not erased.is_proven)
    if invocation.wants_json:
        told = None
        if proof is not None:
            told = {
                "files": proof.files,
                "bytes": proof.size,
                "found": list(proof.found),
                "unread": list(proof.unread),
            }
        print_json({"dry_run": dry_run, **_as_json(held), "proof": told})
        return status
    if not is_shown:
        show_held(invocation, held)
    if proof is not None:
        _show_proof(invocation, erased)
    return status


def _as_json(held: "Holding") -> dict[str, Any]:
    return {
        "contact": held.subject.key,
        "tables": held.tables,
        "events": held.archived,
        "mentions": held.mentions,
        "files": [
            {"path": shown_path(one.path), "rows": one.rows, "erased": not one.is_left}
            for one in held.outputs
        ],
        "unclear": [{"path": shown_path(one.path), "rows": one.rows} for one in held.unclear],
        "sources": [_as_place(place) for place in held.sources],
        "recipes": [_as_place(place) for place in held.recipes],
        "recipients": list(held.recipients),
        "shared": list(held.subject.shared),
        "unsearchable": list(held.unsearchable),
    }


def _as_place(place: "Place") -> dict[str, Any]:
    return {"path": place.path, "line": place.line or None}


def show_held(invocation: Invocation, held: "Holding") -> None:
    """What is to be erased, a line each, and what stays."""
    if invocation.quiet:
        return
    if held.subject.erased_at is not None and not held.is_anything:
        day = from_epoch(held.subject.erased_at).date()
        _say(f"{held.subject.key} was erased on {day}; what is left is cleared once more")
    for name, count in held.tables.items():
        holding = BY_TABLE[name]
        _say(f"{count:>7,}  {holding.what}: {holding.becomes}", indent=2)
    if held.archived:
        _say(f"{held.archived:>7,}  imported events: deleted", indent=2)
    for one in held.outputs:
        _say(f"{_rows(one):>7}  {shown_path(one.path)}: {_fate(one)}", indent=2)
    for name, count in held.mentions.items():
        what = BY_TABLE[name].what if name in BY_TABLE else "imported events"
        _say(f"{count:>7,}  of others that name them, in {what}: the words are taken out", indent=2)
    if not held.is_anything:
        _say("mactl holds nothing of them but what it reads")
    _show_shared(held)
    _show_places("\nthe sources have them still, and mactl does not edit these:", held.sources)
    if held.sources:
        _say("their rows are left out from now on", indent=2, style="dim")
    _show_places("\nrecipes or settings name them, and mactl does not edit these:", held.recipes)
    if held.recipes:
        told = "copies of these are kept as well: edit them, and run the same command again"
        _say(told, indent=2, style="dim")
    if held.recipients:
        _say("\ntold to others, who must erase it too (GDPR Article 19):", style="bold")
        for name in held.recipients:
            _say(name, indent=2)


def _show_shared(held: "Holding") -> None:
    for address in held.subject.shared:
        _say(f"{address} is somebody else's as well: it stays theirs, and is not looked for")
    if held.unclear:
        _say("\nthese have only that, and may mean either; look at them yourself:", style="bold")
        for one in held.unclear:
            rows = "" if one.rows is None else f": {one.rows:,} row{'' if one.rows == 1 else 's'}"
            _say(f"{shown_path(one.path)}{rows}", indent=2)


def _show_places(title: str, places: "Sequence[Place]") -> None:
    if places:
        _say(title, style="bold")
    for path, found in groupby(places, lambda place: place.path):
        lines = [str(place.line) for place in found if place.line]
        more = " and more" if len(lines) > 1 and Place(path) in places else ""
        told = f":{lines[0]}" if len(lines) == 1 else f": lines {', '.join(lines)}{more}"
        _say(f"{path}{told}" if lines else path, indent=2)


def _rows(one: "Output") -> str:
    return "1" if one.rows is None else f"{one.rows:,}"


def _fate(one: "Output") -> str:
    if one.is_left:
        return "has them in it, and stays: mactl does not know what it is"
    return "deleted whole" if one.rows is None else "rows taken out"


def _show_proof(invocation: Invocation, erased: "Erasure") -> None:
    proof = erased.proof
    assert proof is not None
    held = erased.held
    searched = f"searched {proof.files:,} files, {_size(proof.size)}"
    if held.is_server:
        searched += ", and the tables of the server"
    if erased.is_proven and not invocation.quiet:
        _say(f"\nerased; {searched}: not found", style="green")
    for place in proof.found:
        _say(f"still found in {place}", style="bold red")
    for place in proof.unread:
        _say(f"could not be searched: {place}", style="bold red")
    if not erased.is_proven:
        _say(f"{searched}: something is left; erase it there, and run the same command again")
    for text in held.unsearchable:
        _say(f"{text} is too short to be searched for", style="dim")
    if held.is_server:
        _say(_ON_SERVER, style="dim")


def show_readmitted(invocation: Invocation, contact: str, count: int) -> None:
    """`{"contact", "keys"}`, or a line."""
    if invocation.wants_json:
        print_json({"contact": contact, "keys": count})
    elif not invocation.quiet:
        word = "key" if count == 1 else "keys"
        stderr().print(
            printable(
                f"{contact} may come back: {count} {word} forgotten; an opt-out of theirs holds on"
            ),
            markup=False,
        )


def _size(count: int) -> str:
    size = float(count)
    for unit in ("bytes", "KB", "MB"):
        if size < 1000:
            return f"{size:,.0f} {unit}" if unit == "bytes" else f"{size:,.1f} {unit}"
        size /= 1000
    return f"{size:,.1f} GB"


def _say(text: str, *, indent: int = 0, style: str | None = None) -> None:
    stdout().print(" " * indent + printable(text), style=style, markup=False)
