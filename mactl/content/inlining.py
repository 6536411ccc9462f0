"""CSS moved from style elements into style attributes, once, while a template's tags are put away."""

import re
from collections import Counter

import css_inline

from mactl.content.markup import CLOSE_WHAT_YOU_OPEN, IGNORE_STYLE, style_elements
from mactl.content.syntax import Problem
from mactl.content.tags import PutAway, Tag

# Neither files nor addresses are read: recipes may come from strangers.
_INLINER = css_inline.CSSInliner(
    load_remote_stylesheets=False,
    base_url=None,
    keep_link_tags=True,
    keep_at_rules=True,
    keep_style_tags=True,
    remove_inlined_selectors=True,
)
# No < outside quotes: an author's markup that never ends would be searched again from each of them.
_ELEMENT_TAG = re.compile(r"""</?[a-zA-Z](?:[^"'<>]|"[^"]*"|'[^']*')*>""")
_TAGS_AND_COMMENTS = re.compile(
    r"""<!--(.*?)(?:-->|\Z)|<(/?)([a-zA-Z][^\s/>]*)(?:[^"'<>]|"[^"]*"|'[^']*')*>""", re.DOTALL
)
_DEEPEST = 200  # some thousands overflow the stack of the HTML parser below css-inline
# These end where the next of their kind begins, so that they nest no deeper than what holds them.
_ENDED_BY_NEXT = frozenset(
    """p li dt dd tr td th thead tbody tfoot option""".split()  # noqa: SIM905
)
_VOID = frozenset(
    """area base br col embed hr img input link meta param source track wbr""".split()  # noqa: SIM905
)


def inline_css(html: str, away: PutAway) -> tuple[str, list[Problem]]:
    """A page with its rules in style attributes; rules that only style elements can hold stay there.

    Rules see the template, not the message: `:last-child` holds for every turn of a loop's last row, and a class
    that is chosen by a tag matches nothing. A problem where HTML's own rules lost or moved a tag: text inside a
    table but outside its cells, say.
    """
    if _depth(html) > _DEEPEST:
        message = f"more than {_DEEPEST} elements stand within each other"
        return html, [Problem("too-deep", message, 1, "close what you open, and flatten the rest")]
    try:
        page: str = _INLINER.inline(html)
    except (css_inline.InlineError, ValueError) as wrong:
        hint = 'look for a declaration without a colon or a value: style="color"'
        return html, [Problem("css-syntax", f"the CSS can't be read: {wrong}", 1, hint)]
    page = page.replace(IGNORE_STYLE, "").replace("<style></style>", "")
    moved = _first_moved(html, page, away)
    if moved and not moved.line:  # a tag of our layout
        message = "a comment, a style or a table that the body opens swallows the rest of the page"
        return page, [Problem("unbalanced-markup", message, 1, "close what you open")]
    if moved:
        message = f"{moved.shown} stands where HTML allows no text"
        hint = "put it inside an element: in a table's cell, not between rows"
        return page, [Problem("misplaced-tag", message, moved.line, hint, moved.part)]
    opener = _first_unbalanced(page, away)
    if opener:
        message = (
            f"what {opener.shown} holds does not fit in where it stands"
            if opener.author
            else f"a branch of {opener.shown} opens an element that it leaves open, or closes one too many"
        )
        hint = "put it on a line of its own" if opener.author else CLOSE_WHAT_YOU_OPEN
        return page, [Problem("unbalanced-markup", message, opener.line, hint, opener.part)]
    return page, []


def _depth(html: str) -> int:
    """How many elements are open at once, at most; a tag that is never closed stays open."""
    depth = deepest = 0
    for _, closing, element in _TAGS_AND_COMMENTS.findall(_without_styles(html)):
        name = element.lower()
        if name and name not in _VOID and name not in _ENDED_BY_NEXT:
            depth = max(depth - 1, 0) if closing else depth + 1
            deepest = max(deepest, depth)
    return deepest


def _without_styles(html: str) -> str:
    kept, position = [], 0
    for start, _, end in style_elements(html):
        kept.append(html[position:start])
        position = end
    return "".join([*kept, html[position:]])


def _first_moved(before: str, after: str, away: PutAway) -> Tag | None:
    before, after = _without_styles(before), _without_styles(after)
    # Attributes may be put in another order; what stands between elements may not.
    was = away.tags_in(_ELEMENT_TAG.sub("", before))
    now = away.tags_in(_ELEMENT_TAG.sub("", after))
    for index, tag in enumerate(was):
        if index >= len(now):
            return tag
        if now[index] is not tag:  # a word moves out of a table to before it, a comment stays
            return now[index] if now[index].kind == "print" else tag
    lost = Counter(map(id, away.tags_in(before)))
    lost.subtract(map(id, away.tags_in(after)))
    return next((tag for tag in away.tags_in(before) if lost[id(tag)] > 0), None)


def _first_unbalanced(page: str, away: PutAway) -> Tag | None:
    """The first tag with a branch in which as many elements are not closed as opened.

    The page is well-formed by now: whatever HTML adds for an author it has added, within a branch if it must.
    """
    depth = 0
    open_blocks: list[tuple[Tag, int]] = []
    for comment, closing, element in _TAGS_AND_COMMENTS.findall(_without_styles(page)):
        if element:
            depth += -1 if closing else element.lower() not in _VOID
            continue
        word = away.word.fullmatch(comment)
        if word is None:
            continue
        tag = away.tag(word[1])
        if tag.opens:
            open_blocks.append((tag, depth))
        elif open_blocks and (tag.continues or tag.closes):
            opener, at = open_blocks[-1]
            if depth != at:
                return opener
            if tag.closes:
                open_blocks.pop()
    return None
