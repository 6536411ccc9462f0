"""Blocks: whole contents by rule, which `{{ block('hero') }}` puts into a body.

Every content becomes part of the page, each in its branch of an `if`; which of them a contact gets is told by the
merge values. So what inlines CSS and makes plain text sees all of them.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from jinja2 import nodes

from mactl.content.calls import calls_in
from mactl.content.markup import style_elements
from mactl.content.syntax import Problem
from mactl.content.tags import PutAway, Tag
from mactl.validation import did_you_mean

BLOCKS = "_blocks"
"""The name by which a compiled template has the number of the content of each block; none fits: null."""

_CALL = re.compile(r"""\{\{[-+]?\s*block\(\s*(?:'([^']*)'|"([^"]*)")\s*\)\s*[-+]?\}\}""")
_LINE_OF_ITS_OWN = re.compile(rf"(?m)^[ \t]*{_CALL.pattern}[ \t]*(?:\n|\Z)")
_TAG_BEFORE = re.compile(r"(?:-->|<(/?)([a-zA-Z][a-zA-Z0-9-]*)[^<>]*>)\s*\Z|\A\s*\Z")
_CONTAINERS = frozenset(
    """td th div body section article center blockquote li dd main header footer""".split()  # noqa: SIM905
)
_NEAR = 500  # characters before a call in which the tag before it begins


def block_problems(
    tree: nodes.Template, known: Mapping[str, object], *, is_body: bool, is_block: bool
) -> Iterator[Problem]:
    """Calls of `block` that are not as they must be in this part of a template with the `known` blocks."""
    alone = {id(node) for output in tree.find_all(nodes.Output) for node in output.nodes}
    for called in calls_in(tree):
        if called.function != "block":
            continue
        if is_block:
            message = "the content of a block can't hold a block"
            yield Problem("misplaced-block", message, called.line, "write the content out")
        elif not is_body:
            message = "a block stands in a body, not in a line of text"
            yield Problem("misplaced-block", message, called.line, "use {% if … %} here")
        elif id(called.node) not in alone:
            message = "the content of a block can't be worked with"
            hint = f"write {{{{ block('{called.name}') }}}} by itself"
            yield Problem("misplaced-block", message, called.line, hint)
        elif called.name not in known:
            message = f"the template has no block {called.name!r}"
            hint = did_you_mean(called.name, known) or "declare it under `blocks`"
            yield Problem("unknown-block", message, called.line, hint)


def block_of(tag: Tag) -> str | None:
    """The block that `tag` calls; None for any other tag."""
    found = _CALL.fullmatch(tag.text) if tag.kind == "print" else None
    return found and (found[1] or found[2])


def insert_blocks(
    html: str, contents: Mapping[str, Sequence[str]], away: PutAway
) -> tuple[str, list[Problem]]:
    """HTML whose tags are put away with the `contents` of each block, alike, where its call stands.

    A content of one paragraph loses its `<p>` within a sentence. A problem where a call stands in an element's tag.
    """
    problems: list[Problem] = []
    word = away.word.pattern
    place = re.compile(
        rf"""(<p>\s*)?{word}(\s*</p>)?|<!--.*?(?:-->|\Z)|</?[a-zA-Z](?:[^"'<>]|"[^"]*"|'[^']*')*>""",
        re.DOTALL,
    )

    def insert(match: re.Match[str]) -> str:
        if match[2] is None:
            problems.extend(_within_a_tag(match[0], away))
            return match[0]
        before, after, tag = match[1] or "", match[3] or "", away.tag(match[2])
        name = block_of(tag)
        if name is None:
            return match[0]
        if before and after:
            return _branches(name, contents[name], tag, away)
        alone = not before and _stands_alone(html, match.start())
        shown = contents[name] if alone else [_in_a_sentence(content) for content in contents[name]]
        return f"{before}{_branches(name, shown, tag, away)}{after}"

    for start, _, end in style_elements(html):
        problems.extend(_within_a_tag(html[start:end], away))
    for tag in away.tags_in(html):
        if tag.kind == "span" and _CALL.search(tag.text):
            problems.append(_misplaced(tag))
    return place.sub(insert, html), problems


def insert_blocks_in_text(text: str, contents: Mapping[str, Sequence[str]]) -> str:
    """Plain text with the `contents` of each block, plain text as well, where its call stands."""
    text = _LINE_OF_ITS_OWN.sub(partial(_text_branches, contents, end="\n"), text)
    return _CALL.sub(partial(_text_branches, contents, end=""), text)


def _text_branches(contents: Mapping[str, Sequence[str]], match: re.Match[str], *, end: str) -> str:
    name = match[1] or match[2]
    branches = "".join(
        f"{_opening(name, number)}{end}{content.strip()}{end}"
        for number, content in enumerate(contents[name])
    )
    return f"{branches}{{% endif %}}{end}"


def _branches(name: str, contents: Sequence[str], call: Tag, away: PutAway) -> str:
    """The contents, each in its branch; the tags that choose stand where the call stood."""
    written: list[str] = []
    away.part = call.part
    for number, content in enumerate(contents):
        keyword = "elif" if number else "if"
        tag = Tag(_opening(name, number), call.line, "statement", keyword, author=call.text)
        written += [f"<!--{away.keep(tag)}-->", content]
    end = Tag("{% endif %}", call.line, "statement", "endif", author=call.text)
    return "".join([*written, f"<!--{away.keep(end)}-->"])


def _opening(name: str, number: int) -> str:
    quoted = name.replace("\\", "\\\\").replace("'", "\\'")
    return f"{{% {'elif' if number else 'if'} {BLOCKS}['{quoted}'] == {number} %}}"


def _stands_alone(html: str, position: int) -> bool:
    """Whether what stands at `position` is no part of a sentence: first in a container, or after an element."""
    before = _TAG_BEFORE.search(html[max(0, position - _NEAR) : position])
    if before is None:
        return False
    return before[2] is None or bool(before[1]) or before[2].lower() in _CONTAINERS


def _in_a_sentence(html: str) -> str:
    text = html.strip()
    whole = text.count("<p>") == 1 and text.startswith("<p>") and text.endswith("</p>")
    return text[3:-4] if whole else text


def _within_a_tag(markup: str, away: PutAway) -> Iterator[Problem]:
    return (_misplaced(tag) for tag in away.tags_in(markup) if block_of(tag) is not None)


def _misplaced(tag: Tag) -> Problem:
    message = f"{tag.text} stands inside an element's tag or a style"
    return Problem("misplaced-block", message, tag.line, "put it between elements", tag.part)
