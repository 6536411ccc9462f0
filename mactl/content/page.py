"""The page of a template: its body and the contents of its blocks as one HTML, laid out, its tags put away."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from mactl.content.blocks import insert_blocks
from mactl.content.inlining import inline_css
from mactl.content.layout import (
    BODY,
    FOOT,
    HIDDEN_PREHEADER,
    drop_inlined,
    insert_preheader,
    is_whole_page,
    lay_out,
)
from mactl.content.markdown import markdown_to_html, put_away_markdown
from mactl.content.markup import put_away_html, stray_markup
from mactl.content.mjml import mjml_to_html
from mactl.content.names import find_uses
from mactl.content.parts import Part, Written
from mactl.content.sandbox import HTML
from mactl.content.syntax import Problem
from mactl.content.tags import PutAway

LARGEST = 2 * 1024 * 1024
"""The longest page, in characters, that a body and its blocks may come to."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page with its tags put away and its CSS inlined; `is_authors` where it needed none of our layout."""

    html: str
    body: str
    """What plain text is made of: the page down to our footer."""
    blocks: dict[str, list[str]]
    """The contents of each block, not inlined."""
    away: PutAway
    is_authors: bool


def parts_of_page(written: Written) -> list[Part]:
    """The texts that become one page, in the order in which tags count them: the body, then the blocks' contents."""
    assert written.body is not None
    return [written.body, *(part for contents in written.blocks.values() for part in contents)]


def make_page(written: Written, locale: str) -> tuple[Page, list[Problem]]:
    """The page of a template that has a body and was parsed before; it is not whole where there are problems."""
    parts = parts_of_page(written)
    away = PutAway("\n".join(part.text for part in parts))
    contents: list[str] = []
    problems: list[Problem] = []
    for number, part in enumerate(parts):
        content, found = _put_away(part, away, number)
        found += [] if found or not number else list(_block_problems(content, part, parts[0]))
        contents.append(content)
        problems += [replace(problem, part=number) for problem in found]
    away.part = 0
    numbers = iter(range(1, len(parts)))
    blocks = {
        name: [contents[next(numbers)] for _ in many] for name, many in written.blocks.items()
    }
    if problems:
        return Page("", "", blocks, away, False), problems
    content, problems = _assemble(parts[0], contents[0], blocks, away, locale)
    if len(content) > LARGEST:
        message = "the body with all its blocks is longer than 2 MiB"
        problems.append(Problem("template-too-large", message, 1))
    if problems:
        return Page("", "", blocks, away, False), problems
    return _lay_out(written, content, blocks, away, locale)


def uses_unsubscribe(part: Part) -> bool:
    """Whether a part names `unsubscribe_url`."""
    return any(use.path == "unsubscribe_url" for use in find_uses(HTML.parse(part.text)))


def _put_away(part: Part, away: PutAway, number: int) -> tuple[str, list[Problem]]:
    """The part as HTML (MJML as it is) with its tags put away."""
    away.part = number
    if part.format in ("html", "mjml"):
        return put_away_html(part.text, away)
    markdown, problems = put_away_markdown(part.text, away)
    content = markdown_to_html(markdown, away)
    problems += stray_markup(content, away)
    lost = _first_lost(markdown, content, away)
    return content, [*problems, lost] if lost else problems


def _block_problems(content: str, part: Part, body: Part) -> Iterator[Problem]:
    if part.format == "mjml" and body.format != "mjml":
        message = "the content of a block can be MJML where the body is MJML too"
        yield Problem("template-format", message, 1, "write it as .md or .html")
    if is_whole_page(content) or "<mjml" in content.lower():
        message = "the content of a block is no page of its own"
        yield Problem("misplaced-tag", message, 1, "leave <html>, <body> and <mjml> out")


def _assemble(
    body: Part, content: str, blocks: dict[str, list[str]], away: PutAway, locale: str
) -> tuple[str, list[Problem]]:
    """The body as HTML with its blocks in it; MJML goes into MJML before that becomes HTML."""
    content, problems = insert_blocks(content, blocks, away)
    if problems or body.format != "mjml" or len(content) > LARGEST:
        return content, problems
    return mjml_to_html(content, away, locale=locale)


def _lay_out(
    written: Written, content: str, blocks: dict[str, list[str]], away: PutAway, locale: str
) -> tuple[Page, list[Problem]]:
    body = parts_of_page(written)[0]
    is_authors = body.format == "mjml" or (body.format == "html" and is_whole_page(content))
    preheader = HIDDEN_PREHEADER if written.preheader else ""
    if is_authors:
        page = insert_preheader(content, put_away_html(preheader, away, ours=True)[0])
    else:
        unsubscribe = written.kind == "marketing" and not uses_unsubscribe(body)
        layout = lay_out(locale=locale, preheader=preheader, unsubscribe=unsubscribe)
        page = put_away_html(layout, away, ours=True)[0].replace(BODY, content)
    html, problems = inline_css(page, away)
    html = html if is_authors else drop_inlined(html)
    above, _, below = html.partition(FOOT)
    return Page(above + below.lstrip("\n"), above, blocks, away, is_authors), problems


def _first_lost(markdown: str, html: str, away: PutAway) -> Problem | None:
    """The first tag that Markdown dropped or repeated; values may repeat, by links defined once."""
    was, now = away.tags_in(markdown), away.tags_in(html)
    steering = [tag for tag in now if tag.kind != "print"]
    for tag in was:
        kept = tag in now if tag.kind == "print" else bool(steering) and steering.pop(0) is tag
        if not kept:
            message = f"Markdown leaves no room for {tag.shown} here"
            hint = "a condition can't stand around half a link, nor a value in a definition that nothing uses"
            return Problem("misplaced-tag", message, tag.line, hint)
    return None
