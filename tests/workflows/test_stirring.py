"""What looks at the clock is found wherever a run asks it."""

from datetime import timedelta
from typing import Any

from mactl.workflows.timing.stirring import TimeTests
from tests.workflows.small import cookbook_of

CHANNELS = ("email",)


def looks_of(
    segment: Any, *never: str, shared: dict[str, Any] | None = None, **more: Any
) -> TimeTests:
    """Of a recipe that lets in `segment`, and one of definitions alone."""
    journey = {"enter": {"segment": "some"}, "leave": [], "steps": [{"send": "one"}]}
    recipes = {"first": {"segments": {"some": segment}, "journey": journey, **more}}
    cookbook = cookbook_of(recipes | {"shared": shared or {}})
    return TimeTests.of(cookbook, [cookbook.recipes["first"]], CHANNELS, never)


def test_the_segments_that_get_no_marketing_are_looked_at_too() -> None:
    silent = {"segments": {"silent": {"event": "visit", "last": {"older_than": "3 hours"}}}}

    assert not looks_of({"event": "start"}, shared=silent).events
    assert looks_of({"event": "start"}, "shared.silent", shared=silent).events


def test_a_derived_field_whose_change_is_asked_about_is_followed() -> None:
    moved = {"field": "margin", "changed": {"within_last": "2 hours"}}

    assert looks_of(moved, fields={"margin": "clv - cost"}).asks_for_changes


def test_what_is_near_and_what_is_far_are_all_there_is() -> None:
    tests = looks_of(
        [
            {"event": "visit", "within_last": "3 hours"},
            {"event": "visit", "last": {"older_than": "30 days"}},
            {"field": "ends", "within_next": "1 week"},
            {"event": "visit", "not_followed_by": {"event": "paid", "within": "1 day"}},
            {"task": "call", "is": "overdue"},
        ],
    )
    near, far = tests.parted(timedelta(days=2))

    assert near.sequels == tests.sequels
    assert {str(edge.length) for edge in near.events} == {"-3 hours", "0 days"}
    assert {str(edge.length) for edge in far.events} == {"-30 days"}
    assert near.has_due_tasks
    assert far.fading
    whole, nothing = tests.parted(timedelta.max)
    assert nothing.fading
    assert not nothing.has_edges
    assert (whole.fields, whole.events) == (tests.fields, tests.events)
