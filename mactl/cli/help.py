"""Help screens: commands in groups, options in columns.

Typer's own rich help imports a Markdown renderer and tracebacks before it prints a line; this one needs
rich's console and tables only, which keeps `mactl --help` at a third of the time.
"""

from collections.abc import Iterable
from typing import Any

from typer.core import TyperCommand, TyperGroup

Rows = Iterable[tuple[str, str]]


class Command(TyperCommand):
    """A command whose `--help` is printed by this module."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """What stands after the command's name: `[OPTIONS] [PATH…]`, `[OPTIONS] CONTACT`."""
        arguments = [p for p in self.get_params(ctx) if p.param_type_name == "argument"]
        return ["[OPTIONS]", *(_argument(argument) for argument in arguments)]

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Print the help screen of one command."""
        _print_help(self, ctx, [])


class Group(TyperGroup):
    """A group of commands whose `--help` is printed by this module."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """What stands after the group's name."""
        return ["[OPTIONS]", "COMMAND …"]

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Print the help screen of the group: its commands by panel, in the order they were added."""
        panels: dict[str, list[tuple[str, str]]] = {}
        for name in self.list_commands(ctx):
            command = self.get_command(ctx, name)
            if command is None or command.hidden:
                continue
            panel = str(getattr(command, "rich_help_panel", None) or "Commands")
            panels.setdefault(panel, []).append((name, command.get_short_help_str(limit=200)))
        _print_help(self, ctx, list(panels.items()))

    def list_commands(self, ctx: Any) -> list[str]:
        """The commands in the order they were added, which is the order of the work."""
        return list(self.commands)


def _argument(argument: Any) -> str:
    """An argument as the usage line has it: its own name for it, in brackets where it may be left out."""
    name = str(argument.metavar or argument.name.upper())
    return name if argument.required or name.startswith("[") else f"[{name}]"


def _print_help(command: Any, ctx: Any, panels: list[tuple[str, list[tuple[str, str]]]]) -> None:
    from rich.console import Console
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    usage = " ".join(command.collect_usage_pieces(ctx))
    console.print(Text.assemble(("Usage: ", "bold"), ctx.command_path, " ", usage))
    if command.help:
        console.print(Padding(Text(_unwrap(command.help)), (1, 0, 0, 2)))

    def section(title: str, rows: Rows, style: str) -> None:
        table = Table.grid(padding=(0, 3))
        table.add_column(style=style, no_wrap=True)
        table.add_column()
        for left, right in rows:
            table.add_row(Text(left), Text(right))
        if table.row_count:
            console.print()
            console.print(Text(title, style="bold"))
            console.print(Padding(table, (0, 0, 0, 2)))

    arguments = [p for p in command.get_params(ctx) if p.param_type_name == "argument"]
    told = [(_argument(argument), argument.get_help_record(ctx)) for argument in arguments]
    section("Arguments", [(name, record[1]) for name, record in told if record], "cyan")
    for title, rows in panels:
        section(title, rows, "cyan")
    options = [p.get_help_record(ctx) for p in command.get_params(ctx) if p not in arguments]
    section("Options", [record for record in options if record], "green")
    if command.epilog:
        console.print(Padding(Text(command.epilog, style="dim"), (1, 0, 0, 0)))


def _unwrap(text: str) -> str:
    """Paragraphs on one line each, so that they wrap at the terminal's width."""
    paragraphs = text.strip().split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)
