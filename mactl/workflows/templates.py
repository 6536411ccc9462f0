"""The templates of a run, compiled: what goes into the state, and what values each of them needs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from mactl.content.source import TemplateSource, names_used
from mactl.content.templates import compile_template
from mactl.errors import ConfigurationError
from mactl.findings import Finding
from mactl.journey.graph import build_graph
from mactl.project import Sender, Settings
from mactl.recipe.recipe import Recipe


@dataclass(frozen=True)
class Templates:
    """(recipe, step) → the source of what that step sends, with the project's From filled in."""

    sources: Mapping[tuple[str, str], TemplateSource]
    needs: Mapping[tuple[str, str], frozenset[str]]
    """Which dotted names each of them uses: `contact.first_name`."""


def compile_templates(
    recipes: Sequence[Recipe], settings: Settings
) -> tuple[Templates, list[Finding]]:
    """The template of every step of `recipes` that sends; a faulty one is left out and reported."""
    sources: dict[tuple[str, str], TemplateSource] = {}
    findings: list[Finding] = []
    for recipe in recipes:
        if recipe.file.journey is None:
            continue
        for node, step in build_graph(recipe.file.journey).sends():
            name, subject = step.send.template, step.send.subject
            template = recipe.file.templates[name]
            if subject is not None:
                template = template.model_copy(update={"subject": subject})
            source, problems = compile_template(
                name, template, recipe, locale=settings.locale, currency=settings.currency
            )
            findings += problems
            if source is not None:
                sources[recipe.id, node.id] = _with_sender(source, settings.sender)
    needs = {key: frozenset(names_used(source)) for key, source in sources.items()}
    return Templates(sources, needs), findings


def _with_sender(source: TemplateSource, sender: Sender | None) -> TemplateSource:
    """A worker has no mactl.yaml: who the mail comes from goes along."""
    if sender is None:
        return source
    return replace(
        source, from_=source.from_ or sender.from_, reply_to=source.reply_to or sender.reply_to
    )


def need_sender(settings: Settings) -> Sender:
    """Who the mail comes from; ConfigurationError where mactl.yaml does not say."""
    if settings.sender is None:
        raise ConfigurationError(
            "mactl.yaml does not say who the mail comes from",
            "add sender: {from: …, address: …, unsubscribe: …}",
        )
    return settings.sender
