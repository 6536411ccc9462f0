"""A flow as an outline for the terminal: one line down, branches beside it, at the right how many people."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from mactl.cli.output import stdout
from mactl.picture.flow import Kind, Node, falls_through
from mactl.picture.palette import TONES
from mactl.picture.people import badges, totals_line
from mactl.workflows.picturing import CookbookPicture, Picture

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

_WIDEST = 100
_STYLES = {
    "blue": "blue", "teal": "cyan", "amber": "yellow", "violet": "magenta", "green": "green", "grey": "bright_black",
    "orange": "dark_orange", "red": "red", "pink": "orchid",
}  # fmt: skip
_MARKS = {
    Kind.ENTER: "▶", Kind.CHOOSE: "◆", Kind.SPLIT: "◆", Kind.WAIT_FOR: "◆", Kind.MILESTONE: "◆",
    Kind.ASK_CONSENT: "◆", Kind.GO_TO: "↪", Kind.ENROLL: "⇢", Kind.EXIT: "■", Kind.END: "■",
}  # fmt: skip


def print_outline(picture: Picture) -> None:
    """The flow from its way in to its end; below a fork its branches, then `├─╯` where they rejoin."""
    from rich.text import Text

    console = stdout()
    flow = picture.flow
    console.print(Text.assemble((flow.recipe, "bold cyan"), f"  {flow.title or ''}".rstrip()))
    notes = [(note.name, note.text) for note in flow.notes]
    if picture.people is not None:
        notes.append(("people", totals_line(picture.people)))
    widest = max((len(name) for name, _ in notes), default=0)
    outline = _Outline(console, badges(flow, picture.people) if picture.people else {})
    for name, text in notes:
        outline.line(f"  {name:{widest}}  ", [Text(text)], " " * (widest + 4))
    console.print()
    outline.sequence(flow.trunk, "")


def print_map(picture: CookbookPicture) -> None:
    """Each recipe with those that it hands people over to, and how."""
    from rich.text import Text

    console = stdout()
    people = picture.people or {}
    counts = {node.number: f"{n:,}" for node in picture.map.nodes if (n := people.get(node.id, 0))}
    outline = _Outline(console, counts)
    for node in picture.map.nodes:
        first = Text.assemble((node.words.what, "bold cyan"))
        details = [_styled(text, "dim") for text in node.words.details]
        outline.line("", [first, *details], "  ", badge=counts.get(node.number, ""))
        for edge in picture.map.edges:
            if edge.source is node:
                to = Text.assemble(edge.target.words.what, (f"  ({edge.label})", "dim"))
                outline.line("  ⇢ ", [to], "    ", "magenta")


class _Outline:
    def __init__(self, console: "Console", badges: dict[int, str]) -> None:
        self.console = console
        self.badges = badges
        self.width = min(console.width, _WIDEST)

    def sequence(self, nodes: Sequence[Node], rails: str) -> None:
        for index, node in enumerate(nodes):
            goes_on = index + 1 < len(nodes) or (bool(rails) and node.kind is not Kind.END)
            self.node(node, rails, goes_on=goes_on and falls_through([node]))
            for way in node.ways:
                self.line(f"{rails}{'├─╮' if way.nodes else '├──'} ", [_styled(way.label, "italic")],
                          f"{rails}│ │ " if way.nodes else f"{rails}│   ", "dim")  # fmt: skip
                self.sequence(way.nodes, f"{rails}│ ")
            if any(way.nodes and falls_through(way.nodes) for way in node.ways):
                self.line(f"{rails}├─╯", [], "", "dim")

    def node(self, node: Node, rails: str, *, goes_on: bool) -> None:
        from rich.text import Text

        style = _STYLES[TONES[node.kind]]
        mark = _MARKS.get(node.kind, "●")
        words = node.words
        name = f" ({node.shown_id})" if node.shown_id else ""
        first = Text.assemble((words.verb, f"bold {style}"), " ", words.what, (name, "dim"))
        below = f"{rails}{'│' if goes_on or node.ways else ' '}   "
        rail = Text.assemble((rails, "dim"), (mark, style), " ")
        self.line(rail, [first, *(_styled(text, "dim") for text in words.details)], below, "dim",
                  badge=self.badges.get(node.number, ""))  # fmt: skip

    def line(
        self,
        start: "str | Text",
        texts: Iterable["Text"],
        below: str,
        rails: str = "bold",
        badge: str = "",
    ) -> None:
        """`texts` wrapped, each on lines of its own: the first after `start`, the others after `below`."""
        from rich.text import Text

        prefix = Text(start, style=rails) if isinstance(start, str) else start
        following = Text(below, style="dim" if rails == "dim" else "")
        lines: list[Text] = []
        for text in texts:
            left = prefix if not lines else following
            room = max(20, self.width - left.cell_len - (len(badge) + 2 if badge else 0))
            for part in text.wrap(self.console, room):
                part.rstrip()
                lines.append((prefix if not lines else following) + part)
        lines = lines or [prefix]
        if badge:
            gap = max(1, self.width - lines[0].cell_len - len(badge))
            lines[0].append(" " * gap).append(badge, style="bold")
        for line in lines:
            self.console.print(line)


def _styled(text: str, style: str) -> "Text":
    from rich.text import Text

    return Text(text, style=style)
