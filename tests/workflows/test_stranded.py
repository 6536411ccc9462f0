"""People on a step that an edit took away stay there, and a plan says so."""

from datetime import UTC, datetime, timedelta
from typing import Any

from mactl.workflows.rows import plain_rows
from tests.workflows.small import Small, cookbook_of

NOW = datetime(2026, 12, 1, 8, tzinfo=UTC)
LATER = NOW + timedelta(hours=30)


def recipe(*steps: dict[str, Any], **more: Any) -> dict[str, dict[str, Any]]:
    journey = {"enter": {"event": "start"}, "leave": [{"event": "cancel"}], "steps": list(steps)}
    return {"welcome": {**more, "journey": journey}}


def waiting(*, cancels: bool = False) -> Small:
    """Two people wait a day on the step `pause`; one of them cancels meanwhile, if told so."""
    contacts = [{"email": "ann@acme.test"}, {"email": "bob@acme.test"}]
    events = [
        {"email": row["email"], "event": "start", "at": "2026-12-01T07:30Z"} for row in contacts
    ]
    if cancels:
        events.append({"email": "bob@acme.test", "event": "cancel", "at": "2026-12-02T07:30Z"})
    small = Small(recipe({"wait": "1 day", "id": "pause"}, {"send": "one"}), contacts, events)
    small.world.tick(NOW)
    return small


def edited(small: Small, recipes: dict[str, dict[str, Any]]) -> Small:
    small.cookbook = small.world.cookbook = cookbook_of(recipes)
    return small


def stands(small: Small) -> list[tuple[str, str]]:
    rows = plain_rows(small.plan(LATER).history.enrollments)
    return [(row["step"], row["status"]) for row in rows]


def test_who_stands_on_a_step_that_is_gone_stays_there_and_a_finding_counts_them() -> None:
    small = edited(waiting(), recipe({"wait": "1 day", "id": "pauze"}, {"send": "one"}))
    plan = small.plan(LATER)

    [finding] = plan.findings
    assert (finding.id, finding.severity) == ("stranded", "warning")
    assert finding.message.startswith("2 people stand on 'pause'")
    assert finding.hint is not None
    assert "moved: {pause: NEW}" in finding.hint
    assert "pauze" in finding.hint
    assert not len(plan.intents("queue"))
    small.world.tick(LATER)
    assert stands(small) == [("pause", "active")] * 2
    assert [f.id for f in small.plan(LATER + timedelta(days=9)).findings] == ["stranded"]


def test_they_leave_all_the_same_when_they_have_a_reason() -> None:
    small = edited(waiting(cancels=True), recipe({"send": "one"}))
    assert [f.message.partition(",")[0] for f in small.plan(LATER).findings] == [
        "1 person stands on 'pause'"
    ]
    small.world.tick(LATER)
    assert sorted(stands(small)) == [("pause", "active"), ("pause", "left")]


def test_a_step_that_comes_back_takes_them_on() -> None:
    small = edited(waiting(), recipe({"send": "one"}))
    small.world.tick(LATER)
    edited(small, recipe({"wait": "1 day", "id": "pause"}, {"send": "one"}))

    plan = small.plan(LATER + timedelta(minutes=1))
    assert not plan.findings
    assert len(plan.intents("queue")) == 2


def test_a_step_that_was_renamed_or_retired_strands_nobody() -> None:
    moved = recipe({"wait": "1 day", "id": "rest"}, {"send": "one"}, moved={"pause": "rest"})
    retired = recipe({"send": "one"}, retired={"pause": "one"})
    for steps in (moved, retired):
        plan = edited(waiting(), steps).plan(LATER)
        assert not plan.findings
        assert len(plan.intents("queue")) == 2
