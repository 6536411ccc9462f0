"""A recipe waits for an event, or asks about a property, that the data have never had.

Found with `--data`. A misspelt event never happens: nobody enters, nobody meets the goal. What is new and will only
come is fine: say so with `# mactl: ignore[unseen-event] starts in March`. Events of other names are mapped under
`events: [{names: …}]` in mactl.yaml. What mactl tells itself (`email_clicked`, `stage_changed`) need not be there
yet.

    events: [{file: orders.csv, names: {Besteld: purchase}}]     # in mactl.yaml
    enter: {event: webinar_joined}  # mactl: ignore[unseen-event] starts in March
"""

from collections.abc import Iterator

from mactl.checks.data import OWN_EVENTS, Data
from mactl.checks.scope import Look
from mactl.document import Route
from mactl.findings import Finding, Severity
from mactl.recipe.conditions import EventCondition, Sequel
from mactl.recipe.definitions import EventRule
from mactl.recipe.enter import EnterByEvent
from mactl.recipe.journey import Goal
from mactl.validation import did_you_mean

IDS = ("unseen-event", "unseen-property")

Named = EventCondition | Sequel | EventRule | EnterByEvent | Goal
"""What names an event, with what it must be."""
_OTHERS = ("key", "same", "revenue")
_MEASURES = ("sum", "avg", "min", "max")


def check(data: Data) -> Iterator[Finding]:
    """One finding for each event that is not in the data, and each property that no event of that name has."""
    for look in data.scope:
        for route, part in events_named(look):
            if part.event in OWN_EVENTS:
                continue
            if part.event in data.events:
                yield from _unseen_properties(data, look, route, part)
            else:
                yield Finding(
                    "unseen-event",
                    Severity.WARNING,
                    f"the data have no event {part.event!r}",
                    look.place((*route, "event")),
                    did_you_mean(part.event, data.events) or "correct it, or say why it will come",
                )


def events_named(look: Look) -> Iterator[tuple[Route, Named]]:
    """Every part of a recipe that names an event, with its route."""
    yield from look.each(EventCondition)
    yield from look.each(Sequel)
    yield from look.each(EventRule)
    yield from look.each(EnterByEvent)
    yield from look.each(Goal)


def _unseen_properties(data: Data, look: Look, route: Route, part: Named) -> Iterator[Finding]:
    known = data.properties(part.event)
    for way, name in properties_named(part):
        if name not in known:
            yield Finding(
                "unseen-property",
                Severity.WARNING,
                f"no {part.event!r} in the data has the property {name!r}",
                look.place((*route, *way), key=way[0] == "where"),
                did_you_mean(name, known) or f"they have {', '.join(sorted(known)) or 'none'}",
            )


def properties_named(part: Named) -> Iterator[tuple[Route, str]]:
    """Each property of its event that a part names, with the way to it."""
    yield from ((("where", name), name) for name in part.where)
    for key in _OTHERS:
        name = getattr(part, key, None)
        if isinstance(name, str):
            yield (key,), name
    for measure in _MEASURES:
        test = getattr(part, measure, None)
        if test is not None and hasattr(test, "of"):
            yield (measure, "of"), test.of
