"""The typeface of pictures, and how wide its words are.

Roboto (Apache 2.0), from the package `font-roboto`: Latin, Greek and Cyrillic. Other writing is measured
roughly, and drawn with what the reader's system has.
"""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from unicodedata import east_asian_width

from fontTools.ttLib import TTFont

FAMILY = "Roboto, 'Segoe UI', Helvetica, Arial, sans-serif"
_FILES = {400: "Roboto-Regular.ttf", 500: "Roboto-Medium.ttf"}
_UNKNOWN, _UNKNOWN_WIDE = 0.62, 1.0  # of the size: what letters of other typefaces take


@dataclass(frozen=True, slots=True)
class Type:
    """How a text is set: its size in pixels, its weight (400 or 500), and from one line to the next."""

    size: float
    weight: int
    leading: float

    def width(self, text: str) -> float:
        """How wide `text` is on one line, in pixels."""
        advances = _advances(self.weight)
        return sum(advances.get(ord(c)) or _roughly(c) for c in text) * self.size

    def wrap(self, text: str, width: float, most: int) -> tuple[str, ...]:
        """`text` on at most `most` lines of at most `width` pixels; cut with an ellipsis where that is too little."""
        lines: list[str] = []
        text = text[
            : int(most * width)
        ]  # no letter is narrower than a pixel: the rest is never seen
        for word in self._words(text, width):
            longer = f"{lines[-1]} {word}" if lines else word
            if lines and self.width(longer) <= width:
                lines[-1] = longer
            else:
                lines += self._broken(word, width)
        if len(lines) > most:
            lines[most - 1] = self._cut(" ".join(lines[most - 1 :]), width)
        return tuple(lines[:most])

    def _words(self, text: str, width: float) -> list[str]:
        """What `text` may be broken between: blanks, but for those in a `{{ merge.field }}` that fits a line."""
        return [
            word
            for found in _WORD.findall(text)
            for word in ([found] if self.width(found) <= width else found.split())
        ]

    def _broken(self, word: str, width: float) -> list[str]:
        """A word that fits no line, in pieces that do."""
        pieces = [""]
        for c in word:
            if pieces[-1] and self.width(pieces[-1] + c) > width:
                pieces.append("")
            pieces[-1] += c
        return pieces

    def _cut(self, text: str, width: float) -> str:
        while text and self.width(f"{text}…") > width:
            text = text[:-1].rstrip()
        return f"{text}…"


_WORD = re.compile(r"[^\s{]*\{\{[^{}]*\}\}\S*|\S+")


def font_files() -> list[str]:
    """Where the typeface lies, one file for each weight."""
    folder = files("font_roboto") / "files"
    return [str(folder / name) for name in _FILES.values()]


def covers(text: str) -> bool:
    """Whether the typeface has every letter of `text`."""
    return all(ord(c) in _advances(400) for c in text)


@cache
def _advances(weight: int) -> dict[int, float]:
    """Code point → how far a letter reaches, in parts of the size."""
    path = str(files("font_roboto") / "files" / _FILES[weight])
    with TTFont(path, lazy=True) as font:
        unit = font["head"].unitsPerEm
        metrics = font["hmtx"].metrics
        return {code: metrics[name][0] / unit for code, name in font.getBestCmap().items()}


def _roughly(letter: str) -> float:
    return _UNKNOWN_WIDE if east_asian_width(letter) in "WF" else _UNKNOWN
