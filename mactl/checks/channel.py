"""A message is to go out on a channel for which the template has no text, or a budget is for one that nobody uses.

A text message wants `sms`, a letter `post`, a push message `push`, WhatsApp `whatsapp`; a mail wants `subject` and
`body`. `channel: [preferred, sms, email]` takes the first that reaches the contact and for which there is a text.
`max_cost` needs prices under `cost`, or it holds nothing back (`cost-unknown`). What mactl.yaml declares of a channel
must be something that can be done (`bad-channel`): a file below `exports/`, no column twice, and for an audience
(`ads`) at least one.

    templates:
      reminder: {subject: Your price ends soon, body: …, sms: "Your price ends soon: {{ vars.link }}"}
    cost: {per_send: {email: 0.002, sms: 0.07}}
"""

from collections.abc import Iterator

from mactl.checks.scope import Look, Scope
from mactl.delivery.channels.rows import FOLDER, export_fault
from mactl.delivery.channels.telling import keys_of
from mactl.errors import ConfigurationError
from mactl.findings import Finding, Place, Severity
from mactl.recipe.steps import SendTarget
from mactl.recipe.template import Template, Texts

IDS = ("no-text-for-channel", "cost-unknown", "unused-budget", "bad-channel")

_KEYS = {"email": "body", "sms": "sms", "push": "push", "whatsapp": "whatsapp", "post": "post"}
"""Channel → what a template must say for it; the others need no text."""


def check(scope: Scope) -> Iterator[Finding]:
    """Texts that lack, ceilings without a price, and budgets for nothing."""
    used: set[str] = set()
    for look in scope:
        for route, target in look.each(SendTarget):
            used.update(target.channel)
            template = look.recipe.file.templates.get(target.template)
            for channel in target.channel if template is not None else ():
                if template is not None and not _has_text(template, channel):
                    yield Finding(
                        "no-text-for-channel",
                        Severity.ERROR,
                        f"{target.template!r} says nothing for {channel}",
                        look.place((*route, "channel")),
                        f"add `{_KEYS[channel]}` to the template, or leave the channel out",
                    )
            yield from _ceiling(look, route, target)
    yield from _budgets(scope, used)
    yield from _declared(scope)


def _declared(scope: Scope) -> Iterator[Finding]:
    """Channels whose declaration stops them when their first message goes out."""
    for name, channel in scope.settings.channels.items() if scope.settings else ():
        place = Place("mactl.yaml")
        fault = channel.file and export_fault(channel.file)
        if fault:
            hint = f"write {FOLDER}/NAME.csv"
            yield Finding("bad-channel", Severity.ERROR, f"channels.{name}: {fault}", place, hint)
        try:
            keys_of(name, channel)
        except ConfigurationError as error:
            yield Finding("bad-channel", Severity.ERROR, str(error), place, error.hint)


def _has_text(template: Template, channel: str) -> bool:
    key = _KEYS.get(channel)
    if key is None:
        return True
    texts: tuple[Texts, ...] = (template, *template.cells.values())
    return any(getattr(text, key) is not None for text in texts)


def _ceiling(look: Look, route: tuple[str | int, ...], target: SendTarget) -> Iterator[Finding]:
    if target.max_cost is None:
        return
    cost = look.recipe.file.cost
    priced = set(cost.per_send) if cost else set()
    lacking = [c for c in target.channel if c != "preferred" and c not in priced]
    if lacking:
        yield Finding(
            "cost-unknown",
            Severity.WARNING,
            f"max_cost can't hold for {', '.join(lacking)}: nothing says what a message costs",
            look.place((*route, "max_cost")),
            f"add `cost: {{per_send: {{{lacking[0]}: …}}}}`",
        )


def _budgets(scope: Scope, used: set[str]) -> Iterator[Finding]:
    """Only where the whole cookbook was looked at can it be said that nobody uses a channel."""
    if scope.settings is None or set(scope.chosen) != set(scope.cookbook.recipes) or not used:
        return
    if "preferred" in used:
        return
    for channel in scope.settings.limits.budget:
        if channel not in used:
            yield Finding(
                "unused-budget",
                Severity.NOTE,
                f"limits.budget has {channel}, on which no recipe sends anything",
                Place("mactl.yaml"),
                "send something on it, or take the budget out",
            )
