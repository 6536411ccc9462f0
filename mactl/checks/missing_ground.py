"""A recipe sends marketing but says on no ground.

Writing to people for marketing needs a ground (GDPR Article 6, ePrivacy Directive Article 13). A recipe with a
marketing template needs a `privacy` block with its `basis`; mail that people asked for or that belongs to
a contract is `kind: service` instead.
"""

from collections.abc import Iterator, Sequence

from mactl.findings import Finding, Severity
from mactl.journey.graph import build_graph
from mactl.recipe.cookbook import Cookbook
from mactl.recipe.recipe import Recipe

IDS = ("missing-ground",)


def check(cookbook: Cookbook, recipes: Sequence[Recipe]) -> Iterator[Finding]:
    """One finding for each recipe that sends marketing without a `privacy` block."""
    for recipe in recipes:
        if recipe.file.journey is None or recipe.file.privacy is not None:
            continue
        for node, step in build_graph(recipe.file.journey).sends():
            template = recipe.file.templates.get(step.send.template)
            if template is not None and template.kind == "marketing":
                yield Finding(
                    "missing-ground", Severity.ERROR,
                    f"{step.send.template!r} is marketing, and the recipe names no ground for it",
                    recipe.document.place(node.route),
                    "add `privacy: {basis: [consent], topic: …, purpose: …}`, or `kind: service` to the template",
                    "GDPR Article 6",
                )  # fmt: skip
                break
