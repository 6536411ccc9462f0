"""Jinja's tags, put away while a template goes through Markdown and HTML tools, and put back afterwards.

Those tools know nothing of Jinja: they would escape its operators, move it out of tables and read its bars and
underscores as Markdown. So each tag becomes a comment where it steers and a word where it prints, and comes back
when they are done.
"""

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from mactl.content.sandbox import HTML

Kind = Literal["print", "statement", "span"]

_OPENS = frozenset(("if", "for", "macro", "call", "filter", "with"))
_BETWEEN = frozenset(("else", "elif"))
_BARE = {"variable_begin": "{{", "variable_end": "}}", "block_begin": "{%", "block_end": "%}"}
# A literal brace pair, decoded from an entity or taken from a raw block, must not become a tag.
_LITERAL_BRACES = re.compile(r"\{(?=[{%#])")
_ESCAPED_BRACE = "{{'{'}}"


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag in line `line`, without its marks for blanks; a span is author's text that holds several."""

    text: str
    line: int
    kind: Kind
    keyword: str = ""
    """Of a statement: `if`, `else`, `endif`, …; `setblock` for the `set` that has an end."""
    part: int = 0
    """In which of the texts that are put away together it stands, counted from 0."""
    author: str = ""
    """What the author wrote, where this tag was made from it."""

    @property
    def shown(self) -> str:
        """The tag as its author knows it."""
        return self.author or self.text.strip()

    @property
    def opens(self) -> bool:
        """Whether an `end…` belongs to it."""
        return self.keyword in _OPENS or self.keyword == "setblock"

    @property
    def continues(self) -> bool:
        """Whether it is an `else` or `elif`."""
        return self.keyword in _BETWEEN

    @property
    def closes(self) -> bool:
        """Whether it is an `end…`."""
        return self.keyword.startswith("end")


Lines = tuple[tuple[int, int, int], ...]
"""A line in a template's final text, the line that its author wrote (0 for text of our own), and in which part."""


def split_tags(text: str) -> Iterator[str | Tag]:
    """Text and tags in turn; a comment of Jinja's is a statement without text, raw blocks are text.

    `text` has been parsed before: raises TemplateSyntaxError where it isn't Jinja.
    """
    opened: list[str] = []
    begin, keyword, assigns = 0, "", False
    for line, token, value in HTML.lex(text):
        if token == "data" and not opened:
            yield value
        elif token == "comment_begin":
            yield Tag("", line, "statement")
        elif token not in ("raw_begin", "raw_end", "comment", "comment_end"):
            if not opened:
                begin, keyword, assigns = line, "", False
            # The lexer took the blanks that `-` takes; written out again it would take others.
            opened.append(_BARE.get(token, value))
            keyword = keyword or (value if token == "name" else "")
            assigns = assigns or (token == "operator" and value == "=")
            if token == "variable_end":
                yield Tag("".join(opened), begin, "print")
                opened = []
            elif token == "block_end":
                keyword = "setblock" if keyword == "set" and not assigns else keyword
                yield Tag("".join(opened), begin, "statement", keyword)
                opened = []


class PutAway:
    """The tags of one template, by the words that stand for them."""

    def __init__(self, text: str) -> None:
        """`text` is what is put away first: it makes the words unlike any that it holds."""
        self.part = 0
        """Which part the tags are from that are put away now."""
        self.prefix = "jz" + hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:10]
        self._tags: list[Tag] = []
        word = rf"{self.prefix}n(\d+)z"
        self.word = re.compile(word)
        self.statement = re.compile(rf"<!--{word}-->")
        self._anywhere = re.compile(
            rf'--{word}: ?0|<!--{word}-->|&lt;!--{word}--&gt;|{word}(?:="")?'
        )

    def keep(self, tag: Tag) -> str:
        """The word that stands for `tag` from now on."""
        self._tags.append(replace(tag, part=self.part) if self.part else tag)
        return f"{self.prefix}n{len(self._tags) - 1}z"

    def tag(self, number: str | int) -> Tag:
        """The tag that the word with this number stands for."""
        return self._tags[int(number)]

    def tags_in(self, text: str) -> list[Tag]:
        """What the words in `text` stand for, in order, repeated where they repeat."""
        return [self._tags[int(match[1])] for match in self.word.finditer(text)]

    def back_to_html(self, html: str) -> tuple[str, Lines]:
        """`html` with its tags back in their places, and which line of the author's each line is."""
        return self._back(html, lambda tag: tag.text)

    def back_to_text(self, text: str) -> tuple[str, Lines]:
        """Plain text with its tags back; they take no whitespace with them, since the text was set without them."""
        return self._back(text, _untrimmed)

    def _back(self, text: str, written: Callable[[Tag], str]) -> tuple[str, Lines]:
        out: list[str] = []
        lines: list[tuple[int, int, int]] = []
        position, line, taken = 0, 1, 0
        for match in self._anywhere.finditer(text):
            before = _LITERAL_BRACES.sub(_ESCAPED_BRACE, text[position : match.start()])
            tag = self._tags[int(next(filter(None, match.groups())))]
            tagged = written(tag)
            line += before.count("\n")
            if line == taken and tag.kind != "span":
                # A line of its own inside the braces tells this tag's errors from its neighbour's.
                opening = 3 if tagged.startswith("{%+") else 2
                tagged = f"{tagged[:opening]}\n{tagged[opening:]}"
                lines.append((line + 1, tag.line, tag.part))
            else:
                lines.append((line, tag.line, tag.part))
            line += tagged.count("\n")
            taken = line
            out += (before, tagged)
            position = match.end()
        out.append(_LITERAL_BRACES.sub(_ESCAPED_BRACE, text[position:]))
        return "".join(out), tuple(lines)


def _untrimmed(tag: Tag) -> str:
    if tag.kind == "span":
        return ""
    return f"{{%+{tag.text[2:-2]}+%}}" if tag.kind == "statement" else tag.text
