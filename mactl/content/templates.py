"""A template as it was written → `TemplateSource`: checked, made into HTML and plain text, its CSS inlined; once."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace

from jinja2 import TemplateError, nodes

from mactl.content.blocks import block_problems, insert_blocks_in_text
from mactl.content.calls import call_problems, names_called
from mactl.content.layout import text_footer
from mactl.content.names import find_uses
from mactl.content.page import Page, make_page, parts_of_page, uses_unsubscribe
from mactl.content.parts import Part, Written
from mactl.content.plaintext import html_to_text
from mactl.content.reading import AS_IT_IS, Wording, read_written
from mactl.content.sandbox import HTML, TEXT, compile_syntax
from mactl.content.source import Origin, PartName, TemplateSource
from mactl.content.supplies import ADDRESSES, UNKNOWN, Supplies
from mactl.content.syntax import Problem, parse_template
from mactl.content.tags import Lines
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
    "bad-call": "a template calls block, lookup or code otherwise than with a name between quotes",
    "unknown-block": "a template uses a block that it doesn't declare",
    "misplaced-block": "a block stands where whole contents can't, or holds a block itself",
    "unknown-table": "a template looks something up in a table that mactl.yaml doesn't declare",
    "unknown-codes": "a template hands out codes that mactl.yaml doesn't declare",
    "unknown-mjml": "a template uses an element that MJML doesn't have",
    "mjml-syntax": "a template is not valid MJML",
    "incomplete-cell": "a cell and its template together lack the subject or the body of a mail",
    "no-occurrence-file": "a template has a file for each occurrence, and none is there yet",
    "no-unsubscribe-link": "a page for marketing has no link to unsubscribe_url",
}
"""What compiling a template can find, each with its meaning."""

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
_NOT_PUT_IN = Problem(
    "misplaced-block",
    "a block is called in a way that is not understood",
    1,
    "write {{ block('hero') }} by itself",
)

Compiled = tuple[TemplateSource | None, list[Finding]]
"""A template ready to render, or None and what is wrong with it."""


def compile_template(
    name: str,
    template: Template,
    recipe: Recipe,
    supplies: Supplies = UNKNOWN,
    wording: Wording = AS_IT_IS,
) -> Compiled:
    """The template called `name` of `recipe` in one of its wordings. Files are read from the recipe's folder only."""
    written, findings = read_written(name, template, recipe, wording)
    if written is None:
        return None, findings
    return compile_written(written, supplies)


_MOST_KEPT = 2_000
_kept: dict[bytes, Compiled] = {}


def compile_written(written: Written, supplies: Supplies = UNKNOWN) -> Compiled:
    """A template whose parts have been read; the same one is compiled once in a process, for a check and a send."""
    key = hashlib.sha256(
        (written.to_json() + json.dumps(supplies.to_plain(), sort_keys=True)).encode()
    ).digest()
    if key not in _kept:
        if len(_kept) >= _MOST_KEPT:
            _kept.clear()
        _kept[key] = _compile(written, supplies)
    source, findings = _kept[key]
    return source, list(findings)


def _compile(written: Written, supplies: Supplies) -> Compiled:
    findings = _check_syntax(written, supplies)
    if findings:
        return None, findings
    locale = written.locale or supplies.locale
    source = TemplateSource(
        recipe=written.recipe,
        name=written.name,
        kind=written.kind,
        locale=locale,
        currency=supplies.currency,
        subject=written.subject.text if written.subject else None,
        preheader=written.preheader.text if written.preheader else None,
        html=None,
        text=None,
        from_=written.from_,
        reply_to=written.reply_to,
        constants=written.constants,
        origins=_origins_of_lines(written),
        texts={channel: part.text for channel, part in written.texts.items()},
    )
    if written.body is None:
        return source, []
    page, problems = make_page(written, locale)
    if written.kind == "marketing" and page.is_authors and not uses_unsubscribe(written.body):
        problems.append(_NO_WAY_OUT)
    if problems:
        return None, _findings_of(problems, written)
    try:
        source = _with_page(source, written, page)
        for _, text, environment in source.parts:
            tree = environment.parse(text)
            if names_called(tree, "block"):
                return None, _findings_of([_NOT_PUT_IN], written)
            compile_syntax(tree, environment)
    except (TemplateError, SyntaxError, RecursionError):
        return None, _findings_of([_NOT_TWICE], written)
    return source, []


def _with_page(source: TemplateSource, written: Written, page: Page) -> TemplateSource:
    html, lines = page.away.back_to_html(page.html)
    text, text_origin = _make_text(written, page, source.locale)
    origins = {
        **source.origins,
        "html": _authors_origin(lines, parts_of_page(written)),
        "text": text_origin,
    }
    return replace(source, html=html, text=text, origins=origins)


def _check_syntax(written: Written, supplies: Supplies) -> list[Finding]:
    bodies = [part for contents in written.blocks.values() for part in contents]
    findings: list[Finding] = []
    for part in written.parts:
        is_block = any(part is body for body in bodies)
        tree, problems = parse_template(
            part.text, HTML if part is written.body or is_block else TEXT
        )
        if tree is not None:
            is_body = part is written.body or part is written.text
            problems = [
                *_unknown_vars(tree, written),
                *_undeclared_addresses(tree, supplies),
                *call_problems(tree, supplies),
                *block_problems(tree, written.blocks, is_body=is_body, is_block=is_block),
            ]
        findings += [_finding(problem, part) for problem in problems]
    return findings


def _unknown_vars(tree: nodes.Template, written: Written) -> Iterator[Problem]:
    known = written.constants["vars"]
    for use in find_uses(tree):
        root, _, name = use.path.partition(".")
        if root == "vars" and name and name.partition(".")[0] not in known:
            message = f"the recipe has no {name!r} among its vars"
            yield Problem("unknown-name", message, use.line, did_you_mean(name, known))


def _undeclared_addresses(tree: nodes.Template, supplies: Supplies) -> Iterator[Problem]:
    if supplies.addresses is None:
        return
    for use in find_uses(tree):
        if use.path in ADDRESSES and use.path not in supplies.addresses and not use.may_be_empty:
            key = ADDRESSES[use.path]
            message = f"mactl.yaml declares no {use.path}"
            hint = f'add it: sender: {{{key}: "https://…/{{token}}"}}'
            yield Problem("unknown-name", message, use.line, hint)


def _make_text(written: Written, page: Page, locale: str) -> tuple[str, Origin]:
    """The plain text and where it comes from: given or made from the page, with what a footer must say."""
    if written.text:
        contents = {
            name: [page.away.back_to_text(html_to_text(html, page.away))[0] for html in many]
            for name, many in page.blocks.items()
        }
        text = insert_blocks_in_text(written.text.text, contents)
        # Where blocks stand in it, only the file can be told.
        origin = (
            _origin(written.text) if text == written.text.text else Origin((written.text.path,), ())
        )
    else:
        text, lines = page.away.back_to_text(html_to_text(page.body, page.away))
        origin = _authors_origin(lines, parts_of_page(written))
    used = {use.path for use in find_uses(TEXT.parse(text))}
    footer = text_footer(
        locale,
        address="sender.address" not in used and (written.text is not None or not page.is_authors),
        unsubscribe=written.kind == "marketing" and "unsubscribe_url" not in used,
    )
    text = text.rstrip() + "\n"
    lines_of_author = text.count("\n")
    if footer:
        text += f"\n{footer}\n"
    return text, replace(origin, lines=(*origin.lines, (lines_of_author + 1, 0, 0)))


def _findings_of(problems: list[Problem], written: Written) -> list[Finding]:
    parts = parts_of_page(written)
    return [_finding(problem, parts[problem.part]) for problem in problems]


def _finding(problem: Problem, part: Part) -> Finding:
    return Finding(
        problem.id, Severity.ERROR, problem.message, part.place(max(problem.line, 1)), problem.hint
    )


def _origins_of_lines(written: Written) -> dict[PartName, Origin]:
    """Where all stands but the page and its plain text."""
    lines: dict[PartName, Part | None] = {
        "subject": written.subject,
        "preheader": written.preheader,
    }
    lines |= {channel: part for channel, part in written.texts.items()}  # noqa: C416
    return {name: _origin(part) for name, part in lines.items() if part is not None}


def _origin(part: Part) -> Origin:
    return Origin((part.path,), ((1, part.first_line, 0),))


def _authors_origin(lines: Lines, parts: list[Part]) -> Origin:
    """Lines of the authors' files, for those that were counted in the text of each part."""
    counted = tuple(
        (own, line + parts[part].first_line - 1 if line else 0, part) for own, line, part in lines
    )
    return Origin(tuple(part.path for part in parts), counted)
