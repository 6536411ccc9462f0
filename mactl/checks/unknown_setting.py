"""A recipe uses something that mactl.yaml does not declare: a team, a webhook, a channel, a topic, an objective.

Addresses, hosts and secrets stand in mactl.yaml, so that a recipe from a pull request can't send data anywhere new.
Declare what is meant there, or correct the name. E-mail is no entry of `channels`: it goes out as `smtp` says, whatever
stands there (`misplaced-channel`).

    smtp: {url: "${SMTP_URL}"}
    teams: {sales: {email: sales@acme.example}}
    webhooks: {crm: {url: "${CRM_URL}"}}
    channels: {sms: {webhook: "${SMS_GATEWAY_URL}"}}
    consent: {offers: {state: opt_in, at: opt_in_at, source: opt_in_source, wording: opt_in_text}}
"""

from collections.abc import Iterator, Mapping
from typing import Any

from mactl.checks.scope import Look, Scope
from mactl.document import Route
from mactl.findings import Finding, Place, Severity
from mactl.project import Settings
from mactl.recipe.conditions import ConsentCondition
from mactl.recipe.steps import Assignment, Notification, SendTarget, WebhookCall
from mactl.validation import did_you_mean

IDS = (
    "unknown-team",
    "unknown-webhook",
    "unknown-channel",
    "unknown-topic",
    "unknown-objective",
    "misplaced-channel",
)

_ALWAYS_THERE = ("email", "preferred")


def check(scope: Scope) -> Iterator[Finding]:
    """One finding for each name that the settings lack; nothing where there are no settings."""
    settings = scope.settings
    if settings is None:
        return
    if "email" in settings.channels:
        yield Finding(
            "misplaced-channel",
            Severity.ERROR,
            "channels.email changes nothing: e-mail goes out as `smtp` says",
            Place("mactl.yaml"),
            "take it out; `smtp: {url: maildir:PATH}` writes mails to a folder instead of sending them",
        )
    for look in scope:
        for kind, route, name, known in _named(look, settings, scope):
            if name not in known:
                topic = kind == "topic"
                yield Finding(
                    f"unknown-{kind}",
                    Severity.WARNING if topic else Severity.ERROR,
                    f"nobody can have given consent for {name!r}: mactl.yaml has no columns for it"
                    if topic
                    else f"mactl.yaml declares no {kind} {name!r}",
                    look.place(route),
                    did_you_mean(name, known) or f"add it to `{_KEYS[kind]}` in mactl.yaml",
                )


_KEYS = {
    "team": "teams",
    "webhook": "webhooks",
    "channel": "channels",
    "topic": "consent",
    "objective": "objectives",
}
_Named = tuple[str, Route, str, Mapping[Any, Any]]


def _named(look: Look, settings: Settings, scope: Scope) -> Iterator[_Named]:
    channels = dict.fromkeys((*_ALWAYS_THERE, *settings.channels))
    for route, told in look.each(Notification):
        yield "team", (*route, "to"), told.to, settings.teams
    for route, task in look.each(Assignment):
        yield "team", (*route, "to"), task.to, settings.teams
    for route, call in look.each(WebhookCall):
        yield "webhook", (*route, "to"), call.to, settings.webhooks
    for route, target in look.each(SendTarget):
        for index, channel in enumerate(target.channel):
            yield "channel", (*route, "channel", index), channel, channels
    yield from _topics(look, settings, scope)
    case = look.recipe.file.use_case
    if case is not None and case.objective is not None:
        yield "objective", ("use_case", "objective"), case.objective, settings.objectives


def _topics(look: Look, settings: Settings, scope: Scope) -> Iterator[_Named]:
    """Topics that consent is needed for; one that some recipe asks for will be given."""
    known = dict.fromkeys((*scope.asked_topics, *settings.consent))
    privacy = look.recipe.file.privacy
    if privacy is not None and privacy.topic is not None and "consent" in privacy.basis:
        yield "topic", ("privacy", "topic"), privacy.topic, known
    for route, condition in look.each(ConsentCondition):
        yield "topic", (*route, "consent"), condition.consent, known
