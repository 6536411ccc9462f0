"""A recipe does not say what it does, or has no test that shows it.

A `title` is what reports, plans and colleagues call the recipe by. `tests` are small stories that `mactl test` plays:
who there is, what they do, what should come of it. They show a reviewer what a change does, and keep the next change
from breaking it.

    title: Offer renewal before a high-value subscriber leaves
    tests:
      - name: a customer gets the offer
        now: 2026-12-01T09:00
        contacts: [{email: ann@example.com, clv: 1500}]
        expect: {sends: [{to: ann@example.com, template: offer}]}
"""

from collections.abc import Iterator

from mactl.checks.scope import Scope
from mactl.findings import Finding, Severity

IDS = ("missing-title", "missing-tests", "duplicate-test", "empty-expectation")


def check(scope: Scope) -> Iterator[Finding]:
    """Notes on what is missing, and warnings of tests that show nothing."""
    for look in scope:
        file = look.recipe.file
        top = look.place(("recipe",), key=True)
        if file.title is None:
            yield Finding(
                "missing-title",
                Severity.NOTE,
                "the recipe doesn't say what it does",
                top,
                "add `title: …`",
            )
        if file.journey is not None and not file.tests:
            yield Finding(
                "missing-tests",
                Severity.NOTE,
                "no test shows what the recipe does",
                top,
                "add one under `tests`",
            )
        seen: set[str] = set()
        for number, test in enumerate(file.tests):
            if test.name in seen:
                yield Finding(
                    "duplicate-test",
                    Severity.WARNING,
                    f"another test is called {test.name!r}",
                    look.place(("tests", number, "name")),
                    "say what this one promises",
                )
            seen.add(test.name)
            if test.expect is None or not test.expect.model_fields_set:
                yield Finding(
                    "empty-expectation",
                    Severity.WARNING,
                    "this test expects nothing, so it can't fail",
                    look.place(("tests", number)),
                    "add `expect: {sends: […]}`; `mactl test --update` writes it for review",
                )
