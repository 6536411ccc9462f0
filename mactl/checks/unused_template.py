"""A template is never sent.

Often a step was renamed and its template was not, so that people get nothing, or another text than was meant. Send it
from a step, or remove it.

    steps: [{send: offer}, {wait: 3 days}, {send: reminder}]
    templates: {offer: {…}, reminder: {…}}
"""

from collections.abc import Iterator

from mactl.checks.scope import Scope
from mactl.findings import Finding, Severity
from mactl.recipe.steps import ConsentRequest, SendTarget

IDS = ("unused-template",)


def check(scope: Scope) -> Iterator[Finding]:
    """One finding for each template that no step of the journey names."""
    for look in scope:
        if look.flow is None:
            continue
        sent = {target.template for _, target in look.each(SendTarget)}
        sent |= {request.template for _, request in look.each(ConsentRequest)}
        for name in look.recipe.file.templates:
            if name not in sent:
                yield Finding(
                    "unused-template",
                    Severity.WARNING,
                    f"no step sends {name!r}",
                    look.place(("templates", name), key=True),
                    "send it from a step, or remove it",
                )
