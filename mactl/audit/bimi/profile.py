"""SVG Tiny PS: what its schema allows, and what only its text does.

From draft-svg-tiny-ps-abrotman and its schema; whatever the draft does not name follows SVG Tiny 1.2.
"""

import re


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_CORE = _words(
    "id xml:id xml:base xml:lang xml:space class role rel rev typeof content datatype resource about "
    "property"
)
_PAINT = _words(
    "fill fill-opacity fill-rule stroke stroke-dasharray stroke-dashoffset stroke-linecap "
    "stroke-linejoin stroke-miterlimit stroke-opacity stroke-width color color-rendering "
    "vector-effect direction unicode-bidi solid-color solid-opacity display-align line-increment "
    "stop-color stop-opacity font-family font-size font-style font-variant font-weight text-anchor "
    "text-align"
)
_CONDITIONS = _words("requiredFonts systemLanguage")

_OWN = {
    "svg": "width height viewBox preserveAspectRatio version baseProfile contentScriptType "
    "externalResourcesRequired focusable playbackOrder snapshotTime timelineBegin zoomAndPan",
    "path": "d pathLength transform",
    "rect": "x y width height rx ry transform",
    "circle": "cx cy r transform",
    "ellipse": "cx cy rx ry transform",
    "line": "x1 y1 x2 y2 transform",
    "polyline": "points transform",
    "polygon": "points transform",
    "g": "transform",
    "use": "x y href transform",
    "text": "x y rotate transform editable",
    "textArea": "x y width height transform editable",
    "linearGradient": "x1 y1 x2 y2 gradientUnits",
    "radialGradient": "cx cy r gradientUnits",
    "stop": "offset",
    "solidColor": "",
    "defs": "",
    "desc": "",
    "title": "",
    "metadata": "",
    "font": "horiz-origin horiz-origin-x horiz-adv-x",
    "font-face": "font-stretch unicode-range panose-1 widths bbox units-per-em stemv stemh slope "
    "cap-height x-height accented-height ascent descent ideographic alphabetic mathematical hanging "
    "underline-position underline-thickness strikethrough-position strikethrough-thickness "
    "overline-position overline-thickness",
    "glyph": "unicode glyph-name arabic-form lang d horiz-adv-x",
    "hkern": "u1 g1 u2 g2 k",
}

ATTRIBUTES = {name: _CORE | _PAINT | _CONDITIONS | _words(own) for name, own in _OWN.items()}
"""The attributes of each element that a logo may have."""

ONLY_IN_TEXT = _words(
    "display visibility image-rendering pointer-events shape-rendering text-rendering "
    "buffered-rendering viewport-fill viewport-fill-opacity audio-level requiredFeatures "
    "requiredExtensions requiredFormats xlink:href"
)
"""Attributes that SVG Tiny 1.2 has, and the schema of SVG Tiny PS does not."""

UNREACHED = _words("font font-face glyph hkern")
"""Elements that the schema has, and allows in no other element."""

FIXED = {
    "zoomAndPan": "disable",
    "externalResourcesRequired": "false",
    "focusable": "false",
    "snapshotTime": "none",
    "playbackOrder": "all",
    "timelineBegin": "onLoad",
    "editable": "none",
}
"""Attributes that may have one value only."""

ASPECT_RATIO = re.compile(r"\s*+(none|xMidYMid)\s*+(meet)?\s*+")

SCRIPTS = _words("script handler listener")
ANIMATIONS = _words("animate animateColor animateMotion animateTransform set mpath discard")
EMBEDDING = _words("image foreignObject audio video animation iframe canvas embed object prefetch")
