import pytest

from mactl.columns import FieldType
from mactl.findings import Finding, Severity
from mactl.recipe.cookbook import Cookbook
from mactl.rules.faults import (
    find_bad_patterns,
    find_circular_definitions,
    find_misplaced,
    find_unknown_names,
)
from mactl.rules.mismatches import find_type_mismatches
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


JOURNEY = {
    "enter": {"event": "cart", "if": {"trigger": "value", "gte": 1}},
    "exclude": {"event": "purchase", "same": "cart_id"},
    "leave": [{"event": "purchase", "same": "cart_id"}],
    "steps": [
        {"send": "offer", "id": "first"},
        {"ask_consent": {"topic": "x", "template": "ask", "wording": "w.md"}, "up_to": "1 day"},
        {"task": {"id": "call", "to": "sales", "title": "Call"}},
        {"task": {"to": "sales", "title": "Visit"}},
        {"choose": [{"when": {"trigger": "value", "gte": 5}, "then": [{"enroll": "shared"}]}]},
    ],
}
TEMPLATE = {"subject": "s", "body": "b"}


def with_journey(condition: object, **recipe: object) -> Cookbook:
    here = {
        "journey": JOURNEY, "templates": {"offer": TEMPLATE, "ask": TEMPLATE}, "segments": {"it": condition},
        "fields": {"margin": "clv - cost"}, **recipe,
    }  # fmt: skip
    return tables.cookbook({"here": here, "shared": SHARED})


@pytest.mark.parametrize(
    "condition",
    [
        {"sent": "first"}, {"opened": "offer"}, {"clicked": "here.first"}, {"replied": "any"},
        {"bounced": "ask"}, {"sent": "ask_consent-1"}, {"task": "call", "is": "open"},
        {"task": "here.task-1", "is": "done"},
        {"enrolled": "here"}, {"field": "here.margin", "gt": 1}, {"field": "margin", "gt": {"field": "here.margin"}},
        {"field": "some.column", "eq": 1}, {"anyone": "margin", "has": {"event": "x"}},
    ],
)  # fmt: skip
def test_steps_tasks_recipes_and_derived_fields_that_are_there_are_no_findings(
    condition: object,
) -> None:
    found = find_unknown_names(with_journey(condition))

    assert [finding.message for finding in found] == ["'shared' has no journey to be in"]


@pytest.mark.parametrize(
    ("condition", "id", "message", "hint"),
    [
        ({"sent": "frist"}, "unknown-step", "'frist' is not defined", "did you mean 'first'?"),
        (
            {"opened": "here.zzz"}, "unknown-step", "'here.zzz' is not defined",
            "here has first, offer, ask, ask_consent-1",
        ),
        ({"clicked": "shared.offer"}, "unknown-step", "'shared.offer' is not defined", "shared has none"),
        ({"clicked": "heer.offer"}, "unknown-recipe", "'heer' is not defined", "did you mean 'here'?"),
        ({"task": "cal", "is": "open"}, "unknown-task", "'cal' is not defined", "did you mean 'call'?"),
        ({"task": "task-2", "is": "open"}, "unknown-task", "'task-2' is not defined", "did you mean 'task-1'?"),
        ({"enrolled": "hree"}, "unknown-recipe", "'hree' is not defined", "did you mean 'here'?"),
        ({"completed": "zzz"}, "unknown-recipe", "'zzz' is not defined", "name a recipe of this cookbook"),
        ({"field": "here.marge", "gt": 1}, "unknown-field", "'here.marge' is not defined", "did you mean 'margin'?"),
        (
            {"field": "n", "gt": {"field": "shared.margin"}}, "unknown-field",
            "'shared.margin' is not defined", "did you mean 'margin'?",
        ),
        (
            {"anyone": "shared.zzz", "has": {"event": "x"}}, "unknown-field",
            "'shared.zzz' is not defined", "add it to `fields` of shared",
        ),
        (
            {"segment": "nowhere", "joined": {"within_last": "1 day"}}, "unknown-segment",
            "'nowhere' is not defined", "add it to `segments`",
        ),
    ],
)  # fmt: skip
def test_an_unknown_step_task_recipe_or_derived_field_is_told(
    condition: object, id: str, message: str, hint: str
) -> None:
    found = [
        f for f in find_unknown_names(with_journey(condition)) if "no journey" not in f.message
    ]

    assert told(found) == [(id, message, hint)]
    assert found[0].place is not None
    assert found[0].place.line > 1


def test_an_unknown_field_in_a_formula_and_formulas_in_a_circle_are_told() -> None:
    fields = {"a": "shared.nothing + 1", "b": "c * 2", "c": "here.b - 1", "d": "d + 1"}
    cookbook = tables.cookbook({"here": {"fields": fields}, "shared": SHARED})

    (unknown,) = find_unknown_names(cookbook)
    circles = find_circular_definitions(cookbook)

    assert (unknown.id, unknown.message) == ("unknown-field", "'shared.nothing' is not defined")
    assert [circle.message for circle in circles] == [
        "field here.b needs itself: field here.b → field here.c → field here.b",
        "field here.d needs itself: field here.d → field here.d",
    ]
    assert all(circle.place and circle.place.line > 1 for circle in circles)


def test_a_segment_that_asks_when_people_left_it_is_no_circle_but_a_score_that_rose_by_itself_is() -> (
    None
):
    left = {"segment": "it", "left": {"older_than": "1 year"}}
    rises = {"name": "r", "when": {"score": "s", "rose_by": 1, "within_last": "1 day"}, "points": 1}
    cookbook = tables.cookbook(
        {"here": {"segments": {"it": left}, "scoring": {"s": {"rules": [rises]}}}}
    )

    assert [finding.message for finding in find_circular_definitions(cookbook)] == [
        "score here.s needs itself: score here.s → score here.s"
    ]


def test_what_enrolled_them_is_asked_of_nobody_but_enrollments() -> None:
    found = find_misplaced(with_journey({"event": "purchase", "same": "cart_id"}))

    assert [(f.id, f.severity, f.message.partition(":")[0]) for f in found] == [
        ("no-trigger", Severity.ERROR, "`same` never holds in a segment"),
        ("no-trigger", Severity.ERROR, "`same` never holds in `exclude`"),
    ]
    others = find_misplaced(
        tables.cookbook(
            {
                "here": {
                    "scoring": {"s": {"rules": [{"name": "r", "when": {"trigger": "v", "eq": 1}, "points": 1}]}},
                    "stages": {"low": {"trigger": "v", "eq": 1}},
                    "labels": {"l": {"b": {"trigger": "v", "eq": 1}}},
                    "journey": {
                        "enter": {"segment": "nowhere"},
                        "leave": [{"anyone": "company", "has": {"trigger": "v", "eq": 1}}, {"trigger": "v", "eq": 1}],
                        "steps": [{"exit": "x"}],
                    },
                }
            }
        )
    )  # fmt: skip
    assert [(f.severity, f.message.partition(":")[0]) for f in others] == [
        (Severity.ERROR, "`trigger` never holds in a score"),
        (Severity.ERROR, "`trigger` never holds in a stage"),
        (Severity.ERROR, "`trigger` never holds in a label"),
        (Severity.ERROR, "`trigger` never holds in `anyone`"),
        (Severity.WARNING, "`trigger` never holds of who enters here"),
    ]


def test_a_thing_in_a_list_is_not_compared_with_a_field() -> None:
    lines = {"lines": {"any": {"category": {"eq": {"field": "drink"}}}}}

    (finding,) = find_misplaced(with_segment({"event": "purchase", "where": lines}))

    assert finding.id == "field-of-nobody"
    assert finding.message == "a thing in a list can't be compared with the field drink"


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ({"field": "margin", "eq": "a lot"}, "margin is a lot: margin holds numbers, so this never holds"),
        (
            {"field": "here.margin", "contains": "5"},
            "here.margin contains 5: here.margin holds numbers, so this never holds",
        ),
        ({"trigger": "amount", "eq": "5"}, "the trigger's amount is 5: amount holds numbers, so this never holds"),
        ({"sent": "any", "where": {"path": 5}}, "path is 5: path holds text, so this never holds"),
        (
            {"event": "x", "followed_by": {"event": "y", "where": {"path": 5}, "within": "1 day"}},
            "path is 5: path holds text, so this never holds",
        ),
        (
            {"event": "x", "where": {"amount": {"any": {"a": 1}}}},
            "amount lists one whose a is 1: amount holds numbers, so this never holds",
        ),
    ],
)  # fmt: skip
def test_types_are_told_of_triggers_sequels_messages_and_derived_fields_too(
    condition: object, message: str
) -> None:
    cookbook = tables.cookbook(
        {"here": {"segments": {"it": condition}, "fields": {"margin": "nps - 1"}}}
    )

    assert [f.message for f in find_type_mismatches(cookbook, FIELDS, PROPERTIES)] == [message]


def test_a_derived_field_of_what_does_not_go_together_is_told() -> None:
    cookbook = tables.cookbook({"here": {"fields": {"a": "country - 1", "b": "unknown - 1"}}})

    (finding,) = find_type_mismatches(cookbook, FIELDS, PROPERTIES)

    assert finding.id == "type-mismatch"
    assert finding.message == (
        "a: 'country' at 1 holds text, and - takes numbers, so it is empty for everyone"
    )
    assert finding.hint == "name another field, or declare its type under `columns`"
