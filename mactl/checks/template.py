"""A template can't be made into a message, or makes one that reads or works badly.

Errors: its file is missing or lies outside the cookbook, its Jinja has a mistake, it uses a name that templates don't
know, or a marketing page of your own has no link to `{{ unsubscribe_url }}`. Warnings: images without `alt`, links
without https, a subject that inboxes cut, a page that Gmail clips. Each is told at the line of the template's file.
"""

from collections.abc import Iterator, Sequence

from mactl.content.lint import LINTS, lint_template
from mactl.content.parts import read_written
from mactl.content.templates import FINDINGS, compile_written
from mactl.findings import Finding
from mactl.recipe.cookbook import Cookbook
from mactl.recipe.recipe import Recipe

IDS = (*FINDINGS, *(lint.id for lint in LINTS))


def check(cookbook: Cookbook, recipes: Sequence[Recipe]) -> Iterator[Finding]:
    """What compiling and reading every template finds."""
    for recipe in recipes:
        for name, template in recipe.file.templates.items():
            written, findings = read_written(name, template, recipe)
            yield from findings
            if written is None:
                continue
            source, findings = compile_written(written)
            yield from findings
            if source is not None:
                yield from lint_template(written, source)
