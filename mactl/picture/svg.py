"""A layout → SVG: one file with its own colours for day and night, and no script."""

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement, tostring

from mactl.picture import cards
from mactl.picture.cards import Card
from mactl.picture.flow import Kind, Note
from mactl.picture.layout import JUMP_IN, LABEL, Label, Layout, Path
from mactl.picture.palette import DARK, LIGHT, TONES, Palette, Theme
from mactl.picture.shapes import Box, Point
from mactl.picture.typeface import FAMILY, Type

_TITLE = Type(20, 500, 26)
_NOTE = Type(12.5, 400, 18)
_NOTE_NAME = Type(12.5, 500, 18)
_MARGIN = 32.0
_NARROWEST = 440.0
_CORNER = 9.0


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands above a picture."""

    title: str
    subtitle: str | None = None
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Drawing:
    """An SVG and its size in pixels."""

    svg: str
    width: int
    height: int
    texts: str
    """All that is written in it."""


def draw(heading: Heading, layout: Layout, theme: Theme = "auto") -> Drawing:
    """The picture: title and notes above, the layout below.

    Texts are stretched to what was measured, so that no reader's font makes them overlap.
    """
    header = _Header(heading, max(layout.width, _NARROWEST))
    width = round(header.width + 2 * _MARGIN)
    height = round(header.height + layout.height + 2 * _MARGIN)
    svg = Element("svg", {
        "xmlns": "http://www.w3.org/2000/svg", "width": str(width), "height": str(height),
        "viewBox": f"0 0 {width} {height}", "role": "img", "font-family": FAMILY,
    })  # fmt: skip
    SubElement(svg, "title").text = heading.title
    SubElement(svg, "style").text = _style(theme)
    _add(svg, "rect", {"class": "page", "width": width, "height": height, "rx": 12})
    header.draw(_group(svg, _MARGIN, _MARGIN))
    right = _MARGIN + (header.width - layout.width) / 2
    body = _group(svg, right, _MARGIN + header.height)
    _draw_paths(body, layout.paths)
    for label in layout.labels:
        _draw_label(body, label)
    for card, box in layout.cards:
        _draw_card(_group(body, box.left, box.top), card, box)
    texts = "".join(text.text or "" for text in svg.iter("text"))
    return Drawing(tostring(svg, encoding="unicode") + "\n", width, height, texts)


class _Header:
    """A heading, wrapped to a width."""

    def __init__(self, heading: Heading, width: float) -> None:
        notes = heading.notes
        self.width = width
        self.title = _TITLE.wrap(heading.title, width, 1)
        self.subtitle = _NOTE.wrap(heading.subtitle or "", width, 2)
        self.indent = max((_NOTE_NAME.width(note.name) for note in notes), default=0.0) + 16
        self.notes = [(note.name, _NOTE.wrap(note.text, width - self.indent, 3)) for note in notes]
        lines = len(self.subtitle) + sum(len(lines) for _, lines in self.notes)
        self.height = _TITLE.leading + lines * _NOTE.leading + (10 if notes else 0) + 28

    def draw(self, group: Element) -> None:
        y = _TITLE.size
        for line in self.title:
            _text(group, line, "title", _TITLE, 0, y)
        y += 4
        for line in self.subtitle:
            y += _NOTE.leading
            _text(group, line, "note", _NOTE, 0, y)
        y += 10
        for name, lines in self.notes:
            _text(group, name, "note-name", _NOTE_NAME, 0, y + _NOTE.leading)
            for line in lines:
                y += _NOTE.leading
                _text(group, line, "note", _NOTE, self.indent, y)


def _draw_paths(group: Element, paths: Sequence[Path]) -> None:
    ends: set[Point] = set()
    for path in sorted(paths, key=_is_odd):
        style = " jump" if _is_odd(path) else ""
        _add(group, "path", {"class": f"edge{style}", "d": _rounded(path.points)})
        if path.points[-1] not in ends:
            ends.add(path.points[-1])
            _add(group, "path", {"class": f"head{style}", "d": _arrow_head(*path.points[-2:])})


def _is_odd(path: Path) -> bool:
    """Whether an edge goes another way than down to the next."""
    return path.edge.is_jump or path.is_back


def _rounded(points: Sequence[Point]) -> str:
    """A path along `points` with round corners; it ends a little early, below the head of its arrow."""
    (x, y), *_ = points
    parts = [f"M{_n(x)} {_n(y)}"]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        radius = min(_CORNER, _distance(before, corner) / 2, _distance(corner, after) / 2)
        parts.append(
            f"L{_towards(corner, before, radius)}"
            f"Q{_n(corner[0])} {_n(corner[1])} {_towards(corner, after, radius)}"
        )
    last, end = points[-2], points[-1]
    parts.append(f"L{_towards(end, last, min(6.0, _distance(last, end)))}")
    return "".join(parts)


def _arrow_head(before: Point, tip: Point) -> str:
    """A triangle that points up or down at `tip`."""
    back = -8 if before[1] < tip[1] else 8
    return f"M{_n(tip[0])} {_n(tip[1])}l-4.5 {back}h9z"


def _distance(a: Point, b: Point) -> float:
    return abs(a[0] - b[0]) + abs(a[1] - b[1])


def _towards(start: Point, goal: Point, by: float) -> str:
    """The point `by` pixels from `start` on the straight way to `goal`."""
    part = by / (_distance(start, goal) or 1)
    return " ".join(_n(s + (g - s) * part) for s, g in zip(start, goal, strict=True))


def _draw_label(group: Element, label: Label) -> None:
    box = label.box
    _rect(group, "gap", box, 4)
    for number, line in enumerate(label.lines):
        baseline = box.top + LABEL.leading * number + 11.5
        _text(group, line, "label", LABEL, box.middle, baseline, is_centred=True)


def _draw_card(group: Element, card: Card, box: Box) -> None:
    node = card.node
    tone = TONES[node.kind]
    told = "\n".join((f"{node.words.verb} {node.words.what}".rstrip(), *node.words.details))
    SubElement(group, "title").text = told
    own = Box(0, 0, box.width, box.height)
    if card.is_pill:
        _rect(group, f"pill {tone}-line", own, 17)
    else:
        dashed = " jump-in" if node.kind is Kind.MILESTONE else ""
        if dashed:
            _draw_jump_in(group)
        if node.kind is Kind.ENROLL:
            _rect(group, "card", own.moved(5, 5), 8)  # another recipe lies behind it
        _rect(group, f"card{dashed}", own, 8)
        bar = f"M6 0V{_n(box.height)}A8 8 0 0 1 0 {_n(box.height - 8)}V8A8 8 0 0 1 6 0z"
        _add(group, "path", {"class": tone, "d": bar})
    for line in card.lines:
        style = f"verb {tone}" if line.role == "verb" else line.role
        _text(group, line.text, style, line.type, line.x, line.baseline, is_centred=line.is_centred)
    if card.badge:
        right = box.width - (8 if not card.is_pill else 7)
        top = 9.0 if not card.is_pill else (box.height - cards.BADGE_HEIGHT) / 2
        _draw_badge(
            group,
            card.badge,
            Box(right - card.badge_width, top, card.badge_width, cards.BADGE_HEIGHT),
        )


def _draw_jump_in(group: Element) -> None:
    """The arrow of those who jump to a milestone from further up: to its left side."""
    left = _n(4 - JUMP_IN)
    line = f"M{left} -8V16Q{left} 25 {_n(13 - JUMP_IN)} 25H-6"
    _add(group, "path", {"class": "edge jump-in", "d": line})
    _add(group, "path", {"class": "green", "d": "M0 25l-8 -4.5v9z"})


def _draw_badge(group: Element, text: str, box: Box) -> None:
    _rect(group, "badge", box, box.height / 2)
    x, y = box.left + 12, box.top + 6.8
    head = f"M{_n(x - 2.6)} {_n(y)}a2.6 2.6 0 1 0 5.2 0a2.6 2.6 0 1 0 -5.2 0"
    shoulders = f"M{_n(x - 4.6)} {_n(y + 8.2)}a4.6 4.6 0 0 1 9.2 0z"
    _add(group, "path", {"class": "badge-text", "d": head + shoulders})
    _text(
        group, text, "badge-text badge-type", cards.BADGE, box.left + 8 + cards.ICON, box.top + 14
    )


def _text(
    parent: Element,
    text: str,
    style: str,
    type_: Type,
    x: float,
    y: float,
    *,
    is_centred: bool = False,
) -> None:
    if not text:
        return
    place: dict[str, str | float] = {
        "class": style,
        "x": x,
        "y": y,
        "textLength": type_.width(text),
        "lengthAdjust": "spacingAndGlyphs",
    }
    if is_centred:
        place["text-anchor"] = "middle"
    _add(parent, "text", place).text = text


def _rect(parent: Element, style: str, box: Box, radius: float) -> None:
    _add(parent, "rect", {
        "class": style, "x": box.left, "y": box.top, "width": box.width, "height": box.height, "rx": radius,
    })  # fmt: skip


def _group(parent: Element, right: float, down: float) -> Element:
    return _add(parent, "g", {"transform": f"translate({_n(right)} {_n(down)})"})


def _add(parent: Element, tag: str, attributes: dict[str, str | float]) -> Element:
    found = {k: v if isinstance(v, str) else _n(v) for k, v in attributes.items()}
    return SubElement(parent, tag, found)


def _n(number: float) -> str:
    """A number as short as its hundredths allow."""
    return f"{number:.2f}".rstrip("0").rstrip(".") or "0"


def _style(theme: Theme) -> str:
    if theme != "auto":
        return _SHAPES + _colours(DARK if theme == "dark" else LIGHT)
    return f"{_SHAPES}{_colours(LIGHT)}@media (prefers-color-scheme:dark){{{_colours(DARK)}}}"


def _type(name: str, type_: Type) -> str:
    weight = 600 if type_.weight > 400 else 400  # what stands in for Roboto often has no 500
    return f".{name}{{font-size:{type_.size:g}px;font-weight:{weight}}}"


_SHAPES = (
    _type("title", _TITLE) + _type("note", _NOTE) + _type("note-name", _NOTE_NAME) + _type("label", LABEL)
    + _type("verb", cards.VERB) + _type("what", cards.WHAT) + _type("detail", cards.DETAIL)
    + _type("badge-type", cards.BADGE)
    + ".edge{fill:none;stroke-width:1.5}.edge.jump{stroke-dasharray:5 4}"
    + ".pill{stroke-width:1.5}.jump-in{stroke-dasharray:5 3}"
)  # fmt: skip


def _colours(palette: Palette) -> str:
    tones = "".join(
        f".{name}{{fill:{colour}}}.{name}-line{{stroke:{colour}}}"
        for name, colour in palette.tones.items()
    )
    return (
        f".page,.gap{{fill:{palette.page}}}.card{{fill:{palette.card};stroke:{palette.border}}}"
        f".pill{{fill:{palette.card}}}.title,.what{{fill:{palette.text}}}"
        f".note,.detail,.label{{fill:{palette.muted}}}.note-name{{fill:{palette.text}}}"
        f".edge{{stroke:{palette.line}}}.head{{fill:{palette.line}}}.jump-in{{stroke:{palette.tones['green']}}}"
        f".edge.jump{{stroke:{palette.tones['violet']}}}.head.jump{{fill:{palette.tones['violet']}}}"
        f".badge{{fill:{palette.text}}}.badge-text{{fill:{palette.page}}}{tones}"
    )
