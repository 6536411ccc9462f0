"""Topics that nobody writes about: an entry for one would stop nothing."""

from collections.abc import Iterable, Iterator

from mactl.findings import Finding, Severity
from mactl.project import Project
from mactl.store.suppressions import ALL_MAIL
from mactl.validation import did_you_mean
from mactl.workflows.opening import select_recipes


def unknown_topics(project: Project, topics: Iterable[str]) -> Iterator[Finding]:
    """A warning for each of `topics` that neither a recipe nor `consent` in mactl.yaml has.

    The recipes are read only where one of them is not in mactl.yaml.
    """
    named = sorted(set(topics) - {ALL_MAIL, *project.settings.consent})
    if not named:
        return
    known = {*project.settings.consent, *_topics_of_recipes(project)}
    for topic in named:
        if topic not in known:
            yield Finding(
                "suppression-unknown-topic",
                Severity.WARNING,
                f"nothing is written on {topic!r}, so this stops nothing until a recipe has that topic",
                hint=did_you_mean(topic, known) or _hint(known),
            )


def _topics_of_recipes(project: Project) -> Iterator[str]:
    for recipe in select_recipes(project, ()).cookbook.recipes.values():
        privacy = recipe.file.privacy
        if privacy is not None and privacy.topic:
            yield privacy.topic


def _hint(known: set[str]) -> str:
    if not known:
        return "leave --topic out to suppress all mail"
    return f"topics are: {', '.join(sorted(known))}; without one all mail is suppressed"
