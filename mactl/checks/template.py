"""A template can't be made into a message, or makes one that reads or works badly.

Errors: its file is missing or lies outside the cookbook, its Jinja has a mistake, it uses a name that templates don't
know, or a marketing page of your own has no link to `{{ unsubscribe_url }}`. Warnings: images without `alt`, links
without https, a subject that inboxes cut, a page that Gmail clips. Each is told at the line of the template's file.
"""

from collections.abc import Iterator

from mactl.checks.plain_template import is_plain
from mactl.checks.scope import Scope
from mactl.content.lint import LINTS, lint_template
from mactl.content.supplies import ADDRESSES, UNKNOWN, Supplies
from mactl.content.templates import FINDINGS, compile_written
from mactl.findings import Finding
from mactl.project import Settings

IDS = (*FINDINGS, *(lint.id for lint in LINTS))


def check(scope: Scope) -> Iterator[Finding]:
    """What compiling and reading every template finds."""
    supplies = UNKNOWN if scope.settings is None else _supplies_of(scope.settings)
    for look in scope:
        for many, unread in look.letters.values():
            findings = list(unread)
            for written in (each for each in many if not is_plain(each)):
                source, problems = compile_written(written, supplies)
                findings += problems
                findings += lint_template(written, source) if source is not None else []
            yield from dict.fromkeys(findings)  # wordings share what is wrong with what they share


def _supplies_of(settings: Settings) -> Supplies:
    sender = settings.sender
    given = {name for name, key in ADDRESSES.items() if getattr(sender, key, None) is not None}
    return Supplies(
        settings.locale,
        settings.currency,
        frozenset(settings.data),
        frozenset(settings.codes),
        None if sender is None else frozenset(given),
    )
