"""What is said of conditions is true: the rules agree on a table with every combination of values."""

import random
from itertools import product
from typing import Any

import pytest

from mactl.checks.logic import Judge, implies
from mactl.facts.facts import Facts
from mactl.rules.evaluate import evaluate
from mactl.rules.questions import Question
from tests.rules import tables

NUMBERS = [None, 0, 1, 2, 2.5, 3, 5]
TEXTS = [None, "x", "XY", "xyz", "NL"]
DATES = [
    None,
    "2026-10-01",
    "2026-11-01",
    "2026-11-30",
    "2026-12-01",
    "2026-12-02",
    "2027-01-01",
    "2027-03-01",
]
FIELDS = {"n": "number", "t": "text", "d": "date", "b": "boolean"}
NOW = "2026-12-01T09:00"
LENGTHS = [
    "1 day",
    "3 days",
    "30 days",
    "31 days",
    "1 month",
    "2 months",
    "60 days",
    "61 days",
    "1 week",
]


def everyone() -> Facts:
    """A contact for each combination of values, and three ways to have done something."""
    people: dict[str, dict[str, Any]] = {}
    events: list[list[Any]] = []
    for number, (n, t, d, b) in enumerate(product(NUMBERS, TEXTS, DATES, [None, True, False])):
        name = f"c{number}"
        people[name] = {k: v for k, v in {"n": n, "t": t, "d": d, "b": b}.items() if v is not None}
        for times in range(number % 3):
            events.append([name, "buy", f"2026-{10 + times}-15T10:00", {"amount": number % 5}])
    return tables.facts(NOW, people, events, fields=FIELDS, properties={"amount": "number"})


def operators_on(draw: random.Random, kind: str) -> dict[str, Any]:
    """One or two operators on a value of this kind."""
    number = lambda: draw.choice([0, 1, 2, 2.5, 3, 5])  # noqa: E731
    text = lambda: draw.choice(["x", "xy", "XYZ", "nl", "q"])  # noqa: E731
    length = lambda: draw.choice(LENGTHS)  # noqa: E731
    day = lambda: draw.choice(["2026-10-15", "2026-12-01", "2027-01-15"])  # noqa: E731
    plain = {"n": number, "t": text, "d": day, "b": lambda: draw.choice([True, False])}[kind]
    makers: dict[str, Any] = {
        "eq": plain,
        "ne": plain,
        "in": lambda: [plain() for _ in range(draw.randint(0, 3))],
        "not_in": lambda: [plain() for _ in range(draw.randint(0, 3))],
        "empty": lambda: draw.choice([True, False]),
    }
    if kind == "n":
        makers |= dict.fromkeys(("lt", "lte", "gt", "gte"), number)
        makers["between"] = lambda: [number(), number()]
    elif kind == "t":
        makers |= dict.fromkeys(("contains", "starts_with", "ends_with"), text)
    elif kind == "d":
        makers |= dict.fromkeys(
            ("within_last", "older_than", "within_next", "further_than"), length
        )
        makers |= dict.fromkeys(("before", "after"), day)
    chosen = draw.sample(sorted(makers), draw.choice([1, 1, 2]))
    return {name: makers[name]() for name in chosen}


def condition_of(draw: random.Random, depth: int = 0) -> dict[str, Any]:
    """A condition; lists of them down to three levels."""
    roll = draw.random()
    if depth < 3 and roll < 0.5:
        kind = draw.choice(["all", "all", "any", "none"])
        return {kind: [condition_of(draw, depth + 1) for _ in range(draw.randint(1, 3))]}
    if roll < 0.62:
        happening: dict[str, Any] = {"event": "buy"}
        happening |= draw.choice([
            {}, {}, {"never": True}, {"count": {draw.choice(["lt", "lte", "eq", "gte", "gt"]): draw.randint(0, 3)}},
            {"within_last": draw.choice(LENGTHS), "older_than": draw.choice(LENGTHS)},
            {"sum": {"of": "amount", "lt": 3}}, {"last": {"within_last": draw.choice(LENGTHS)}},
        ])  # fmt: skip
        return happening
    field = draw.choice(list(FIELDS))
    return {"field": field, **operators_on(draw, field)}


@pytest.mark.parametrize("seed", range(8))
def test_what_never_or_always_holds_does_so_for_everyone_there_could_be(seed: int) -> None:
    draw = random.Random(seed)
    judged = []
    for _ in range(500):
        condition = tables.condition(condition_of(draw))
        verdict = Judge().judge(condition, ())
        if verdict is not None:
            judged.append((condition, verdict))
    questions = {
        str(number): Question(condition, "a") for number, (condition, _) in enumerate(judged)
    }

    answers = evaluate(everyone(), tables.cookbook({"a": {}}), questions)

    assert len(judged) > 30
    for number, (condition, verdict) in enumerate(judged):
        held = answers[str(number)]
        assert held.all() if verdict == "always" else not held.any(), (verdict, condition)


@pytest.mark.parametrize("seed", range(4))
def test_what_implies_another_does_so_for_everyone_there_could_be(seed: int) -> None:
    draw = random.Random(seed)
    pairs = []
    while len(pairs) < 60:
        field = draw.choice(list(FIELDS))
        one, other = (
            tables.condition({"field": field, **operators_on(draw, field)}) for _ in range(2)
        )
        if implies(one, other):
            pairs.append((one, other))
    questions = {
        f"{n} {m}": Question(c, "a") for n, pair in enumerate(pairs) for m, c in enumerate(pair)
    }

    answers = evaluate(everyone(), tables.cookbook({"a": {}}), questions)

    for number, (one, other) in enumerate(pairs):
        missed = answers[f"{number} 0"] & ~answers[f"{number} 1"]
        said = [each.model_dump(exclude_defaults=True, by_alias=True) for each in (one, other)]
        assert not missed.any(), said
