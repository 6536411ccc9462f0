"""A test as it is made ready to play: its rows, its proofs of consent, the settings it plays under."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from mactl.clock import parse_instant, zone_named
from mactl.durations import add_duration
from mactl.errors import MactlError
from mactl.findings import Finding, Severity
from mactl.people.events import events_from_rows
from mactl.people.people import people_from_rows
from mactl.people.sources.headers import field_name
from mactl.project import ConsentColumns, Sender, Settings
from mactl.recipe.conditions import REACTIONS, CompletedCondition, EnrolledCondition
from mactl.recipe.cookbook import Cookbook
from mactl.recipe.expectations import RecipeTest
from mactl.recipe.recipe import Recipe
from mactl.recipe.steps import EnrollStep
from mactl.recipe.walk import walk
from mactl.store.suppressions import address_key
from mactl.workflows.timing.crowd import Crowd

_NUMBER = re.compile(r"[-+]?\d+([.,]\d+)?")
_SENDER = Sender.model_validate(
    {
        "from": "Test <test@example.com>",
        "address": "Example, 1 Example Street",
        "unsubscribe": "https://example.com/u/{token}",
        "preferences": "https://example.com/p/{token}",
    }
)
"""Who writes where mactl.yaml does not say: nothing goes out."""
_MISSING = {"event-unknown-contact", "event-without-contact"}


class CannotPlay(MactlError):
    """What a test says does not go together; it fails with this."""

    exit_code = 1


@dataclass(frozen=True)
class Staged:
    """A test that is ready to play."""

    settings: Settings
    crowd: Crowd
    begin: datetime
    """UTC, a whole minute."""
    end: datetime


def stage(test: RecipeTest, settings: Settings) -> Staged:
    """`test` under the project's `settings`, refined by what it says; CannotPlay where that does not go together."""
    zone = zone_named(settings.timezone)
    begin = parse_instant(test.now, zone)
    contacts = [dict(row) for row in test.contacts]
    declared = _with_consents(contacts, test, settings, begin)
    declared = declared.model_copy(
        update={
            "columns": {**_written_types(contacts), **declared.columns},
            "sender": declared.sender or _SENDER,
            # The same rules as on any engine, and the quickest on a handful of people.
            "engine": "arrow",
        }
    )
    people = people_from_rows(declared, [_as_lists(row) for row in contacts])
    events = events_from_rows(declared, [_as_lists(row) for row in test.events], people)
    _refuse(people.findings, "contacts")
    _refuse(events.findings, "events")
    return Staged(declared, Crowd(people, events), begin, add_duration(begin, test.run, zone))


def cast_of(cookbook: Cookbook, recipe: Recipe, test: RecipeTest) -> tuple[str, ...]:
    """The recipes that play: this one, those that the test names, and those that they hand people over to or ask
    about."""
    open_, found = [recipe.id, *test.recipes], dict[str, None]()
    while open_:
        id = open_.pop()
        if id in found or id not in cookbook.recipes:
            continue
        found[id] = None
        open_ += _asked_of(cookbook.recipes[id])
    return tuple(sorted(found))


def _asked_of(recipe: Recipe) -> Iterator[str]:
    for _, part in walk((recipe.file.journey, recipe.file.segments)):
        if isinstance(part, EnrollStep):
            yield part.enroll
        elif isinstance(part, EnrolledCondition):
            yield part.enrolled
        elif isinstance(part, CompletedCondition):
            yield part.completed
        elif isinstance(part, REACTIONS):
            yield str(getattr(part, part.keyword)).partition(".")[0]


def _with_consents(
    contacts: list[dict[str, Any]], test: RecipeTest, settings: Settings, begin: datetime
) -> Settings:
    """`settings` with the columns that prove each consent, which are filled in `contacts`."""
    declared = dict(settings.consent)
    for given in test.consents:
        columns = declared.setdefault(given.topic, _assumed(given.topic))
        rows = [row for row in contacts if _is(row, given.email)]
        if not rows:
            raise CannotPlay(
                f"consents: no contact of the test is {given.email}", "add a row for them"
            )
        proofs = {
            columns.state: True,
            columns.at: given.at or (begin - timedelta(days=1)).isoformat(),
            columns.source: "the test",
            columns.wording: "the wording of the test",
        }
        for row in rows:
            row.update({name: value for name, value in proofs.items() if name})
    return settings.model_copy(update={"consent": declared})


def _is(row: Mapping[str, Any], who: str) -> bool:
    named = {field_name(name): value for name, value in row.items()}
    email = named.get("email")
    return who == named.get("contact_id") or (
        isinstance(email, str) and address_key(email) == address_key(who)
    )


def _assumed(topic: str) -> ConsentColumns:
    """Columns for a topic of which mactl.yaml says nothing, so that a recipe plays by itself."""
    name = f"consent_{re.sub(r'[^a-z0-9]+', '_', topic.casefold())}"
    return ConsentColumns(
        state=name,
        at=f"{name}_at",
        source=f"{name}_source",
        wording=f"{name}_wording",
        free=True,
        unambiguous=True,
    )


def _written_types(rows: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """What YAML says of columns whose text alone would tell otherwise: a quoted number is text."""
    found: dict[str, list[Any]] = {}
    for row in rows:
        for name, value in row.items():
            if value is not None:
                found.setdefault(field_name(name), []).append(value)
    types = {}
    for name, values in found.items():
        if all(isinstance(value, bool) for value in values):
            types[name] = "boolean"
        elif all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in values):
            types[name] = "number"
        elif all(isinstance(value, str) for value in values) and any(
            _NUMBER.fullmatch(value.strip()) for value in values
        ):
            types[name] = "text"
    return types


def _as_lists(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in row.items()}


def _refuse(findings: Sequence[Finding], what: str) -> None:
    for finding in findings:
        if finding.severity is Severity.ERROR or finding.id in _MISSING:
            raise CannotPlay(f"{what}: {finding.message}", finding.hint)
