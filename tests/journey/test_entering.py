"""Who enters, when, and as which occurrence."""

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from mactl.clock import to_day, to_epoch
from mactl.journey.candidates import ENTRANT, Entry, candidates_by_date, candidates_by_event
from mactl.journey.entering import Past, choose_entrants
from mactl.recipe.enter import EnterByDate, EnterByEvent
from mactl.recipe.journey import Journey

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
NOW = datetime(2026, 12, 1, 8, tzinfo=UTC)  # 09:00 in Amsterdam
ENTRY = Entry(NOW, AMSTERDAM)
HOUR = 3600
DAY = 24 * HOUR


def journey(enter: dict[str, Any], **more: Any) -> Journey:
    steps = [{"send": "offer"}]
    return Journey.model_validate({"enter": enter, "leave": [], "steps": steps, **more})


def past(*rows: tuple[str, str, str, int, int | None]) -> Past:
    columns = ["contact", "occurrence", "status", "trigger_at", "ended_at"]
    frame = pd.DataFrame(rows, columns=columns).assign(outside_at=pd.NA, version=1)
    return Past(frame.astype({"trigger_at": "int64", "ended_at": "Int64", "outside_at": "Int64"}))


def events(*rows: tuple[str, int, str | None, dict[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["contact", "at", "id", "properties"])


def entered(frame: pd.DataFrame) -> list[tuple[str, str]]:
    assert list(frame.columns) == ENTRANT
    return list(zip(frame["contact"], frame["occurrence"], strict=True))


CART = {"event": "cart_abandoned", "key": "cart_id"}


def by_cart(again: str, before: Past, *carts: tuple[str, int, str]) -> list[tuple[str, str]]:
    plan = journey(CART, again=again)
    assert isinstance(plan.enter, EnterByEvent)
    rows = events(
        *((who, to_epoch(NOW) - ago, None, {"cart_id": cart}) for who, ago, cart in carts)
    )
    return entered(
        choose_entrants(candidates_by_event(rows, plan.enter, plan, ENTRY), plan, before, ENTRY)
    )


def test_each_key_enters_once_with_per_key() -> None:
    carts = [("ann", HOUR, "c1"), ("ann", 2 * HOUR, "c2"), ("ann", 3 * HOUR, "c1")]

    assert by_cart("per key", past(), *carts) == [("ann", "c1"), ("ann", "c2")]
    ended = past(("ann", "c1", "completed", 0, 1))
    assert by_cart("per key", ended, *carts) == [("ann", "c2")]


def test_never_means_once_whatever_the_key() -> None:
    carts = [("ann", HOUR, "c1"), ("ann", 2 * HOUR, "c2")]

    assert by_cart("never", past(), *carts) == [("ann", "c2")]  # the earlier one
    assert by_cart("never", past(("ann", "c9", "left", 0, 1)), *carts) == []


def test_what_is_overdue_by_latest_or_more_enrolls_nobody() -> None:
    assert by_cart("per key", past(), ("ann", 2 * DAY, "c1"), ("bob", 2 * DAY - 60, "c2")) == [
        ("bob", "c2")
    ]


def test_an_event_in_the_future_has_not_happened() -> None:
    assert by_cart("per key", past(), ("ann", -60, "c1")) == []


def test_an_occurrence_is_the_key_else_the_source_id_else_counted() -> None:
    plan = journey({"event": "visit"}, again="always")
    assert isinstance(plan.enter, EnterByEvent)
    rows = events(("ann", to_epoch(NOW) - 60, "evt-7", {}), ("bob", to_epoch(NOW) - 60, None, {}))
    candidates = candidates_by_event(rows, plan.enter, plan, ENTRY)

    assert entered(choose_entrants(candidates, plan, past(), ENTRY)) == [
        ("ann", "evt-7"),
        ("bob", "1"),
    ]
    again = past(("bob", "1", "completed", to_epoch(NOW) - DAY, 1))
    assert entered(choose_entrants(candidates, plan, again, ENTRY)) == [
        ("ann", "evt-7"),
        ("bob", "2"),
    ]


def test_an_event_without_an_id_does_not_let_the_same_person_in_twice() -> None:
    plan = journey({"event": "visit"}, again="always")
    assert isinstance(plan.enter, EnterByEvent)
    at = to_epoch(NOW) - 60
    candidates = candidates_by_event(events(("ann", at, None, {})), plan.enter, plan, ENTRY)

    assert (
        entered(choose_entrants(candidates, plan, past(("ann", "1", "completed", at, at)), ENTRY))
        == []
    )


def test_nobody_enters_who_is_in_the_journey() -> None:
    plan = journey({"segment": "x"}, again="always")
    candidates = pd.DataFrame(
        {
            "contact": ["ann", "bob"],
            "occurrence": pd.NA,
            "trigger_at": to_epoch(NOW),
            "trigger": [{}, {}],
        }
    )[ENTRANT]
    before = past(("ann", "1", "active", 0, None), ("bob", "1", "completed", 0, 1))

    assert entered(choose_entrants(candidates, plan, before, ENTRY)) == [("bob", "2")]


def test_after_counts_from_the_last_exit() -> None:
    plan = journey({"segment": "x"}, again="after 90 days")
    candidates = pd.DataFrame(
        {
            "contact": ["ann", "bob"],
            "occurrence": pd.NA,
            "trigger_at": to_epoch(NOW),
            "trigger": [{}, {}],
        }
    )[ENTRANT]
    before = past(
        ("ann", "1", "completed", 0, to_epoch(NOW) - 89 * DAY),
        ("bob", "1", "left", 0, to_epoch(NOW) - 91 * DAY),
    )

    assert entered(choose_entrants(candidates, plan, before, ENTRY)) == [("bob", "2")]


def test_on_rejoin_wants_them_outside_the_segment_in_between() -> None:
    plan = journey({"segment": "x"}, again="on rejoin")
    candidates = pd.DataFrame(
        {
            "contact": ["ann", "bob", "cas"],
            "occurrence": pd.NA,
            "trigger_at": to_epoch(NOW),
            "trigger": [{}] * 3,
        }
    )[ENTRANT]
    before = past(("ann", "1", "completed", 0, 1), ("bob", "1", "completed", 0, 1))
    before.enrollments.loc[1, "outside_at"] = 5

    assert entered(choose_entrants(candidates, plan, before, ENTRY)) == [("bob", "2"), ("cas", "1")]


def by_date(day: str, zone: str | None = None, **enter: Any) -> list[tuple[str, str, str]]:
    plan = journey({"date": "contract_end", **enter})
    assert isinstance(plan.enter, EnterByDate)
    days = pd.DataFrame(
        {"contact": ["ann"], "day": [to_day(date.fromisoformat(day))], "zone": [zone]}
    )
    found = candidates_by_date(days, plan.enter, plan, ENTRY)
    return [
        (
            row.contact,
            row.occurrence,
            datetime.fromtimestamp(row.trigger_at, AMSTERDAM).strftime("%Y-%m-%dT%H:%M"),
        )
        for row in found.itertuples()
    ]


@pytest.mark.parametrize(
    ("day", "enter", "trigger"),
    [
        ("2027-03-01", {"offset": "-90 days", "at": "09:00"}, "2026-12-01T09:00"),
        ("2027-03-01", {"offset": "-90 days", "at": "09:01"}, None),  # in a minute
        ("2027-02-27", {"offset": "-90 days", "at": "09:00"}, None),  # two days ago: too overdue
        ("2027-02-28", {"offset": "-90 days", "at": "09:00"}, "2026-11-30T09:00"),
        ("2026-12-01", {}, "2026-12-01T00:00"),
    ],
)
def test_a_date_lets_in_when_its_instant_has_come(
    day: str, enter: dict[str, Any], trigger: str | None
) -> None:
    assert by_date(day, **enter) == ([("ann", day, trigger)] if trigger else [])


def test_a_date_is_met_in_the_contact_s_own_zone() -> None:
    assert by_date("2026-12-01", "America/New_York", at="02:00") == [
        ("ann", "2026-12-01", "2026-12-01T08:00")
    ]
    assert by_date("2026-12-01", "America/New_York", at="04:00") == []


def test_birthdays_come_every_year_and_29_february_on_the_28th() -> None:
    global_now = Entry(datetime(2027, 2, 28, 8, tzinfo=UTC), AMSTERDAM)
    days = pd.DataFrame({"contact": ["ann"], "day": [to_day(date(1992, 2, 29))], "zone": [None]})

    def occurrences(**enter: Any) -> list[str]:
        plan = journey({"date": "birthday", "yearly": True, **enter})
        assert isinstance(plan.enter, EnterByDate)
        return list(candidates_by_date(days, plan.enter, plan, global_now)["occurrence"])

    assert occurrences() == ["2027-02-28"]
    assert occurrences(feb_29="mar_1") == []
    assert occurrences(feb_29="skip") == []
