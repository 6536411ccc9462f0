"""Templates so plain that nothing can be wrong with them: most are, and compiling each would take most of a check.

Plain is Markdown of paragraphs, headings, lists, emphasis and links to https or to a value, with values printed in it
and nothing else: no HTML, no statements, no calls. Whatever is not surely plain is compiled.
"""

import re
from functools import lru_cache

from jinja2 import nodes

from mactl.content.lint import LONGEST_SUBJECT
from mactl.content.names import find_uses
from mactl.content.parts import Part, Written
from mactl.content.sandbox import HTML, TEXT
from mactl.content.syntax import parse_template

_LONGEST = 20_000  # letters: far from what Gmail clips
_MOST_MARKS = 200  # of emphasis: far from what is nested too deeply
_TAG = re.compile(r"\{\{[^{}\n]{1,300}\}\}")
_LINK = re.compile(r"\[[^\[\]]{1,300}\]\((?:https://[^\s()<>\"'\\]{1,500}|\x00)\)")
# What begins HTML, code, a table, a definition, a quote, an image, an escape, or a link that is none of the above.
_UNSURE = re.compile(
    r"[<>`|\\{}\[\]\x01-\x08\x0b-\x1f]|&\w|&#|^(?: {4}|\t)|^\s*(?:[-*+]\s+){3}", re.MULTILINE
)
_ROOTS = frozenset(("contact", "event", "vars", "recipe"))


def is_plain(written: Written) -> bool:
    """Whether compiling and linting `written` surely finds nothing."""
    subject, body = written.subject, written.body
    if subject is None or body is None or body.format != "markdown":
        return False
    if written.text is not None or written.texts or written.blocks or written.locale:
        return False
    known = written.constants.get("vars", {})
    return (
        _is_plain_line(subject, known)
        and _is_plain_preheader(written, known)
        and _is_plain_body(body, known)
    )


def _is_plain_preheader(written: Written, known: dict[str, object]) -> bool:
    return written.preheader is None or _without_tags(written.preheader.text, known) is not None


def _is_plain_line(subject: Part, known: dict[str, object]) -> bool:
    text = subject.text
    return (
        bool(text.strip())
        and len(text) <= LONGEST_SUBJECT
        and _without_tags(text, known) is not None
    )


def _is_plain_body(body: Part, known: dict[str, object]) -> bool:
    if len(body.text) > _LONGEST:
        return False
    text = _without_tags(body.text, known)
    if text is None or sum(map(text.count, "*_~")) > _MOST_MARKS:
        return False
    return not _UNSURE.search(_LINK.sub("", text))


def _without_tags(text: str, known: dict[str, object]) -> str | None:
    """`text` with a zero byte for each tag; None where a tag, or a brace, is more than a value that is printed."""
    if "\0" in text:
        return None
    tags = _TAG.findall(text)
    rest = _TAG.sub("\0", text)
    if "{" in rest or "}" in rest:
        return None
    for tag in tags:
        needed = _vars_in(tag)
        if needed is None or not needed <= known.keys():
            return None
    return rest


@lru_cache(maxsize=4096)
def _vars_in(tag: str) -> frozenset[str] | None:
    """The names under `vars` that a tag prints; None where it may do anything else than print a value."""
    if parse_template(tag, HTML)[0] is None:
        return None
    tree, _ = parse_template(tag, TEXT)
    if tree is None or tree.find(nodes.Call) or len(tree.body) != 1:
        return None
    paths = [use.path.split(".") for use in find_uses(tree)]
    if any(len(path) != 2 or path[0] not in _ROOTS for path in paths):
        return None
    return frozenset(name for root, name in paths if root == "vars")
