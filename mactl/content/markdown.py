"""Markdown → HTML for mail: CommonMark with tables and strikethrough, HTML in an author's own text, and buttons.

A paragraph of one bold link is a button: `**[Renew now]({{ vars.link }})**`. Loops and conditions on lines of
their own may stand around or between list items and table rows.
"""

import re
from collections.abc import Iterator
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING

from mactl.content.markup import Scanner
from mactl.content.syntax import Problem
from mactl.content.tags import PutAway, Tag, split_tags

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_LISTS = {"bullet_list_open": "bullet_list_close", "ordered_list_open": "ordered_list_close"}
_LONGEST_RUN = 500  # of lists and statements that are looked at as one
_INSIDE_A_TARGET = re.compile(r"\]\([^)\s]*\Z|\]:[ \t]*\S*\Z")
_LINE_START = re.compile(r"[\s>]*(?:(?:[-*+]|\d+[.)])\s+)?")
_BUTTON = (
    '<table role="presentation" class="button" cellpadding="0" cellspacing="0" border="0"><tr><td class="button">'
    "{}</td></tr></table>\n"
)


@cache
def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt  # slow to load, and only templates in Markdown need it

    return MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def put_away_markdown(text: str, away: PutAway) -> tuple[str, list[Problem]]:
    """Markdown with its tags put away: comments on lines of their own, else words, in angles where they steer.

    A comment would make the rest of its line HTML; `<word>` is HTML in a line and leaves it Markdown.
    """
    pieces = list(split_tags(text))
    alone = set(_alone_on_their_line(pieces))
    scanner = Scanner(away, markdown=True)
    for index, piece in enumerate(pieces):
        if isinstance(piece, str):
            scanner.data(piece)
        elif not piece.text:
            _drop_line_of_comment(pieces, index, alone)
        elif index in alone:
            scanner.tag(piece)
        else:
            target = _INSIDE_A_TARGET.search("".join(scanner.out[-20:])[-2000:])
            scanner.tag(piece, steering="{}" if target else "<{}>")
    return _rows_for_statements(_link_prints(scanner.finish(), away), away), scanner.problems


def markdown_to_html(text: str, away: PutAway) -> str:
    """The HTML of Markdown whose tags were put away."""
    parser = _parser()
    tokens = _make_buttons(parser, parser.parse(text))
    html: str = parser.renderer.render(_join_lists(tokens, away), parser.options, {})
    html = re.sub(rf"(?:<|&lt;)({away.word.pattern})(?:>|&gt;)", r"<!--\1-->", html)
    row = rf"<tr>\s*<td[^>]*>((?:{away.statement.pattern})+)</td>(?:\s*<td[^>]*></td>)*\s*</tr>"
    return re.sub(row, r"\1", html)


def _link_prints(text: str, away: PutAway) -> str:
    """`<{{ vars.link }}>` as the link that CommonMark makes of `<https://…>`."""

    def link(match: re.Match[str]) -> str:
        printed = away.tag(match[2]).kind == "print"
        return f"[{match[1]}]({match[1]})" if printed else match[0]

    return re.sub(rf"<({away.word.pattern})>", link, text)


def _alone_on_their_line(pieces: list[str | Tag]) -> Iterator[int]:
    """The statements that share their line with nothing but other statements and a list's or quote's mark."""
    line: list[int] = []
    crowded = False
    for index, piece in enumerate([*pieces, "\n"]):
        if isinstance(piece, Tag):
            line.append(index)
            crowded = crowded or piece.kind == "print"
            continue
        head, *rest = piece.split("\n")
        crowded = crowded or not _LINE_START.fullmatch(head)
        if rest:
            yield from line if not crowded else ()
            line, crowded = [], not _LINE_START.fullmatch(rest[-1])


def _drop_line_of_comment(pieces: list[str | Tag], index: int, alone: set[int]) -> None:
    """An empty line where a comment stood would end a paragraph."""
    before, after = pieces[index - 1] if index else "\n", pieces[index + 1 : index + 2]
    own_line = isinstance(before, str) and before.rstrip(" \t").endswith("\n")
    if index in alone and own_line and after and isinstance(after[0], str):
        pieces[index + 1] = after[0].partition("\n")[2]


def _rows_for_statements(text: str, away: PutAway) -> str:
    """Statements between the rows of a table made rows themselves, so that they don't end the table."""
    lines = text.split("\n")
    only_statements = re.compile(rf"\s*(?:{away.statement.pattern}\s*)+")
    start = 0
    while start < len(lines):
        if not lines[start].lstrip().startswith("|"):
            start += 1
            continue
        end, whole, depth = start, start, 0
        while end < len(lines) and depth >= 0:
            line = lines[end]
            if only_statements.fullmatch(line):
                depth += sum(tag.opens - tag.closes for tag in away.tags_in(line))
            elif not line.lstrip().startswith("|"):
                break
            end += 1
            whole = end if depth == 0 else whole
        for number in range(start, whole):
            if only_statements.fullmatch(lines[number]):
                lines[number] = f"| {lines[number].strip()} |"
        start = end
    return "\n".join(lines)


def _make_buttons(parser: "MarkdownIt", tokens: "list[Token]") -> "list[Token]":
    from markdown_it.token import Token

    made: list[Token] = []
    for token in tokens:
        made.append(token)
        if token.type != "paragraph_close" or made[-2].type != "inline":
            continue
        link = _only_bold_link(made[-2].children or [])
        if link:
            link[0].attrJoin("class", "button")
            html = parser.renderer.render(
                [Token("inline", "", 0, children=link)], parser.options, {}
            )
            made[-3:] = [
                Token("html_block", "", 0, content=_BUTTON.format(html), level=token.level)
            ]
    return made


def _only_bold_link(children: "list[Token]") -> "list[Token] | None":
    """The link that is all there is between `**` and `**`, if it is."""
    children = [child for child in children if child.type != "text" or child.content]
    if len(children) < 4:
        return None
    kinds = [child.type for child in children]
    bold = kinds[:2] == ["strong_open", "link_open"] and kinds[-2:] == [
        "link_close",
        "strong_close",
    ]
    return children[1:-1] if bold and kinds.count("link_open") == 1 else None


def _join_lists(tokens: "list[Token]", away: PutAway) -> "list[Token]":
    """Lists with statements around or between them made one list, where the statements are balanced."""
    joined: list[Token] = []
    position = 0
    while position < len(tokens):
        run = list(islice(_run_at(tokens, position, away), _LONGEST_RUN))
        length = _whole_part(run, tokens, away)
        part, position = run[:length], position + 1
        lists = [span for span in part if tokens[span.start].type in _LISTS]
        if not lists or len(part) == 1:
            joined.append(tokens[position - 1])
            continue
        joined.append(tokens[lists[0].start])
        for span in part:
            inside = span[1:-1] if span in lists else span
            joined += _join_lists([tokens[index] for index in inside], away)
        joined.append(tokens[lists[-1].stop - 1])
        position = part[-1].stop
    return joined


def _run_at(tokens: "list[Token]", position: int, away: PutAway) -> Iterator[range]:
    """Statements and lists of one kind that follow each other from `position` on."""
    kind: tuple[str, str] | None = None
    while position < len(tokens):
        token = tokens[position]
        end = position + 1
        if token.type in _LISTS:
            if kind not in (None, (token.type, token.markup)):
                return
            kind = (token.type, token.markup)
            while (tokens[end].type, tokens[end].level) != (_LISTS[token.type], token.level):
                end += 1
            end += 1
        elif token.type != "html_block" or away.statement.sub("", token.content).strip():
            return
        yield range(position, end)
        position = end


def _whole_part(run: list[range], tokens: "list[Token]", away: PutAway) -> int:
    """How many of `run` from its start make a balanced whole; 0 where that is one condition around it all.

    `<ul>` inside a false condition would stay as an empty list; a loop belongs inside, or it makes many lists.
    """
    whole = first_closed = depth = 0
    conditional = False
    for count, span in enumerate(run, 1):
        token = tokens[span.start]
        tags = away.tags_in(token.content) if token.type not in _LISTS else []
        if count == 1 and tags:
            conditional = tags[0].opens and tags[0].keyword != "for"
        for tag in tags:
            depth += tag.opens - tag.closes
            if depth < 0 or (depth == 0 and tag.continues):
                return 0 if conditional and whole == first_closed else whole
        if depth == 0:
            whole, first_closed = count, first_closed or count
    return 0 if conditional and whole == first_closed else whole
