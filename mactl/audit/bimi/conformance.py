"""A drawing held against SVG Tiny PS, fault by fault."""

import math
import re
from collections.abc import Iterator

from mactl.audit.bimi import logo_kinds as kinds
from mactl.audit.bimi import profile
from mactl.audit.bimi.painting import draws_nothing, one_colour, repeats_too_much
from mactl.audit.bimi.svg import SVG, Document, Element
from mactl.audit.kinds import FindingKind
from mactl.audit.names import printable
from mactl.findings import Finding

_LONGEST_TITLE = 64
_SMALLEST = 96  # pixels; Gmail
_SHOWN = 5
_COUNTED = 1000
_STYLE_FIX = "write fill and stroke as attributes of the shapes, and delete the styles"
_PIXELS = re.compile(r"\s*+\+?(\d++(?:\.\d*+)?|\.\d++)\s*+(?:px)?\s*+\Z")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
# Possessive, so that no blank is given back to make '#' look like something else.
_OUTSIDE = re.compile(r"url\(\s*+['\"]?+\s*+(?!#)([^)'\"]*)", re.IGNORECASE)


def judge_drawing(document: Document, at: str) -> tuple[Finding, ...]:
    """What keeps mailbox providers from showing a drawing, one finding for each kind of fault."""
    faults = _Faults(at)
    _judge_prolog(document, faults)
    root = document.root
    if root is not None:
        _judge_root(root, faults)
        _judge_titles(root, faults)
        foreign = _in_metadata(root)
        for element in root.everything():
            if id(element) not in foreign:
                _judge_element(element, element is root, faults)
        _judge_painting(root, faults)
    return tuple(faults.findings())


def _in_metadata(root: Element) -> set[int]:
    """The elements of other languages in `metadata`, such as the RDF of Inkscape."""
    return {
        id(element)
        for metadata in root.everything()
        if metadata.name == "metadata"
        for element in metadata.everything()
        if element.namespace not in (SVG, "")
    }


def view_box(text: str) -> tuple[float, float, float, float] | None:
    """The four numbers of a viewBox with a width and a height; None for any other text."""
    parts = re.split(r"[\s,]+", text.strip())
    if len(parts) != 4 or not all(map(_NUMBER.fullmatch, parts)):
        return None
    x, y, width, height = map(float, parts)
    usable = all(map(math.isfinite, (x, y, width, height))) and width > 0 and height > 0
    return (x, y, width, height) if usable else None


class _Faults:
    """Faults by kind, each with the first line it is on, until they become one finding per kind."""

    def __init__(self, at: str) -> None:
        self._at = at
        self._by_kind: dict[str, tuple[FindingKind, dict[str, int], dict[str, None]]] = {}

    def add(self, kind: FindingKind, what: str, line: int, fix: str) -> None:
        """One fault and what mends it; line 0 is the whole file."""
        _, found, fixes = self._by_kind.setdefault(kind.id, (kind, {}, {}))
        if len(found) < _COUNTED:
            found.setdefault(what, line)
            fixes[fix] = None

    def findings(self) -> Iterator[Finding]:
        """One finding for each kind, with the first faults and what mends them."""
        for kind, found, fixes in self._by_kind.values():
            shown = [
                f"{printable(what, 120)} (line {line})" if line else printable(what, 120)
                for what, line in list(found.items())[:_SHOWN]
            ]
            more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
            yield kind.found(f"{self._at}: {', '.join(shown)}{more}", "; ".join([*fixes][:_SHOWN]))


def _judge_prolog(document: Document, faults: _Faults) -> None:
    if document.doctype:
        what = "entities" if document.declares_entities else "<!DOCTYPE>"
        fix = "delete the document type; SVG needs none"
        faults.add(kinds.DOCTYPE, what, document.doctype, fix)
    for target, line in document.instructions:
        faults.add(kinds.INSTRUCTION, f"<?{target}?>", line, "delete the processing instruction")


def _judge_root(root: Element, faults: _Faults) -> None:
    line = root.line
    fix = 'begin with <svg version="1.2" baseProfile="tiny-ps" xmlns="http://www.w3.org/2000/svg">'
    if (root.namespace, root.name) != (SVG, "svg"):
        what = (
            f"the root is <{root.name}>" if root.name != "svg" else "the root has no xmlns of SVG"
        )
        faults.add(kinds.PROFILE, what, line, fix)
    for name, value in (("version", "1.2"), ("baseProfile", "tiny-ps")):
        if (given := root.attributes.get(name)) != value:
            what = f"there is no {name}" if given is None else f'{name}="{given}"'
            faults.add(kinds.PROFILE, what, line, fix)
    for name in ("x", "y"):
        if name in root.attributes:
            what = f'{name}="{root.attributes[name]}"'
            faults.add(kinds.POSITION, what, line, "delete x and y from <svg>")
    for name in ("width", "height"):
        _judge_dimension(name, root, faults)
    box = view_box(root.attributes.get("viewBox", ""))
    if box is None:
        given = root.attributes.get("viewBox")
        what = "there is none" if given is None else f'viewBox="{given}"'
        faults.add(kinds.VIEWBOX, what, line, 'write viewBox="0 0 WIDTH HEIGHT" on <svg>')
    elif not math.isclose(box[2], box[3], rel_tol=0.01):
        what = f'viewBox="{root.attributes["viewBox"]}"'
        side = f"{max(box[2:]):g}"
        fix = f"centre the logo in a square, such as {side} by {side}"
        faults.add(kinds.NOT_SQUARE, what, line, fix)


def _judge_dimension(name: str, root: Element, faults: _Faults) -> None:
    if (given := root.attributes.get(name)) is None:
        return
    pixels = _PIXELS.match(given)
    if pixels is None or float(pixels[1]) < _SMALLEST:
        fix = f'write pixels, such as width="{_SMALLEST}" height="{_SMALLEST}", or leave both out'
        faults.add(kinds.DIMENSIONS, f'{name}="{given}"', root.line, fix)


def _judge_titles(root: Element, faults: _Faults) -> None:
    titles = [child for child in root.children if child.name == "title"]
    fix = "write <title>YOUR BRAND</title> as the first element in <svg>"
    if not titles:
        faults.add(kinds.TITLE, "there is no <title> in <svg>", 0, fix)
    for title in titles:
        text = title.text.strip()
        if not text:
            faults.add(kinds.TITLE, "<title> is empty", title.line, fix)
        if len(text) > _LONGEST_TITLE:
            what = f"<title> has {len(text)} characters"
            faults.add(kinds.TITLE_LONG, what, title.line, "shorten it to the name of the brand")
    if len(titles) > 1:
        faults.add(
            kinds.TITLE, f"there are {len(titles)} <title>", titles[1].line, "leave one title"
        )
    elif titles and root.children[0] is not titles[0]:
        faults.add(kinds.SCHEMA, "<title> is not first in <svg>", titles[0].line, "move it up")
    for child in root.children:
        if child.name == "desc" and not child.text.strip():
            fix = "describe the logo in <desc>, or delete it"
            faults.add(kinds.DESCRIPTION, "<desc> is empty", child.line, fix)


def _judge_element(element: Element, is_root: bool, faults: _Faults) -> None:
    what, name, line = f"<{element.name}>", element.name, element.line
    if element.namespace not in (SVG, ""):
        fix = "delete what the drawing program wrote for itself, such as by saving as plain SVG"
        faults.add(kinds.ELEMENT, f"{what} of another language", line, fix)
        return
    if name in profile.SCRIPTS:
        faults.add(kinds.SCRIPT, what, line, "delete it: a logo does nothing")
    elif name in profile.ANIMATIONS:
        faults.add(kinds.ANIMATION, what, line, "delete it: a logo does not move")
    elif name in profile.EMBEDDING:
        faults.add(kinds.EMBEDDED, what, line, "delete it, and draw everything as paths")
    elif name == "style":
        faults.add(kinds.STYLE, what, line, _STYLE_FIX)
    elif name not in profile.ATTRIBUTES or (name == "svg" and not is_root):
        fix = "draw it with path, rect, circle, ellipse, line, polygon, polyline and g"
        faults.add(kinds.ELEMENT, what, line, fix)
    elif name in ("text", "textArea"):
        faults.add(kinds.TEXT, what, line, "turn text into paths")
    elif name in profile.UNREACHED:
        faults.add(kinds.SCHEMA, what, line, "turn text into paths")
    elif name == "metadata" and element.children:
        faults.add(kinds.SCHEMA, "elements in <metadata>", line, "delete <metadata>")
    for attribute, value in element.attributes.items():
        _judge_attribute(element, is_root, attribute, value, faults)


def _judge_attribute(
    element: Element, is_root: bool, attribute: str, value: str, faults: _Faults
) -> None:
    what, line = f"{attribute} on <{element.name}>", element.line
    allowed = profile.ATTRIBUTES.get(element.name)
    if attribute == "style":
        faults.add(kinds.STYLE, what, line, _STYLE_FIX)
    if attribute in ("href", "xlink:href"):
        if not value.strip().startswith("#"):
            fix = 'leave only references such as href="#ID" in <use>'
            faults.add(kinds.REFERENCE, f'{attribute}="{value}" on <{element.name}>', line, fix)
            return
    elif attribute == "xml:base":
        faults.add(kinds.REFERENCE, what, line, "delete xml:base")
        return
    elif outside := _OUTSIDE.search(value):
        fix = "leave only references such as url(#ID)"
        faults.add(kinds.REFERENCE, f"url({outside[1].strip()}) in {what}", line, fix)
        return
    if attribute.lower().startswith("on"):
        faults.add(kinds.SCRIPT, what, line, "delete it: a logo does nothing")
    elif allowed is None or attribute == "style" or (is_root and attribute in ("x", "y")):
        pass  # told already, by a name of its own
    elif attribute in profile.FIXED and attribute in allowed:
        if value != profile.FIXED[attribute]:
            faults.add(kinds.ATTRIBUTE, f'{attribute}="{value}"', line, f"delete {attribute}")
    elif attribute == "preserveAspectRatio" and not profile.ASPECT_RATIO.fullmatch(value):
        faults.add(kinds.ATTRIBUTE, f'{attribute}="{value}"', line, 'write "xMidYMid meet"')
    elif attribute == "xlink:href" and "href" in allowed:
        faults.add(kinds.SCHEMA, what, line, "write href instead of xlink:href")
    elif attribute not in allowed and attribute in profile.ONLY_IN_TEXT - {"xlink:href"}:
        faults.add(kinds.SCHEMA, what, line, f"delete {attribute}")
    elif attribute not in allowed:
        faults.add(kinds.ATTRIBUTE, what, line, "delete it, or say the same with other attributes")


def _judge_painting(root: Element, faults: _Faults) -> None:
    if draws_nothing(root):
        faults.add(kinds.EMPTY, "it draws nothing", 0, "draw the logo in it")
    if (line := repeats_too_much(root)) is not None:
        faults.add(kinds.USE, "<use>", line, "draw the shapes themselves instead of <use>")
    if (colour := one_colour(root)) is not None:
        fix = "set the logo on a solid background of another colour: <rect width=… height=… fill=…>"
        faults.add(kinds.ONE_COLOUR, f"all is {colour}", 0, fix.replace("…", '"…"'))
