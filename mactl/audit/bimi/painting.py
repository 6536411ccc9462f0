"""What a drawing comes to when it is drawn: how many shapes, in which colours."""

from collections.abc import Iterator

from mactl.audit.bimi.svg import Element

_MOST_DRAWN = 20_000
_DEEPEST = 200
_SHAPES = frozenset(
    ("path", "rect", "circle", "ellipse", "polyline", "polygon", "text", "textArea")
)
_PAINTED = ("fill", "stroke", "stop-color", "solid-color", "color")
_NO_COLOUR = ("", "none", "inherit", "transparent", "currentcolor")


def repeats_too_much(root: Element) -> int | None:
    """The line of a `use` that contains itself, or of the first where all together draw too much.

    None where all is well.
    """
    uses = [element for element in root.everything() if _target(element)]
    if not uses:
        return None
    counting = _Counting(root)
    if counting.count(root) > _MOST_DRAWN:
        return counting.endless or uses[0].line
    return None


class _Counting:
    """How many elements are drawn below each, everything that `use` repeats counted each time."""

    def __init__(self, root: Element) -> None:
        self._named: dict[str, Element] = {}
        for element in root.everything():
            for name in ("id", "xml:id"):
                if name in element.attributes:
                    self._named.setdefault(element.attributes[name], element)
        self._counts: dict[int, int] = {}
        self._open: set[int] = set()
        self.endless = 0

    def count(self, element: Element) -> int:
        key = id(element)
        if key in self._counts:
            return self._counts[key]
        if key in self._open or len(self._open) > _DEEPEST:
            self.endless = self.endless or element.line
            return _MOST_DRAWN + 1
        self._open.add(key)
        total = 1 + sum(self.count(child) for child in element.children)
        target = self._named.get(_target(element))
        if target is not None:
            total += self.count(target)
        self._open.discard(key)
        self._counts[key] = total = min(total, _MOST_DRAWN + 1)
        return total


def _target(element: Element) -> str:
    if element.name != "use":
        return ""
    given = element.attributes.get("href") or element.attributes.get("xlink:href") or ""
    return given.strip().removeprefix("#")


def draws_nothing(root: Element) -> bool:
    """Whether a drawing has no shapes at all."""
    return all(
        element.name not in _SHAPES | {"line", "use", "image"} for element in root.everything()
    )


def one_colour(root: Element) -> str | None:
    """The colour, where a drawing has no other; None where it has several, paints nothing, or has
    styles or pictures, which may have any.
    """
    for element in root.everything():
        if element.name in ("style", "image", "foreignObject") or "style" in element.attributes:
            return None
    colours = set(_colours(root, inherits_fill=False))
    return colours.pop() if len(colours) == 1 else None


def _colours(element: Element, inherits_fill: bool) -> Iterator[str]:
    has_fill = inherits_fill or "fill" in element.attributes
    for name in _PAINTED:
        value = element.attributes.get(name, "").strip().lower()
        if value not in _NO_COLOUR and not value.startswith("url("):
            yield value
    if element.name in _SHAPES and not has_fill:
        yield "black"  # SVG Tiny 1.2 11.3: the fill where none is named
    for child in element.children:
        yield from _colours(child, has_fill)
