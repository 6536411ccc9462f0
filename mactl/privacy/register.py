"""The record of processing activities (GDPR Article 30(1)), made from what recipes and mactl.yaml say.

Each value is named for the letter of the article that asks for it.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mactl.privacy.categories import is_third_country
from mactl.privacy.used import EVERYTHING, recipients_of, sends_marketing, uses_of, writes_to_people
from mactl.project import FILE_NAME, Project, Settings
from mactl.project.privacy import Controller, Processor
from mactl.recipe.cookbook import Cookbook
from mactl.recipe.recipe import Recipe

_BASES = {
    "consent": "consent (Article 6(1)(a))",
    "existing_customer": "existing customers (ePrivacy Directive Article 13(2))",
    "contract": "contract (Article 6(1)(b))",
    "legitimate_interest": "legitimate interest (Article 6(1)(f))",
    "legal_obligation": "legal obligation (Article 6(1)(c))",
}


@dataclass(frozen=True, slots=True)
class Activity:
    """One processing activity; what nobody has said is empty."""

    name: str
    purpose: str
    """(b)"""
    basis: Sequence[str]
    subjects: str
    """(c): whose data."""
    data: Sequence[str]
    """(c): which."""
    recipients: Sequence[str]
    """(d)"""
    transfers: Sequence[str]
    """(e)"""
    retention: str
    """(f)"""
    safeguards: Sequence[str]
    """(g)"""
    source: str
    """The file that says so, relative to the project's folder, whatever folder the command was run in."""

    @property
    def missing(self) -> list[str]:
        """What the article asks for and nobody has said."""
        wanted = {
            "purpose": self.purpose,
            "subjects": self.subjects,
            "data": self.data,
            "retention": self.retention,
            "safeguards": self.safeguards,
        }
        return [name for name, value in wanted.items() if not value]


@dataclass(frozen=True, slots=True)
class Register:
    """The record: (a) who answers, and each activity."""

    project: str
    controller: Controller | None
    processors: Sequence[Processor]
    activities: Sequence[Activity]

    @property
    def missing(self) -> list[str]:
        """What the record lacks as a whole."""
        return ["controller"] if self.controller is None else []


def register_of(project: Project, cookbook: Cookbook) -> Register:
    """The record of a project with this cookbook: an activity for each recipe that is about people, then what mactl
    does beside them."""
    settings = project.settings
    recipes = [
        _of_recipe(recipe, project)
        for recipe in cookbook
        if recipe.file.privacy is not None or recipe.file.journey is not None
    ]
    return Register(
        settings.project,
        settings.controller,
        settings.processors,
        (*recipes, *_of_project(settings)),
    )


def _of_recipe(recipe: Recipe, project: Project) -> Activity:
    settings, file, privacy = project.settings, recipe.file, recipe.file.privacy
    named = list(privacy.data) if privacy else []
    used = [use.field for use in uses_of(recipe) if use.field != EVERYTHING]
    recipients = list(recipients_of(recipe))
    channels = [
        name for name in settings.channels if writes_to_people(recipe) and _uses(recipe, name)
    ]
    recipients += [f"channel {name}" for name in channels]
    if writes_to_people(recipe):
        recipients.append("the relay that takes the mail")
    return Activity(
        name=file.title or recipe.id,
        purpose=privacy.purpose if privacy else "",
        basis=[_basis(name, settings, privacy.topic if privacy else None) for name in privacy.basis]
        if privacy
        else ([] if sends_marketing(recipe) else ["service to who asked for it"]),
        subjects=(privacy.subjects or "") if privacy else "",
        data=named or [*dict.fromkeys(used)],
        recipients=[*recipients, *_processors(settings)],
        transfers=_transfers(settings),
        retention=_retention(settings, privacy.retention if privacy else None),
        safeguards=[
            *dict.fromkeys([*settings.safeguards, *(privacy.safeguards if privacy else ())])
        ],
        source=_within(project.folder, recipe.document.path),
    )


def _within(folder: Path, path: str) -> str:
    return Path(os.path.relpath(path, folder)).as_posix()


def _uses(recipe: Recipe, channel: str) -> bool:
    texts = recipe.file.templates.values()
    return any(getattr(template, channel, None) is not None for template in texts)


def _basis(name: str, settings: Settings, topic: str | None) -> str:
    told = _BASES[name]
    if name == "consent" and topic:
        return f"{told}, topic {topic}"
    why = getattr(settings.grounds, name, None)
    return f"{told}: {why}" if why else told


def _retention(settings: Settings, own: str | None) -> str:
    if own:
        return own
    term = settings.retention.sends
    return f"{term} after the message" if term is not None else ""


def _processors(settings: Settings) -> list[str]:
    return [f"{one.name} ({one.does})" for one in settings.processors]


def _transfers(settings: Settings) -> list[str]:
    return [
        f"{one.name}, {one.country}: {one.transfer or 'no safeguards are named'}"
        for one in settings.processors
        if is_third_country(one.country)
    ]


def _of_project(settings: Settings) -> list[Activity]:
    """What mactl does whatever the recipes are: it remembers consents and opt-outs, and tells other systems."""
    common = {
        "transfers": _transfers(settings),
        "safeguards": list(settings.safeguards),
        "source": FILE_NAME,
    }
    found = (
        [
            Activity(
                name="Proof of consent",
                purpose="To show that people agreed to what they are sent (Article 7(1))",
                basis=[_BASES["legal_obligation"]],
                subjects="people who were asked for consent",
                data=["when, where and how they agreed, and the words they were shown"],
                recipients=_processors(settings),
                retention="as long as the consent is used, and until it is erased on request",
                **common,  # type: ignore[arg-type]
            )
        ]
        if settings.consent
        else []
    )
    found.append(
        Activity(
            name="Suppression list",
            purpose="To leave alone whoever asked for it (Article 21(3)), and addresses that do not work",
            basis=[_BASES["legal_obligation"]],
            subjects="people who opted out, or whose address does not work",
            data=["address, or its keyed hash", "reason", "date"],
            recipients=_processors(settings),
            retention="as long as anybody is written to",
            **common,  # type: ignore[arg-type]
        )
    )
    for name, sync in settings.sync.items():
        found.append(
            Activity(
                name=f"Sync to {name}",
                purpose=sync.purpose or "",
                basis=[],
                subjects=f"contacts in the segment {sync.segment}"
                if sync.segment
                else "all contacts",
                data=list(sync.columns),
                recipients=[f"webhook {sync.to}" if sync.to else f"file {sync.file}"],
                retention=str(settings.retention.sends or ""),
                **common,  # type: ignore[arg-type]
            )
        )
    return found
