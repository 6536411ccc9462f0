"""HTML → plain text, once per template: the tags in it are put away and come back in the text.

`Book a demo (https://…)` in a sentence, `Book a demo: https://…` where the link stands alone; headings underlined,
lists marked, quotes with `>`; nothing of what only lays out.
"""

import re
from dataclasses import dataclass
from html.parser import HTMLParser

from mactl.content.tags import PutAway

_SKIPPED = frozenset(("head", "style", "script", "title", "template", "svg", "object"))
# An empty line goes around these; the others in a page end the line.
_PARAGRAPHS = frozenset(
    """p h1 h2 h3 h4 h5 h6 ul ol dl pre blockquote table address figure form fieldset section article
    center""".split()  # noqa: SIM905
)
_LINES = frozenset(
    """div li dt dd tr td th caption header footer main nav aside figcaption body""".split()  # noqa: SIM905
)
_UNDERLINED = {"h1": "=", "h2": "-"}
_WIDEST = 70
_HIDDEN = re.compile(r"display\s*:\s*none|mso-hide\s*:\s*all", re.IGNORECASE)
_WHITE = re.compile(r"[ \t\r\n\f]+")
_WHITE_BUT_BREAKS = re.compile(r"[ \t\r\f]+")
_NOT_SHOWN = str.maketrans("", "", "\u034f\u200b\u200c\u2060\ufeff\u00ad")


def html_to_text(html: str, away: PutAway) -> str:
    """The plain text of a well-formed page whose tags were put away; they stand in the text as in the page."""
    writer = _Writer(away)
    writer.feed(html)
    writer.close()
    return tidy(writer.text())


def tidy(text: str) -> str:
    """`text` without blanks at the ends of lines, one empty line at most in a row, one newline at the end."""
    tidied = "\n".join([line.rstrip(" \t") for line in text.split("\n")])
    if "\n\n\n" in tidied:
        tidied = re.sub(r"\n{3,}", "\n\n", tidied)
    return tidied.strip() + "\n"


@dataclass(frozen=True, slots=True)
class _Link:
    """A link in running text."""

    label: str
    href: str

    def write(self, *, alone: bool) -> str:
        """How it reads in a sentence, or in a line of its own."""
        bare = re.sub(r"^(?:https?://|mailto:|tel:)", "", self.href)
        if not self.href or self.href.startswith("#"):
            return self.label
        if self.label in ("", self.href, bare, bare.rstrip("/")):
            return self.label or self.href
        target = self.href if self.href.startswith("http") else bare
        return f"{self.label}: {target}" if alone else f"{self.label} ({target})"


class _Writer(HTMLParser):
    def __init__(self, away: PutAway) -> None:
        super().__init__(convert_charrefs=True)
        self._away = away
        self._out: list[str] = []
        self._line: list[str | _Link] = []
        self._gap = True  # whether an empty line, or the start, is the last thing written
        self._gap_at = 0
        self._skipped = ""  # the element whose content is not shown, and how often it is open
        self._skipped_depth = 0
        self._links: list[tuple[str, int]] = []  # target, and where in the line its label starts
        self._lists: list[int | None] = []  # the number of the next item; None: items have a dash
        self._prefixes: list[str] = []
        self._mark = ""  # of a list's item that has no text yet
        self._preformatted = False
        self._data_tables: list[bool] = []  # whether each open table has headings
        self._cells = 0
        self._headings = False  # whether the row has headings

    def text(self) -> str:
        self._flush()
        return "".join(self._out)

    def handle_comment(self, data: str) -> None:
        # A tag steers wherever it stands, also in what isn't shown.
        if self._away.word.fullmatch(data):
            (self._out if self._skipped else self._line).append(f"<!--{data}-->")
            if self._lists:
                self._lists[-1] = None  # nobody can count items that come and go

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._skipped:
            self._skipped_depth += tag == self._skipped
            return
        attributes = {name: value or "" for name, value in attrs}
        if tag in _SKIPPED or (_HIDDEN.search(attributes.get("style", "")) and tag != "img"):
            self._skipped, self._skipped_depth = tag, 1
        elif tag == "br":
            self._line.append("\n")
        elif tag == "hr":
            self._end_line(gap=True)
            self._write_line("-" * 20)
            self._end_line(gap=True)
        elif tag == "img":
            self._line.append(attributes.get("alt", ""))
        elif tag == "a":
            self._links.append((attributes.get("href", "").strip(), len(self._line)))
        elif tag in ("td", "th") and self._data_tables:
            self._start_cell(tag)
        elif tag in _PARAGRAPHS or tag in _LINES:
            self._end_line(gap=tag in _PARAGRAPHS and not self._lists)
            self._start_block(tag, attributes)

    def handle_endtag(self, tag: str) -> None:
        if self._skipped:
            self._skipped_depth -= tag == self._skipped
            self._skipped = self._skipped if self._skipped_depth else ""
        elif tag == "a" and self._links:
            href, start = self._links.pop()
            label = _WHITE.sub(" ", "".join(map(_in_a_sentence, self._line[start:]))).strip()
            self._line[start:] = [_Link(label, href)]
        elif tag in ("td", "th") and self._data_tables and self._data_tables[-1]:
            pass
        elif tag in _PARAGRAPHS or tag in _LINES:
            self._end_block(tag)

    def handle_data(self, data: str) -> None:
        if not self._skipped:
            shown = data.translate(_NOT_SHOWN)
            self._line.append(shown if self._preformatted else _WHITE.sub(" ", shown))

    def _start_cell(self, tag: str) -> None:
        """Cells of a table with headings share a line; others only lay out."""
        self._headings = self._headings or tag == "th"
        self._data_tables[-1] = self._data_tables[-1] or self._headings
        if not self._data_tables[-1]:
            self._end_line(gap=False)
        elif self._cells:
            self._line.append(" | ")
        self._cells += 1

    def _start_block(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "ul":
            self._lists.append(None)
        elif tag == "ol":
            start = attributes.get("start", "1")
            self._lists.append(int(start) if start.isdecimal() else 1)
        elif tag == "li":
            self._start_item()
        elif tag == "blockquote":
            self._prefixes.append("> ")
        elif tag == "pre":
            self._preformatted = True
        elif tag == "table":
            self._data_tables.append(False)
        elif tag == "tr":
            self._cells, self._headings = 0, False

    def _start_item(self) -> None:
        number = self._lists[-1] if self._lists else None
        self._mark = "- " if number is None else f"{number}. "
        if number is not None:
            self._lists[-1] = number + 1
        self._prefixes.append(" " * len(self._mark))

    def _end_block(self, tag: str) -> None:
        written = self._flush()
        mark = "-" if tag == "tr" and self._headings else _UNDERLINED.get(tag)
        if mark and written:
            self._write_line(mark * self._width(written))
        self._preformatted = self._preformatted and tag != "pre"
        if tag in ("ul", "ol") and self._lists:
            self._lists.pop()
        elif tag in ("li", "blockquote") and self._prefixes:
            self._prefixes.pop()
            self._mark = ""
            if self._gap and self._gap_at < len(self._out):  # it belongs below the quote, not in it
                self._out[self._gap_at] = "".join(self._prefixes).rstrip() + "\n"
        elif tag == "table" and self._data_tables:
            self._data_tables.pop()
        self._end_line(gap=tag in _PARAGRAPHS and not self._lists)

    def _width(self, heading: str) -> int:
        """How wide a heading is likely to be once its values are in it."""
        tags = self._away.tags_in(heading)
        shown = self._away.word.sub("", self._away.statement.sub("", heading))
        return min(max(len(shown) + 10 * sum(tag.kind == "print" for tag in tags), 3), _WIDEST)

    def _end_line(self, *, gap: bool) -> None:
        self._flush()
        if gap and not self._gap:
            self._gap, self._gap_at = True, len(self._out)
            self._out.append("".join(self._prefixes).rstrip() + "\n")

    def _flush(self) -> str:
        """Write what the line holds; what only steers goes out without a line of its own."""
        pieces, self._line = self._line, []
        self._links = [
            (href, 0) for href, _ in self._links
        ]  # a link around blocks ends with its address
        shown = [
            p for p in pieces if isinstance(p, _Link) or self._away.statement.sub("", p).strip()
        ]
        if not shown:
            self._out += [
                p for p in pieces if isinstance(p, str) and self._away.statement.fullmatch(p)
            ]
            return ""
        alone = len(shown) == 1 and not self._preformatted
        text = "".join(p.write(alone=alone) if isinstance(p, _Link) else p for p in pieces)
        if not self._preformatted:
            text = re.sub(r" ?\n ?", "\n", _WHITE_BUT_BREAKS.sub(" ", text.replace("\u00a0", " ")))
            # A blank on both sides of a tag would be two when it prints nothing.
            text = re.sub(rf"( (?:{self._away.statement.pattern})+) ", r"\1", text)
            text = text.strip()
        self._write_line(text.strip("\n"))
        return text

    def _write_line(self, text: str) -> None:
        prefix = "".join(self._prefixes)
        first = prefix[: len(prefix) - len(self._mark)] + self._mark if self._mark else prefix
        self._mark = ""
        self._out.append(first + text.replace("\n", "\n" + prefix) + "\n")
        self._gap = False


def _in_a_sentence(piece: str | _Link) -> str:
    return piece.write(alone=False) if isinstance(piece, _Link) else piece
