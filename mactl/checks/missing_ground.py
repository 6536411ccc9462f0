"""A recipe sends marketing but says on no ground.

Writing to people for marketing needs a ground (GDPR Article 6, ePrivacy Directive Article 13). A recipe with a
marketing template needs a `privacy` block with its `basis`; mail that people asked for or that belongs to
a contract is `kind: service` instead.

    privacy: {basis: [consent], topic: offers, purpose: Tell subscribers what renewing costs}
"""

from collections.abc import Iterator

from mactl.checks.scope import Scope
from mactl.findings import Finding, Severity
from mactl.recipe.steps import SendStep

IDS = ("missing-ground",)


def check(scope: Scope) -> Iterator[Finding]:
    """One finding for each recipe that sends marketing without a `privacy` block."""
    for look in scope:
        file = look.recipe.file
        if file.privacy is not None or look.flow is None:
            continue
        for route, step in look.flow:
            if not isinstance(step, SendStep):
                continue
            template = file.templates.get(step.send.template)
            if template is not None and template.kind == "marketing":
                yield Finding(
                    "missing-ground",
                    Severity.ERROR,
                    f"{step.send.template!r} is marketing, and the recipe names no ground for it",
                    look.place(route),
                    "add `privacy: {basis: [consent], topic: …, purpose: …}`, or `kind: service` to the template",
                    "GDPR Article 6",
                )
                break
