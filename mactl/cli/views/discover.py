"""What a search for segments came to."""

from typing import Any

from mactl.cli.invocation import Invocation
from mactl.cli.output import print_json, print_table, printable, stderr, stdout
from mactl.discovery.proposal import Group, percent
from mactl.workflows.discovering import Discovered

_FIGURES = {
    "days": "days ago", "times": "times", "spent": "spent", "of_spent": "of all spent",
    "precision": "precision", "recall": "recall", "points": "points from", "of_members": "of members",
}  # fmt: skip
_SHARES = ("of_spent", "precision", "recall", "of_members")


def show_discovered(
    invocation: Invocation, found: Discovered, *, written: bool | None = None
) -> None:
    """`{"found", "kind", "verdict", "people", "sampled", "notes", "groups", "figures", "left_out", "recipe", "text",
    "moved", "saved"}`; or a table, a sentence for each segment, and what was left out."""
    if invocation.wants_json:
        print_json(_as_json(found, bool(written)))
        return
    proposal, console = found.proposal, stdout()
    console.print(printable(proposal.verdict), markup=False, style="bold")
    if proposal.groups:
        console.print()
        rows = [_row(group) for group in proposal.groups]
        print_table(list(rows[0]), rows, "")
        console.print()
        for group in proposal.groups:
            _tell_group(group, console)
    rules = proposal.figures.get("rules", ())
    if rules:
        print_table(["points", "name"], rules, "")
    console.print()
    for note in proposal.notes:
        console.print(f"- {printable(note)}", markup=False, style="dim")
    _tell_left_out(invocation, found, console)
    if found.moved:
        console.print()
        print_table(
            ["segment", "before", "now", "came", "went"], [_moved(m) for m in found.moved], ""
        )
    if found.text and found.path is None:
        console.print(f"--save recipes/{found.recipe}.yaml writes it as a recipe", style="dim")


def _row(group: Group) -> dict[str, Any]:
    row: dict[str, Any] = {
        "segment": group.name,
        "people": group.people,
        "share": percent(group.share),
    }
    for name, heading in _FIGURES.items():
        if name in group.figures:
            value = group.figures[name]
            is_share = name in _SHARES and isinstance(value, (int, float))
            row[heading] = percent(float(value or 0)) if is_share else value
    return row


def _tell_group(group: Group, console: Any) -> None:
    from rich.text import Text

    first, *others = group.sentence.removeprefix(f"{group.name}: ").split("; ")
    if group.rule:
        others = [first, *others]
        first = group.rule
    console.print(Text.assemble((printable(group.name), "bold"), ": ", printable(first)))
    for other in others:
        console.print(Text(f"  - {printable(other)}", style="dim"))


def _tell_left_out(invocation: Invocation, found: Discovered, console: Any) -> None:
    left = found.proposal.left_out
    sensitive = [each.name for each in left if each.is_sensitive]
    if sensitive:
        told = f"- not looked at, as it may be sensitive: {', '.join(sensitive)} (--use NAME takes it in)"
        console.print(printable(told), markup=False, style="yellow")
    others = [each for each in left if not each.is_sensitive]
    if not others:
        return
    if not invocation.verbose:
        names = ", ".join(each.name for each in others)
        console.print(
            f"- not used: {printable(names)}; --verbose says why", markup=False, style="dim"
        )
        return
    for each in others:
        console.print(
            f"- not used: {printable(each.name)}: {printable(each.why)}", markup=False, style="dim"
        )


def _moved(moved: Any) -> dict[str, Any]:
    is_in_both = moved.before is not None and moved.now is not None
    return {
        "segment": moved.segment,
        "before": moved.before,
        "now": moved.now,
        "came": f"+{moved.came}" if is_in_both else None,
        "went": f"-{moved.went}" if is_in_both else None,
    }


def show_change(found: Discovered) -> None:
    """What writing would change, on stderr."""
    from rich.text import Text

    for line in found.diff.splitlines():
        style = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1], "")
        stderr().print(Text(printable(line), style=style))


def show_saved(invocation: Invocation, found: Discovered, *, written: bool) -> None:
    """Where the recipe is now, on stderr."""
    if invocation.quiet:
        return
    if not found.proposal.is_found:
        stderr().print("there is nothing to write")
    else:
        told = "written" if written else "unchanged"
        stderr().print(f"{told}: {printable(str(found.path))}", markup=False)


def _as_json(found: Discovered, written: bool) -> dict[str, Any]:
    proposal = found.proposal
    return {
        "found": proposal.is_found,
        "kind": proposal.kind,
        "verdict": proposal.verdict,
        "people": proposal.people,
        "sampled": proposal.sampled,
        "notes": list(proposal.notes),
        "groups": [
            {
                "name": group.name,
                "people": group.people,
                "share": round(group.share, 4),
                "sentence": group.sentence,
                "rule": group.rule or None,
                "figures": dict(group.figures),
            }
            for group in proposal.groups
        ],
        "figures": dict(proposal.figures),
        "left_out": [
            {"name": each.name, "why": each.why, "sensitive": each.is_sensitive}
            for each in proposal.left_out
        ],
        "recipe": found.recipe if proposal.is_found else None,
        "text": found.text or None,
        "moved": [
            {"segment": m.segment, "before": m.before, "now": m.now, "came": m.came, "went": m.went}
            for m in found.moved
        ],
        "saved": str(found.path) if written else None,
    }
