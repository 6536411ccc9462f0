"""The texts of acting steps: Jinja with the names that templates know, rendered when the action is planned."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, TypeGuard

from babel import Locale
from jinja2 import Template, TemplateError

from mactl.content.fields import as_fields
from mactl.content.filters import MAX_TEXT, FilterError, locale_of
from mactl.content.names import find_uses
from mactl.content.sandbox import TEXT, TemplateContext, bounded_range, compile_syntax
from mactl.delivery.channels.telling import json_value
from mactl.document import Route
from mactl.recipe.steps import ExportStep, NotifyStep, TaskStep, WebhookStep
from mactl.store.actions import ActionKind

OutwardStep = NotifyStep | TaskStep | ExportStep | WebhookStep
"""The steps that become actions."""

ACTION_NAMES = (
    "contact",
    "scores",
    "stage",
    "labels",
    "segments",
    "event",
    "recipe",
    "vars",
)
"""What the text of an action can name."""
_NOTHING = {name: as_fields(None, name) for name in ACTION_NAMES}


class CannotWrite(Exception):
    """The text of an action can't be written; the message says why, and never holds a value."""


def is_outward(step: object) -> TypeGuard[OutwardStep]:
    """Whether `step` becomes an action."""
    return isinstance(step, OutwardStep)


def kind_of(step: OutwardStep) -> ActionKind:
    """What is done in `step`."""
    return ActionKind(step.keyword)


def target_of(step: OutwardStep) -> str:
    """Who or what is told: the team, the file, the webhook."""
    match step:
        case NotifyStep():
            return step.notify.to
        case TaskStep():
            return step.task.to
        case ExportStep():
            return step.export.to
        case WebhookStep():
            return step.webhook.to


def texts_of(step: OutwardStep) -> Iterator[tuple[Route, str]]:
    """Each text of `step`, with its route from the step in the document."""
    match step:
        case NotifyStep():
            yield ("notify", "message"), step.notify.message
        case TaskStep():
            yield ("task", "title"), step.task.title
        case WebhookStep():
            yield from _texts_in(step.webhook.body, ("webhook", "body"))


def names_in(step: OutwardStep) -> set[str]:
    """The dotted names whose values `step` needs: `contact.first_name`, `event.value`, `stage`."""
    if isinstance(step, ExportStep):
        return {f"contact.{column}" for column in step.export.columns}
    return {name for _, text in texts_of(step) for name in _names_used(text)}


def render_action(
    step: OutwardStep,
    values: Mapping[str, Any],
    *,
    locale: str = "en",
    currency: str = "EUR",
) -> dict[str, Any]:
    """What `step` tells of one contact's `values`: plain ones, by the names in `ACTION_NAMES`.

    `{"message"}`, `{"title"}`, `{"columns": {name: value}}` or `{"json": {…}}`, by kind, of plain JSON values. Raises
    CannotWrite where a name is unknown or empty, a filter can't use its value, or a contact lacks a column.
    """
    names: dict[str, Any] = {"range": bounded_range, **_NOTHING}
    names |= {name: as_fields(values[name], name) for name in ACTION_NAMES if name in values}
    language = locale_of(locale) or Locale("en")

    def write(text: str) -> str:
        return _write(text, names, language, currency)

    match step:
        case NotifyStep():
            return {"message": write(step.notify.message).strip()}
        case TaskStep():
            return {"title": " ".join(write(step.task.title).split())}
        case ExportStep():
            contact: Mapping[str, Any] = values.get("contact", {})
            missing = [column for column in step.export.columns if column not in contact]
            if missing:
                raise CannotWrite(f"contacts have no {', '.join(missing)}")
            return {"columns": {c: json_value(contact[c]) for c in step.export.columns}}
        case WebhookStep():
            return {"json": _written(step.webhook.body, write)}


def _texts_in(value: Any, route: Route) -> Iterator[tuple[Route, str]]:
    if isinstance(value, str):
        yield route, value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _texts_in(inner, (*route, key))
    elif isinstance(value, (list, tuple)):
        for index, inner in enumerate(value):
            yield from _texts_in(inner, (*route, index))


def _written(value: Any, write: Any) -> Any:
    """`value` with every text in it rendered."""
    if isinstance(value, str):
        return write(value)
    if isinstance(value, Mapping):
        return {key: _written(inner, write) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_written(inner, write) for inner in value]
    return json_value(value)


@lru_cache(1024)
def _names_used(text: str) -> frozenset[str]:
    return frozenset(use.path for use in find_uses(TEXT.parse(text)))


@lru_cache(1024)
def _compiled(text: str) -> Template:
    return compile_syntax(TEXT.parse(text), TEXT)


def _write(text: str, names: Mapping[str, Any], locale: Locale, currency: str) -> str:
    try:
        template = _compiled(text)
        context = TemplateContext(template.environment, dict(names), template.name, {})
        context.locale, context.currency = locale, currency
        chunks: list[str] = []
        size = 0
        for chunk in template.root_render_func(context):
            size += len(chunk)
            if size > MAX_TEXT:
                raise CannotWrite(f"this is longer than {MAX_TEXT:,} characters")
            chunks.append(chunk)
    except TemplateError as wrong:
        raise CannotWrite(wrong.message or "this can't be written") from wrong
    except FilterError as wrong:
        raise CannotWrite(str(wrong)) from wrong
    except (ArithmeticError, LookupError, TypeError, ValueError, RecursionError) as wrong:
        # What Python says of a value may show it.
        raise CannotWrite(f"this can't be worked out: {type(wrong).__name__}") from wrong
    return "".join(chunks)
