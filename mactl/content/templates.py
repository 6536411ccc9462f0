"""A recipe's template → `TemplateSource`: read, checked, made into HTML and plain text, its CSS inlined; once."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from jinja2 import TemplateError, nodes

from mactl.content.inlining import inline_css
from mactl.content.layout import (
    BODY,
    FOOT,
    HIDDEN_PREHEADER,
    drop_inlined,
    insert_preheader,
    is_whole_page,
    lay_out,
    text_footer,
)
from mactl.content.markdown import markdown_to_html, put_away_markdown
from mactl.content.markup import put_away_html, stray_markup
from mactl.content.names import find_uses
from mactl.content.parts import Part, Written, read_written
from mactl.content.plaintext import html_to_text
from mactl.content.sandbox import HTML, TEXT, compile_syntax
from mactl.content.source import Origin, PartName, TemplateSource
from mactl.content.syntax import Problem, parse_template
from mactl.content.tags import Lines, PutAway
from mactl.findings import Finding, Severity
from mactl.recipe.recipe import Recipe
from mactl.recipe.template import Template
from mactl.validation import did_you_mean

FINDINGS = {
    "template-file-missing": "the file that a template names is not there or can't be read",
    "template-file-outside": "the file that a template names is not in its recipe's folder",
    "template-format": "the file that a template names is of a kind that can't be read",
    "template-encoding": "a template's file is not UTF-8",
    "template-too-large": "a template is larger than 512 KiB",
    "template-too-heavy": "compiling a template takes more time or memory than `confine` allows",
    "template-syntax": "a template is not valid Jinja",
    "unknown-filter": "a template uses a filter that doesn't exist",
    "unknown-test": "a template uses a test (`is …`) that doesn't exist",
    "unknown-name": "a template uses a name that no template has",
    "refused-tag": "a template uses a tag of Jinja's that templates of recipes can't have",
    "refused-call": "a template calls a method; values are plain",
    "markup-syntax": "an element's tag is not closed, or a quote in it is one too many",
    "unbalanced-markup": "a branch of an `if` or `for` opens an element and doesn't close it",
    "misplaced-tag": "a tag stands where HTML allows no text, so that it would move or get lost",
    "too-deep": "a template nests its elements too deeply for mail clients and for us",
    "css-syntax": "a template's CSS can't be read",
    "template-text": "the plain text can't be made from a template's HTML",
    "no-unsubscribe-link": "a page for marketing has no link to unsubscribe_url",
}
"""What compiling a template can find, each with its meaning."""

_UNSUBSCRIBE = "unsubscribe_url"
_NO_WAY_OUT = Problem(
    "no-unsubscribe-link",
    "this page goes out as marketing and has no link to {{ unsubscribe_url }}",
    1,
    'add <a href="{{ unsubscribe_url }}">Unsubscribe</a>, or say kind: service',
)
_NOT_TWICE = Problem(
    "template-text",
    "HTML and plain text can't both be made of this; its loops and conditions cross its elements",
    1,
    "give the plain text yourself, as text:",
)


def compile_template(
    name: str, template: Template, recipe: Recipe, *, locale: str = "en", currency: str = "EUR"
) -> tuple[TemplateSource | None, list[Finding]]:
    """The template called `name` of `recipe`, ready to render, or None and what is wrong with it.

    Files are read from the recipe's folder only. `locale` and `currency` are the project's.
    """
    written, findings = read_written(name, template, recipe)
    if written is None:
        return None, findings
    return compile_written(written, locale=locale, currency=currency)


def compile_written(
    written: Written, *, locale: str = "en", currency: str = "EUR"
) -> tuple[TemplateSource | None, list[Finding]]:
    """A template whose parts have been read, ready to render, or None and what is wrong with it."""
    findings = _check_syntax(written)
    if findings:
        return None, findings
    page, problems = _make_page(written, locale)
    if written.kind == "marketing" and page.is_authors and not _uses_unsubscribe(written.body):
        problems.append(_NO_WAY_OUT)
    if problems:
        return None, [_finding(problem, written.body) for problem in problems]
    try:
        source = _make_source(written, page, locale, currency)
        for _, text, environment in source.parts:
            compile_syntax(environment.parse(text), environment)
    except (TemplateError, SyntaxError, RecursionError):
        return None, [_finding(_NOT_TWICE, written.body)]
    return source, []


def _make_source(written: Written, page: "_Page", locale: str, currency: str) -> TemplateSource:
    html, lines = page.away.back_to_html(page.html)
    text, text_origin = _make_text(written, page, locale)
    origins: dict[PartName, Origin] = {
        "subject": _origin(written.subject),
        "html": Origin(written.body.path, _authors_lines(lines, written.body)),
        "text": text_origin,
    }
    if written.preheader:
        origins["preheader"] = _origin(written.preheader)
    return TemplateSource(
        recipe=written.recipe,
        name=written.name,
        kind=written.kind,
        locale=locale,
        currency=currency,
        subject=written.subject.text,
        preheader=written.preheader.text if written.preheader else None,
        html=html,
        text=text,
        from_=written.from_,
        reply_to=written.reply_to,
        constants=written.constants,
        origins=origins,
    )


@dataclass(frozen=True, slots=True)
class _Page:
    """A page with its tags put away and its CSS inlined; `is_authors` where it needed none of our layout."""

    html: str
    body: str
    """What plain text is made of: the page down to our footer."""
    away: PutAway
    is_authors: bool


def _check_syntax(written: Written) -> list[Finding]:
    findings: list[Finding] = []
    for part in (written.subject, written.preheader, written.body, written.text):
        if part is None:
            continue
        environment = HTML if part is written.body else TEXT
        tree, problems = parse_template(part.text, environment)
        if tree is not None:
            problems = list(_unknown_vars(tree, written))
        findings += [_finding(problem, part) for problem in problems]
    return findings


def _unknown_vars(tree: nodes.Template, written: Written) -> Iterator[Problem]:
    known = written.constants["vars"]
    for use in find_uses(tree):
        root, _, name = use.path.partition(".")
        if root == "vars" and name and name.partition(".")[0] not in known:
            message = f"the recipe has no {name!r} among its vars"
            yield Problem("unknown-name", message, use.line, did_you_mean(name, known))


def _make_page(written: Written, locale: str) -> tuple[_Page, list[Problem]]:
    body = written.body
    away = PutAway(body.text)
    if body.format == "html":
        content, problems = put_away_html(body.text, away)
    else:
        markdown, problems = put_away_markdown(body.text, away)
        content = markdown_to_html(markdown, away)
        problems += stray_markup(content, away)
        lost = _first_lost(markdown, content, away)
        if lost:
            problems.append(lost)
    if problems:
        return _Page("", "", away, False), problems
    is_authors = body.format == "html" and is_whole_page(content)
    preheader = HIDDEN_PREHEADER if written.preheader else ""
    if is_authors:
        page = insert_preheader(content, put_away_html(preheader, away, ours=True)[0])
    else:
        unsubscribe = written.kind == "marketing" and not _uses_unsubscribe(body)
        layout = lay_out(locale=locale, preheader=preheader, unsubscribe=unsubscribe)
        page = put_away_html(layout, away, ours=True)[0].replace(BODY, content)
    html, more = inline_css(page, away)
    html = html if is_authors else drop_inlined(html)
    above, _, below = html.partition(FOOT)
    return _Page(above + below.lstrip("\n"), above, away, is_authors), more


def _first_lost(markdown: str, html: str, away: PutAway) -> Problem | None:
    """The first tag that Markdown dropped or repeated; values may repeat, by links defined once."""
    was, now = away.tags_in(markdown), away.tags_in(html)
    steering = [tag for tag in now if tag.kind != "print"]
    for tag in was:
        kept = tag in now if tag.kind == "print" else bool(steering) and steering.pop(0) is tag
        if not kept:
            message = f"Markdown leaves no room for {tag.text.strip()} here"
            hint = "a condition can't stand around half a link, nor a value in a definition that nothing uses"
            return Problem("misplaced-tag", message, tag.line, hint)
    return None


def _make_text(written: Written, page: _Page, locale: str) -> tuple[str, Origin]:
    """The plain text and where it comes from: given or made from the page, with what a footer must say."""
    if written.text:
        text, origin = written.text.text, _origin(written.text)
    else:
        text, lines = page.away.back_to_text(html_to_text(page.body, page.away))
        origin = Origin(written.body.path, _authors_lines(lines, written.body))
    used = {use.path for use in find_uses(TEXT.parse(text))}
    footer = text_footer(
        locale,
        address="sender.address" not in used and (written.text is not None or not page.is_authors),
        unsubscribe=written.kind == "marketing" and _UNSUBSCRIBE not in used,
    )
    text = text.rstrip() + "\n"
    lines_of_author = text.count("\n")
    if footer:
        text += f"\n{footer}\n"
    return text, replace(origin, lines=(*origin.lines, (lines_of_author + 1, 0)))


def _uses_unsubscribe(part: Part) -> bool:
    return any(use.path == _UNSUBSCRIBE for use in find_uses(HTML.parse(part.text)))


def _finding(problem: Problem, part: Part) -> Finding:
    return Finding(
        problem.id, Severity.ERROR, problem.message, part.place(max(problem.line, 1)), problem.hint
    )


def _origin(part: Part) -> Origin:
    return Origin(part.path, ((1, part.first_line),))


def _authors_lines(lines: Lines, part: Part) -> Lines:
    """Lines of the author's file, for those that were counted in the part's text."""
    return tuple((own, line + part.first_line - 1 if line else 0) for own, line in lines)
