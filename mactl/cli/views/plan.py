"""A plan: what would happen, recipe by recipe, and why."""

from collections import Counter
from typing import TYPE_CHECKING, Any

import pandas as pd

from mactl.cli.invocation import Invocation
from mactl.cli.output import in_zone, print_json, printable, stdout, told_at
from mactl.cli.views.authentication import authentication_json, show_authentication
from mactl.clock import to_epoch
from mactl.journey.admitting import HOLDOUT
from mactl.workflows.planning.plan import Plan
from mactl.workflows.rows import plain_rows
from mactl.workflows.sending.authenticating import Authentication

if TYPE_CHECKING:
    from rich.console import Console

_FEW = 5


def plan_json(plan: Plan, authentication: Authentication | None = None) -> dict[str, Any]:
    """The plan as other programs read it; instants are ISO 8601 in the project's zone.

    `authentication` is null where it was not looked up; see `authentication_json`.
    """
    zone = plan.settings.timezone
    sends, held, skipped = (plan.rows(plan.intents(v)) for v in ("queue", "hold", "skip"))
    entering, leaving = plan.rows(plan.table("entering")), plan.rows(plan.table("ended"))
    return {
        "now": in_zone(to_epoch(plan.now), zone),
        "entering": [
            {
                "recipe": row["recipe"],
                "contact": row["key"],
                "holdout": bool(row["draws"].get(HOLDOUT)),
            }
            for row in entering
        ],
        "leaving": [
            {"recipe": row["recipe"], "contact": row["key"], "why": row["why"]} for row in leaving
        ],
        "sends": [
            {
                "send_id": row["id"],
                "recipe": row["recipe"],
                "step": row["step"],
                "template": row["template"],
                "variant": row["variant"],
                "contact": row["contact_key"],
                "to": row["address"],
                "channel": row["channel"],
                "ground": row["ground"],
                "codes": dict(plan.codes.get(row["id"], {})),
                "due_at": in_zone(row["due_at"], zone),
            }
            for row in sends
        ],
        "held": [{**_stopped(row), "until": _until(row["hold_until"], zone)} for row in held],
        "skipped": [_stopped(row) for row in skipped],
        "waiting": plan.history.waiting,
        "authentication": authentication_json(authentication),
        "totals": totals(plan),
    }


def _until(seconds: int | None, zone: str) -> str | None:
    """Until when a message is held; None where that is until its template is mended."""
    return None if seconds is None else in_zone(seconds, zone)


def _stopped(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "recipe": row["recipe"],
        "step": row["step"],
        "contact": row["key"],
        "gate": row["gate"],
        "reason": row["reason"],
    }


def totals(plan: Plan) -> dict[str, int]:
    """How many enter, leave, are sent, held and skipped."""
    return {
        "entering": len(plan.table("entering")),
        "leaving": len(plan.table("ended")),
        "sends": len(plan.intents("queue")),
        "held": len(plan.intents("hold")),
        "skipped": len(plan.intents("skip")),
    }


def show_plan(
    invocation: Invocation, plan: Plan, authentication: Authentication | None = None
) -> None:
    """The plan as JSON, or as text: counts and examples, with `--verbose` everyone; and what the DNS says of its mail,
    where that was looked up."""
    if invocation.wants_json:
        print_json(plan_json(plan, authentication))
        return
    from rich.text import Text

    console = stdout()
    zone = plan.settings.timezone
    when = told_at(to_epoch(plan.now), zone)
    console.print(Text.assemble((printable(plan.settings.project), "bold"), f" at {when} ({zone})"))
    for decided in plan.decisions:
        _show_recipe(console, plan, decided, most=None if invocation.verbose else _FEW)
    counts = totals(plan)
    console.print()
    if plan.history.waiting:
        console.print(
            f"{plan.history.waiting:,} messages of earlier runs wait in the queue and go out too."
        )
    show_authentication(console, authentication)
    console.print(
        f"[bold]Plan:[/bold] {counts['sends']:,} to send, {counts['held']:,} held, {counts['skipped']:,} skipped; "
        f"{counts['entering']:,} enter, {counts['leaving']:,} leave. Nothing was changed."
    )


def _show_recipe(console: "Console", plan: Plan, decided: Any, *, most: int | None) -> None:
    from rich.text import Text

    def line(mark: str, style: str, text: str) -> None:
        console.print(Text.assemble("  ", (mark, style), " ", printable(text)))

    def examples(frame: pd.DataFrame, describe: Any) -> None:
        for row in plain_rows(frame.head(len(frame) if most is None else most)):
            console.print(Text(f"      {printable(describe(row))}", style="dim"))
        if most is not None and len(frame) > most:
            console.print(Text(f"      … and {len(frame) - most:,} more", style="dim"))

    intents = decided.intents
    parts = {
        verdict: intents[intents["verdict"] == verdict] if len(intents) else intents
        for verdict in ("queue", "hold", "skip")
    }
    console.print()
    status = decided.recipe.file.status
    title = decided.recipe.file.title or ""
    console.print(
        Text.assemble(
            (decided.recipe.id, "bold cyan"),
            f"  {title}" + ("" if status == "live" else f" ({status})"),
        )
    )
    nothing = not any(map(len, (decided.entering, decided.waiting, decided.ended, intents)))
    if nothing:
        line("·", "dim", "nothing due")
    if len(decided.entering):
        line("+", "green", _entering(decided.entering))
    if len(decided.waiting):
        line("…", "dim", f"{len(decided.waiting):,} wait to be let in, as `pace` has it")
    for template, count in Counter(parts["queue"].get("template", ())).items():
        line("→", "bold green", f"{count:,} × {template}")
        chosen = parts["queue"][parts["queue"]["template"] == template]
        examples(chosen, lambda row: f"{row['address']}  ({row['ground']}){_code(plan, row)}")
    for verdict, mark, style, word in (
        ("hold", "~", "yellow", "held"),
        ("skip", "−", "red", "skipped"),
    ):
        frame = parts[verdict]
        for (gate, reason), count in Counter(
            zip(frame.get("gate", ()), frame.get("reason", ()), strict=True)
        ).items():
            line(mark, style, f"{count:,} {word} by {gate}: {reason}")
    for why, count in Counter(decided.ended.get("why", ())).items():
        line("←", "blue", f"{count:,} leave: {why}")


def _code(plan: Plan, row: dict[str, Any]) -> str:
    """The codes that a message would hand out."""
    codes = plan.codes.get(row["id"], {})
    return "".join(f"  code {code} of {name}" for name, code in codes.items())


def _entering(entering: pd.DataFrame) -> str:
    """How many enter, and how many of them get nothing, to measure by."""
    held_out = sum(bool(draws.get(HOLDOUT)) for draws in entering["draws"])
    told = f"{len(entering):,} enter"
    return f"{told}, {held_out:,} of them in the holdout" if held_out else told
