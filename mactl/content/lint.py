"""Content lint: what is legal in a template and yet reads badly, gets clipped or looks like spam."""

import html as html_entities
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from mactl.content.markdown import markdown_to_html, put_away_markdown
from mactl.content.markup import put_away_html
from mactl.content.parts import Part, Written
from mactl.content.source import TemplateSource
from mactl.content.tags import PutAway, split_tags
from mactl.findings import Finding, Place, Severity

LONGEST_SUBJECT = 100
"""Characters; inboxes show 40 to 90."""
LARGEST_PAGE = 100 * 1024
"""Bytes; Gmail clips what is larger than 102 KB."""

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
_SCHEME = re.compile(r"\s*([a-z][a-z0-9+.-]*):", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Element:
    """An element of the body as its author wrote it, in line `line` of the part."""

    name: str
    attributes: dict[str, str | None]
    line: int


@dataclass(frozen=True)
class Content:
    """What a rule looks at: the template as written and compiled, and the elements of its body."""

    written: Written
    source: TemplateSource
    elements: list[_Element] = field(default_factory=list)

    @property
    def parts(self) -> Iterator[Part]:
        """The parts that the author wrote."""
        written = self.written
        for part in (written.subject, written.preheader, written.body, written.text):
            if part is not None:
                yield part


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
    content = Content(written, source, _elements(written.body))
    return [
        Finding(lint.id, lint.severity, message, place, lint.hint)
        for lint in LINTS
        for place, message in lint.find(content)
    ]


def _subject_empty(content: Content) -> Iterator[tuple[Place, str]]:
    subject = content.written.subject
    if not subject.text.strip():
        yield subject.place(1), "the subject is empty"


def _subject_long(content: Content) -> Iterator[tuple[Place, str]]:
    subject = content.written.subject
    fixed = sum(len(piece) for piece in split_tags(subject.text) if isinstance(piece, str))
    if fixed > LONGEST_SUBJECT:
        yield subject.place(1), f"the subject has {fixed} characters before any value is in it"


def _page_large(content: Content) -> Iterator[tuple[Place, str]]:
    size = len(content.source.html.encode())
    if size > LARGEST_PAGE:
        yield (
            content.written.body.place(1),
            f"the page has {size / 1024:.0f} KB before any value is in it",
        )


def _language_missing(content: Content) -> Iterator[tuple[Place, str]]:
    for element in content.elements:
        if element.name == "html" and not (element.attributes.get("lang") or "").strip():
            yield content.written.body.place(element.line), "the page doesn't say its language"


def _image_without_alt(content: Content) -> Iterator[tuple[Place, str]]:
    for element in content.elements:
        if element.name == "img" and "alt" not in element.attributes:
            place = content.written.body.place(element.line)
            yield place, f"the image {element.attributes.get('src') or ''!r} has no alt"


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
    for part in content.parts:
        text = _NO_TYPO.sub(lambda known: re.sub(r"[^\n]", "·", known[0]), part.text)
        for typo in _TYPO.finditer(text):
            yield part.place(text.count("\n", 0, typo.start()) + 1), f"{typo[0]!r} stands as text"


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
)  # fmt: skip
"""Every rule; a new one is a function above and a line here."""


def _links(content: Content) -> Iterator[tuple[Place, str, str]]:
    """Each link's place, target and scheme; the scheme is empty where a tag decides it."""
    for element in content.elements:
        if element.name in ("a", "area"):
            href = (element.attributes.get("href") or "").strip()
            scheme = _SCHEME.match(href)
            if "href" in element.attributes:
                place = content.written.body.place(element.line)
                yield place, href, scheme[1].lower() if scheme else ""


def _elements(body: Part) -> list[_Element]:
    """The elements of a body; those that Markdown made stand in the first line where their target does."""
    away = PutAway(body.text)
    if body.format == "html":
        html, markdown = put_away_html(body.text, away)[0], None
    else:
        markdown = put_away_markdown(body.text, away)[0]
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
        elements.append(_Element(found[1].lower(), written, at))
    return elements


def _line_of(values: dict[str, str | None], element: str, markdown: str) -> int:
    target = values.get("src") or values.get("href") or ("]()" if "href" in values else element)
    return markdown.count("\n", 0, max(markdown.find(target), 0)) + 1
