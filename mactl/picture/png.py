"""SVG → PNG, without a browser."""

from math import sqrt

import resvg_py

from mactl.picture.svg import Drawing
from mactl.picture.typeface import covers, font_files

_SCALE = 1.5
"""Pixels of the PNG for each of the SVG: sharp on a good screen, and twice as fast to draw as 2."""
MOST_PIXELS = 60_000_000


def write_png(drawing: Drawing, most_pixels: int = MOST_PIXELS) -> bytes:
    """A drawing as PNG, with half as many pixels again each way, or fewer where that would come to more than
    `most_pixels`.

    Texts in scripts that our typeface lacks are drawn with the fonts of the system.
    """
    scale = min(_SCALE, sqrt(most_pixels / (drawing.width * drawing.height)))
    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=drawing.svg,
            zoom=scale,
            font_files=font_files(),
            font_family="Roboto",
            sans_serif_family="Roboto",
            skip_system_fonts=covers(drawing.texts),  # looking for them takes longer than drawing
        )
    )
