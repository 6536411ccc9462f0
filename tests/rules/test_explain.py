from datetime import UTC, datetime

import pytest

from mactl.errors import ConfigurationError, UsageError
from mactl.rules.evaluate import Question
from mactl.rules.explain import EventPoints, Explainer, Explanation
from tests.rules import tables

FACTS = tables.facts(
    "2026-12-01T09:00",
    {
        "ann": {
            "country": "NL", "nps": 9.5, "day": "2026-12-24", "at": "2026-11-01T10:00",
            "tags": ["a", "b"], "vip": True,
        },
        "bob": {},
    },
    [
        ["ann", "purchase", "2026-11-01T10:00", {"amount": 10}],
        ["ann", "purchase", "2026-11-21T09:00", {"amount": 5.5}],
        ["ann", "view", "2026-12-01T09:00", {"path": "/pricing"}],
        ["ann", "view", "2026-11-21T09:00", {"path": "/pricing"}],
        ["ann", "view", "2026-11-20T09:00", {"path": "/blog"}],
    ],
    fields={
        "country": "text", "nps": "number", "day": "date", "at": "instant", "tags": "list", "vip": "boolean",
    },
    properties={"amount": "number", "path": "text"},
)  # fmt: skip
COOKBOOK = tables.cookbook(
    {
        "shared": {
            "segments": {
                "customers": {"event": "purchase"},
                "dutch": [{"segment": "customers"}, {"field": "country", "eq": "NL"}],
            },
            "scoring": {
                "fit": {
                    "cap": 30,
                    "rules": [
                        {"name": "Dutch", "when": {"segment": "dutch"}, "points": 25},
                        {
                            "name": "pricing", "event": "view", "where": {"path": "/pricing"},
                            "points": 8, "half_life": "10 days", "at_most": 10,
                        },
                    ],
                }
            },
            "stages": {"lead": {}, "mql": {"score": "fit", "gte": 20}},
            "labels": {"mood": {"bad": {"field": "nps", "lte": 4}, "good": {"field": "nps", "gt": 4}}},
        },
        "loops": {"segments": {"a": {"segment": "b"}, "b": {"segment": "a"}}},
    }
)  # fmt: skip
ANN = Explainer(FACTS, COOKBOOK, "ann")


def explained(condition: object, who: Explainer = ANN) -> Explanation:
    question = Question(tables.condition(condition), "shared")
    return who.conditions({"it": question})["it"]


def test_each_part_of_a_condition_says_whether_it_holds_and_what_was_seen() -> None:
    found = explained(
        {"any": [{"none": [{"segment": "dutch"}]}, {"field": "nps", "lt": 3}, {"stage": "mql"}]}
    )

    customers = Explanation(
        "in segment customers",
        True,
        parts=(Explanation("purchase", True, "2 times, last 2026-11-21T09:00+01:00"),),
    )
    both = "in segment customers and country is NL"
    dutch = Explanation(both, True, parts=(customers, Explanation("country is NL", True, "NL")))
    assert found.holds
    assert found.parts == (
        Explanation(
            "not (in segment dutch)",
            False,
            parts=(Explanation("in segment dutch", True, parts=(dutch,)),),
        ),
        Explanation("nps is less than 3", False, "9.5"),
        Explanation("in stage mql", True, "mql"),
    )


@pytest.mark.parametrize(
    ("condition", "seen"),
    [
        ({"field": "day", "empty": True}, "2026-12-24"),
        ({"field": "at", "empty": True}, "2026-11-01T10:00+01:00"),
        ({"field": "tags", "has": "a"}, "a, b"),
        ({"field": "vip", "eq": True}, "true"),
        ({"field": "shoe_size", "empty": True}, "there is no such field"),
        ({"event": "login"}, "never"),
        ({"event": "view", "where": {"path": "/blog"}}, "once, last 2026-11-20T09:00+01:00"),
        (
            {"event": "purchase", "sum": {"of": "amount", "gte": 1}, "first": {"before": "2026-12-01"}},
            "2 times, last 2026-11-21T09:00+01:00, first 2026-11-01T10:00+01:00, sum 15.5",
        ),
        ({"event": "login", "avg": {"of": "amount", "gte": 1}}, "never, avg unknown"),
        ({"score": "fit", "gte": 3}, "30"),
        ({"label": "mood", "eq": "bad"}, "good"),
        ({"all": []}, None),
    ],
)  # fmt: skip
def test_what_was_seen_is_shown_as_people_write_it(condition: object, seen: str | None) -> None:
    assert explained(condition).seen == seen


def test_an_empty_cell_and_an_empty_label_are_named_as_such() -> None:
    bob = Explainer(FACTS, COOKBOOK, "bob")

    assert explained({"field": "country", "eq": "NL"}, bob).seen == "empty"
    assert explained({"label": "mood", "eq": "bad"}, bob).seen == "none"


def test_every_point_of_a_score_has_its_rule_and_its_events() -> None:
    score = ANN.score("shared.fit")

    assert score.points == 30
    dutch, pricing = score.rules
    assert (dutch.name, dutch.text, dutch.points) == ("Dutch", "in segment dutch", 25)
    assert dutch.condition is not None
    assert dutch.condition.holds
    assert (pricing.text, pricing.points) == ("view where path is /pricing", 10)
    assert pricing.events == (
        EventPoints("view", datetime(2026, 11, 21, 8, tzinfo=UTC), 4),
        EventPoints("view", datetime(2026, 12, 1, 8, tzinfo=UTC), 8),
    )


def test_stages_and_buckets_are_explained_each_by_its_condition() -> None:
    assert {name: e.holds for name, e in ANN.stages().items()} == {"lead": True, "mql": True}
    assert {name: e.holds for name, e in ANN.label("shared.mood").items()} == {
        "bad": False,
        "good": True,
    }


def test_an_enrollment_is_explained_from_its_trigger_on_but_segments_are_not() -> None:
    subject = tables.subjects([["e1", "ann", "2026-11-15"]])
    condition = tables.condition([{"event": "purchase"}, {"segment": "customers"}])

    found = ANN.conditions({"it": Question(condition, "shared")}, subject)["it"]

    own, segment = found.parts
    assert own.seen == "once, last 2026-11-21T09:00+01:00"
    assert segment.parts[0].seen == "2 times, last 2026-11-21T09:00+01:00"


def test_what_cannot_be_explained_is_refused() -> None:
    with pytest.raises(UsageError, match="there is no contact 'zoe'"):
        explained({"all": []}, Explainer(FACTS, COOKBOOK, "zoe"))
    with pytest.raises(ConfigurationError, match="needs itself"):
        explained({"segment": "loops.a"})
    with pytest.raises(ConfigurationError, match=r"score shared\.fat is not defined"):
        ANN.score("shared.fat")


OWN = Explainer(
    tables.facts(
        "2026-12-01T09:00",
        {
            "ann": {"company": "Acme", "clv": 10.5, "optin": True, "born": "2000-01-01"},
            "bob": {"company": "ACME"},
        },
        [
            ["ann", "field_changed", "2026-11-28T09:00", {"field": "company"}],
            ["ann", "segment_joined", "2026-11-28T10:00", {"segment": "shared.vip"}],
            ["ann", "tagged", "2026-11-28T11:00", {"tag": "vip"}],
            ["ann", "untagged", "2026-11-28T12:00", {"tag": "vip"}],
            ["ann", "email_clicked", "2026-11-28T13:00", {"recipe": "shared", "step": "offer"}],
            ["ann", "task_created", "2026-11-28T14:00", {"recipe": "shared", "task": "call", "due": "2026-11-29"}],
            ["ann", "printer", "2026-11-01T09:00"],
            ["bob", "renewed", "2026-11-01T09:00"],
        ],
        fields={"company": "text", "clv": "number", "optin": "boolean", "born": "date"},
        properties=dict.fromkeys(["field", "segment", "tag", "recipe", "step", "task", "due"], "text"),
        passages=[["ann", "shared", "active"]],
        consent={"news": {"state": "optin"}},
    ),
    tables.cookbook(
        {
            "shared": {
                "fields": {"half": "clv / 2", "birthday": "max(born, born)", "wrong": "company - 1"},
                "segments": {"vip": {"tag": "vip"}},
                "scoring": {"fit": {"rules": [{"name": "x", "event": "email_clicked", "points": 20}]}},
            }
        }
    ),
    "ann",
)  # fmt: skip


@pytest.mark.parametrize(
    ("condition", "holds", "seen"),
    [
        ({"field": "company", "changed": {"within_last": "7 days"}}, True, "last changed 2026-11-28T09:00+01:00"),
        (
            {"field": "company", "changed": {"within_last": "7 days"}, "eq": "Bolt"}, False,
            "last changed 2026-11-28T09:00+01:00, Acme",
        ),
        ({"field": "clv", "changed": {"within_last": "7 days"}}, False, "never seen to change"),
        ({"field": "half", "gt": 5}, True, "5.25"),
        ({"field": "birthday", "before": "2001-01-01"}, True, "2000-01-01"),
        ({"field": "wrong", "empty": True}, True, "there is no such field"),
        ({"segment": "vip", "joined": {"older_than": "7 days"}}, False, "last joined 2026-11-28T10:00+01:00"),
        ({"segment": "vip", "left": {"within_last": "7 days"}}, False, "never seen to have left"),
        ({"score": "fit", "rose_by": 20, "within_last": "5 days"}, True, "20, 0 then"),
        ({"tag": "vip"}, False, "tagged 2026-11-28T11:00+01:00, untagged 2026-11-28T12:00+01:00"),
        ({"tag": "new"}, False, "never tagged"),
        ({"clicked": "offer"}, True, "once, last 2026-11-28T13:00+01:00"),
        ({"opened": "any"}, False, "never"),
        ({"consent": "news"}, False, "unproven"),
        ({"enrolled": "shared"}, True, "yes"),
        ({"completed": "shared"}, False, "no"),
        ({"task": "call", "is": "open"}, True, "overdue"),
        ({"task": "visit", "is": "open"}, False, "no such task"),
        ({"trigger": "value", "gte": 3}, False, "empty"),
        ({"sample": "50%", "seed": "pilot"}, True, "drawn 25.8%"),
        ({"anyone": "company", "has": {"event": "renewed"}}, True, "2 contacts have that company, 1 of them fit"),
        ({"anyone": "nowhere", "has": {"event": "renewed"}}, False, "nowhere is empty"),
        (
            {"event": "printer", "not_followed_by": {"event": "ink", "within": "1 week"}}, True,
            "once, last 2026-11-01T09:00+01:00",
        ),
    ],
)  # fmt: skip
def test_every_kind_of_condition_says_what_it_saw(
    condition: object, holds: bool, seen: str
) -> None:
    found = explained(condition, OWN)

    assert (found.holds, found.seen, found.parts) == (holds, seen, ())


def test_what_enrolled_them_is_shown_of_an_enrollment() -> None:
    subject = tables.subjects([["e1", "ann", "2026-11-15", None, {"value": 5.0}]])
    condition = tables.condition({"trigger": "value", "gte": 3})

    found = OWN.conditions({"it": Question(condition, "shared")}, subject)["it"]

    assert (found.holds, found.seen) == (True, "5")
