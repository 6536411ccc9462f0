"""Gates: what skips and what holds an intent, and in which order."""

from datetime import UTC, datetime
from typing import Any

import pandas as pd
import pytest

from mactl.clock import to_epoch
from mactl.journey.gates import GateRules, Ledger, judge_intents
from mactl.project import Settings
from mactl.recipe.journey import SendWindow

NOW = datetime(2026, 12, 1, 8, tzinfo=UTC)  # 09:00 in Amsterdam
HOUR = 3600
LIMITS = {
    "per_contact": [{"messages": 2, "within": "7 days"}],
    "min_gap": "12 hours",
    "quiet_hours": {"from": "21:00", "to": "08:00"},
}


def limits(now: datetime = NOW, **limits: Any) -> GateRules:
    settings = {"timezone": "Europe/Amsterdam", "limits": limits}
    return GateRules.of(now, Settings.model_validate(settings))


def past(
    templates: list[tuple[str, str, str, str, str]] | None = None,
    marketing: list[tuple[str, int]] | None = None,
    suppressions: list[tuple[str, str, str]] | None = None,
) -> Ledger:
    return Ledger(
        pd.DataFrame(
            templates or [], columns=["recipe", "template", "occurrence", "contact", "address_key"]
        ).assign(shared=None),
        pd.DataFrame(marketing or [], columns=["contact", "released_at"]).astype(
            {"released_at": "int64"}
        ),
        pd.DataFrame(suppressions or [], columns=["address_key", "topic", "reason"]),
    )


def intent(contact: str, **changes: Any) -> dict[str, Any]:
    return {
        "id": f"send-{contact}",
        "enrollment": f"enrollment-{contact}",
        "contact": contact,
        "contact_key": contact,
        "address": f"{contact}@example.com",
        "address_key": f"{contact}@example.com",
        "zone": None,
        "recipe": "offer",
        "template": "offer",
        "occurrence": "1",
        "channel": "email",
        "marketing": True,
        "topic": "offers",
        "ground": "consent",
        "no_ground": "no proven consent for offers",
        "excluded": False,
        "barred": None,
        "too_dear": None,
        "shared": None,
        "rank": 0,
        "countdown": False,
        "due_at": to_epoch(NOW),
        "allowance": 48 * HOUR,
        **changes,
    }


def verdicts(
    *intents: dict[str, Any], rules: GateRules | None = None, ledger: Ledger | None = None
) -> dict[str, str]:
    judged = judge_intents(pd.DataFrame(intents), rules or limits(), ledger or past())
    return {
        row.contact: row.verdict if pd.isna(row.gate) else f"{row.verdict} {row.gate}"
        for row in judged.itertuples()
    }


def test_what_nothing_stands_against_is_queued() -> None:
    assert verdicts(intent("ann")) == {"ann": "queue"}


@pytest.mark.parametrize(
    ("change", "gate"),
    [
        ({"ground": None}, "skip consent"),
        ({"excluded": True}, "skip exclusion"),
        ({"address": None, "address_key": None}, "skip suppression"),
        ({"contact_key": None}, "skip suppression"),
        ({"due_at": to_epoch(NOW) - 49 * HOUR}, "skip lateness"),
        ({"due_at": to_epoch(NOW) - 47 * HOUR}, "queue"),
        ({"ground": None, "marketing": False}, "queue"),
    ],
)
def test_what_is_forbidden_is_skipped_with_its_gate(change: dict[str, Any], gate: str) -> None:
    assert verdicts(intent("ann", **change)) == {"ann": gate}


def test_every_skip_and_hold_has_a_reason() -> None:
    judged = judge_intents(
        pd.DataFrame(
            [
                intent("ann", ground=None),
                intent("bob"),
                intent("bob", enrollment="x", template="y"),
            ]
        ),
        limits(),
        past(),
    )

    stopped = judged[judged["verdict"] != "queue"]
    assert list(stopped["reason"]) == [
        "no proven consent for offers",
        "another message goes to them in this run",
    ]


def test_a_suppression_of_all_mail_holds_for_service_mail_and_one_of_a_topic_does_not() -> None:
    known = past(
        suppressions=[
            ("ann@example.com", "", "hard bounce"),
            ("bob@example.com", "offers", "by hand"),
        ]
    )

    found = verdicts(
        intent("ann", marketing=False),
        intent("bob"),
        intent("bob2", address_key="bob@example.com", template="receipt", marketing=False),
        intent("bob3", address_key="bob@example.com", template="news", topic="news"),
        ledger=known,
    )

    assert found == {
        "ann": "skip suppression",
        "bob": "skip suppression",
        "bob2": "queue",
        "bob3": "queue",
    }


def test_a_template_goes_to_a_contact_or_its_address_once_per_occurrence() -> None:
    def verdict(who: str, **change: Any) -> str:
        gone = past(templates=[("offer", "offer", "1", "ann", "ann@example.com")])
        return verdicts(intent(who, **change), ledger=gone)[who]

    assert verdict("ann") == "skip duplicate"
    assert verdict("anna", address_key="ann@example.com") == "skip duplicate"
    assert verdict("ann", occurrence="2") == "queue"
    assert verdict("ann", recipe="other") == "queue"


def test_two_contacts_who_share_an_address_get_it_once() -> None:
    found = verdicts(intent("ann"), intent("bea", address_key="ann@example.com"))

    assert found == {"ann": "queue", "bea": "skip duplicate"}


def test_a_cap_holds_until_the_oldest_message_leaves_the_window() -> None:
    week = 7 * 24 * HOUR
    first, second = to_epoch(NOW) - 6 * 24 * HOUR, to_epoch(NOW) - 24 * HOUR
    known = past(marketing=[("ann", first), ("ann", second), ("bob", second)])

    judged = judge_intents(pd.DataFrame([intent("ann"), intent("bob")]), limits(**LIMITS), known)

    ann = judged.set_index("contact").loc["ann"]
    assert (ann["verdict"], ann["gate"], ann["hold_until"]) == ("hold", "cap", first + week)
    assert judged.set_index("contact").loc["bob", "verdict"] == "queue"


def test_a_gap_and_quiet_hours_hold_and_the_one_that_holds_longer_is_told() -> None:
    evening = datetime(2026, 12, 1, 21, tzinfo=UTC)  # 22:00 in Amsterdam, 16:00 in New York
    known = past(
        marketing=[("ann", to_epoch(evening) - HOUR), ("bob", to_epoch(evening) - 11 * HOUR)]
    )
    people = [intent(c, due_at=to_epoch(evening)) for c in ("ann", "bob", "cas")]
    people.append(intent("dan", zone="America/New_York", due_at=to_epoch(evening)))

    judged = judge_intents(pd.DataFrame(people), limits(evening, **LIMITS), known).set_index(
        "contact"
    )

    morning = to_epoch(datetime(2026, 12, 2, 7, tzinfo=UTC))
    assert list(judged["gate"].fillna("")) == ["min_gap", "quiet_hours", "quiet_hours", ""]
    assert list(judged["hold_until"].fillna(0)) == [
        to_epoch(evening) + 11 * HOUR,
        morning,
        morning,
        0,
    ]


def test_service_mail_passes_caps_gaps_and_quiet_hours() -> None:
    night = datetime(2026, 12, 1, 23, tzinfo=UTC)
    known = past(marketing=[("ann", to_epoch(night) - HOUR), ("ann", to_epoch(night) - 2 * HOUR)])

    found = verdicts(
        intent("ann", marketing=False, due_at=to_epoch(night)),
        rules=limits(night, **LIMITS),
        ledger=known,
    )

    assert found == {"ann": "queue"}


def test_one_marketing_message_goes_to_a_contact_in_one_run_across_recipes() -> None:
    known = past()
    first = judge_intents(
        pd.DataFrame([intent("ann"), intent("bob", marketing=False)]), limits(), known
    )
    second = judge_intents(
        pd.DataFrame([intent("ann", recipe="b"), intent("bob", recipe="b")]), limits(), known
    )

    assert list(first["verdict"]) == ["queue", "queue"]
    assert list(second["verdict"]) == ["hold", "queue"]
    assert second["gate"].iloc[0] == "min_gap"


def test_the_earlier_due_message_goes_first() -> None:
    later = intent("ann", id="late", enrollment="a", template="second")
    sooner = intent("ann", id="soon", enrollment="b", due_at=to_epoch(NOW) - HOUR)

    judged = judge_intents(pd.DataFrame([later, sooner]), limits(), past()).set_index("id")

    assert dict(judged["verdict"]) == {"soon": "queue", "late": "hold"}


def test_quiet_hours_do_not_count_towards_lateness() -> None:
    # Due at 20:00; two legal hours have passed at 09:00 the next morning, thirteen on the clock.
    due = to_epoch(datetime(2026, 11, 30, 19, tzinfo=UTC))

    assert verdicts(intent("ann", due_at=due, allowance=2 * HOUR), rules=limits(**LIMITS)) == {
        "ann": "queue"
    }
    assert verdicts(intent("ann", due_at=due, allowance=HOUR), rules=limits(**LIMITS)) == {
        "ann": "skip lateness"
    }


def test_one_of_a_company_gets_it_the_first_in_rank_that_is_not_held() -> None:
    known = past(marketing=[("ann", to_epoch(NOW) - HOUR)])
    people = [
        intent("ann", shared="acme", rank=0),
        intent("bob", shared="acme", rank=2),
        intent("cas", shared="acme", rank=1),
        intent("dan", shared="umbrella", rank=3),
        intent("eve"),
    ]

    found = verdicts(*people, rules=limits(**LIMITS), ledger=known)

    assert found == {
        "ann": "skip duplicate",
        "bob": "skip duplicate",
        "cas": "queue",
        "dan": "queue",
        "eve": "queue",
    }
    assert verdicts(intent("fay", shared="acme", rank=0), ledger=known) == {"fay": "skip duplicate"}
    assert verdicts(intent("gus", shared="acme", occurrence="2"), ledger=known) == {"gus": "queue"}


def test_a_budget_holds_what_is_beyond_it_until_the_next_month() -> None:
    known = past()
    known.spent["sms"] = 1
    rules = limits(budget={"sms": "2 per month"})

    people = [
        intent(c, channel=channel)
        for c, channel in zip("abc", ["sms", "sms", "email"], strict=True)
    ]
    judged = judge_intents(pd.DataFrame(people), rules, known).set_index("contact")

    assert list(judged["verdict"]) == ["queue", "hold", "queue"]
    assert judged.loc["b", "gate"] == "budget"
    new_year = to_epoch(datetime(2026, 12, 31, 23, tzinfo=UTC))
    assert judged.loc["b", "hold_until"] == new_year


def test_a_window_holds_and_tells_itself_and_until_when_what_goes_is_legal() -> None:
    window = SendWindow.model_validate({"days": ["tue"], "from": "10:00", "to": "12:00"})
    settings = Settings.model_validate({"timezone": "Europe/Amsterdam"})

    def judged(now: datetime) -> "pd.Series[Any]":
        rules = GateRules.of(now, settings, window)
        return judge_intents(pd.DataFrame([intent("ann")]), rules, past()).iloc[0]

    early, open_ = judged(NOW), judged(datetime(2026, 12, 1, 9, 30, tzinfo=UTC))

    assert (early["verdict"], early["gate"]) == ("hold", "send_window")
    assert early["hold_until"] == to_epoch(datetime(2026, 12, 1, 9, tzinfo=UTC))
    assert open_["verdict"] == "queue"
    assert open_["legal_until"] == to_epoch(datetime(2026, 12, 1, 11, tzinfo=UTC))


def test_on_the_way_down_to_a_date_all_time_counts_towards_lateness() -> None:
    due = to_epoch(datetime(2026, 11, 30, 19, tzinfo=UTC))
    late = intent("ann", due_at=due, allowance=2 * HOUR, countdown=True)

    assert verdicts(late, rules=limits(**LIMITS)) == {"ann": "skip lateness"}


def test_who_is_barred_gets_service_mail_only() -> None:
    barred = {"barred": "limits.never: they are in shared.competitors"}

    assert verdicts(intent("ann", **barred)) == {"ann": "skip exclusion"}
    assert verdicts(intent("ann", marketing=False, **barred)) == {"ann": "queue"}
