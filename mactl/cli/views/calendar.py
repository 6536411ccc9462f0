"""The next days as a calendar: what would go out on each of them, and where limits collide."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from mactl.cli.invocation import Invocation
from mactl.cli.output import in_zone, print_json, printable, stdout, told_at
from mactl.cli.progress import Progress
from mactl.clock import to_epoch
from mactl.errors import UsageError
from mactl.project import Project
from mactl.workflows.gathering import Sources
from mactl.workflows.simulating import Day, Flow, Simulation, simulate

if TYPE_CHECKING:
    from rich.console import Console

_DAY, _NUMBER, _GATES = 16, 7, 20  # columns of the terminal that these take at least


def show_days(
    invocation: Invocation,
    project: Project,
    names: Sequence[str],
    sources: Sources,
    now: datetime,
    days: int | None,
    assume: Sequence[str],
    format: StrEnum | None,
) -> None:
    """Simulate and show it: a table of days and recipes, or JSON."""
    from mactl.cli.reporting import report_sources

    if days is None:
        raise UsageError("--assume is about days to come", "add --days 30")
    if format == "markdown":
        raise UsageError("a calendar is text or json", "--format markdown is for plan --diff")
    progress = Progress(invocation)
    with progress.during("reading and planning") as waiting:

        def tell(day: date) -> None:
            waiting.end()
            progress.tell(f"{day:%a %Y-%m-%d}")

        simulation = simulate(project, names, sources, now, days, assume, tell)
    report_sources(invocation, simulation.findings)
    if invocation.wants_json:
        print_json(calendar_json(simulation))
    else:
        _show_text(stdout(), simulation)


def calendar_json(simulation: Simulation) -> dict[str, Any]:
    """The simulation as other programs read it; `gates` counts what each began to hold, or skipped."""
    return {
        "from": in_zone(to_epoch(simulation.now), simulation.zone),
        "assumed": {a.what: a.share for a in simulation.assumed},
        "days": [_day_json(day) for day in simulation.days],
        "totals": {
            "recipes": {id: _flow_json(flow) for id, flow in simulation.totals.items()},
            "gates": dict(simulation.gates),
        },
    }


def _day_json(day: Day) -> dict[str, Any]:
    return {
        "date": day.date.isoformat(),
        "recipes": {id: _flow_json(flow) for id, flow in sorted(day.recipes.items())},
        "gates": dict(day.gates),
    }


def _flow_json(flow: Flow) -> dict[str, Any]:
    return {
        "sends": flow.sends,
        "held": flow.held,
        "skipped": flow.skipped,
        "entering": flow.entering,
        "leaving": flow.leaving,
        "templates": dict(flow.templates),
        "why": dict(flow.why),
    }


def _show_text(console: "Console", simulation: Simulation) -> None:
    from rich.table import Table
    from rich.text import Text

    totals = simulation.totals
    last = simulation.days[-1].date
    when = told_at(to_epoch(simulation.now), simulation.zone)
    console.print(f"From {when} to {last} ({simulation.zone}), {_in_words(simulation)}")
    busy = [id for id in simulation.recipes if totals[id] != Flow()]
    # Where recipes have no room beside each other, the lines below the table tell of them.
    beside = busy if _width(busy) <= console.width else []
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    table.add_column("day", no_wrap=True)
    for name in (*beside, "sends", "held", "skipped", "enter", "leave"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("held or skipped by")
    for day in simulation.days:
        flow = day.total
        sends = [day.recipes.get(id, Flow()).sends for id in beside]
        gates = ", ".join(f"{gate} {count:,}" for gate, count in day.gates.most_common())
        style = "" if flow != Flow() else "dim"
        table.add_row(
            f"{day.date:%a %Y-%m-%d}", *map(_number, sends), *_numbers(flow), gates, style=style
        )
    table.add_row(
        "total", *(_number(totals[id].sends) for id in beside), *_numbers(_whole(simulation)),
        ", ".join(f"{gate} {count:,}" for gate, count in simulation.gates.most_common()), style="bold",
    )  # fmt: skip
    console.print(table)
    for id in busy:
        flow = totals[id]
        sent = ", ".join(f"{count:,} × {name}" for name, count in flow.templates.most_common())
        left = ", ".join(f"{count:,} {why}" for why, count in flow.why.most_common())
        enter = f"{flow.entering:,} enter" if flow.entering else ""
        told = [part for part in (enter, sent, f"leave: {left}" if left else "") if part]
        console.print(Text.assemble((id, "bold cyan"), f"  {printable('; '.join(told))}"))
    _show_collisions(console, simulation)


def _width(recipes: Sequence[str]) -> int:
    """How wide the calendar is with a column for each of `recipes`."""
    return _DAY + sum(len(id) + 2 for id in recipes) + 5 * _NUMBER + _GATES


def _in_words(simulation: Simulation) -> str:
    if not simulation.assumed:
        return "if nobody reacts"
    told = (f"{a.share * 100:g} % {a.what}" for a in simulation.assumed)
    return f"if of all messages {', '.join(told)}"


def _show_collisions(console: "Console", simulation: Simulation) -> None:
    """The days on which limits held most, and which recipes met there."""
    limits = ("cap", "min_gap", "budget")
    days = [(sum(day.gates[gate] for gate in limits), day) for day in simulation.days]
    worst = sorted((pair for pair in days if pair[0]), key=lambda pair: -pair[0])[:3]
    for count, day in worst:
        met = sorted(id for id, flow in day.recipes.items() if flow.held or flow.sends)
        console.print(
            f"limits held {count:,} message{'' if count == 1 else 's'} on {day.date}: {', '.join(met)}",
            style="yellow",
        )


def _whole(simulation: Simulation) -> Flow:
    whole = Flow()
    for flow in simulation.totals.values():
        whole.add(flow)
    return whole


def _numbers(flow: Flow) -> list[str]:
    parts = (flow.sends, flow.held, flow.skipped, flow.entering, flow.leaving)
    return [_number(count) for count in parts]


def _number(count: int) -> str:
    return f"{count:,}" if count else "·"
