"""After a run that did nothing, none does anything before the instant that is told."""

import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from tests.conftest import examples
from tests.workflows.small import Small

WORLDS = int(os.environ.get("MACTL_WORLDS", examples(12)))
NOW = datetime(2026, 12, 1, 8, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def journey(enter: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return {"enter": enter, "leave": [], "steps": [{"send": "one"}], **more}


@pytest.mark.parametrize(
    ("segment", "until"),
    [
        ({"event": "visit"}, "2026-12-02T08:00"),  # a day at the most
        ({"event": "visit", "within_last": "3 hours"}, "2026-12-01T10:30"),
        ({"event": "visit", "last": {"older_than": "5 hours"}}, "2026-12-01T12:30"),
        ({"event": "visit", "not_followed_by": {"event": "paid", "within": "4 hours"}}, "2026-12-01T11:30"),
        ({"field": "ends", "within_next": "30 days"}, "2026-12-01T23:00"),  # midnight in Amsterdam
        ({"field": "ends", "within_next": "60 days"}, "2026-12-02T08:00"),  # in already, and long so
        ({"field": "ends", "anniversary_in": "7 days"}, "2026-12-01T23:00"),
        ({"event": "order"}, "2026-12-01T09:00"),  # is still to happen
        ({"none": [{"event": "visit", "within_last": "3 hours"}]}, "2026-12-01T10:30"),
    ],
)  # fmt: skip
def test_it_is_quiet_until_something_flips(segment: Any, until: str) -> None:
    at = [("visit", "2026-12-01T07:30Z"), ("order", "2026-12-01T09:00Z")]
    events = [
        {"email": "ann@acme.test", "event": name, "at": when}
        for name, when in at[: 2 if segment.get("event") == "order" else 1]
    ]
    ann = {"email": "ann@acme.test", "ends": "2027-01-01"}
    small = Small(
        {"first": {"segments": {"some": segment}, "journey": journey({"segment": "some"})}},
        [ann],
        events,
    )
    assert small.quiet_after(NOW) == datetime.fromisoformat(until).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("enter", "more", "until"),
    [
        ({"every": "day", "at": "10:00", "segment": "all"}, {}, "2026-12-01T09:00"),
        ({"date": "ends", "offset": "-30 days", "at": "11:00"}, {}, "2026-12-02T08:00"),
        ({"date": "ends", "offset": "-31 days", "at": "11:00"}, {}, "2026-12-01T10:00"),
        ({"segment": "all"}, {"steps": [{"wait": "90 minutes"}, {"send": "one"}]}, "2026-12-01T09:30"),
        ({"segment": "all"}, {"steps": [{"wait_for": {"event": "paid"}, "up_to": "2 hours"}]}, "2026-12-01T10:00"),
        ({"segment": "all"}, {"again": "after 5 hours"}, "2026-12-01T13:00"),
    ],
)  # fmt: skip
def test_it_is_quiet_until_something_falls_due(enter: Any, more: Any, until: str) -> None:
    small = Small(
        {
            "first": {
                "segments": {"all": {"field": "email", "empty": False}},
                "journey": journey(enter, **more),
            }
        },
        [{"email": "ann@acme.test", "ends": "2027-01-01"}],
        [],
    )
    assert small.quiet_after(NOW) == datetime.fromisoformat(until).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "more",
    [
        {"scoring": {"warm": {"rules": [{"name": "v", "event": "visit", "points": 5, "half_life": "1 day"}]}},
         "segments": {"some": {"score": "warm", "gte": 3}}},
        {"fields": {"age": "years_since(ends)"}, "segments": {"some": {"field": "age", "gte": 3}}},
        {"fields": {"age": "years_since(ends)", "twice": "age * 2"},
         "segments": {"some": {"field": "twice", "gte": 3}}},
        {"fields": {"age": "days_since(ends)"}, "segments": {"some": {"field": "days", "eq": {"field": "age"}}}},
        {"segments": {"some": {"anyone": "company", "has": {"event": "visit"}}}},
    ],
)  # fmt: skip
def test_nothing_is_said_where_answers_change_all_the_time_or_hang_on_others(more: Any) -> None:
    small = Small(
        {"first": {**more, "journey": journey({"segment": "some"})}},
        [{"email": "ann@acme.test", "ends": "2020-01-01", "company": "acme"}],
        [{"email": "ann@acme.test", "event": "visit", "at": "2026-12-01T07:30Z"}],
    )
    assert small.quiet_after(NOW) is None


def test_a_field_that_another_recipe_works_out_of_the_clock_is_no_rest_either() -> None:
    shared = {"fields": {"age": "years_since(ends)", "twice": "age * 2"}}
    small = Small(
        {
            "first": {
                "segments": {"some": {"field": "shared.twice", "gte": 3}},
                "journey": journey({"segment": "some"}),
            },
            "shared": shared,
        },
        [{"email": "ann@acme.test", "ends": "2026-01-01"}],
        [],
    )
    assert small.quiet_after(NOW) is None


@pytest.mark.parametrize(
    ("since", "within", "now", "until"),
    [
        ("2027-01-31T10:00Z", "1 month", "2027-02-28T08:00Z", "2027-02-28T10:00Z"),
        ("2026-12-05T10:00Z", "1 business days", "2026-12-07T08:00Z", "2026-12-07T10:00Z"),
        ("2026-12-24T10:00Z", "1 business days", "2026-12-28T08:00Z", "2026-12-28T10:00Z"),
        # Twice it is between two and three in this night: what began at half past is over at the first.
        ("2026-10-24T00:30Z", "1 day", "2026-10-24T23:00Z", "2026-10-25T00:30Z"),
    ],
)  # fmt: skip
def test_the_time_of_a_sequel_is_reckoned_from_its_event(
    since: str, within: str, now: str, until: str
) -> None:
    sequel = {"event": "visit", "not_followed_by": {"event": "paid", "within": within}}
    small = Small(
        {"first": {"segments": {"some": sequel}, "journey": journey({"segment": "some"})}},
        [{"email": "ann@acme.test"}],
        [{"email": "ann@acme.test", "event": "visit", "at": since}],
    )
    assert small.quiet_after(datetime.fromisoformat(now)) == datetime.fromisoformat(until)


def test_it_is_not_quiet_while_the_clocks_go_back() -> None:
    """At half past two they have left the window; an hour later it is half past two again."""
    small = Small(
        {
            "first": {
                "segments": {"some": {"event": "visit", "within_last": "1 day"}},
                "journey": journey({"segment": "some"}, again="on rejoin", leave=["unmatched"]),
            }
        },
        [{"email": "ann@acme.test"}],
        [{"email": "ann@acme.test", "event": "visit", "at": "2026-10-24T00:15Z"}],
    )
    first = datetime(2026, 10, 25, 0, 20, tzinfo=UTC)
    assert small.quiet_after(first) == datetime(2026, 10, 25, 1, 0, tzinfo=UTC)


LENGTH = st.sampled_from(
    ["90 minutes", "5 hours", "1 day", "30 hours", "1 business days", "1 week", "1 month"]
)


@st.composite
def conditions(draw: Any, depth: int = 1) -> dict[str, Any]:
    name = draw(st.sampled_from(["visit", "paid", "start"]))
    kinds = ["event", "count", "window", "last", "sequel", "never", "field", "year", "sent", "tag"]
    kind = draw(st.sampled_from([*kinds, "none", "all"] if depth else kinds))
    length = draw(LENGTH)
    if kind == "window":
        return {"event": name, "within_last": length}
    if kind == "last":
        return {"event": name, "last": {"older_than": length}}
    if kind == "sequel":
        way = draw(st.sampled_from(["followed_by", "not_followed_by"]))
        within = draw(st.sampled_from(["2 hours", "1 day", "1 month", "1 business days"]))
        return {"event": name, way: {"event": "paid", "within": within}}
    if kind == "field":
        way = draw(st.sampled_from(["within_next", "within_last", "older_than", "further_than"]))
        return {"field": draw(st.sampled_from(["ends", "seen"])), way: length}
    if kind in ("none", "all"):
        return {kind: [draw(conditions(0)), draw(conditions(0))]}
    return {
        "event": {"event": name},
        "count": {"event": name, "within_last": length, "count": {"gte": 2}},
        "never": {"event": name, "never": True},
        "year": {"field": "ends", "anniversary_in": draw(st.sampled_from(["1 day", "1 week"]))},
        "sent": {"sent": "any", "last": {"older_than": length}},
        "tag": {"tag": "hot"},
    }[kind]


@st.composite
def recipes(draw: Any) -> dict[str, Any]:
    found = {}
    for name in ("first", "second"):
        enter = draw(st.sampled_from([
            {"segment": "some"}, {"segment": "some", "existing": False},
            {"event": "start"}, {"event": "start", "key": "key"},
            {"date": "ends", "offset": "-1 days", "at": "09:00"}, {"every": "tue", "at": "10:30", "segment": "some"},
        ]))  # fmt: skip
        steps = draw(st.lists(st.one_of(
            st.just({"send": {"template": "one"}}),
            st.builds(lambda length: {"wait": length}, LENGTH),
            st.builds(lambda when: {"choose": [{"when": when, "then": [{"tag": "hot"}]}]}, conditions()),
            st.builds(lambda when, length: {"wait_for": when, "up_to": length}, conditions(), LENGTH),
        ), min_size=1, max_size=3))  # fmt: skip
        for number, step in enumerate(steps):
            if "send" in step:
                steps[number] = {"send": {"template": "one", "id": f"send{number}"}}
        again = ["never", "never", "never", "after 1 day", "after 5 hours", "after 1 business days"]
        again += ["on rejoin"] if enter == {"segment": "some"} else []
        more: dict[str, Any] = {}
        leave: list[Any] = [[], ["goal"], [draw(conditions())]]
        leave += [["unmatched"]] if "segment" in enter else []
        if draw(st.booleans()):
            more["exclude"] = draw(conditions())
        found[name] = {
            "goal": {"event": "paid", "within": "3 days"},
            "segments": {
                "some": draw(conditions()),
                "others": [{"segment": "some", "joined": {"within_last": draw(LENGTH)}}],
            },
            "journey": {
                "enter": enter,
                "again": draw(st.sampled_from(again)),
                "leave": draw(st.sampled_from(leave)),
                **more,
                "steps": steps,
            },
        }  # fmt: skip
    return found


WORLD = st.fixed_dictionaries({
    "recipes": recipes(),
    "start": st.sampled_from([
        datetime(2026, 12, 1, 8, tzinfo=UTC),
        datetime(2026, 10, 24, 20, tzinfo=UTC),  # the night on which the clocks go back
        datetime(2026, 10, 25, 0, 20, tzinfo=UTC),  # and the hour that comes twice
        datetime(2027, 2, 27, 22, 30, tzinfo=UTC),
    ]),
    "contacts": st.lists(st.tuples(st.integers(-20, 20), st.integers(-3000, 3000)), min_size=1, max_size=3),
    "events": st.lists(
        st.tuples(st.integers(0, 2), st.sampled_from(["visit", "paid", "start"]), st.integers(-3000, 1500)), max_size=6
    ),
    "after": st.integers(0, 2000),
    "looks": st.lists(st.floats(0, 1), min_size=4, max_size=4),
})  # fmt: skip


@settings(
    max_examples=WORLDS,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(WORLD)
def test_no_run_does_anything_while_it_is_told_to_be_quiet(world: dict[str, Any]) -> None:
    start = world["start"]
    contacts = [
        {
            "email": f"p{number}@acme.test",
            "ends": (start + timedelta(days=days)).date().isoformat(),
            "seen": (start + timedelta(minutes=minutes)).isoformat(),
        }
        for number, (days, minutes) in enumerate(world["contacts"])
    ]
    events = [
        {
            "email": f"p{who % len(contacts)}@acme.test",
            "event": name,
            "at": (start + timedelta(minutes=minutes)).isoformat(),
            "key": f"k{minutes % 3}",
        }
        for who, name, minutes in world["events"]
    ]
    small = Small(world["recipes"], contacts, events)
    small.world.tick(start)
    now = start + world["after"] * MINUTE
    until = small.quiet_after(now)
    event("never" if until is None else "a minute" if until == now + MINUTE else "longer")
    if until is None:
        return
    minutes = int((until - now) / MINUTE) - 1
    for share in (1.0, *world["looks"]):
        then = now + int(share * minutes) * MINUTE
        assert small.does_nothing(small.plan(then)), f"{now} is not quiet until {until}: see {then}"
