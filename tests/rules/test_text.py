from typing import Any

import pytest

from mactl.rules.text import describe, describe_rule
from tests.rules import tables


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        ({"field": "country", "in": ["NL", "BE"]}, "country is one of NL, BE"),
        ({"field": "country", "ne": {"field": "home"}}, "country is not the field home"),
        ({"field": "email", "empty": False}, "email is filled"),
        ({"field": "nps", "gte": 3, "lt": 5}, "nps is less than 5 and is at least 3"),
        ({"field": "nps", "between": [1, 5]}, "nps is between 1 and 5"),
        ({"field": "vip", "eq": True, "case": True}, "vip is true (case counts)"),
        ({"field": "job", "word": ["cto", "vp"]}, "job has the word cto or vp"),
        ({"field": "ends", "within_next": "90 days"}, "ends is within the next 90 days"),
        ({"field": "seen", "older_than": "1 year"}, "seen is longer ago than 1 year"),
        ({"field": "born", "anniversary_in": "7 days"}, "born has its anniversary within 7 days"),
        ({"field": "tags", "has_all": ["a", "b"]}, "tags has all of a, b"),
        ({"field": "name", "eq": ""}, "name is ''"),
        ({"event": "purchase"}, "purchase"),
        ({"event": "login", "never": True, "within_last": "30 days"}, "no login within the last 30 days"),
        (
            {
                "event": "page_view",
                "where": {"path": {"contains": "/pricing"}},
                "within_last": "30 days",
                "count": {"gte": 3},
            },
            "page_view where path contains /pricing, at least 3 times within the last 30 days",
        ),
        ({"event": "login", "count": {"eq": 1}}, "login, 1 time"),
        ({"event": "login", "count": {"between": [1, 5]}}, "login, between 1 and 5 times"),
        (
            {"event": "buy", "after": "2026-01-01", "sum": {"of": "amount", "gte": 500}},
            "buy after 2026-01-01, the sum of amount is at least 500",
        ),
        ({"event": "login", "last": {"older_than": "30 days"}}, "login, the last is longer ago than 30 days"),
        ({"event": "login", "since": "ever"}, "login since ever"),
        ({"segment": "shared.customers"}, "in segment shared.customers"),
        ({"score": "fit", "gte": 20}, "score fit is at least 20"),
        ({"stage": "sql"}, "in stage sql"),
        ({"stage": {"at_least": "mql"}}, "in stage mql or further"),
        ({"label": "risk", "in": ["high", "low"]}, "label risk is one of high, low"),
        ({"label": "risk", "empty": True}, "label risk is empty"),
        (
            [{"stage": "sql"}, {"any": [{"event": "a"}, {"event": "b"}]}],
            "in stage sql and (a or b)",
        ),
        ({"none": [{"event": "a"}, {"event": "b"}]}, "not (a or b)"),
        ({"field": "company", "changed": {"within_last": "7 days"}}, "company last changed within the last 7 days"),
        (
            {"field": "company", "eq": "Acme", "changed": {"after": "2026-01-01"}},
            "company is Acme and company last changed after 2026-01-01",
        ),
        (
            {"event": "purchase", "where": {"lines": {"any": {"category": "coffee", "price": {"gte": 3}}}}},
            "purchase where lines lists one whose category is coffee and price is at least 3",
        ),
        (
            {"event": "printer", "not_followed_by": {"event": "ink", "where": {"brand": "hue"}, "within": "30 days"}},
            "printer not followed by ink where brand is hue within 30 days",
        ),
        (
            {"event": "a", "followed_by": {"event": "b", "within": "1 day"}, "never": True},
            "no a followed by b within 1 day",
        ),
        ({"event": "purchase", "same": "cart_id"}, "purchase with the same cart_id as the trigger"),
        ({"segment": "vip", "joined": {"within_last": "7 days"}}, "last joined segment vip within the last 7 days"),
        ({"segment": "vip", "left": {"older_than": "1 year"}}, "last left segment vip longer ago than 1 year"),
        (
            {"score": "fit", "rose_by": 20, "within_last": "3 days", "gte": 50},
            "score fit is at least 50 and rose by at least 20 within the last 3 days",
        ),
        ({"tag": "vip"}, "tagged vip"),
        ({"sent": "offer"}, "sent offer"),
        ({"opened": "any", "within_last": "180 days"}, "opened any message within the last 180 days"),
        ({"clicked": "shared.offer", "count": {"gte": 2}}, "clicked in shared.offer, at least 2 times"),
        ({"replied": "offer", "never": True}, "never replied to offer"),
        (
            {"bounced": "any", "where": {"url": "x"}, "since": "ever", "last": {"older_than": "1 day"}},
            "bounced: any message where url is x since ever, the last is longer ago than 1 day",
        ),
        ({"consent": "offers"}, "consent for offers is proven"),
        ({"consent": "offers", "is": "withdrawn", "channel": "sms"}, "consent for offers by sms is withdrawn"),
        ({"enrolled": "welcome"}, "in the journey of welcome"),
        ({"completed": "welcome"}, "went through the journey of welcome"),
        ({"task": "call", "is": "overdue"}, "task call is overdue"),
        ({"trigger": "value", "gte": 100}, "the trigger's value is at least 100"),
        ({"sample": "12.5%", "seed": "pilot"}, "in the 12.5% sample pilot"),
        (
            {"anyone": "company_id", "has": {"any": [{"event": "a"}, {"event": "b"}]}},
            "someone with the same company_id: a or b",
        ),
        ({"all": []}, "everyone"),
        ({"any": []}, "nobody"),
        ({"none": []}, "everyone"),
    ],
)  # fmt: skip
def test_a_condition_reads_as_a_line(condition: Any, text: str) -> None:
    assert describe(tables.condition(condition)) == text


def test_a_rule_on_events_reads_as_a_line() -> None:
    rules = [
        {"name": "x", "event": "view", "where": {"path": "/"}, "within_last": "3 days", "points": 1}
    ]
    cookbook = tables.cookbook({"here": {"scoring": {"fit": {"rules": rules}}}})

    assert (
        describe_rule(cookbook.scores["here.fit"].rules[0])
        == "view where path is / within the last 3 days"
    )
