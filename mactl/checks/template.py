"""A template can't be made into a message, or makes one that reads or works badly.

Errors: its file is missing or lies outside the cookbook, its Jinja has a mistake, it uses a name that templates don't
know, or a marketing page of your own has no link to `{{ unsubscribe_url }}`. Warnings: images without `alt`, links
without https, a subject that inboxes cut, a page that Gmail clips. Each is told at the line of the template's file.

    templates:
      offer:
        subject: "{{ contact.first_name | default('Hello') }}, your contract ends soon"
        body: |
          [See what renewing costs]({{ vars.link }}).
"""

from collections import Counter
from collections.abc import Iterable, Iterator

from mactl.checks.plain_template import is_plain
from mactl.checks.scope import Scope
from mactl.content.lint import LINTS, lint_template
from mactl.content.parts import Written
from mactl.content.supplies import UNKNOWN, Supplies
from mactl.content.templates import FINDINGS, compile_written
from mactl.findings import Finding

IDS = (*FINDINGS, *(lint.id for lint in LINTS))


def check(scope: Scope) -> Iterator[Finding]:
    """What compiling and reading every template finds."""
    supplies = UNKNOWN if scope.settings is None else Supplies.of(scope.settings)
    for look in scope:
        for many, unread in look.letters.values():
            found: Counter[Finding] = Counter()  # wordings share what is wrong with what they share
            for written in many:
                found.update([*dict.fromkeys(_findings(written, supplies))])
            told = (f for f, times in found.items() if f.id not in _OF_ALL or times == len(many))
            yield from dict.fromkeys((*unread, *told))


_OF_ALL = ("block-unused",)
"""What is wrong with a template only where it is wrong with every wording of it."""


def _findings(written: Written, supplies: Supplies) -> Iterable[Finding]:
    if is_plain(written):
        return ()
    source, problems = compile_written(written, supplies)
    return problems if source is None else (*problems, *lint_template(written, source))
