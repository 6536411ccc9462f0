"""Content lint: what is legal in a template and yet reads badly, gets clipped or looks like spam."""

import html as html_entities
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from mactl.content.calls import names_called
from mactl.content.markdown import markdown_to_html, put_away_markdown
from mactl.content.markup import put_away_html
from mactl.content.page import parts_of_page
from mactl.content.parts import Part, TextChannel, Written
from mactl.content.sandbox import TEXT
from mactl.content.sms import beyond_gsm, sms_parts
from mactl.content.source import TemplateSource
from mactl.content.tags import PutAway, Tag, split_tags
from mactl.findings import Finding, Place, Severity

LONGEST_SUBJECT = 100
"""Characters; inboxes show 40 to 90."""
LARGEST_PAGE = 100 * 1024
"""Bytes; Gmail clips what is larger than 102 KB."""
MOST_SMS_PARTS = 3
"""Parts of a text message, each of which is paid for."""

# Anything between braces but a tag, a raw block or CSS.
_NO_TYPO = re.compile(
    r"\{%[-+]?\s*raw\b.*?endraw\s*[-+]?%\}|\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}|<(?:style|script)\b.*?(?:</|\Z)",
    re.IGNORECASE | re.DOTALL,
)
_TYPO = re.compile(r"\{\s+[{%]|[%}]\s*\}|\{%?\s*[a-z_]+(?:\.[a-z_]+)+\s*%?\}")
# The standard library's parser takes the square of a page's length where its markup never ends.
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_ELEMENT = re.compile(r"""<([a-zA-Z][^\s/<>]*)((?:[^"'<>]|"[^"]*"|'[^']*')*)>""")
_ATTRIBUTE = re.compile(r"""([^\s"'<>/=]+)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s"'<>]+))?""")
_LINKS = frozenset(("a", "area", "mj-button", "mj-image", "mj-navbar-link", "mj-social-element"))
_IMAGES = frozenset(("img", "mj-image", "mj-carousel-image"))
_WAY_OUT = re.compile(r"\bstop\b|unsubscribe_url|preferences_url", re.IGNORECASE)
_A_VAR = re.compile(r"\{\{\s*vars\.(\w+)\s*\}\}")
_SCHEME = re.compile(r"\s*([a-z][a-z0-9+.-]*):", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Element:
    """An element of the page as its author wrote it."""

    name: str
    attributes: dict[str, str | None]
    place: Place


@dataclass(frozen=True)
class Content:
    """What a rule looks at: the template as written and compiled, and the elements of its body and blocks."""

    written: Written
    source: TemplateSource
    elements: list[_Element] = field(default_factory=list)


Rule = Callable[[Content], Iterator[tuple[Place, str]]]


@dataclass(frozen=True, slots=True)
class Lint:
    """A rule with its finding: `find` gives each place and what is wrong there."""

    id: str
    severity: Severity
    why: str
    hint: str
    find: Rule


def lint_template(written: Written, source: TemplateSource) -> list[Finding]:
    """What the rules below find in a template that compiled, in order of the rules."""
    parts = parts_of_page(written) if written.body else []
    content = Content(written, source, [found for part in parts for found in _elements(part)])
    return [
        Finding(lint.id, lint.severity, message, place, lint.hint)
        for lint in LINTS
        for place, message in lint.find(content)
    ]


def _subject_empty(content: Content) -> Iterator[tuple[Place, str]]:
    subject = content.written.subject
    if subject is not None and not subject.text.strip():
        yield subject.place(1), "the subject is empty"


def _subject_long(content: Content) -> Iterator[tuple[Place, str]]:
    subject = content.written.subject
    fixed = len(_fixed(subject.text)) if subject else 0
    if subject and fixed > LONGEST_SUBJECT:
        yield subject.place(1), f"the subject has {fixed} characters before any value is in it"


def _page_large(content: Content) -> Iterator[tuple[Place, str]]:
    size = len((content.source.html or "").encode())
    if size > LARGEST_PAGE:
        place = content.written.first.place(1)
        yield place, f"the page has {size / 1024:.0f} KB before any value is in it"


def _language_missing(content: Content) -> Iterator[tuple[Place, str]]:
    for element in content.elements:
        if element.name == "html" and not (element.attributes.get("lang") or "").strip():
            yield element.place, "the page doesn't say its language"


def _image_without_alt(content: Content) -> Iterator[tuple[Place, str]]:
    for element in content.elements:
        if element.name in _IMAGES and "alt" not in element.attributes:
            source = element.attributes.get("src") or ""
            yield element.place, f"the image {source!r} has no alt"


def _link_unsafe(content: Content) -> Iterator[tuple[Place, str]]:
    for place, href, scheme in _links(content):
        if scheme not in ("", "http", "https", "mailto", "tel", "sms"):
            yield place, f"the link {href!r} runs code or leads to what mail clients don't open"


def _link_without_https(content: Content) -> Iterator[tuple[Place, str]]:
    for place, href, scheme in _links(content):
        if scheme == "http":
            yield place, f"the link {href!r} is not encrypted"


def _link_empty(content: Content) -> Iterator[tuple[Place, str]]:
    for place, href, _ in _links(content):
        if href in ("", "#"):
            yield place, "a link leads nowhere"


def _tag_typo(content: Content) -> Iterator[tuple[Place, str]]:
    for part in content.written.parts:
        text = _NO_TYPO.sub(lambda known: re.sub(r"[^\n]", "·", known[0]), part.text)
        for typo in _TYPO.finditer(text):
            yield part.place(text.count("\n", 0, typo.start()) + 1), f"{typo[0]!r} stands as text"


def _block_unused(content: Content) -> Iterator[tuple[Place, str]]:
    called = _called_in_bodies(content.written)
    for name, contents in content.written.blocks.items():
        if name not in called and contents:
            yield contents[0].place(1), f"the block {name!r} is not used"


def _sms_long(content: Content) -> Iterator[tuple[Place, str]]:
    for part, text in _texts(content, "sms"):
        parts = sms_parts(text)
        if parts > MOST_SMS_PARTS:
            yield part.place(1), f"the text message takes {parts} parts before any value is in it"


def _sms_wide(content: Content) -> Iterator[tuple[Place, str]]:
    for part, text in _texts(content, "sms"):
        odd = beyond_gsm(text)
        if odd:
            shown = " ".join(odd[:5])
            yield part.place(1), f"the text message has what GSM's alphabet lacks: {shown}"


def _text_without_way_out(content: Content) -> Iterator[tuple[Place, str]]:
    channels: tuple[TextChannel, ...] = ("sms", "whatsapp")
    if content.written.kind == "marketing":
        for channel in channels:
            for part, _ in _texts(content, channel):
                if not _WAY_OUT.search(part.text):
                    yield (
                        part.place(1),
                        f"the {channel} message says no way to have no more of them",
                    )


LINTS = (
    Lint(
        "subject-empty", Severity.ERROR, "a message without a subject is not opened, or is filtered",
        "write one", _subject_empty,
    ),
    Lint(
        "subject-long", Severity.WARNING, "inboxes cut a subject after 40 to 90 characters",
        "put the point first and the rest in the preheader", _subject_long,
    ),
    Lint(
        "page-large", Severity.WARNING, "Gmail clips pages larger than 102 KB, the unsubscribe link with them",
        "leave out what nobody sees; put images on a server", _page_large,
    ),
    Lint(
        "language-missing", Severity.WARNING, "screen readers pronounce a page in the language it names",
        'write <html lang="en">, or the language that it is in', _language_missing,
    ),
    Lint(
        "image-without-alt", Severity.WARNING, "many clients block images, and some people can't see them",
        'say what it shows in alt="…"; alt="" where it only decorates', _image_without_alt,
    ),
    Lint(
        "link-unsafe", Severity.ERROR, "mail clients strip such links and filters count them against the sender",
        "link to an https address", _link_unsafe,
    ),
    Lint(
        "link-without-https", Severity.WARNING, "browsers warn of pages without encryption, filters of links to them",
        "write https://", _link_without_https,
    ),
    Lint(
        "link-empty", Severity.WARNING, "who clicks expects to get somewhere",
        "give the link a target", _link_empty,
    ),
    Lint(
        "tag-typo", Severity.WARNING, "a tag that is misspelt reaches the inbox as it stands",
        "write {{ name }} or {% tag %}, without blanks between the braces", _tag_typo,
    ),
    Lint(
        "block-unused", Severity.WARNING, "what is written for nobody is read by nobody",
        "put {{ block('NAME') }} into the body, or take the block out", _block_unused,
    ),
    Lint(
        "sms-long", Severity.WARNING, "each part of a text message is paid for",
        "say it in 160 characters; put the rest behind a link", _sms_long,
    ),
    Lint(
        "sms-wide", Severity.NOTE, "with one such character a part holds 70 characters instead of 160",
        "write ' and \" and - for typographic ones", _sms_wide,
    ),
    Lint(
        "text-without-way-out", Severity.WARNING, "marketing by text message needs a way out in every message",
        "write STOP and a number, or {{ unsubscribe_url }}", _text_without_way_out,
    ),
)  # fmt: skip
"""Every rule; a new one is a function above and a line here."""


def _called_in_bodies(written: Written) -> set[str]:
    """The blocks that a body or a plain text puts in."""
    bodies = (part for part in (written.body, written.text) if part is not None)
    return {name for part in bodies for name in names_called(TEXT.parse(part.text), "block")}


def _fixed(text: str) -> str:
    """What of a part is the same for everyone."""
    return "".join(piece for piece in split_tags(text) if isinstance(piece, str))


def _texts(content: Content, channel: TextChannel) -> Iterator[tuple[Part, str]]:
    """The part of a channel, and what of it is the same for everyone, the recipe's vars filled in."""
    part = content.written.texts.get(channel)
    if part is None:
        return
    known = content.written.constants["vars"]

    def shown(piece: str | Tag) -> str:
        if isinstance(piece, str):
            return piece
        var = _A_VAR.fullmatch(piece.text)
        return str(known.get(var[1], "")) if var else ""

    yield part, "".join(map(shown, split_tags(part.text)))


def _links(content: Content) -> Iterator[tuple[Place, str, str]]:
    """Each link's place, target and scheme; the scheme is empty where a tag decides it."""
    for element in content.elements:
        if element.name in _LINKS and "href" in element.attributes:
            href = (element.attributes.get("href") or "").strip()
            scheme = _SCHEME.match(href)
            yield element.place, href, scheme[1].lower() if scheme else ""


def _elements(part: Part) -> list[_Element]:
    """The elements of a body; those that Markdown made stand in the first line where their target does."""
    away = PutAway(part.text)
    if part.format in ("html", "mjml"):
        html, markdown = put_away_html(part.text, away)[0], None
    else:
        markdown = put_away_markdown(part.text, away)[0]
        html = markdown_to_html(markdown, away)
    html = _COMMENT.sub(lambda comment: "\n" * comment[0].count("\n"), html)
    elements: list[_Element] = []
    line, position = 1, 0
    for found in _ELEMENT.finditer(html):
        line += html.count("\n", position, found.start())
        position = found.start()
        values = {
            name.lower(): html_entities.unescape(value.strip("\"'")) if value else None
            for name, value in _ATTRIBUTE.findall(found[2])
        }
        at = line if markdown is None else _line_of(values, f"<{found[1]}", markdown)
        written = {
            name: value and away.word.sub(lambda word: away.tag(word[1]).text, value)
            for name, value in values.items()
        }
        elements.append(_Element(found[1].lower(), written, part.place(at)))
    return elements


def _line_of(values: dict[str, str | None], element: str, markdown: str) -> int:
    target = values.get("src") or values.get("href") or ("]()" if "href" in values else element)
    return markdown.count("\n", 0, max(markdown.find(target), 0)) + 1
