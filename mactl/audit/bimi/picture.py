"""How a logo looks in a mailbox: round and square, by day and by night, small and large.

resvg draws the logo in a process of its own, with limits on its time and memory: whoever published
the logo chose what there is to draw.
"""

import base64
import subprocess
import sys
from dataclasses import dataclass
from importlib.resources import files
from xml.etree.ElementTree import Element, SubElement, tostring

import resvg_py

from mactl.audit.bimi.conformance import view_box
from mactl.audit.bimi.logo import judge_logo
from mactl.audit.bimi.svg import SVG, XML, read_svg
from mactl.audit.bimi.svg import Element as Drawn
from mactl.audit.names import printable
from mactl.errors import UnreadableInput

WIDTH, HEIGHT = 720, 424  # of the picture, before it is scaled
SCALE = 2
_PANEL, _MARGIN = 324, 24
_SMALL, _LARGE = 40, 96
_SECONDS = 10
_LONGEST_NAME = 30
_NOT_DRAWN = frozenset(("title", "desc", "metadata", "font"))

_DRAW = f"""
import resource, sys
resource.setrlimit(resource.RLIMIT_CPU, ({_SECONDS}, {_SECONDS}))
resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
import resvg_py
png = resvg_py.svg_to_bytes(
    svg_string=sys.stdin.buffer.read().decode(), skip_system_fonts=True, font_files=sys.argv[1:],
    font_family="Roboto", sans_serif_family="Roboto",
)
sys.stdout.buffer.write(bytes(png))
"""


@dataclass(frozen=True, slots=True)
class _Theme:
    """The colours of a mailbox."""

    name: str
    panel: str
    border: str
    text: str
    muted: str
    ring: str


_THEMES = (
    _Theme("Light", "#ffffff", "#d1d9e0", "#1f2328", "#59636e", "#1f2328"),
    _Theme("Dark", "#161b22", "#3d444d", "#f0f6fc", "#9198a1", "#f0f6fc"),
)


def logo_picture(svg: bytes, domain: str) -> bytes:
    """A PNG of the logo of `domain` as mailbox providers frame it, 1440 by 848 pixels.

    Faults of the profile are drawn as they are. Raises UnreadableInput for what is no SVG, loads
    from elsewhere or takes too long to draw.
    """
    judged = judge_logo(svg, "the logo")
    if judged.svg is None or not judged.is_safe:
        worst = judged.findings[0].message if judged.findings else "it is no SVG"
        raise _not_drawn(domain, worst)
    root = read_svg(judged.svg).root
    assert root is not None  # a logo that is safe to draw has one
    logos = {size: _drawn(_framed(root, size * SCALE), domain) for size in (_SMALL, _LARGE)}
    page = _page(logos, printable(domain))
    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=tostring(page, encoding="unicode"),
            zoom=SCALE,
            font_files=_fonts(),
            font_family="Roboto",
            sans_serif_family="Roboto",
            skip_system_fonts=True,
        )
    )


def _not_drawn(domain: str, why: str) -> UnreadableInput:
    message = f"the logo of {printable(domain)} can't be drawn: {why}"
    return UnreadableInput(message, "mend the logo first: mactl audit DOMAIN shows its faults")


def _drawn(svg: str, domain: str) -> bytes:
    """The PNG of an SVG that others made, from another process."""
    command = [sys.executable, "-I", "-c", _DRAW, *_fonts()]
    try:
        done = subprocess.run(command, input=svg.encode(), capture_output=True, timeout=_SECONDS)
    except subprocess.TimeoutExpired:
        raise _not_drawn(domain, f"it takes more than {_SECONDS} seconds") from None
    if done.returncode or not done.stdout.startswith(b"\x89PNG"):
        last = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        raise _not_drawn(domain, printable(last, 120) or "it takes too long, or too much memory")
    return done.stdout


def _fonts() -> list[str]:
    folder = files("font_roboto") / "files"
    return [str(folder / name) for name in ("Roboto-Regular.ttf", "Roboto-Medium.ttf")]


def _framed(root: Drawn, side: int) -> str:
    """The drawing alone, in a square of `side` pixels, written anew from what was understood of it."""
    svg = _rewritten(root)
    box = view_box(root.attributes.get("viewBox", ""))
    if box is None:
        size = [
            root.attributes.get(name, "").strip().removesuffix("px") for name in ("width", "height")
        ]
        box = view_box(f"0 0 {' '.join(size)}") or (0, 0, 96, 96)
    svg.attrib |= {"viewBox": " ".join(f"{number:g}" for number in box)}
    svg.attrib |= {"width": f"{side}", "height": f"{side}", "preserveAspectRatio": "xMidYMid meet"}
    return tostring(svg, encoding="unicode")


def _rewritten(drawn: Drawn) -> Element:
    names = {key.replace("xml:", f"{{{XML}}}"): value for key, value in drawn.attributes.items()}
    if "xlink:href" in names:
        names.setdefault("href", names.pop("xlink:href"))
    kept = {
        key: value for key, value in names.items() if ":" not in key or key.startswith(f"{{{XML}}}")
    }
    element = Element(f"{{{SVG}}}{drawn.name}", kept)
    element.text = drawn.text
    for child in drawn.children:
        if child.namespace in (SVG, "") and child.name not in _NOT_DRAWN:
            element.append(_rewritten(child))
    return element


def _page(logos: dict[int, bytes], domain: str) -> Element:
    page = Element("svg", {
        "xmlns": "http://www.w3.org/2000/svg", "width": str(WIDTH), "height": str(HEIGHT),
        "font-family": "Roboto",
    })  # fmt: skip
    _add(page, "rect", width=WIDTH, height=HEIGHT, fill="#f6f8fa")
    _text(page, _shortened(domain, 54), _MARGIN, 40, 20, "#1f2328", bold=True)
    _text(page, "The logo as mailboxes frame it", _MARGIN, 62, 13, "#59636e")
    for number, theme in enumerate(_THEMES):
        left = _MARGIN + number * (_PANEL + _MARGIN)
        group = _add(page, "g", transform=f"translate({left} 84)")
        _panel(group, theme, logos, _shortened(domain, _LONGEST_NAME))
    return page


def _panel(group: Element, theme: _Theme, logos: dict[int, bytes], name: str) -> None:
    """One mailbox: two messages in its list, then both frames at the size of an opened message."""
    edge = {"fill": theme.panel, "stroke": theme.border}
    _add(group, "rect", width=_PANEL, height=HEIGHT - 84 - _MARGIN, rx=12, **edge)
    _text(group, theme.name, 16, 28, 12, theme.muted)
    _avatar(group, theme, logos, (16, 44), _SMALL, round_=True)
    _message(group, theme, name, "Your order is on its way", 60)
    _add(group, "rect", x=68, y=95.5, width=_PANEL - 84, height=1, fill=theme.border)
    _avatar(group, theme, logos, (16, 108), _SMALL, round_=False)
    _message(group, theme, name, "News for you", 124)
    for left, round_ in ((48, True), (180, False)):
        _avatar(group, theme, logos, (left, 172), _LARGE, round_=round_)
        caption = f"{'Round' if round_ else 'Square'}, 96 px"
        _text(group, caption, left + 48, 290, 11, theme.muted, middle=True)


def _message(group: Element, theme: _Theme, name: str, subject: str, y: float) -> None:
    _text(group, name, 68, y, 14, theme.text, bold=True)
    _text(group, subject, 68, y + 19, 13, theme.muted)


def _avatar(
    group: Element,
    theme: _Theme,
    logos: dict[int, bytes],
    at: tuple[int, int],
    size: int,
    *,
    round_: bool,
) -> None:
    """The logo cut to its frame, with a hairline where it would melt into the page."""
    frame = f"{theme.name}-{size}-{round_}"
    radius = size / 2 if round_ else size / 8
    place = {"x": at[0], "y": at[1], "width": size, "height": size}
    _add(_add(group, "clipPath", id=frame), "rect", **place, rx=radius)
    image = f"data:image/png;base64,{base64.b64encode(logos[size]).decode()}"
    _add(group, "image", **place, href=image, **{"clip-path": f"url(#{frame})"})
    line = {"fill": "none", "stroke": theme.ring, "stroke-opacity": "0.15"}
    _add(group, "rect", **place, rx=radius, **line)


def _shortened(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _text(
    group: Element,
    text: str,
    x: float,
    y: float,
    size: float,
    colour: str,
    *,
    bold: bool = False,
    middle: bool = False,
) -> None:
    style: dict[str, str | float] = {
        "font-size": size,
        "font-weight": 500 if bold else 400,
        "fill": colour,
    }
    if middle:
        style["text-anchor"] = "middle"
    _add(group, "text", x=x, y=y, **style).text = text


def _add(group: Element, tag: str, **attributes: str | float) -> Element:
    return SubElement(group, tag, {key: f"{value}" for key, value in attributes.items()})
