"""`again` does not go with what lets people in.

A journey is entered once unless `again` says otherwise, whatever lets people in. So a newsletter of every Tuesday
needs `again: always`, or everyone gets one issue; a birthday mail needs it too, or it comes once in a life. `again:
per key` needs a `key` (the cart, the order) in an event that lets people in, and a `key` needs an `again` that uses
it. `on rejoin` is for journeys that a segment lets people into.

    enter: {event: cart_abandoned, key: cart_id}
    again: per key
"""

from collections.abc import Iterator

from mactl.checks.scope import Look, Scope
from mactl.document import Route
from mactl.findings import Finding, Severity
from mactl.recipe.enter import EnterByDate, EnterByEvent, EnterBySegment, EnterOnce
from mactl.recipe.journey import Journey

IDS = ("again-without-key", "again-never", "again-unfit", "key-unused")

_ERROR, _WARNING = Severity.ERROR, Severity.WARNING
_AGAIN: Route = ("journey", "again")
_ENTER: Route = ("journey", "enter")


def check(scope: Scope) -> Iterator[Finding]:
    """At most one finding for each journey."""
    for look in scope:
        journey = look.recipe.file.journey
        if journey is not None:
            yield from _mismatch(look, journey)


def _mismatch(look: Look, journey: Journey) -> Iterator[Finding]:
    enter, again = journey.enter, journey.again
    key = enter.key if isinstance(enter, EnterByEvent) else None
    if again == "per key" and key is None:
        yield Finding(
            "again-without-key",
            _ERROR,
            "people may enter again per key, but nothing says which property the key is",
            look.place(_AGAIN),
            "add `key: PROPERTY` to `enter: {event: …}`",
        )
    elif again == "on rejoin" and not isinstance(enter, EnterBySegment):
        yield Finding(
            "again-unfit",
            _WARNING,
            "nobody rejoins here: it is no segment that lets people in",
            look.place(_AGAIN),
            "write `again: always`, or `after 90 days`",
        )
    elif again == "never" and key is not None:
        yield Finding(
            "key-unused",
            _WARNING,
            f"the key {key!r} changes nothing: everyone enters once, whatever the key",
            look.place((*_ENTER, "key")),
            "write `again: per key`",
        )
    elif again == "never" and (words := _repeats(journey)):
        place = look.place(_AGAIN, key=True) if "again" in journey.model_fields_set else None
        yield Finding(
            "again-never",
            _WARNING,
            f"{words}, but everyone enters only once",
            place or look.place(_ENTER, key=True),
            "write `again: always`, or `after 90 days`",
        )


def _repeats(journey: Journey) -> str | None:
    """In words that this entry comes round again; None where it does not."""
    if journey.is_periodic and not isinstance(journey.enter, EnterOnce):
        return "this comes round again and again"
    if isinstance(journey.enter, EnterByDate) and journey.enter.yearly:
        return "this date comes every year"
    return None
