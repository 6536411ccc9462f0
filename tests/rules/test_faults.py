import pytest

from mactl.columns import FieldType
from mactl.findings import Finding, Severity
from mactl.recipe.cookbook import Cookbook
from mactl.rules.faults import (
    find_bad_patterns,
    find_circular_definitions,
    find_type_mismatches,
    find_unknown_names,
)
from tests.rules import tables

TEXT, NUMBER, DATE, LIST = FieldType.TEXT, FieldType.NUMBER, FieldType.DATE, FieldType.LIST
FIELDS = {
    "country": TEXT,
    "home": TEXT,
    "nps": NUMBER,
    "day": DATE,
    "vip": FieldType.BOOLEAN,
    "tags": LIST,
}
PROPERTIES = {"path": TEXT, "amount": NUMBER}
SHARED = {
    "segments": {"customers": {"event": "purchase"}},
    "scoring": {"fit": {"rules": [{"name": "x", "event": "purchase", "points": 1}]}},
    "stages": {"lead": {}, "mql": {"score": "fit", "gte": 20}},
    "labels": {"risk": {"high": {"field": "nps", "lte": 4}, "low": {"field": "nps", "gt": 4}}},
}


def told(findings: list[Finding]) -> list[tuple[str, str, str | None]]:
    return [(finding.id, finding.message, finding.hint) for finding in findings]


def with_segment(condition: object) -> Cookbook:
    return tables.cookbook({"here": {"segments": {"it": condition}}, "shared": SHARED})


def test_a_cookbook_in_which_every_name_is_defined_has_no_findings() -> None:
    cookbook = with_segment(
        [
            {"segment": "shared.customers"},
            {"score": "shared.fit", "gte": 1},
            {"stage": {"at_least": "mql"}},
            {"label": "shared.risk", "in": ["high", "low"]},
        ]
    )

    assert find_unknown_names(cookbook) == []
    assert find_circular_definitions(cookbook) == []


@pytest.mark.parametrize(
    ("condition", "id", "name", "hint"),
    [
        ({"segment": "customers"}, "unknown-segment", "customers", "did you mean 'shared.customers'?"),
        ({"segment": "shared.custmers"}, "unknown-segment", "shared.custmers", "did you mean 'shared.customers'?"),
        ({"segment": "itt"}, "unknown-segment", "itt", "did you mean 'it'?"),
        ({"segment": "zzz"}, "unknown-segment", "zzz", "add it to `segments`"),
        ({"score": "fit", "gte": 1}, "unknown-score", "fit", "did you mean 'shared.fit'?"),
        ({"stage": "mqll"}, "unknown-stage", "mqll", "did you mean 'mql'?"),
        ({"stage": {"at_least": "zzz"}}, "unknown-stage", "zzz", "add it to `stages`"),
        ({"label": "riks", "eq": "high"}, "unknown-label", "riks", "did you mean 'shared.risk'?"),
        ({"label": "shared.risk", "eq": "hihg"}, "unknown-bucket", "hihg", "did you mean 'high'?"),
        ({"label": "shared.risk", "not_in": ["low", "x"]}, "unknown-bucket", "x", "known here: high, low"),
    ],
)  # fmt: skip
def test_an_unknown_name_is_told_with_what_may_have_been_meant(
    condition: object, id: str, name: str, hint: str
) -> None:
    assert told(find_unknown_names(with_segment(condition))) == [
        (id, f"{name!r} is not defined", hint)
    ]


def test_an_unknown_name_is_found_at_its_line_wherever_conditions_stand() -> None:
    recipe = {
        "goal": {"event": "bought"},
        "segments": {"a": {"any": [{"event": "x"}, {"none": [{"segment": "nowhere"}]}]}},
        "scoring": {"s": {"rules": [{"name": "r", "when": {"stage": "nowhere"}, "points": 1}]}},
        "labels": {"l": {"b": {"score": "nowhere", "gt": 1}}},
        "journey": {
            "enter": {"segment": "nowhere", "if": {"segment": "nowhere"}},
            "exclude": {"segment": "nowhere"},
            "leave": ["goal", {"segment": "nowhere"}],
            "steps": [
                {"choose": [{"when": {"segment": "nowhere"}, "then": [{"exit": "x"}]}]},
            ],
        },
    }
    cookbook = tables.cookbook({"here": recipe})

    findings = find_unknown_names(cookbook)

    assert [finding.id for finding in findings] == [
        "unknown-segment", "unknown-stage", "unknown-score", *["unknown-segment"] * 5,
    ]  # fmt: skip
    assert len({finding.place for finding in findings}) == 8
    lines = cookbook.recipes["here"].document.text.splitlines()
    for finding in findings:
        assert finding.place is not None
        assert "nowhere" in lines[finding.place.line - 1]


def test_a_circle_is_told_once_with_the_way_round() -> None:
    cookbook = tables.cookbook(
        {
            "here": {
                "segments": {"a": {"segment": "b"}, "b": {"score": "c", "gt": 1}, "d": {"segment": "d"}},
                "scoring": {"c": {"rules": [{"name": "r", "when": {"segment": "a"}, "points": 1}]}},
                "stages": {"lead": {"stage": "lead"}},
            }
        }
    )  # fmt: skip

    findings = find_circular_definitions(cookbook)

    assert [finding.message for finding in findings] == [
        "score here.c needs itself: score here.c → segment here.a → segment here.b → score here.c",
        "segment here.d needs itself: segment here.d → segment here.d",
        "stage needs itself: stage → stage",
    ]
    assert all(finding.place and finding.place.line > 1 for finding in findings)


@pytest.mark.parametrize(
    "pattern", ["(", "[a", "*a", r"(a)\1", "a(?=b)", "a{1001}", r"\p{Nothing}"]
)
def test_what_re2_cannot_read_is_a_bad_pattern(pattern: str) -> None:
    (finding,) = find_bad_patterns(with_segment({"field": "country", "matches": pattern}))

    assert finding.id == "bad-pattern"
    assert finding.message.startswith(f"{pattern!r} is no regular expression: ")
    assert find_type_mismatches(
        with_segment({"field": "country", "matches": pattern}), FIELDS, {}
    ) == []  # fmt: skip


def test_a_pattern_is_found_in_where_too_and_a_good_one_is_not() -> None:
    assert find_bad_patterns(with_segment({"field": "country", "matches": r"^\pL+(?i:x)$"})) == []
    assert (
        len(find_bad_patterns(with_segment({"event": "x", "where": {"path": {"matches": "("}}})))
        == 1
    )


@pytest.mark.parametrize(
    ("condition", "test", "reason"),
    [
        ({"field": "country", "eq": 5}, "country is 5", "country holds text"),
        ({"field": "country", "not_in": ["NL", 5]}, "country is not 5", "country holds text"),
        ({"field": "country", "gte": "M"}, "country is at least M", "country holds text"),
        ({"field": "country", "within_last": "3 days"}, "country is within the last 3 days", "country holds text"),
        ({"field": "nps", "ne": "5"}, "nps is not 5", "nps holds numbers"),
        ({"field": "nps", "between": [1, "5"]}, "nps is between 1 and 5", "nps holds numbers"),
        ({"field": "nps", "contains": "5"}, "nps contains 5", "nps holds numbers"),
        ({"field": "nps", "lt": {"field": "home"}}, "nps is less than the field home", "nps holds numbers"),
        ({"field": "day", "eq": "soon"}, "day is soon", "day holds dates"),
        ({"field": "day", "eq": 20000}, "day is 20000", "day holds dates"),
        ({"field": "vip", "eq": "maybe"}, "vip is maybe", "vip holds true or false"),
        ({"field": "tags", "contains": "a"}, "tags contains a", "tags holds lists"),
        ({"event": "x", "where": {"path": 5}}, "path is 5", "path holds text"),
        (
            {"event": "x", "where": {"amount": {"gt": {"field": "country"}}}},
            "amount is more than the field country", "amount holds numbers",
        ),
        ({"event": "x", "sum": {"of": "path", "gt": 5}}, "the sum of path", "path holds text"),
    ],
)  # fmt: skip
def test_a_comparison_that_never_compares_is_told(
    condition: object, test: str, reason: str
) -> None:
    (finding,) = find_type_mismatches(with_segment(condition), FIELDS, PROPERTIES)

    how = "always" if " is not " in test else "never"
    assert (finding.id, finding.severity) == ("type-mismatch", Severity.WARNING)
    assert finding.message == f"{test}: {reason}, so this {how} holds"
    assert finding.place is not None
    assert finding.place.line > 1


@pytest.mark.parametrize(
    "condition",
    [
        {"field": "country", "eq": True},
        {"field": "country", "has_any": ["nl", 5]},
        {"field": "nps", "eq": True, "in": [1, 2.5]},
        {"field": "vip", "in": ["yes", 0]},
        {"field": "day", "in": ["2026-12-01", "2026-12-01T09:00Z"], "anniversary_in": "3 days"},
        {"field": "country", "eq": {"field": "home"}},
        {"field": "tags", "has": 5},
        {"field": "nps", "empty": True},
        {"field": "unknown", "matches": "x"},
        {"field": "country", "eq": {"field": "unknown"}},
        {"event": "x", "where": {"path": "a", "unknown": 5}, "max": {"of": "amount", "gt": 1}},
        {"event": "x", "sum": {"of": "unknown", "gt": 1}},
    ],
)
def test_what_can_fit_or_is_not_known_is_no_mismatch(condition: object) -> None:
    mismatches = find_type_mismatches(with_segment(condition), FIELDS, PROPERTIES)

    assert mismatches == [] or "unknown" in mismatches[0].message
