"""A journey or the map of a cookbook: as an outline, as JSON or as a picture."""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mactl.cli.formats import PictureFormat
from mactl.cli.invocation import Invocation
from mactl.cli.views.outline import print_map, print_outline
from mactl.errors import UsageError
from mactl.picture.flow import Note
from mactl.picture.people import badges, count_by_node, totals_line
from mactl.workflows.picturing import CookbookPicture, Picture

if TYPE_CHECKING:
    from mactl.picture.layout import Layout
    from mactl.picture.palette import Theme
    from mactl.picture.svg import Heading

_ENDINGS = {
    ".json": PictureFormat.JSON, ".mmd": PictureFormat.MERMAID, ".mermaid": PictureFormat.MERMAID,
    ".svg": PictureFormat.SVG, ".png": PictureFormat.PNG,
}  # fmt: skip


@dataclass(frozen=True)
class _Ways:
    """One thing in every format; each is made when it is asked for."""

    outline: Callable[[], None]
    json: Callable[[], dict[str, Any]]
    mermaid: Callable[[], str]
    drawing: Callable[[], "tuple[Heading, Layout]"]


def show_journey(
    invocation: Invocation,
    picture: Picture,
    format: PictureFormat | None,
    output: Path | None,
    *,
    dark: bool = False,
) -> None:
    """A flow in the format that was asked for: to stdout, or into the file `output`.

    Raises UsageError where a PNG would go to a terminal, or the file can't be written.
    """
    flow, people = picture.flow, picture.people
    on_nodes = badges(flow, people) if people is not None else {}

    def mermaid() -> str:
        from mactl.picture.mermaid import write_mermaid

        return write_mermaid(flow.nodes, flow.edges, on_nodes)

    def drawing() -> "tuple[Heading, Layout]":
        from mactl.picture.layout import lay_out
        from mactl.picture.svg import Heading

        total = () if people is None else (Note("people", totals_line(people)),)
        return Heading(flow.recipe, flow.title, (*flow.notes, *total)), lay_out(flow, on_nodes)

    ways = _Ways(lambda: print_outline(picture), lambda: journey_json(picture), mermaid, drawing)
    _show(invocation, ways, format, output, dark=dark)


def show_map(
    invocation: Invocation,
    picture: CookbookPicture,
    format: PictureFormat | None,
    output: Path | None,
    *,
    dark: bool = False,
) -> None:
    """The map of a cookbook, as `show_journey`."""
    nodes, edges, people = picture.map.nodes, picture.map.edges, picture.people or {}
    on_nodes = {node.number: f"{n:,}" for node in nodes if (n := people.get(node.id, 0))}

    def mermaid() -> str:
        from mactl.picture.mermaid import write_mermaid

        return write_mermaid(nodes, edges, on_nodes)

    def drawing() -> "tuple[Heading, Layout]":
        from mactl.picture.layered import lay_out_map
        from mactl.picture.svg import Heading

        heading = Heading("Recipes", "Which journey hands people over to which")
        return heading, lay_out_map(picture.map, on_nodes)

    ways = _Ways(lambda: print_map(picture), lambda: map_json(picture), mermaid, drawing)
    _show(invocation, ways, format, output, dark=dark)


def journey_json(picture: Picture) -> dict[str, Any]:
    """`{"recipe", "title", "notes", "nodes", "edges", "people"}`; `people` are null where they were not counted."""
    flow, people = picture.flow, picture.people
    counts = count_by_node(flow, people) if people is not None else None
    return {
        "recipe": flow.recipe,
        "title": flow.title,
        "notes": {note.name: note.text for note in flow.notes},
        "nodes": [
            {
                "id": node.id,
                "kind": node.kind.value,
                "title": node.words.line,
                "details": list(node.words.details),
                "people": None if counts is None else counts.get(node.number, 0),
            }
            for node in flow.nodes
        ],
        "edges": [
            {"from": edge.source.id, "to": edge.target.id, "label": edge.label or None}
            for edge in flow.edges
        ],
        "people": None
        if people is None
        else {
            "active": people.active,
            "elsewhere": people.elsewhere,
            "waiting": people.waiting,
            "completed": sum(people.completed.values()),
            "left": dict(people.left),
        },
    }


def map_json(picture: CookbookPicture) -> dict[str, Any]:
    """`{"recipes": [{"recipe", "details", "people"}], "handovers": [{"from", "to", "by"}]}`."""
    people = picture.people
    return {
        "recipes": [
            {
                "recipe": node.id,
                "details": list(node.words.details),
                "people": None if people is None else people.get(node.id, 0),
            }
            for node in picture.map.nodes
        ],
        "handovers": [
            {"from": edge.source.id, "to": edge.target.id, "by": edge.label}
            for edge in picture.map.edges
        ],
    }


def _show(
    invocation: Invocation,
    ways: _Ways,
    format: PictureFormat | None,
    output: Path | None,
    *,
    dark: bool,
) -> None:
    chosen = format or (_ENDINGS.get(output.suffix.lower()) if output else None)
    if chosen is None:
        chosen = PictureFormat.JSON if invocation.wants_json else PictureFormat.TEXT
    if chosen is not PictureFormat.TEXT:
        _write(_content(ways, chosen, dark=dark), output)
    elif output is None:
        ways.outline()
    else:
        endings = ", ".join(_ENDINGS)
        raise UsageError(
            f"{output.name} does not say what it is to be",
            f"give it one of the endings {endings}, or add --format mermaid, svg, png or json",
        )


def _content(ways: _Ways, format: PictureFormat, *, dark: bool) -> bytes:
    if format is PictureFormat.JSON:
        return f"{json.dumps(ways.json(), ensure_ascii=False, indent=2)}\n".encode()
    if format is PictureFormat.MERMAID:
        return ways.mermaid().encode()
    from mactl.picture.svg import draw

    theme: Theme = "dark" if dark else "light" if format is PictureFormat.PNG else "auto"
    drawing = draw(*ways.drawing(), theme)
    if format is PictureFormat.SVG:
        return drawing.svg.encode()
    from mactl.picture.png import write_png

    return write_png(drawing)


def _write(content: bytes, output: Path | None) -> None:
    if output is not None:
        try:
            output.write_bytes(content)
        except OSError as failed:
            raise UsageError(f"--output {output}: {failed.strerror or failed}") from failed
    elif b"\0" in content[:100] and sys.stdout.isatty():
        raise UsageError("a PNG is nothing for a terminal", "add --output FILE.png")
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
