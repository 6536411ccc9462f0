"""MJML → HTML, once, while a template's tags are put away.

What elements such as mj-text hold is HTML as people write it, which MJML's parser does not take: it is put aside too.
"""

import re
from collections.abc import Iterator

from mjml import mjml2html

from mactl.content.layout import language_tag
from mactl.content.markup import settle_html
from mactl.content.syntax import Problem
from mactl.content.tags import PutAway
from mactl.validation import did_you_mean

HTML_INSIDE = frozenset(
    """mj-text mj-button mj-table mj-raw mj-accordion-title mj-accordion-text mj-navbar-link mj-social-element
    mj-preview mj-style""".split()  # noqa: SIM905
)
"""Elements whose content is HTML, or CSS, rather than MJML."""
KNOWN = HTML_INSIDE | frozenset(
    """mjml mj-head mj-attributes mj-all mj-class mj-breakpoint mj-font mj-title mj-body mj-accordion
    mj-accordion-element mj-carousel mj-carousel-image mj-column mj-divider mj-group mj-hero mj-image mj-navbar
    mj-section mj-social mj-spacer mj-wrapper""".split()  # noqa: SIM905
)
"""Every element there is, but mj-include: a template is one file."""

_TAG = re.compile(
    r"""<(/?)([a-zA-Z][a-zA-Z0-9-]*)((?:[^"'<>]|"[^"]*"|'[^']*')*)>|<!--.*?(?:-->|\Z)""", re.DOTALL
)
_DEEPEST = 20  # no document needs ten; some thousands overflow the stack of the parser
_POSITION = re.compile(r" at position (\d+):\d+")


def mjml_to_html(text: str, away: PutAway, *, locale: str) -> tuple[str, list[Problem]]:
    """The page of an MJML document whose tags are put away, or what is wrong with it."""
    problems = list(_markup_problems(text))
    if problems:
        return "", problems
    shell, insides = _put_aside(text, away)
    try:
        # Its own fonts would be fetched from a stranger's server whenever somebody reads the message.
        page: str = mjml2html(shell, fonts={})
    except ValueError as wrong:
        found = _POSITION.search(str(wrong))
        line = shell.encode()[: int(found[1])].count(b"\n") + 1 if found else 1
        message = (
            f"this is no MJML: {_POSITION.sub('', str(wrong)).removesuffix(' in root template')}"
        )
        return "", [
            Problem(
                "mjml-syntax", message, line, "mjml.io/documentation shows what may stand where"
            )
        ]
    for word, inside in insides.items():
        page = page.replace(word, inside)
    page = page.replace('lang="und"', f'lang="{language_tag(locale)}"')
    return settle_html(page, away), list(_lost(text, page, away))


def _markup_problems(text: str) -> Iterator[Problem]:
    """Elements that don't exist, and those that are not closed: MJML drops the one and reports neither."""
    if "<mjml" not in text.lower():
        yield Problem("mjml-syntax", "an MJML document stands between <mjml> and </mjml>", 1)
        return
    open_: list[tuple[str, int]] = []
    line, position = 1, 0
    for tag in _TAG.finditer(text):
        line += text.count("\n", position, tag.start())
        position = tag.start()
        closing, name, rest = tag[1], (tag[2] or "").lower(), tag[3] or ""
        holder = open_[-1][0] if open_ else ""
        if not name or (holder in HTML_INSIDE and not name.startswith("mj")):
            continue
        if name not in KNOWN:
            yield _unknown(name, line)
        if not closing and holder in HTML_INSIDE:
            message = f"{name} can't stand inside {holder}"
            yield Problem("mjml-syntax", message, line, "put it beside or around that")
        if closing:
            if holder != name:
                what = (
                    f"{holder} of line {open_[-1][1]} is not closed" if open_ else "it is not open"
                )
                yield Problem("mjml-syntax", f"</{name}> stands here, but {what}", line)
                return
            open_.pop()
        elif not rest.rstrip().endswith("/"):
            open_.append((name, line))
        if len(open_) > _DEEPEST:
            message = f"more than {_DEEPEST} elements stand within each other"
            yield Problem("too-deep", message, line, "close what you open, and flatten the rest")
            return
    if open_:
        yield Problem("mjml-syntax", f"{open_[-1][0]} is not closed", open_[-1][1])


def _unknown(name: str, line: int) -> Problem:
    if name == "mj-include":
        message, hint = "a template is one file; mj-include reads another", "write it out"
    elif name.startswith("mj"):
        message = f"there is no element {name}"
        hint = did_you_mean(name, KNOWN) or "mjml.io/documentation lists the elements"
    else:
        message, hint = (
            f"{name} stands outside of what holds HTML",
            "put it inside mj-text or mj-raw",
        )
    return Problem("unknown-mjml", message, line, hint)


def _put_aside(text: str, away: PutAway) -> tuple[str, dict[str, str]]:
    """`text` with a word for what each element of `HTML_INSIDE` holds, and those by their words; lines stay."""
    out: list[str] = []
    insides: dict[str, str] = {}
    position = 0
    for tag in _TAG.finditer(text):
        name = (tag[2] or "").lower()
        if (
            name not in HTML_INSIDE
            or tag[1]
            or tag[3].rstrip().endswith("/")
            or tag.start() < position
        ):
            continue
        end = text.find(f"</{tag[2]}", tag.end())
        inside = text[tag.end() : end]
        word = f"{away.prefix}h{len(insides)}z"
        insides[word] = inside
        out += (text[position : tag.end()], word, "\n" * inside.count("\n"))
        position = end
    return "".join([*out, text[position:]]), insides


def _lost(before: str, after: str, away: PutAway) -> Iterator[Problem]:
    """The tags that MJML dropped: in attributes that it doesn't know, or reads as a length."""
    kept = {id(tag) for tag in away.tags_in(after)}
    for tag in away.tags_in(before):
        if id(tag) not in kept:
            message = f"MJML leaves no room for {tag.shown} here"
            hint = "choose between whole elements, or between texts within mj-text"
            yield Problem("misplaced-tag", message, tag.line, hint, tag.part)
            return
