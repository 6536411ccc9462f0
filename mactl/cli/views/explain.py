"""One contact explained: what holds of them and why, what they were sent, what comes next."""

from typing import TYPE_CHECKING, Any

from mactl.cli.invocation import Invocation
from mactl.cli.output import in_zone, number, print_json, printable, stdout, told_at
from mactl.rules.explain import Explanation, ScoreExplanation
from mactl.workflows.explaining import Contact

if TYPE_CHECKING:
    from rich.console import Console
    from rich.tree import Tree


def show_explanation(invocation: Invocation, contact: Contact) -> None:
    """`{"contact", "email", "segments", "scores", "stage", "labels", "journeys", "sends", "next", …}`, or text."""
    if invocation.wants_json:
        print_json(_json(contact))
        return
    from rich.text import Text

    console = stdout()
    console.print(
        Text.assemble((contact.key, "bold"), "  ", contact.address or "no e-mail address")
    )
    _show_next(console, contact)
    _show_past(console, contact)
    _show_history(console, contact)
    _show_scores(console, contact)
    _show_conditions(console, contact, verbose=invocation.verbose)


def _json(contact: Contact) -> dict[str, Any]:
    return {
        "contact": contact.key,
        "email": contact.address,
        "segments": {name: _condition_json(found) for name, found in contact.segments.items()},
        "scores": {name: _score_json(score) for name, score in contact.scores.items()},
        "stage": contact.stage,
        "ladder": {name: _condition_json(found) for name, found in contact.ladder.items()},
        "labels": {
            name: {bucket: _condition_json(found) for bucket, found in buckets.items()}
            for name, buckets in contact.labels.items()
        },
        "journeys": [
            {
                "recipe": passage.recipe,
                "status": passage.status,
                "occurrence": passage.occurrence,
                "entered_at": in_zone(passage.entered_at, contact.zone),
                "step": passage.stands_on,
                "due_at": None if passage.due_at is None else in_zone(passage.due_at, contact.zone),
                "why": passage.why,
            }
            for passage in contact.passages
        ],
        "sends": [_send(row, contact.zone) for row in contact.sends],
        "next": list(contact.next),
        "coming": [{**step, "at": in_zone(step["at"], contact.zone)} for step in contact.coming],
        "outside": {recipe: list(reasons) for recipe, reasons in contact.outside.items()},
        "history": [{**row, "at": in_zone(row["at"], contact.zone)} for row in contact.history],
    }


def _send(row: dict[str, Any], zone: str) -> dict[str, Any]:
    return {
        "send_id": row["id"],
        "recipe": row["recipe"],
        "step": row["step"],
        "template": row["template"],
        "status": row["status"],
        "ground": row["ground"],
        "gate": row["gate"],
        "reason": row["reason"],
        "due_at": in_zone(row["due_at"], zone),
    }


def _condition_json(found: Explanation) -> dict[str, Any]:
    return {
        "holds": found.holds,
        "condition": found.text,
        "seen": found.seen,
        "parts": [_condition_json(part) for part in found.parts],
    }


def _score_json(score: ScoreExplanation) -> dict[str, Any]:
    return {
        "points": score.points,
        "rules": [
            {
                "name": rule.name,
                "points": rule.points,
                "condition": rule.text,
                "events": [
                    {"event": e.event, "at": e.at.isoformat(), "points": round(e.points, 6)}
                    for e in rule.events
                ],
            }
            for rule in score.rules
        ],
    }


def _show_next(console: "Console", contact: Contact) -> None:
    console.print()
    console.print("Next run", style="bold cyan")
    if not contact.next:
        console.print("  nothing happens", style="dim")
    for step in contact.next:
        why = _because(step)
        console.print(f"  {step['recipe']}: {printable(step['what'] + why)}", markup=False)
        for gate, reason in step["gates"].items():
            if reason is not None and reason not in why:
                console.print(f"    {gate}: {printable(reason)}", style="dim", markup=False)

    if contact.coming:
        console.print()
        console.print("Later, if nothing else happens", style="bold cyan")
    for step in contact.coming[:_MOST]:
        why = _because(step)
        at = told_at(step["at"], contact.zone)
        told = f"  {at}  {step['recipe']}: {printable(step['what'] + why)}"
        console.print(told, markup=False)
    if len(contact.coming) > _MOST:
        console.print(f"  … and {len(contact.coming) - _MOST} more", style="dim")
    if contact.outside:
        console.print()
        console.print("Not in", style="bold cyan")
    for recipe, reasons in contact.outside.items():
        console.print(f"  {recipe}: {printable('; '.join(reasons))}", markup=False)


def _because(step: dict[str, Any]) -> str:
    """The reason of a step; none where it only repeats the step: a journey ends since it is at its end."""
    return f"  ({step['why']})" if step["why"] and step["why"] != "end" else ""


_MOST = 12
"""How many lines of what comes later are shown."""


def _show_history(console: "Console", contact: Contact) -> None:
    if not contact.history:
        return
    console.print()
    console.print("Noticed and done", style="bold cyan")
    for row in contact.history:
        at = told_at(row["at"], contact.zone)
        told = ", ".join(f"{name} {value}" for name, value in row["properties"].items())
        console.print(f"  {at}  {row['event']}  {printable(told)}", markup=False)


def _show_past(console: "Console", contact: Contact) -> None:
    console.print()
    console.print("Journeys and sends so far", style="bold cyan")
    if not contact.passages and not contact.sends:
        console.print("  none", style="dim")
    for passage in contact.passages:
        where = f"on {passage.stands_on}" if passage.stands_on else passage.why or ""
        due = f", until {told_at(passage.due_at, contact.zone)}" if passage.due_at else ""
        since = told_at(passage.entered_at, contact.zone)
        often = sum(other.recipe == passage.recipe for other in contact.passages) > 1
        recipe = f"{passage.recipe} ({passage.occurrence})" if often else passage.recipe
        console.print(
            printable(f"  {recipe}: {passage.status}, {where}{due}; entered {since}"), markup=False
        )
    for row in contact.sends:
        send = _send(row, contact.zone)
        why = send["ground"] if send["status"] == "sent" else send["reason"]
        at = told_at(row["released_at"] or row["due_at"], contact.zone)
        told = f"    {at}  {send['recipe']}.{send['step']}: {send['status']}"
        console.print(printable(told + (f"  ({why})" if why else "")), style="dim", markup=False)


def _show_scores(console: "Console", contact: Contact) -> None:
    from rich.text import Text

    for name, score in contact.scores.items():
        console.print()
        console.print(
            Text.assemble((f"Score {name}: ", "bold cyan"), (number(score.points), "bold"))
        )
        for rule in score.rules:
            style = "" if rule.points else "dim"
            console.print(
                Text(
                    f"  {rule.points:+8.2f}  {printable(rule.name)}: {printable(rule.text)}",
                    style=style,
                )
            )
            for event in rule.events[-3:]:
                at = event.at.isoformat()[:16].replace("T", " ")
                console.print(
                    Text(f"            {event.event} on {at}: {event.points:+.2f}", style="dim")
                )
            if len(rule.events) > 3:
                console.print(Text(f"            and {len(rule.events) - 3} before", style="dim"))


def _show_conditions(console: "Console", contact: Contact, *, verbose: bool) -> None:
    from rich.text import Text
    from rich.tree import Tree

    stage = f"Stage: {contact.stage}" if contact.stage else "No stages"
    groups: dict[str, dict[str, Explanation]] = {
        stage: contact.ladder,
        "Segments": contact.segments,
    }
    for name, buckets in contact.labels.items():
        bucket = next((bucket for bucket, found in buckets.items() if found.holds), "none")
        groups[f"Label {name}: {bucket}"] = buckets
    for title, found in groups.items():
        if not found:
            continue
        tree = Tree(Text(title, style="bold cyan"), guide_style="dim")
        for name, explanation in found.items():
            _add(tree, explanation, f"{name}: ", deep=verbose or title == "Segments")
        console.print()
        console.print(tree)


def _add(tree: "Tree", found: Explanation, name: str = "", *, deep: bool) -> None:
    from rich.text import Text

    mark, style = ("✓", "green") if found.holds else ("✗", "red")
    seen = f"  [{printable(found.seen)}]" if found.seen is not None else ""
    node = tree.add(
        Text.assemble((mark, style), " ", (name, "bold"), printable(found.text), (seen, "dim"))
    )
    if deep:
        for part in found.parts:
            _add(node, part, deep=deep)
