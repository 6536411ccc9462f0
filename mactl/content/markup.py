"""Where in HTML a template's tags stand, which says how they are put away."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import Enum, auto

from mactl.content.syntax import Problem
from mactl.content.tags import PutAway, Tag, split_tags

_RAW_TEXT = frozenset(("style", "script", "title", "textarea"))
_IN_TEXT = re.compile(r"<!--|<(/?)([a-zA-Z][^\s/>]*)")
_IN_TAG = re.compile(r"""([^\s"'<>/=]*)\s*=\s*(["']?)|[>"'<]""")
_BLANK_LINE = re.compile(r"\n[ \t]*\n")
_END_OF_BARE_VALUE = re.compile(r"[\s>]")
_STYLE_OPENING = re.compile(r"<style\b[^<>]*>", re.IGNORECASE)
_BEFORE_A_VALUE = re.compile(r":[^;{}]*\Z")
# HTML supplies a table's body where its author leaves it out, but after the tag, inside the loop.
_ROWS_IN_TABLE = re.compile(
    r"""(<table\b(?:[^"'<>]|"[^"]*"|'[^']*')*>|</thead\s*>)(?=\s*(?:<!--jz\w+-->\s*)+<tr\b)""",
    re.IGNORECASE,
)
CLOSE_WHAT_YOU_OPEN = (
    "close in each branch what it opens, or choose within an attribute, as in "
    'class="{% if … %}a{% else %}b{% endif %}"'
)
IGNORE_STYLE = ' data-css-inline="ignore"'


class _State(Enum):
    TEXT = auto()
    TAG = auto()
    VALUE = auto()
    COMMENT = auto()
    RAW_TEXT = auto()


@dataclass(slots=True)
class _Capture:
    """Author's text that is put away whole: from which piece of the output on; `line` is its first tag's."""

    start: int
    line: int = 0
    blocks: int = 0


@dataclass(slots=True)
class Scanner:
    """Follows HTML (or Markdown with HTML in it) from tag to tag; `out` is the text with words for tags."""

    away: PutAway
    markdown: bool = False
    out: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    _line: int = 1
    _state: _State = _State.TEXT
    _element: str = ""
    _closing: bool = False
    _quote: str = ""
    _style: _Capture | None = None
    _span: _Capture | None = None

    def data(self, text: str) -> None:
        """Pass over author's text."""
        position = 0
        while position < len(text):
            # What is put away of a style comes back between double quotes.
            quotes = '"' if self._style and self._quote == "'" else ""
            end = self._step(text, position)
            passed = text[position:end]
            self._line += passed.count("\n")
            self.out.append(passed.replace(quotes, "&quot;") if quotes else passed)
            if self._style and self._state is not _State.VALUE:
                self._close_style(self._style)
            position = end

    def tag(self, tag: Tag, steering: str = "<!--{}-->") -> None:
        """Pass over a tag; `steering` is the form that one which prints nothing takes in running text."""
        self._line = tag.line + tag.text.count("\n")
        if not tag.text:  # a comment of Jinja's
            return
        if self._state is _State.TAG and tag.opens and not self._span:
            # Attributes by choice: HTML would drop the second of two alike, so all go together.
            self._span = _Capture(len(self.out), tag.line)
        if self._span:
            self.out.append(tag.text)
            self._span.blocks += tag.opens - tag.closes
            if self._span.blocks == 0:
                self._close_span(self._span)
        elif self._style:
            self.out.append(tag.text)
            self._style.line = self._style.line or tag.line
        else:
            word = self.away.keep(tag)
            steers = tag.kind == "statement" and self._state is _State.TEXT
            self.out.append(steering.format(word) if steers else word)

    def finish(self) -> str:
        """The text with words for its tags."""
        if self._span:
            self._crosses_a_tag(self._span)
        return "".join(self.out)

    def _crosses_a_tag(self, span: _Capture) -> None:
        message = "this starts inside an element's tag and ends outside it"
        self.problems.append(Problem("unbalanced-markup", message, span.line, CLOSE_WHAT_YOU_OPEN))

    def _report_stray(self, character: str, lines_below: int) -> None:
        if not self.markdown and all(p.id != "markup-syntax" for p in self.problems):
            message = f"a {character} stands inside an element's tag"
            hint = "a > or a quote is missing before it; in text write &lt; and &quot;"
            self.problems.append(Problem("markup-syntax", message, self._line + lines_below, hint))

    def _step(self, text: str, position: int) -> int:
        """Move to the next change of state in `text`; the position after it."""
        match self._state:
            case _State.TEXT:
                return self._in_text(text, position)
            case _State.TAG:
                return self._in_tag(text, position)
            case _State.VALUE:
                return self._in_value(text, position)
            case _State.COMMENT:
                found = text.find("-->", position)
                if found < 0:
                    return len(text)
                self._state = _State.TEXT
                return found + 3
            case _State.RAW_TEXT:
                return self._in_raw_text(text, position)

    def _in_text(self, text: str, position: int) -> int:
        found = _IN_TEXT.search(text, position)
        if found is None:
            return len(text)
        if found[0] == "<!--":
            self._state = _State.COMMENT
        elif found[2]:
            self._state = _State.TAG
            if "<" in found[2]:
                self._report_stray("<", text.count("\n", position, found.start()))
            self._element, self._closing = found[2].lower(), bool(found[1])
        return found.end()

    def _in_raw_text(self, text: str, position: int) -> int:
        ending = re.compile(rf"</{self._element}(?=[\s/>])", re.IGNORECASE)
        found = ending.search(text, position)
        if found is None:
            return len(text)
        self._state, self._closing = _State.TAG, True
        return found.end()

    def _in_tag(self, text: str, position: int) -> int:
        blank = _BLANK_LINE.search(text, position) if self.markdown else None
        found = _IN_TAG.search(text, position)
        if blank and (found is None or blank.start() < found.start()):
            self._state = _State.TEXT  # a lone < in Markdown
            return blank.end()
        if found is None:
            return len(text)
        if found[0] == ">":
            self._end_tag()
        elif found[0] in ("<", '"', "'"):
            self._report_stray(found[0], text.count("\n", position, found.start()))
        else:
            self._state, self._quote = _State.VALUE, found[2]
            if found[1].lower() == "style" and not self._span:
                self._style = _Capture(len(self.out) + 1)
        return found.end()

    def _end_tag(self) -> None:
        if self._span:
            self._crosses_a_tag(self._span)
            self._span = None
        opens_raw_text = self._element in _RAW_TEXT and not self._closing
        self._state = _State.RAW_TEXT if opens_raw_text else _State.TEXT

    def _in_value(self, text: str, position: int) -> int:
        if self._quote:
            found = text.find(self._quote, position)
            if found < 0:
                return len(text)
            self._state = _State.TAG
            return found + 1
        end = _END_OF_BARE_VALUE.search(text, position)
        if end is None:
            return len(text)
        self._state = _State.TAG
        return end.start()

    def _close_style(self, capture: _Capture) -> None:
        """Put away a style attribute with tags whole: css-inline writes the rules before it, where they yield."""
        self._style = None
        if capture.line:
            value = "".join(self.out[capture.start :]).removesuffix(self._quote)
            word = self.away.keep(Tag(value, capture.line, "span"))
            self.out[capture.start :] = [f"--{word}:0{self._quote}"]

    def _close_span(self, capture: _Capture) -> None:
        self._span = None
        written = "".join(self.out[capture.start :])
        self.out[capture.start :] = [self.away.keep(Tag(written, capture.line, "span"))]


def put_away_html(text: str, away: PutAway, *, ours: bool = False) -> tuple[str, list[Problem]]:
    """HTML with comments and words for its tags; `ours` where no author wrote it and its lines mean nothing."""
    scanner = Scanner(away)
    for piece in split_tags(text):
        if isinstance(piece, str):
            scanner.data(piece)
        else:
            scanner.tag(Tag(piece.text, 0, piece.kind, piece.keyword) if ours else piece)
    return settle_html(scanner.finish(), away), scanner.problems


def settle_html(html: str, away: PutAway) -> str:
    """HTML whose tags are put away, made so that what parses it moves none of them and inlines no CSS by choice."""
    return _spare_styles(_ROWS_IN_TABLE.sub(r"\1<tbody>", html), away)


def stray_markup(html: str, away: PutAway) -> list[Problem]:
    """What stands inside elements' tags and shouldn't, in HTML whose tags are put away; in its line 1."""
    scanner = Scanner(away)
    scanner.data(html)
    return [replace(problem, line=1) for problem in scanner.problems]


def style_elements(html: str) -> Iterator[tuple[int, int, int]]:
    """Of each style element: where it starts, where its content starts, and where that ends."""
    lower, position = html.lower(), 0
    while opening := _STYLE_OPENING.search(html, position):
        end = lower.find("</style", opening.end())
        end = len(html) if end < 0 else end
        yield opening.start(), opening.end(), end
        position = end


def _spare_styles(html: str, away: PutAway) -> str:
    """`html` with the style elements marked to be left as they are whose tags do more than print a value."""
    out: list[str] = []
    position = 0
    for start, content, end in style_elements(html):
        if not _only_prints_values(html[content:end], away):
            out += (html[position : start + len("<style")], IGNORE_STYLE)
            position = start + len("<style")
    return "".join([*out, html[position:]])


def _only_prints_values(css: str, away: PutAway) -> bool:
    return all(
        away.tag(word[1]).kind == "print" and _BEFORE_A_VALUE.search(css, 0, word.start())
        for word in away.word.finditer(css)
    )
