"""A mail asks for more than one thing, or is about more than one subject.

One mail, one subject, one main call to action: what asks for two things gets neither done, and a newsletter with a
dozen articles is one that nobody chose to send. More than one button with another target is told (`many-calls`), and
more than 3 headings, or links to more than 7 places (`many-subjects`). Send the rest another day, to those who want
it.

    body: |
      Your contract ends in December, and the price goes up in January.

      **[Renew at today's price]({{ vars.link }})**
"""

import re
from collections.abc import Iterator

from mactl.checks.scope import Scope
from mactl.content.parts import Part
from mactl.findings import Finding, Severity

IDS = ("many-calls", "many-subjects")

MOST_HEADINGS = 3
MOST_LINKS = 7

_BUTTON_LINE = re.compile(
    r"^\s*(?:\*\*\[[^\]\n]*\]\(([^()\s]*)[^)\n]*\)\*\*|\[\*\*[^\]\n]*\*\*\]\(([^()\s]*)[^)\n]*\))\s*$",
    re.MULTILINE,
)
_BUTTON_TAG = re.compile(r"<(?:a|mj-button)\b([^<>]{0,2000})>", re.IGNORECASE)
_IS_BUTTON = re.compile(r"""\bclass\s*=\s*["']?[^"'<>]*\b(?:button|btn|cta)\b""", re.IGNORECASE)
_HREF = re.compile(r"""\bhref\s*=\s*["']?([^"'\s<>]*)""", re.IGNORECASE)
_LINK = re.compile(r"\]\(([^()\s]+)")
_HEADING = re.compile(r"^ {0,3}#{1,2}\s+\S|<h[12]\b", re.MULTILINE | re.IGNORECASE)
_TAG = re.compile(r"\{\{\s*(.{0,200}?)\s*\}\}", re.DOTALL)
_OURS = re.compile(r"unsubscribe_url|preferences_url|view_url|confirm_url|mailto:|tel:|^#")


def check(scope: Scope) -> Iterator[Finding]:
    """At most one finding of each kind for a wording of a marketing template."""
    for look in scope:
        found: dict[Finding, None] = {}
        for many, _ in look.letters.values():
            for written in many:
                if written.body is not None and written.kind == "marketing":
                    found.update(dict.fromkeys(_too_much(written.body)))
        yield from found


def _too_much(body: Part) -> Iterator[Finding]:
    # A tag becomes one word, so that a link's target has no blanks in it.
    text = _TAG.sub(lambda tag: "{" + tag[1].replace(" ", "") + "}", body.text)
    buttons = _places(_buttons(text))
    links = _places([*_LINK.findall(text), *_HREF.findall(text)])
    headings = len(_HEADING.findall(text))
    if len(buttons) > 1:
        yield _finding("many-calls", body, f"{len(buttons)} buttons lead to different places")
    if headings > MOST_HEADINGS:
        yield _finding("many-subjects", body, f"{headings} headings are more than {MOST_HEADINGS}")
    elif len(links) > MOST_LINKS:
        message = f"links to {len(links)} places are more than {MOST_LINKS}"
        yield _finding("many-subjects", body, message)


def _finding(id: str, body: Part, message: str) -> Finding:
    hint = "one mail, one subject: send the rest another day, to those who want it"
    return Finding(id, Severity.WARNING, message, body.place(1), hint)


def _buttons(text: str) -> list[str]:
    found = [first or second for first, second in _BUTTON_LINE.findall(text)]
    for tag in _BUTTON_TAG.finditer(text):
        if tag[0].lower().startswith("<mj-button") or _IS_BUTTON.search(tag[1]):
            found += _HREF.findall(tag[1])
    return found


def _places(targets: list[str]) -> set[str]:
    """Where links lead, without what is counted along and our own ways out."""
    return {target.partition("?")[0] for target in targets if target and not _OURS.search(target)}
