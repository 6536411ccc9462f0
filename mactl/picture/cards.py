"""Nodes as cards: how large each one is, and where its words stand in it."""

from dataclasses import dataclass

from mactl.picture.flow import Kind, Node
from mactl.picture.typeface import Type

VERB = Type(12, 500, 16)
WHAT = Type(14, 500, 18)
DETAIL = Type(12, 400, 16)
BADGE = Type(11.5, 500, 14)

WIDTH = 248
PADDING = 14
BADGE_HEIGHT = 20
ICON = 14  # the width of the little person in a badge
_INNER = WIDTH - 2 * PADDING
_MOST_WHAT, _MOST_DETAIL, _MOST_DETAILS = 3, 2, 5
_PILLS = (Kind.EXIT, Kind.END, Kind.GO_TO)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a card; `baseline` is from the card's top, `x` from its left, `x` its middle where centred."""

    text: str
    role: str
    type: Type
    x: float
    baseline: float
    is_centred: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    """A node as it is drawn; sizes in pixels."""

    node: Node
    width: float
    height: float
    lines: tuple[Line, ...]
    badge: str | None
    """How many people stand there."""
    is_pill: bool = False

    @property
    def badge_width(self) -> float:
        """How wide its badge is; 0 where it has none."""
        return badge_width(self.badge)


def badge_width(badge: str | None) -> float:
    """How wide a badge is; 0 for none."""
    return BADGE.width(badge) + ICON + 16 if badge else 0


def make_card(node: Node, badge: str | None = None) -> Card:
    """The card of a node, as high as its words need."""
    words = node.words
    if node.kind in _PILLS or not (words.what or words.details):
        return _pill(node, badge)
    room = _INNER - (badge_width(badge) + 8 if badge else 0)
    name = f"{words.verb} · {node.shown_id}" if node.shown_id else words.verb
    lines = [Line(VERB.wrap(name, room, 1)[0], "verb", VERB, PADDING, 24)]
    y = 24.0 + 3
    for text in WHAT.wrap(words.what, _INNER, _MOST_WHAT):
        y += WHAT.leading
        lines.append(Line(text, "what", WHAT, PADDING, y))
    y += 2
    for text in _details(words.details):
        y += DETAIL.leading
        lines.append(Line(text, "detail", DETAIL, PADDING, y))
    return Card(node, WIDTH, round(y + 12), tuple(lines), badge)


def _details(details: tuple[str, ...]) -> list[str]:
    lines = [line for text in details for line in DETAIL.wrap(text, _INNER, _MOST_DETAIL)]
    if len(lines) <= _MOST_DETAILS:
        return lines
    return [*lines[: _MOST_DETAILS - 1], f"… and {len(lines) - _MOST_DETAILS + 1} more"]


def _pill(node: Node, badge: str | None) -> Card:
    words = node.words
    room = _INNER - (badge_width(badge) + 8 if badge else 0)
    name = f" · {node.shown_id}" if node.shown_id else ""
    texts = VERB.wrap(f"{words.verb} {words.what}".rstrip() + name, room, 2)
    text_width = max(VERB.width(text) for text in texts)
    width = round(text_width + 2 * 18 + (badge_width(badge) + 8 if badge else 0))
    height = 18 + VERB.leading * len(texts)
    lines = tuple(
        Line(text, "verb", VERB, 18 + text_width / 2, 21 + VERB.leading * n, is_centred=True)
        for n, text in enumerate(texts)
    )
    return Card(node, width, height, lines, badge, is_pill=True)
