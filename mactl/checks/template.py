"""A template can't be made into a message.

Its file is missing or lies outside the cookbook, its Jinja has a mistake, it uses a name that templates don't know,
or a marketing page of your own has no link to `{{ unsubscribe_url }}`. Each finding says which, at the line of the
template's file.
"""

from collections.abc import Iterator

from mactl.content.templates import compile_template
from mactl.findings import Finding
from mactl.recipe.cookbook import Cookbook


def check(cookbook: Cookbook) -> Iterator[Finding]:
    """What compiling every template finds."""
    for recipe in cookbook:
        for name, template in recipe.file.templates.items():
            yield from compile_template(name, template, recipe)[1]
